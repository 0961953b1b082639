// SPDX-License-Identifier: Apache-2.0
// RUBIK. spec: bdma-rubik.md part B.
#include <fmt/format.h>

#include "trace-tests/generator/layer_builder.hpp"

namespace dla::trace {
namespace {

constexpr std::uint32_t kPlanarStep = 64;

std::uint32_t round_up(std::size_t bytes, std::uint32_t step) {
    return static_cast<std::uint32_t>((bytes + step - 1) / step * step);
}

// The same tensor as planes of lines: one channel behind the other.
struct Planes {
    std::uint32_t line_stride;
    std::uint32_t planar_stride;
    std::uint32_t written;  // bytes of a line that are written

    Planes(const Cube& cube, unsigned element_bytes)
        : line_stride(round_up(std::size_t{cube.width} * element_bytes, kPlanarStep)),
          planar_stride(line_stride * cube.height),
          written(round_up(std::size_t{cube.width} * element_bytes, 32)) {}

    void put(const Cube& cube, Precision precision, Bytes& bytes) const {
        const unsigned size = bytes_per_element(precision);
        bytes.resize(std::size_t{planar_stride} * cube.channels);
        for (unsigned c = 0; c < cube.channels; ++c)
            for (unsigned y = 0; y < cube.height; ++y) {
                const std::size_t line = std::size_t{c} * planar_stride + y * line_stride;
                for (unsigned i = 0; i < written; ++i)
                    bytes[line + i] = 0;
                for (unsigned x = 0; x < cube.width; ++x)
                    for (unsigned i = 0; i < size; ++i)
                        bytes[line + x * size + i] = static_cast<std::uint8_t>(
                            element_bits(cube.at(x, y, c), precision) >> (8 * i));
            }
    }
};

// What RUBIK reads and writes, as images and as registers.
struct Sides {
    Image source;
    Image before;
    Image after;
};

void set_common(RegisterProgram& p, const LayerSpec& spec, unsigned in_channels,
                unsigned out_channels) {
    p.set("RBK", "S_POINTER", 0);
    p.set("RBK", "D_MISC_CFG",
          {{"RUBIK_MODE", static_cast<std::uint64_t>(spec.reshaping)},
           {"IN_PRECISION", static_cast<std::uint64_t>(spec.precision)}});
    p.set("RBK", "D_DAIN_RAM_TYPE", {{"DATAIN_RAM_TYPE", ram_type(spec.memory)}});
    p.set("RBK", "D_DAOUT_RAM_TYPE", {{"DATAOUT_RAM_TYPE", ram_type(spec.other_memory())}});
    p.set("RBK", "D_DATAIN_SIZE_0",
          {{"DATAIN_WIDTH", spec.width - 1}, {"DATAIN_HEIGHT", spec.height - 1}});
    p.set("RBK", "D_DATAIN_SIZE_1", {{"DATAIN_CHANNEL", in_channels - 1}});
    p.set("RBK", "D_DATAOUT_SIZE_1", {{"DATAOUT_CHANNEL", out_channels - 1}});
}

void set_strides(RegisterProgram& p, bool input, std::uint32_t line, std::uint32_t surface,
                 std::uint32_t plane) {
    const std::string side = input ? "D_DAIN" : "D_DAOUT";
    p.set("RBK", side + "_LINE_STRIDE", line);
    p.set("RBK", side + "_SURF_STRIDE", surface);
    p.set("RBK", side + "_PLANAR_STRIDE", plane);
}

Sides split_or_merge(GeneratedLayer& layer, const LayerSpec& spec, const Cube& cube,
                     const CubeLayout& layout) {
    constexpr std::uint8_t kUntouched = 0xa5;
    const bool split = spec.reshaping == Reshaping::kSplit;
    const Planes planes(cube, bytes_per_element(spec.precision));
    RegisterProgram& p = layer.program;
    set_common(p, spec, spec.channels, spec.channels);
    p.set("RBK", "D_DECONV_STRIDE", 0);
    set_strides(p, split, layout.line_stride, layout.surface_stride, 0);
    set_strides(p, !split, planes.line_stride, 0, planes.planar_stride);
    Sides sides;
    if (split) {
        put_cube(cube, layout, sides.source.bytes);
        sides.before.bytes.assign(std::size_t{planes.planar_stride} * cube.channels, kUntouched);
        sides.after.bytes = sides.before.bytes;
        planes.put(cube, spec.precision, sides.after.bytes);
    } else {
        planes.put(cube, spec.precision, sides.source.bytes);
        sides.before.bytes.assign(layout.bytes(), kUntouched);
        sides.after.bytes = sides.before.bytes;
        put_cube(cube, layout, sides.after.bytes);
    }
    return sides;
}

// Blocks of surfaces become pixels beside and below each other.
Sides contract(GeneratedLayer& layer, const LayerSpec& spec, const HardwareConfig& config,
               const Cube& cube, const CubeLayout& layout) {
    const unsigned sx = spec.stride;
    const unsigned sy = spec.stride_down();
    const unsigned out_channels = spec.channels / (sx * sy);
    Cube output(spec.width * sx, spec.height * sy, out_channels);
    for (unsigned c = 0; c < out_channels; ++c)
        for (unsigned y = 0; y < output.height; ++y)
            for (unsigned x = 0; x < output.width; ++x)
                output.at(x, y, c) =
                    cube.at(x / sx, y / sy, ((y % sy) * sx + x % sx) * out_channels + c);
    const CubeLayout out = cube_layout(config, spec.precision, output);
    RegisterProgram& p = layer.program;
    set_common(p, spec, spec.channels, out_channels);
    p.set("RBK", "D_DECONV_STRIDE", {{"DECONV_X_STRIDE", sx - 1}, {"DECONV_Y_STRIDE", sy - 1}});
    p.set("RBK", "D_CONTRACT_STRIDE_0", out.surfaces * layout.surface_stride);
    p.set("RBK", "D_CONTRACT_STRIDE_1", sy * out.line_stride);
    set_strides(p, true, layout.line_stride, layout.surface_stride, 0);
    set_strides(p, false, out.line_stride, out.surface_stride, 0);
    Sides sides;
    put_cube(cube, layout, sides.source.bytes);
    sides.before.bytes.assign(out.bytes(), 0xa5);
    sides.after.bytes = sides.before.bytes;
    put_cube(output, out, sides.after.bytes);
    return sides;
}

}  // namespace

Result<GeneratedLayer> reshape_layer(const LayerSpec& spec, const HardwareConfig& config) {
    Random random(spec.seed);
    Allocator memory(spec.memory);
    Allocator other(spec.other_memory());
    const Cube cube = random_cube(spec.width, spec.height, spec.channels, spec.precision, random);
    const CubeLayout layout = cube_layout(config, spec.precision, cube);
    const unsigned block = spec.stride * spec.stride_down() * layout.lanes();
    if (spec.reshaping == Reshaping::kContract && spec.channels % block != 0)
        return fail(
            fmt::format("channels are {}, legal in a contraction of {}x{} are multiples of {}",
                        spec.channels, spec.stride, spec.stride_down(), block));

    GeneratedLayer layer(config.address_map);
    Sides sides = spec.reshaping == Reshaping::kContract
                      ? contract(layer, spec, config, cube, layout)
                      : split_or_merge(layer, spec, cube, layout);
    sides.source.name = "input";
    sides.source.address = memory.take(sides.source.bytes.size());
    sides.before.name = "output_before";
    sides.after.name = "output";
    sides.before.address = sides.after.address =
        (spec.output_elsewhere ? other : memory).take(sides.before.bytes.size());
    layer.program.set_address("RBK", "D_DAIN_ADDR", sides.source.address);
    layer.program.set_address("RBK", "D_DAOUT_ADDR", sides.before.address);
    layer.starts = {{"RBK", "D_OP_ENABLE"}};
    layer.inputs = {std::move(sides.source), std::move(sides.before)};
    layer.outputs = {std::move(sides.after)};
    layer.interrupts = {8};
    constexpr const char* kWords[] = {"contracts", "splits", "merges"};
    layer.words = fmt::format("RUBIK {} {}x{}x{}", kWords[static_cast<std::size_t>(spec.reshaping)],
                              spec.width, spec.height, spec.channels);
    return layer;
}

}  // namespace dla::trace
