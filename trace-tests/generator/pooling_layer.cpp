// SPDX-License-Identifier: Apache-2.0
// PDP off line. spec: pdp.md.
#include <fmt/format.h>

#include "trace-tests/generator/layer_builder.hpp"

namespace dla::trace {
namespace {

constexpr std::uint64_t kOffLine = 1;
constexpr unsigned kPadValues = 7;

void program_pdp(RegisterProgram& p, const LayerSpec& spec, const Cube& output,
                 const CubeLayout& layout, std::uint64_t destination) {
    p.set("PDP", "S_POINTER", 0);
    p.set("PDP", "D_DATA_CUBE_IN_WIDTH", spec.width - 1);
    p.set("PDP", "D_DATA_CUBE_IN_HEIGHT", spec.height - 1);
    p.set("PDP", "D_DATA_CUBE_IN_CHANNEL", spec.channels - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_WIDTH", output.width - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_HEIGHT", output.height - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_CHANNEL", spec.channels - 1);
    p.set("PDP", "D_OPERATION_MODE_CFG",
          {{"POOLING_METHOD", static_cast<std::uint64_t>(spec.method)}, {"FLYING_MODE", kOffLine}});
    p.set("PDP", "D_NAN_FLUSH_TO_ZERO", 0);
    p.set("PDP", "D_PARTIAL_WIDTH_IN", 0);
    p.set("PDP", "D_PARTIAL_WIDTH_OUT", 0);
    p.set("PDP", "D_POOLING_KERNEL_CFG",
          {{"KERNEL_WIDTH", spec.kernel_width - 1},
           {"KERNEL_HEIGHT", spec.kernel_height - 1},
           {"KERNEL_STRIDE_WIDTH", spec.stride - 1},
           {"KERNEL_STRIDE_HEIGHT", spec.stride - 1}});
    p.set("PDP", "D_RECIP_KERNEL_WIDTH", reciprocal(spec.kernel_width));
    p.set("PDP", "D_RECIP_KERNEL_HEIGHT", reciprocal(spec.kernel_height));
    p.set("PDP", "D_POOLING_PADDING_CFG",
          {{"PAD_LEFT", spec.pad},
           {"PAD_TOP", spec.pad},
           {"PAD_RIGHT", spec.pad},
           {"PAD_BOTTOM", spec.pad}});
    for (unsigned n = 1; n <= kPadValues; ++n) {
        const auto value = static_cast<std::uint32_t>(static_cast<int>(n) * spec.pad_value);
        p.set("PDP", fmt::format("D_POOLING_PADDING_VALUE_{}_CFG", n), value & 0x7ffff);
    }
    p.set_address("PDP", "D_DST_BASE_ADDR", destination);
    p.set("PDP", "D_DST_LINE_STRIDE", layout.line_stride);
    p.set("PDP", "D_DST_SURFACE_STRIDE", layout.surface_stride);
    p.set("PDP", "D_DST_RAM_CFG", {{"DST_RAM_TYPE", ram_type(spec.memory)}});
    p.set("PDP", "D_DATA_FORMAT", {{"INPUT_DATA", static_cast<std::uint64_t>(spec.precision)}});
}

void program_rdma(RegisterProgram& p, const LayerSpec& spec, const CubeLayout& layout,
                  std::uint64_t source) {
    p.set("PDP_RDMA", "S_POINTER", 0);
    p.set("PDP_RDMA", "D_DATA_CUBE_IN_WIDTH", spec.width - 1);
    p.set("PDP_RDMA", "D_DATA_CUBE_IN_HEIGHT", spec.height - 1);
    p.set("PDP_RDMA", "D_DATA_CUBE_IN_CHANNEL", spec.channels - 1);
    p.set("PDP_RDMA", "D_FLYING_MODE", kOffLine);
    p.set_address("PDP_RDMA", "D_SRC_BASE_ADDR", source);
    p.set("PDP_RDMA", "D_SRC_LINE_STRIDE", layout.line_stride);
    p.set("PDP_RDMA", "D_SRC_SURFACE_STRIDE", layout.surface_stride);
    p.set("PDP_RDMA", "D_SRC_RAM_CFG", {{"SRC_RAM_TYPE", ram_type(spec.memory)}});
    p.set("PDP_RDMA", "D_DATA_FORMAT",
          {{"INPUT_DATA", static_cast<std::uint64_t>(spec.precision)}});
    p.set("PDP_RDMA", "D_OPERATION_MODE_CFG", 0);
    p.set("PDP_RDMA", "D_POOLING_KERNEL_CFG",
          {{"KERNEL_WIDTH", spec.kernel_width - 1}, {"KERNEL_STRIDE_WIDTH", spec.stride - 1}});
    p.set("PDP_RDMA", "D_POOLING_PADDING_CFG", {{"PAD_WIDTH", spec.pad}});
    p.set("PDP_RDMA", "D_PARTIAL_WIDTH_IN", 0);
}

const char* name_of(PoolingMethod method) {
    switch (method) {
        case PoolingMethod::kAverage:
            return "average";
        case PoolingMethod::kMax:
            return "max";
        case PoolingMethod::kMin:
            return "min";
    }
    return "";
}

}  // namespace

Result<GeneratedLayer> pooling_layer(const LayerSpec& spec, const HardwareConfig& config) {
    Random random(spec.seed);
    Allocator memory(spec.memory);
    // Whole atoms: hardware pools the lanes above the channels like any other.
    const unsigned lanes = config.elements_per_atom(spec.precision);
    Cube input = random_cube(spec.width, spec.height, (spec.channels + lanes - 1) / lanes * lanes,
                             spec.precision, random);
    const CubeLayout in_layout = cube_layout(config, spec.precision, input);
    const Cube output = pool(input, spec);
    const CubeLayout out_layout =
        cube_layout(config, spec.precision, output, spec.line_gap, spec.surface_gap);

    GeneratedLayer layer(config.address_map);
    Image source{"input", memory.take(in_layout.bytes()), {}};
    put_cube(input, in_layout, source.bytes);
    const std::uint64_t destination = memory.take(out_layout.bytes());
    program_pdp(layer.program, spec, output, out_layout, destination);
    program_rdma(layer.program, spec, in_layout, source.address);
    layer.inputs.push_back(std::move(source));
    add_output(layer, output, out_layout, destination);
    layer.starts = {{"PDP", "D_OP_ENABLE"}, {"PDP_RDMA", "D_OP_ENABLE"}};
    layer.interrupts = {4};
    layer.words = fmt::format("PDP off line, {} pooling {}x{}x{}, kernel {}x{}, stride {}, pad {}",
                              name_of(spec.method), spec.width, spec.height, spec.channels,
                              spec.kernel_width, spec.kernel_height, spec.stride, spec.pad);
    return layer;
}

}  // namespace dla::trace
