// SPDX-License-Identifier: Apache-2.0
// Direct convolution into memory through SDP. spec: conv-pipeline.md, data-formats.md.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "trace-tests/generator/layer_builder.hpp"

namespace dla::trace {
namespace {

constexpr unsigned kGreatestTruncate = 16;

struct Banks {
    unsigned data;
    unsigned weights;
};

struct Convolution {
    const LayerSpec& spec;
    Cube input;
    Kernels kernels;
    CubeLayout input_layout;
    Bytes weights;
    unsigned slice_entries;
    Banks banks;
};

std::uint64_t code(const LayerSpec& spec) {
    return static_cast<std::uint64_t>(spec.precision);
}

unsigned divide_up(std::size_t a, std::size_t b) {
    return static_cast<unsigned>((a + b - 1) / b);
}

// The whole input and at least one kernel group must find room in CBUF.
Result<Banks> choose_banks(const HardwareConfig& config, const LayerSpec& spec,
                           std::size_t data_entries, std::size_t weight_bytes) {
    const CbufGeometry& cbuf = config.cbuf;
    const std::size_t bank_bytes = std::size_t{cbuf.entries_per_bank} * cbuf.entry_bytes;
    const std::size_t group_bytes = std::size_t{config.kernels_per_group(spec.precision)} *
                                    spec.kernel_width * spec.kernel_height * spec.channels *
                                    bytes_per_element(spec.precision);
    const unsigned data = divide_up(data_entries, cbuf.entries_per_bank);
    const unsigned least = divide_up(std::min(group_bytes, weight_bytes), bank_bytes);
    if (data + least > cbuf.banks)
        return fail(
            fmt::format("the layer needs {} banks of CBUF for data and {} for a kernel "
                        "group, {} has {}",
                        data, least, config.name, cbuf.banks));
    return Banks{data, std::min(cbuf.banks - data, divide_up(weight_bytes, bank_bytes))};
}

// Shifts that bring the sums into the output's range, a few of them saturating.
PostProcessing choose_post(const Cube& sums, const LayerSpec& spec, Random& random) {
    std::int64_t greatest = 1;
    for (const std::int64_t sum : sums.values)
        greatest = std::max(greatest, sum < 0 ? -sum : sum);
    const unsigned bits = 8 * bytes_per_element(spec.precision);
    const auto width = static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(greatest)));
    const unsigned shift = width > bits ? width - bits : 0;
    PostProcessing post;
    post.clip_truncate = std::min(shift, kGreatestTruncate);
    post.output_shift = shift - post.clip_truncate;
    post.output_bits = bits;
    post.relu = spec.relu;
    for (unsigned k = 0; spec.bias && k < spec.kernels; ++k)
        post.bias.push_back(random.signed_bits(bits));
    post.bias_shift = post.output_shift;
    return post;
}

void program_cdma(RegisterProgram& p, const Convolution& conv, std::uint64_t data,
                  std::uint64_t weights) {
    const LayerSpec& spec = conv.spec;
    const std::size_t kernel_bytes =
        conv.kernels.values.size() / spec.kernels * bytes_per_element(spec.precision);
    p.set("CDMA", "S_POINTER", 0);
    p.set("CDMA", "D_MISC_CFG", {{"IN_PRECISION", code(spec)}, {"PROC_PRECISION", code(spec)}});
    p.set("CDMA", "D_DATAIN_FORMAT", 0);
    p.set("CDMA", "D_DATAIN_SIZE_0",
          {{"DATAIN_WIDTH", spec.width - 1}, {"DATAIN_HEIGHT", spec.height - 1}});
    p.set("CDMA", "D_DATAIN_SIZE_1", {{"DATAIN_CHANNEL", spec.channels - 1}});
    p.set("CDMA", "D_DATAIN_SIZE_EXT_0",
          {{"DATAIN_WIDTH_EXT", spec.width - 1}, {"DATAIN_HEIGHT_EXT", spec.height - 1}});
    p.set("CDMA", "D_PIXEL_OFFSET", 0);
    p.set("CDMA", "D_DAIN_RAM_TYPE", {{"DATAIN_RAM_TYPE", ram_type(spec.memory)}});
    p.set_address("CDMA", "D_DAIN_ADDR", data, "_0");
    p.set("CDMA", "D_LINE_STRIDE", conv.input_layout.line_stride);
    p.set("CDMA", "D_SURF_STRIDE", conv.input_layout.surface_stride);
    p.set("CDMA", "D_DAIN_MAP", {{"LINE_PACKED", 1}, {"SURF_PACKED", 1}});
    p.set("CDMA", "D_BATCH_NUMBER", 0);
    p.set("CDMA", "D_BATCH_STRIDE", 0);
    p.set("CDMA", "D_ENTRY_PER_SLICE", conv.slice_entries - 1);
    p.set("CDMA", "D_FETCH_GRAIN", 0);
    p.set("CDMA", "D_WEIGHT_FORMAT", 0);
    p.set("CDMA", "D_WEIGHT_SIZE_0", {{"BYTE_PER_KERNEL", kernel_bytes - 1}});
    p.set("CDMA", "D_WEIGHT_SIZE_1", {{"WEIGHT_KERNEL", spec.kernels - 1}});
    p.set("CDMA", "D_WEIGHT_RAM_TYPE", {{"WEIGHT_RAM_TYPE", ram_type(spec.memory)}});
    p.set_address("CDMA", "D_WEIGHT_ADDR", weights);
    p.set("CDMA", "D_WEIGHT_BYTES", static_cast<std::uint32_t>(conv.weights.size()));
    p.set("CDMA", "D_MEAN_FORMAT", 0);
    p.set("CDMA", "D_CVT_CFG", 0);
    p.set("CDMA", "D_CONV_STRIDE",
          {{"CONV_X_STRIDE", spec.stride - 1}, {"CONV_Y_STRIDE", spec.stride - 1}});
    p.set("CDMA", "D_ZERO_PADDING",
          {{"PAD_LEFT", spec.pad},
           {"PAD_RIGHT", spec.pad},
           {"PAD_TOP", spec.pad},
           {"PAD_BOTTOM", spec.pad}});
    p.set("CDMA", "D_ZERO_PADDING_VALUE", static_cast<std::uint32_t>(spec.pad_value) & 0xffff);
    p.set("CDMA", "D_BANK",
          {{"DATA_BANK", conv.banks.data - 1}, {"WEIGHT_BANK", conv.banks.weights - 1}});
    p.set("CDMA", "D_NAN_FLUSH_TO_ZERO", 0);
}

