// SPDX-License-Identifier: Apache-2.0
// PDP off line. spec: pdp.md.
#include <fmt/format.h>

#include <bit>

#include "trace-tests/generator/layer_builder.hpp"

namespace dla::trace {
namespace {

constexpr std::uint64_t kOffLine = 1;
constexpr unsigned kPadValues = 7;

// In fp16 the register holds fp17; these halve, so that nothing rounds.
std::uint32_t reciprocal_bits(const LayerSpec& spec, unsigned kernel) {
    if (spec.precision != Precision::kFp16) return reciprocal(kernel);
    constexpr std::uint32_t kOne = 0x7c00;
    constexpr std::uint32_t kHalving = 0x400;
    return kOne - static_cast<std::uint32_t>(std::bit_width(kernel) - 1) * kHalving;
}

// Columns of the first, of each middle and of the last stripe.
struct Stripes {
    unsigned first;
    unsigned middle;
    unsigned last;
};

Stripes out_stripes(const LayerSpec& spec, const Cube& output) {
    if (spec.stripes == 1) return {};
    const unsigned each = output.width / spec.stripes;
    return {each, each, output.width - each * (spec.stripes - 1)};
}

Stripes in_stripes(const LayerSpec& spec, const Cube& output) {
    if (spec.stripes == 1) return {};
    const Stripes out = out_stripes(spec, output);
    return {(out.first - 1) * spec.stride + spec.kernel_width - spec.pad, out.middle * spec.stride,
            out.last * spec.stride - spec.pad_behind()};
}

void set_partial_widths(RegisterProgram& p, const char* unit, const char* reg,
                        const std::string& side, const Stripes& stripes) {
    const auto field = [&](const char* which) {
        return fmt::format("PARTIAL_WIDTH_{}_{}", side, which);
    };
    const bool split = stripes.middle != 0;
    p.set(unit, reg,
          {{field("FIRST"), split ? stripes.first - 1 : 0},
           {field("MID"), split ? stripes.middle - 1 : 0},
           {field("LAST"), split ? stripes.last - 1 : 0}});
}

void set_stripes(RegisterProgram& p, const LayerSpec& spec, const Cube& output) {
    set_partial_widths(p, "PDP", "D_PARTIAL_WIDTH_IN", "IN", in_stripes(spec, output));
    set_partial_widths(p, "PDP", "D_PARTIAL_WIDTH_OUT", "OUT", out_stripes(spec, output));
}

}  // namespace

void program_pdp(RegisterProgram& p, const LayerSpec& spec, const Cube& output,
                 const CubeLayout& layout, std::uint64_t destination) {
    p.set("PDP", "S_POINTER", spec.group);
    p.set("PDP", "D_DATA_CUBE_IN_WIDTH", spec.width - 1);
    p.set("PDP", "D_DATA_CUBE_IN_HEIGHT", spec.height - 1);
    p.set("PDP", "D_DATA_CUBE_IN_CHANNEL", spec.channels - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_WIDTH", output.width - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_HEIGHT", output.height - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_CHANNEL", spec.channels - 1);
    p.set("PDP", "D_OPERATION_MODE_CFG",
          {{"POOLING_METHOD", static_cast<std::uint64_t>(spec.method)},
           {"FLYING_MODE", spec.from_sdp ? 0 : kOffLine},
           {"SPLIT_NUM", spec.stripes - 1}});
    p.set("PDP", "D_NAN_FLUSH_TO_ZERO", 0);
    set_stripes(p, spec, output);
    p.set("PDP", "D_POOLING_KERNEL_CFG",
          {{"KERNEL_WIDTH", spec.kernel_width - 1},
           {"KERNEL_HEIGHT", spec.kernel_height - 1},
           {"KERNEL_STRIDE_WIDTH", spec.stride - 1},
           {"KERNEL_STRIDE_HEIGHT", spec.stride_down() - 1}});
    p.set("PDP", "D_RECIP_KERNEL_WIDTH", reciprocal_bits(spec, spec.kernel_width));
    p.set("PDP", "D_RECIP_KERNEL_HEIGHT", reciprocal_bits(spec, spec.kernel_height));
    p.set("PDP", "D_POOLING_PADDING_CFG",
          {{"PAD_LEFT", spec.pad},
           {"PAD_TOP", spec.pad},
           {"PAD_RIGHT", spec.pad_behind()},
           {"PAD_BOTTOM", spec.pad_behind()}});
    for (unsigned n = 1; n <= kPadValues; ++n) {
        const auto value = static_cast<std::uint32_t>(static_cast<int>(n) * spec.pad_value);
        p.set("PDP", fmt::format("D_POOLING_PADDING_VALUE_{}_CFG", n), value & 0x7ffff);
    }
    p.set_address("PDP", "D_DST_BASE_ADDR", destination);
    p.set("PDP", "D_DST_LINE_STRIDE", layout.line_stride);
    p.set("PDP", "D_DST_SURFACE_STRIDE", layout.surface_stride);
    p.set("PDP", "D_DST_RAM_CFG", {{"DST_RAM_TYPE", ram_type(spec.other_memory())}});
    p.set("PDP", "D_DATA_FORMAT", {{"INPUT_DATA", static_cast<std::uint64_t>(spec.precision)}});
}

namespace {

void program_rdma(RegisterProgram& p, const LayerSpec& spec, const Cube& output,
                  const CubeLayout& layout, std::uint64_t source) {
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
    p.set("PDP_RDMA", "D_OPERATION_MODE_CFG", {{"SPLIT_NUM", spec.stripes - 1}});
    p.set("PDP_RDMA", "D_POOLING_KERNEL_CFG",
          {{"KERNEL_WIDTH", spec.kernel_width - 1}, {"KERNEL_STRIDE_WIDTH", spec.stride - 1}});
    p.set("PDP_RDMA", "D_POOLING_PADDING_CFG", {{"PAD_WIDTH", spec.pad}});
    set_partial_widths(p, "PDP_RDMA", "D_PARTIAL_WIDTH_IN", "IN", in_stripes(spec, output));
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

// Whole atoms: hardware pools the lanes above the channels like any other. fp16 averages: multiples
// of the kernel's size, all positive, so that nothing rounds and no zero has a sign.
Cube input_cube(const LayerSpec& spec, const HardwareConfig& config, Random& random) {
    const unsigned lanes = config.elements_per_atom(spec.precision);
    Cube input = random_cube(spec.width, spec.height, (spec.channels + lanes - 1) / lanes * lanes,
                             spec.precision, random);
    const bool average = spec.method == PoolingMethod::kAverage;
    if (spec.precision != Precision::kFp16 || !average) return input;
    for (auto& value : input.values)
        value = (1 + (value & 7)) * spec.kernel_width * spec.kernel_height;
    return input;
}

// SDP hands its input on as it is.
void program_sdp_source(GeneratedLayer& layer, const LayerSpec& spec, const Cube& input,
                        const Image& source, const CubeLayout& layout) {
    PostProcessing nothing;
    program_sdp(layer, spec, input, layout, 0, nothing, false);
    layer.program.set("SDP", "D_FEATURE_MODE_CFG", {{"FLYING_MODE", 0}, {"OUTPUT_DST", 1}});
    program_sdp_rdma(layer, spec, input, &source, &layout, nullptr);
}

}  // namespace

Result<GeneratedLayer> pooling_layer(const LayerSpec& spec, const HardwareConfig& config) {
    Random random(spec.seed);
    Allocator memory(spec.memory);
    Allocator other(spec.other_memory());
    const Cube input = input_cube(spec, config, random);
    const CubeLayout in_layout = cube_layout(config, spec.precision, input);
    const Cube output = pool(input, spec);
    if (spec.stripes > output.width)
        return fail(fmt::format("stripes are {}, legal are 1 to the output's width of {}",
                                spec.stripes, output.width));
    const CubeLayout out_layout =
        cube_layout(config, spec.precision, output, spec.line_gap, spec.surface_gap);

    GeneratedLayer layer(config.address_map);
    Image source{"input", memory.take(in_layout.bytes()), {}};
    put_cube(input, in_layout, source.bytes);
    const std::uint64_t destination =
        (spec.output_elsewhere ? other : memory).take(out_layout.bytes());
    program_pdp(layer.program, spec, output, out_layout, destination);
    layer.starts.push_back({"PDP", "D_OP_ENABLE"});
    layer.interrupts = {4};
    if (spec.from_sdp) {
        program_sdp_source(layer, spec, input, source, in_layout);
        layer.interrupts = {0, 4};
    } else {
        program_rdma(layer.program, spec, output, in_layout, source.address);
        layer.starts.push_back({"PDP_RDMA", "D_OP_ENABLE"});
    }
    layer.inputs.push_back(std::move(source));
    add_output(layer, output, out_layout, destination);
    layer.words = fmt::format("PDP {}, {} pooling {}x{}x{}, kernel {}x{}, stride {}, pad {}",
                              spec.from_sdp ? "behind SDP" : "off line", name_of(spec.method),
                              spec.width, spec.height, spec.channels, spec.kernel_width,
                              spec.kernel_height, spec.stride, spec.pad);
    return layer;
}

}  // namespace dla::trace
