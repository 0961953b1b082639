// SPDX-License-Identifier: Apache-2.0
// BDMA: lines of width bytes, height lines, channels surfaces. spec: bdma-rubik.md part A.
#include <fmt/format.h>

#include <algorithm>

#include "trace-tests/generator/layer_builder.hpp"

namespace dla::trace {
namespace {

constexpr unsigned kUnitBytes = 32;

}  // namespace

Result<GeneratedLayer> copy_layer(const LayerSpec& spec, const HardwareConfig& config) {
    Random random(spec.seed);
    Allocator memory(spec.memory);
    const unsigned gap = spec.line_gap * kUnitBytes;
    const unsigned source_surface = spec.width * spec.height;
    const unsigned line_stride = spec.width + gap;
    const unsigned surface_stride = line_stride * spec.height;
    Image source{"input", memory.take(std::size_t{source_surface} * spec.channels),
                 Bytes(std::size_t{source_surface} * spec.channels)};
    for (auto& byte : source.bytes)
        byte = static_cast<std::uint8_t>(random.next());
    Image before{"output_before", memory.take(std::size_t{surface_stride} * spec.channels),
                 Bytes(std::size_t{surface_stride} * spec.channels, 0xa5)};
    Image after{"output", before.address, before.bytes};
    for (unsigned s = 0; s < spec.channels; ++s)
        for (unsigned l = 0; l < spec.height; ++l)
            std::copy_n(source.bytes.begin() + s * source_surface + l * spec.width, spec.width,
                        after.bytes.begin() + s * surface_stride + l * line_stride);

    GeneratedLayer layer(config.address_map);
    RegisterProgram& p = layer.program;
    p.set("BDMA", "CFG_SRC_SURF", source_surface);
    p.set("BDMA", "CFG_DST_SURF", surface_stride);
    p.set("BDMA", "CFG_SRC_LINE", spec.width);
    p.set("BDMA", "CFG_DST_LINE", line_stride);
    p.set("BDMA", "CFG_SURF_REPEAT", spec.channels - 1);
    p.set("BDMA", "CFG_LINE_REPEAT", spec.height - 1);
    p.set("BDMA", "CFG_LINE", {{"SIZE", spec.width / kUnitBytes - 1}});
    p.set("BDMA", "CFG_CMD",
          {{"SRC_RAM_TYPE", ram_type(spec.memory)}, {"DST_RAM_TYPE", ram_type(spec.memory)}});
    p.set_address("BDMA", "CFG_SRC_ADDR", source.address);
    p.set_address("BDMA", "CFG_DST_ADDR", before.address);
    layer.starts = {{"BDMA", "CFG_OP"}, {"BDMA", "CFG_LAUNCH0"}};
    layer.inputs = {std::move(source), std::move(before)};
    layer.outputs = {std::move(after)};
    layer.interrupts = {6};
    layer.words = fmt::format("BDMA copies {} lines of {} bytes, {} surfaces", spec.height,
                              spec.width, spec.channels);
    return layer;
}

}  // namespace dla::trace