void program_csc(RegisterProgram& p, const Convolution& conv, const Cube& output) {
    const LayerSpec& spec = conv.spec;
    p.set("CSC", "S_POINTER", 0);
    p.set("CSC", "D_MISC_CFG", {{"IN_PRECISION", code(spec)}, {"PROC_PRECISION", code(spec)}});
    p.set("CSC", "D_DATAIN_FORMAT", 0);
    p.set("CSC", "D_DATAIN_SIZE_EXT_0",
          {{"DATAIN_WIDTH_EXT", spec.width - 1}, {"DATAIN_HEIGHT_EXT", spec.height - 1}});
    p.set("CSC", "D_DATAIN_SIZE_EXT_1", {{"DATAIN_CHANNEL_EXT", spec.channels - 1}});
    p.set("CSC", "D_BATCH_NUMBER", 0);
    p.set("CSC", "D_POST_Y_EXTENSION", 0);
    p.set("CSC", "D_ENTRY_PER_SLICE", conv.slice_entries - 1);
    p.set("CSC", "D_WEIGHT_FORMAT", 0);
    p.set("CSC", "D_WEIGHT_SIZE_EXT_0",
          {{"WEIGHT_WIDTH_EXT", spec.kernel_width - 1},
           {"WEIGHT_HEIGHT_EXT", spec.kernel_height - 1}});
    p.set("CSC", "D_WEIGHT_SIZE_EXT_1",
          {{"WEIGHT_CHANNEL_EXT", spec.channels - 1}, {"WEIGHT_KERNEL", spec.kernels - 1}});
    p.set("CSC", "D_WEIGHT_BYTES", static_cast<std::uint32_t>(conv.weights.size()));
    p.set("CSC", "D_DATAOUT_SIZE_0",
          {{"DATAOUT_WIDTH", output.width - 1}, {"DATAOUT_HEIGHT", output.height - 1}});
    p.set("CSC", "D_DATAOUT_SIZE_1", {{"DATAOUT_CHANNEL", spec.kernels - 1}});
    p.set("CSC", "D_ATOMICS", output.width * output.height - 1);
    p.set("CSC", "D_RELEASE", {{"RLS_SLICES", spec.height - 1}});
    p.set("CSC", "D_CONV_STRIDE_EXT",
          {{"CONV_X_STRIDE_EXT", spec.stride - 1}, {"CONV_Y_STRIDE_EXT", spec.stride - 1}});
    p.set("CSC", "D_DILATION_EXT",
          {{"X_DILATION_EXT", spec.dilation - 1}, {"Y_DILATION_EXT", spec.dilation - 1}});
    p.set("CSC", "D_ZERO_PADDING", {{"PAD_LEFT", spec.pad}, {"PAD_TOP", spec.pad}});
    p.set("CSC", "D_ZERO_PADDING_VALUE", static_cast<std::uint32_t>(spec.pad_value) & 0xffff);
    p.set("CSC", "D_BANK",
          {{"DATA_BANK", conv.banks.data - 1}, {"WEIGHT_BANK", conv.banks.weights - 1}});
    p.set("CSC", "D_PRA_CFG", 0);
}

