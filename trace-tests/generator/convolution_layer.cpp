// SPDX-License-Identifier: Apache-2.0
// Direct convolution into memory through SDP. spec: conv-pipeline.md, data-formats.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "trace-tests/generator/layer_builder.hpp"
#include "trace-tests/generator/pixels.hpp"

namespace dla::trace {
namespace {

constexpr unsigned kGreatestTruncate = 16;
constexpr unsigned kPlentyBits = 32;

struct Banks {
    unsigned data;
    unsigned weights;
};

// CDMA's converter: (x - offset) * scale / 2^truncate. spec: conv-pipeline.md 3.
struct Converter {
    bool enabled = false;
    bool means = false;
    std::array<std::int64_t, 4> offset{};  // per channel; features have one
    std::int64_t scale = 1;
    unsigned truncate = 0;
};

// What the convolution reads: a cube, or an image in one or two planes.
struct Source {
    Cube cube;  // as it reaches the multipliers
    Precision precision;
    Bytes bytes;
    Bytes plane1;
    unsigned line_stride;
    unsigned line_stride1;
    unsigned surface_stride;
    Converter converter;
};

struct Convolution {
    const LayerSpec& spec;
    Source source;
    Kernels kernels;
    Bytes weights;
    unsigned slice_entries;
    Banks banks;

