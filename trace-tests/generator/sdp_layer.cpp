// SPDX-License-Identifier: Apache-2.0
// SDP off line, and the SDP end of a convolution. spec: sdp.md.
#include <fmt/format.h>

#include "trace-tests/generator/layer_builder.hpp"

namespace dla::trace {
namespace {

constexpr std::uint64_t kAluSum = 2;
constexpr std::uint64_t kOperandForAlu = 1;

std::uint64_t code(Precision precision) {
    return static_cast<std::uint64_t>(precision);
}

}  // namespace

Cube random_cube(unsigned width, unsigned height, unsigned channels, Precision precision,
                 Random& random) {
    Cube cube(width, height, channels);
    for (auto& value : cube.values)
        value = precision == Precision::kFp16
                    ? 2 * static_cast<std::int64_t>(random.next() % 8) - 7
                    : random.signed_bits(8 * bytes_per_element(precision));
    return cube;
}

void add_output(GeneratedLayer& layer, const Cube& cube, const CubeLayout& layout,
                std::uint64_t address) {
    constexpr std::uint8_t kUntouched = 0xa5;
    Bytes bytes(layout.bytes(), kUntouched);
    layer.inputs.push_back({"output_before", address, bytes});
    put_cube(cube, layout, bytes);
    layer.outputs.push_back({"output", address, std::move(bytes)});
}

void program_sdp(GeneratedLayer& layer, const LayerSpec& spec, const Cube& output,
                 const CubeLayout& layout, std::uint64_t address, const PostProcessing& post,
                 bool on_the_fly) {
    RegisterProgram& p = layer.program;
    const bool bs = post.relu || !post.bias.empty();
    p.set("SDP", "S_POINTER", spec.group);
    p.set("SDP", "D_DATA_CUBE_WIDTH", output.width - 1);
    p.set("SDP", "D_DATA_CUBE_HEIGHT", output.height - 1);
    p.set("SDP", "D_DATA_CUBE_CHANNEL", output.channels - 1);
    p.set_address("SDP", "D_DST_BASE_ADDR", address);
    p.set("SDP", "D_DST_LINE_STRIDE", layout.line_stride);
    p.set("SDP", "D_DST_SURFACE_STRIDE", layout.surface_stride);
    p.set("SDP", "D_DP_BS_CFG",
          {{"BS_BYPASS", !bs},
           {"BS_ALU_BYPASS", post.bias.empty()},
           {"BS_ALU_ALGO", kAluSum},
           {"BS_MUL_BYPASS", 1},
           {"BS_RELU_BYPASS", !post.relu}});
    p.set("SDP", "D_DP_BS_ALU_CFG",
          {{"BS_ALU_SRC", !post.bias.empty()}, {"BS_ALU_SHIFT_VALUE", post.bias_shift}});
    p.set("SDP", "D_DP_BS_MUL_CFG", 0);
    p.set("SDP", "D_DP_BN_CFG", {{"BN_BYPASS", 1}});
    if (post.table.function == TableFunction::kOff) {
        p.set("SDP", "D_DP_EW_CFG", {{"EW_BYPASS", 1}, {"EW_LUT_BYPASS", 1}});
    } else {
        p.set("SDP", "D_DP_EW_CFG", {{"EW_ALU_BYPASS", 1}, {"EW_MUL_BYPASS", 1}});
        p.set("SDP", "D_DP_EW_TRUNCATE_VALUE", 0);
        program_table(p, post.table, spec.precision);
    }
    p.set("SDP", "D_FEATURE_MODE_CFG", {{"FLYING_MODE", on_the_fly}});
    p.set("SDP", "D_DST_DMA_CFG", {{"DST_RAM_TYPE", ram_type(spec.memory)}});
    p.set("SDP", "D_DST_BATCH_STRIDE", 0);
    p.set("SDP", "D_DATA_FORMAT",
          {{"PROC_PRECISION", code(spec.precision)}, {"OUT_PRECISION", code(spec.precision)}});
    p.set("SDP", "D_CVT_OFFSET", 0);
    p.set("SDP", "D_CVT_SCALE", 1);
    p.set("SDP", "D_CVT_SHIFT", post.output_shift);
    layer.starts.push_back({"SDP", "D_OP_ENABLE"});
}

void program_sdp_rdma(GeneratedLayer& layer, const LayerSpec& spec, const Cube& cube,
                      const Image* source, const CubeLayout* source_layout, const Image* bias) {
    RegisterProgram& p = layer.program;
    p.set("SDP_RDMA", "S_POINTER", spec.group);
    p.set("SDP_RDMA", "D_DATA_CUBE_WIDTH", cube.width - 1);
    p.set("SDP_RDMA", "D_DATA_CUBE_HEIGHT", cube.height - 1);
    p.set("SDP_RDMA", "D_DATA_CUBE_CHANNEL", cube.channels - 1);
    p.set_address("SDP_RDMA", "D_SRC_BASE_ADDR", source != nullptr ? source->address : 0);
    p.set("SDP_RDMA", "D_SRC_LINE_STRIDE", source != nullptr ? source_layout->line_stride : 0);
    p.set("SDP_RDMA", "D_SRC_SURFACE_STRIDE",
          source != nullptr ? source_layout->surface_stride : 0);
    p.set("SDP_RDMA", "D_BRDMA_CFG",
          {{"BRDMA_DISABLE", bias == nullptr},
           {"BRDMA_DATA_USE", kOperandForAlu},
           {"BRDMA_DATA_SIZE", 1},
           {"BRDMA_DATA_MODE", 0},
           {"BRDMA_RAM_TYPE", ram_type(spec.memory)}});
    p.set_address("SDP_RDMA", "D_BS_BASE_ADDR", bias != nullptr ? bias->address : 0);
    p.set("SDP_RDMA", "D_NRDMA_CFG", {{"NRDMA_DISABLE", 1}});
    p.set("SDP_RDMA", "D_ERDMA_CFG", {{"ERDMA_DISABLE", 1}});
    p.set("SDP_RDMA", "D_FEATURE_MODE_CFG",
          {{"FLYING_MODE", source == nullptr},
           {"IN_PRECISION", code(spec.precision)},
           {"PROC_PRECISION", code(spec.precision)},
           {"OUT_PRECISION", code(spec.precision)}});
    p.set("SDP_RDMA", "D_SRC_DMA_CFG", {{"SRC_RAM_TYPE", ram_type(spec.memory)}});
    layer.starts.push_back({"SDP_RDMA", "D_OP_ENABLE"});
}

Result<GeneratedLayer> sdp_layer(const LayerSpec& spec, const HardwareConfig& config) {
    Random random(spec.seed);
    Allocator memory(spec.memory);
    const unsigned bits = 8 * bytes_per_element(spec.precision);
    const Cube input = random_cube(spec.width, spec.height, spec.channels, spec.precision, random);
    const CubeLayout in_layout = cube_layout(config, spec.precision, input);
    const CubeLayout out_layout =
        cube_layout(config, spec.precision, input, spec.line_gap, spec.surface_gap);

    PostProcessing post;
    post.relu = spec.relu;
    post.output_bits = bits;
    for (unsigned c = 0; spec.bias && c < spec.channels; ++c)
        post.bias.push_back(random.signed_bits(bits));

    GeneratedLayer layer(config.address_map);
    Image source{"input", memory.take(in_layout.bytes()), {}};
    put_cube(input, in_layout, source.bytes);
    Image bias{"bias", 0, operand_bytes(post.bias, in_layout.lanes())};
    bias.address = memory.take(bias.bytes.size());
    const std::uint64_t destination = memory.take(out_layout.bytes());
    const Cube output = post_process(input, post);
    program_sdp(layer, spec, output, out_layout, destination, post, false);
    program_sdp_rdma(layer, spec, input, &source, &in_layout, spec.bias ? &bias : nullptr);
    layer.inputs.push_back(std::move(source));
    if (spec.bias) layer.inputs.push_back(std::move(bias));
    add_output(layer, output, out_layout, destination);
    layer.interrupts = {0};
    layer.words = fmt::format("SDP off line {}x{}x{}{}{}", spec.width, spec.height, spec.channels,
                              spec.bias ? ", bias per channel" : "", spec.relu ? ", ReLU" : "");
    return layer;
}

}  // namespace dla::trace