void program_array(RegisterProgram& p, const LayerSpec& spec, const Cube& output,
                   const CubeLayout& layout, std::uint64_t destination, unsigned clip_truncate) {
    for (const char* unit : {"CMAC_A", "CMAC_B"}) {
        p.set(unit, "S_POINTER", 0);
        p.set(unit, "D_MISC_CFG", {{"PROC_PRECISION", code(spec)}});
    }
    const bool single = output.width * output.height == 1;
    p.set("CACC", "S_POINTER", 0);
    p.set("CACC", "D_MISC_CFG", {{"PROC_PRECISION", code(spec)}});
    p.set("CACC", "D_DATAOUT_SIZE_0",
          {{"DATAOUT_WIDTH", output.width - 1}, {"DATAOUT_HEIGHT", output.height - 1}});
    p.set("CACC", "D_DATAOUT_SIZE_1", {{"DATAOUT_CHANNEL", spec.kernels - 1}});
    p.set("CACC", "D_DATAOUT_ADDR", static_cast<std::uint32_t>(destination));
    p.set("CACC", "D_BATCH_NUMBER", 0);
    p.set("CACC", "D_LINE_STRIDE", layout.line_stride);
    p.set("CACC", "D_SURF_STRIDE", layout.surface_stride);
    p.set("CACC", "D_DATAOUT_MAP", {{"LINE_PACKED", single}, {"SURF_PACKED", single}});
    p.set("CACC", "D_CLIP_CFG", {{"CLIP_TRUNCATE", clip_truncate}});
}

}  // namespace

Result<GeneratedLayer> convolution_layer(const LayerSpec& spec, const HardwareConfig& config) {
    Random random(spec.seed);
    Allocator memory(spec.memory);
    Cube input = random_cube(spec.width, spec.height, spec.channels, spec.precision, random);
    Kernels kernels(spec.kernels, spec.kernel_width, spec.kernel_height, spec.channels);
    for (auto& weight : kernels.values)
        weight = random.signed_bits(8 * bytes_per_element(spec.precision));
    const CubeLayout in_layout = cube_layout(config, spec.precision, input);
    Bytes weights = weight_bytes(kernels, config, spec.precision);
    const unsigned entries = entries_per_slice(config, spec.precision, input);
    const auto banks =
        choose_banks(config, spec, std::size_t{entries} * spec.height, weights.size());
    if (!banks) return fail(banks.error().message);
    const Convolution conv{spec,  std::move(input), std::move(kernels), in_layout, weights, entries,
                           *banks};

    const Cube sums = convolve(conv.input, conv.kernels, spec);
    const PostProcessing post = choose_post(sums, spec, random);
    const Cube output = post_process(sums, post);
    const CubeLayout out_layout =
        cube_layout(config, spec.precision, output, spec.line_gap, spec.surface_gap);

    GeneratedLayer layer(config.address_map);
    Image source{"input", memory.take(in_layout.bytes()), {}};
    put_cube(conv.input, in_layout, source.bytes);
    const Image weight_image{"weights", memory.take(conv.weights.size()), conv.weights};
    Image bias{"bias", 0, operand_bytes(post.bias, out_layout.lanes())};
    bias.address = memory.take(bias.bytes.size());
    const std::uint64_t destination = memory.take(out_layout.bytes());

    program_cdma(layer.program, conv, source.address, weight_image.address);
    program_csc(layer.program, conv, output);
    program_array(layer.program, spec, output, out_layout, destination, post.clip_truncate);
    if (spec.bias) program_sdp_rdma(layer, spec, output, nullptr, nullptr, &bias);
    program_sdp(layer, spec, output, out_layout, destination, post, true);
    for (const char* unit : {"CACC", "CMAC_A", "CMAC_B", "CSC", "CDMA"})
        layer.starts.push_back({unit, "D_OP_ENABLE"});
    layer.inputs = {std::move(source), weight_image};
    if (spec.bias) layer.inputs.push_back(std::move(bias));
    add_output(layer, output, out_layout, destination);
    layer.interrupts = {16, 18, 20, 0};  // data, weights, accumulator, SDP
    layer.words = fmt::format(
        "direct convolution {}x{}x{}, {} kernels {}x{}, stride {}, pad {}, dilation {}{}{}",
        spec.width, spec.height, spec.channels, spec.kernels, spec.kernel_width, spec.kernel_height,
        spec.stride, spec.pad, spec.dilation, spec.bias ? ", bias" : "", spec.relu ? ", ReLU" : "");
    return layer;
}

}  // namespace dla::trace