    bool image() const { return spec.pixel_format != kNoPixels; }
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

Cube convert(const Cube& cube, const Converter& converter, Precision precision) {
    constexpr unsigned kConverterBits = 17;
    Cube out = cube;
    if (!converter.enabled) return out;
    const unsigned bits =
        precision == Precision::kFp16 ? kConverterBits : 8 * bytes_per_element(precision);
    for (unsigned c = 0; c < cube.channels; ++c)
        for (unsigned y = 0; y < cube.height; ++y)
            for (unsigned x = 0; x < cube.width; ++x) {
                const std::int64_t offset = converter.offset[converter.means ? c : 0];
                out.at(x, y, c) =
                    clamp_bits(divide_rounded((cube.at(x, y, c) - offset) * converter.scale,
                                              converter.truncate),
                               bits);
            }
    return out;
}

// Into the range of the multipliers; fp16 small, so that sums are exact.
Converter image_converter(const LayerSpec& spec, Precision pixels, Random& random) {
    constexpr std::array<unsigned, 3> kBitsWanted{8, 16, 4};
    Converter converter;
    if (pixels == Precision::kFp16) return converter;
    const unsigned bits = 8 * bytes_per_element(pixels);
    const unsigned wanted = kBitsWanted[static_cast<std::size_t>(spec.precision)];
    converter.enabled = true;
    converter.means = spec.convert;
    converter.scale = spec.convert ? 3 : 1;
    converter.truncate = (bits > wanted ? bits - wanted : 0) + (spec.convert ? 1 : 0);
    const auto middle = std::min<std::int64_t>(std::int64_t{1} << (bits - 1), 0x7fff);
    for (auto& offset : converter.offset)
        offset =
            spec.convert ? static_cast<std::int64_t>(random.next() % 256) * middle / 256 : middle;
    return converter;
}

Source image_source(const LayerSpec& spec, Random& random) {
    PixelImage image = random_image(spec.pixel_format, spec.width, spec.height, random);
    const Converter converter = image_converter(spec, image.precision, random);
    return {.cube = convert(image.components, converter, spec.precision),
            .precision = image.precision,
            .bytes = std::move(image.plane0),
            .plane1 = std::move(image.plane1),
            .line_stride = image.line_stride,
            .line_stride1 = image.line_stride1,
            .surface_stride = 0,
            .converter = converter};
}

Source feature_source(const LayerSpec& spec, const HardwareConfig& config, Random& random) {
    const Cube cube = random_cube(spec.width, spec.height, spec.channels, spec.precision, random);
    const CubeLayout layout = cube_layout(config, spec.precision, cube);
    Converter converter;
    if (spec.convert)
        converter = {.enabled = true, .means = false, .offset = {5}, .scale = 3, .truncate = 2};
    Source source{.cube = convert(cube, converter, spec.precision),
                  .precision = spec.precision,
                  .bytes = {},
                  .plane1 = {},
                  .line_stride = layout.line_stride,
                  .line_stride1 = 0,
                  .surface_stride = layout.surface_stride,
                  .converter = converter};
    put_cube(cube, layout, source.bytes);
    return source;
}

// Rows of an image's kernels are one wide: all its pixels' channels behind each other.
Kernels stored_kernels(const Kernels& kernels, const LayerSpec& spec) {
    if (spec.pixel_format == kNoPixels) return kernels;
    Kernels flat(kernels.count, 1, kernels.height, kernels.width * kernels.channels);
    for (unsigned k = 0; k < kernels.count; ++k)
        for (unsigned r = 0; r < kernels.height; ++r)
            for (unsigned s = 0; s < kernels.width; ++s)
                for (unsigned c = 0; c < kernels.channels; ++c)
                    flat.at(k, 0, r, s * kernels.channels + c) = kernels.at(k, s, r, c);
    return flat;
}

unsigned slice_entries(const LayerSpec& spec, const HardwareConfig& config, const Cube& cube) {
    if (spec.pixel_format == kNoPixels) return entries_per_slice(config, spec.precision, cube);
    const unsigned pixels = spec.pad + spec.width + spec.pad_behind();
    return divide_up(std::size_t{pixels} * cube.channels * bytes_per_element(spec.precision),
                     config.cbuf.entry_bytes);
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
    post.relu = spec.relu;
    if (spec.precision == Precision::kFp16) {
        post.output_bits = kPlentyBits;
        return post;
    }
    post.clip_truncate = std::min(shift, kGreatestTruncate);
    post.output_shift = shift - post.clip_truncate;
    post.output_bits = bits;
    for (unsigned k = 0; spec.bias && k < spec.kernels; ++k)
        post.bias.push_back(random.signed_bits(bits));
    post.bias_shift = post.output_shift;
    return post;
}

void program_format(RegisterProgram& p, const Convolution& conv) {
    p.set("CDMA", "D_MISC_CFG",
          {{"IN_PRECISION", static_cast<std::uint64_t>(conv.source.precision)},
           {"PROC_PRECISION", code(conv.spec)}});
    p.set("CDMA", "D_DATAIN_FORMAT",
          {{"DATAIN_FORMAT", conv.image()},
           {"PIXEL_FORMAT", conv.image() ? conv.spec.pixel_format : 0}});
}

void program_converter(RegisterProgram& p, const Converter& converter) {
    p.set("CDMA", "D_MEAN_FORMAT", {{"MEAN_FORMAT", converter.means}});
    p.set("CDMA", "D_CVT_CFG",
          {{"CVT_EN", converter.enabled}, {"CVT_TRUNCATE", converter.truncate}});
    if (!converter.enabled) return;
    p.set("CDMA", "D_CVT_OFFSET", static_cast<std::uint32_t>(converter.offset[0]) & 0xffff);
    p.set("CDMA", "D_CVT_SCALE", static_cast<std::uint32_t>(converter.scale) & 0xffff);
    if (!converter.means) return;
    const auto mean = [&](unsigned c) { return static_cast<std::uint64_t>(converter.offset[c]); };
    p.set("CDMA", "D_MEAN_GLOBAL_0", {{"MEAN_RY", mean(0)}, {"MEAN_GU", mean(1)}});
    p.set("CDMA", "D_MEAN_GLOBAL_1", {{"MEAN_BV", mean(2)}, {"MEAN_AX", mean(3)}});
}

struct Planes {
    std::uint64_t plane0;
    std::uint64_t plane1;
};

void program_cdma(RegisterProgram& p, const Convolution& conv, const Planes& data,
                  std::uint64_t weights) {
    const LayerSpec& spec = conv.spec;
    const std::size_t kernel_bytes =
        conv.kernels.values.size() / spec.kernels * bytes_per_element(spec.precision);
    p.set("CDMA", "S_POINTER", 0);
    program_format(p, conv);
    p.set("CDMA", "D_DATAIN_SIZE_0",
          {{"DATAIN_WIDTH", spec.width - 1}, {"DATAIN_HEIGHT", spec.height - 1}});
    p.set("CDMA", "D_DATAIN_SIZE_1", {{"DATAIN_CHANNEL", spec.channels - 1}});
    p.set("CDMA", "D_DATAIN_SIZE_EXT_0",
          {{"DATAIN_WIDTH_EXT", spec.width - 1}, {"DATAIN_HEIGHT_EXT", spec.height - 1}});
    p.set("CDMA", "D_PIXEL_OFFSET", 0);
    p.set("CDMA", "D_DAIN_RAM_TYPE", {{"DATAIN_RAM_TYPE", ram_type(spec.memory)}});
    p.set_address("CDMA", "D_DAIN_ADDR", data.plane0, "_0");
    p.set("CDMA", "D_LINE_STRIDE", conv.source.line_stride);
    if (conv.source.line_stride1 != 0) {
        p.set_address("CDMA", "D_DAIN_ADDR", data.plane1, "_1");
        p.set("CDMA", "D_LINE_UV_STRIDE", conv.source.line_stride1);
    }
    p.set("CDMA", "D_SURF_STRIDE", conv.source.surface_stride);
    p.set("CDMA", "D_DAIN_MAP", {{"LINE_PACKED", 1}, {"SURF_PACKED", 1}});
    p.set("CDMA", "D_BATCH_NUMBER", 0);
    p.set("CDMA", "D_BATCH_STRIDE", 0);
    p.set("CDMA", "D_ENTRY_PER_SLICE", conv.slice_entries - 1);
    p.set("CDMA", "D_FETCH_GRAIN", 0);
    p.set("CDMA", "D_WEIGHT_FORMAT", 0);
    p.set("CDMA", "D_WEIGHT_SIZE_0", {{"BYTE_PER_KERNEL", kernel_bytes - 1}});
    p.set("CDMA", "D_WEIGHT_SIZE_1", {{"WEIGHT_KERNEL", spec.kernels - 1}});
    p.set("CDMA", "D_WEIGHT_RAM_TYPE", {{"WEIGHT_RAM_TYPE", ram_type(spec.other_memory())}});
    p.set_address("CDMA", "D_WEIGHT_ADDR", weights);
    p.set("CDMA", "D_WEIGHT_BYTES", static_cast<std::uint32_t>(conv.weights.size()));
    program_converter(p, conv.source.converter);
    p.set("CDMA", "D_CONV_STRIDE",
          {{"CONV_X_STRIDE", spec.stride - 1}, {"CONV_Y_STRIDE", spec.stride_down() - 1}});
    p.set("CDMA", "D_ZERO_PADDING",
          {{"PAD_LEFT", spec.pad},
           {"PAD_RIGHT", spec.pad_behind()},
           {"PAD_TOP", spec.pad},
           {"PAD_BOTTOM", spec.pad_behind()}});
    p.set("CDMA", "D_ZERO_PADDING_VALUE", static_cast<std::uint32_t>(spec.pad_value) & 0xffff);
    p.set("CDMA", "D_BANK",
          {{"DATA_BANK", conv.banks.data - 1}, {"WEIGHT_BANK", conv.banks.weights - 1}});
    p.set("CDMA", "D_NAN_FLUSH_TO_ZERO", 0);
}

void program_csc(RegisterProgram& p, const Convolution& conv, const Cube& output) {
    const LayerSpec& spec = conv.spec;
    p.set("CSC", "S_POINTER", 0);
    p.set("CSC", "D_MISC_CFG", {{"IN_PRECISION", code(spec)}, {"PROC_PRECISION", code(spec)}});
    p.set("CSC", "D_DATAIN_FORMAT", {{"DATAIN_FORMAT", conv.image()}});
    p.set("CSC", "D_DATAIN_SIZE_EXT_0",
          {{"DATAIN_WIDTH_EXT", spec.width - 1}, {"DATAIN_HEIGHT_EXT", spec.height - 1}});
    p.set("CSC", "D_DATAIN_SIZE_EXT_1", {{"DATAIN_CHANNEL_EXT", spec.channels - 1}});
    p.set("CSC", "D_BATCH_NUMBER", 0);
    p.set("CSC", "D_POST_Y_EXTENSION", 0);
    p.set("CSC", "D_ENTRY_PER_SLICE", conv.slice_entries - 1);
    p.set("CSC", "D_WEIGHT_FORMAT", 0);
    p.set("CSC", "D_WEIGHT_SIZE_EXT_0",
          {{"WEIGHT_WIDTH_EXT", conv.image() ? 0 : spec.kernel_width - 1},
           {"WEIGHT_HEIGHT_EXT", spec.kernel_height - 1}});
    p.set("CSC", "D_WEIGHT_SIZE_EXT_1",
          {{"WEIGHT_CHANNEL_EXT",
            (conv.image() ? spec.kernel_width : 1) * conv.source.cube.channels - 1},
           {"WEIGHT_KERNEL", spec.kernels - 1}});
    p.set("CSC", "D_WEIGHT_BYTES", static_cast<std::uint32_t>(conv.weights.size()));
    p.set("CSC", "D_DATAOUT_SIZE_0",
          {{"DATAOUT_WIDTH", output.width - 1}, {"DATAOUT_HEIGHT", output.height - 1}});
    p.set("CSC", "D_DATAOUT_SIZE_1", {{"DATAOUT_CHANNEL", spec.kernels - 1}});
    p.set("CSC", "D_ATOMICS", output.width * output.height - 1);
    p.set("CSC", "D_RELEASE", {{"RLS_SLICES", spec.height - 1}});
    p.set("CSC", "D_CONV_STRIDE_EXT",
          {{"CONV_X_STRIDE_EXT", spec.stride - 1}, {"CONV_Y_STRIDE_EXT", spec.stride_down() - 1}});
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

Result<GeneratedLayer> convolution_layer(const LayerSpec& given, const HardwareConfig& config) {
    LayerSpec spec = given;
    const bool image = spec.pixel_format != kNoPixels;
    if (image) spec.channels = pixel_components(spec.pixel_format);
    Random random(spec.seed);
    Allocator memory(spec.memory);
    Allocator other(spec.other_memory());
    Source source = image ? image_source(spec, random) : feature_source(spec, config, random);
    Kernels kernels(spec.kernels, spec.kernel_width, spec.kernel_height, spec.channels);
    for (auto& weight : kernels.values)
        weight = spec.precision == Precision::kFp16
                     ? (random.next() % 2 == 0 ? 1 : -1)
                     : random.signed_bits(8 * bytes_per_element(spec.precision));
    Bytes weights = weight_bytes(stored_kernels(kernels, spec), config, spec.precision);
    const unsigned entries = slice_entries(spec, config, source.cube);
    const auto banks =
        choose_banks(config, spec, std::size_t{entries} * spec.height, weights.size());
    if (!banks) return fail(banks.error().message);
    const Convolution conv{spec, std::move(source), std::move(kernels), weights, entries, *banks};

    const Cube sums = convolve(conv.source.cube, conv.kernels, spec);
    const PostProcessing post = choose_post(sums, spec, random);
    const Cube output = post_process(sums, post);
    const CubeLayout out_layout =
        cube_layout(config, spec.precision, output, spec.line_gap, spec.surface_gap);

    GeneratedLayer layer(config.address_map);
    Image data{"input", memory.take(conv.source.bytes.size()), conv.source.bytes};
    Image plane1{"input_plane1", 0, conv.source.plane1};
    if (!plane1.bytes.empty()) plane1.address = memory.take(plane1.bytes.size());
    const Image weight_image{"weights",
                             (spec.output_elsewhere ? other : memory).take(conv.weights.size()),
                             conv.weights};
    Image bias{"bias", 0, operand_bytes(post.bias, out_layout.lanes())};
    bias.address = memory.take(bias.bytes.size());
    const std::uint64_t destination = memory.take(out_layout.bytes());

    program_cdma(layer.program, conv, {data.address, plane1.address}, weight_image.address);
    program_csc(layer.program, conv, output);
    program_array(layer.program, spec, output, out_layout, destination, post.clip_truncate);
    if (spec.bias) program_sdp_rdma(layer, spec, output, nullptr, nullptr, &bias);
    program_sdp(layer, spec, output, out_layout, destination, post, true);
    for (const char* unit : {"CACC", "CMAC_A", "CMAC_B", "CSC", "CDMA"})
        layer.starts.push_back({unit, "D_OP_ENABLE"});
    layer.inputs = {std::move(data), weight_image};
    if (!plane1.bytes.empty()) layer.inputs.push_back(std::move(plane1));
    if (spec.bias) layer.inputs.push_back(std::move(bias));
    add_output(layer, output, out_layout, destination);
    layer.interrupts = {16, 18, 20, 0};  // data, weights, accumulator, SDP
    layer.words = fmt::format(
        "{} {}x{}x{}, {} kernels {}x{}, stride {}, pad {}, dilation {}{}{}",
        image ? fmt::format("convolution of an image, format {},", spec.pixel_format)
              : "direct convolution",
        spec.width, spec.height, spec.channels, spec.kernels, spec.kernel_width, spec.kernel_height,
        spec.stride, spec.pad, spec.dilation, spec.bias ? ", bias" : "", spec.relu ? ", ReLU" : "");
    return layer;
}

}  // namespace dla::trace
