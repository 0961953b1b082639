// SPDX-License-Identifier: Apache-2.0
// Convolution into memory through SDP. spec: conv-pipeline.md, data-formats.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "trace-tests/generator/convolution_program.hpp"
#include "trace-tests/generator/pixels.hpp"
#include "trace-tests/generator/winograd.hpp"

namespace dla::trace {
namespace {

constexpr unsigned kGreatestTruncate = 16;
constexpr unsigned kPlentyBits = 32;
// So that the sums meet entries of the table, and some lie beyond it.
constexpr unsigned kTableBits = 9;
constexpr unsigned kTableWeightBits = 4;
constexpr unsigned kTableEntryBits = 16;

unsigned divide_up(std::size_t a, std::size_t b) {
    return static_cast<unsigned>((a + b - 1) / b);
}

// The whole input and at least one kernel group must find room in CBUF; masks take the last bank.
Result<Banks> choose_banks(const HardwareConfig& config, const LayerSpec& spec,
                           const Kernels& kernels, std::size_t data_entries) {
    const CbufGeometry& cbuf = config.cbuf;
    const std::size_t bank_bytes = std::size_t{cbuf.entries_per_bank} * cbuf.entry_bytes;
    const std::size_t bytes = kernels.values.size() * bytes_per_element(spec.precision);
    const std::size_t group_bytes =
        bytes / kernels.count * config.kernels_per_group(spec.precision);
    const unsigned banks = cbuf.banks - (spec.compressed ? 1 : 0);
    const unsigned data = divide_up(data_entries, cbuf.entries_per_bank);
    const unsigned least = divide_up(std::min(group_bytes, bytes), bank_bytes);
    if (data + least > banks)
        return fail(
            fmt::format("the layer needs {} banks of CBUF for data and {} for a kernel "
                        "group, {} has {}",
                        data, least, config.name, banks));
    return Banks{data, std::min(banks - data, divide_up(bytes, bank_bytes))};
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

unsigned slice_entries(const LayerSpec& spec, const HardwareConfig& config, const Cube& data) {
    const unsigned element = bytes_per_element(spec.precision);
    if (spec.winograd)
        return divide_up(std::size_t{data.width} * data.channels * element,
                         config.cbuf.entry_bytes);
    if (spec.pixel_format == kNoPixels) return entries_per_slice(config, spec.precision, data);
    const unsigned pixels = spec.pad + spec.width + spec.pad_behind();
    return divide_up(std::size_t{pixels} * data.channels * element, config.cbuf.entry_bytes);
}

// Any numbers, fp16: 1 and -1, so that sums are exact; about half of them zeros where zeros are to
// be left out.
Kernels random_kernels(const LayerSpec& spec, const Cube& data, Random& random) {
    const unsigned width = spec.winograd ? kWinogradTile : spec.kernel_width;
    const unsigned height = spec.winograd ? kWinogradTile : spec.kernel_height;
    Kernels kernels(spec.kernels, width, height, data.channels);
    const unsigned bits = spec.table != TableFunction::kOff ? kTableWeightBits
                                                            : 8 * bytes_per_element(spec.precision);
    for (auto& weight : kernels.values) {
        weight = spec.precision == Precision::kFp16 ? (random.next() % 2 == 0 ? 1 : -1)
                                                    : random.signed_bits(bits);
        if (spec.compressed && random.next() % 2 == 0) weight = 0;
    }
    return kernels;
}

Bytes stored_bytes(const Kernels& kernels, const LayerSpec& spec, const HardwareConfig& config) {
    return spec.winograd ? winograd_weight_bytes(kernels, config, spec.precision)
                         : weight_bytes(stored_kernels(kernels, spec), config, spec.precision);
}

// Shifts that bring the sums into the output's range, a few of them saturating.
PostProcessing choose_post(const Cube& sums, const LayerSpec& spec, Random& random) {
    std::int64_t greatest = 1;
    for (const std::int64_t sum : sums.values)
        greatest = std::max(greatest, sum < 0 ? -sum : sum);
    const unsigned bits = 8 * bytes_per_element(spec.precision);
    const auto width = static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(greatest)));
    const bool table = spec.table != TableFunction::kOff;
    const unsigned wanted = table ? kTableBits : bits;
    const unsigned shift = width > wanted ? width - wanted : 0;
    PostProcessing post;
    post.relu = spec.relu;
    if (table) post.table = random_table(spec.table, spec.precision, random);
    if (spec.precision == Precision::kFp16) {
        post.output_bits = kPlentyBits;
        return post;
    }
    post.clip_truncate = spec.truncate.value_or(std::min(shift, kGreatestTruncate));
    post.output_shift = shift - std::min(shift, post.clip_truncate);
    if (table) post.output_shift = kTableEntryBits - bits;
    post.output_bits = bits;
    for (unsigned k = 0; spec.bias && k < spec.kernels; ++k)
        post.bias.push_back(random.signed_bits(bits));
    post.bias_shift = post.output_shift;
    return post;
}

std::string kind_of(const LayerSpec& spec) {
    if (spec.winograd) return "Winograd convolution";
    return spec.pixel_format == kNoPixels
               ? "direct convolution"
               : fmt::format("convolution of an image, format {},", spec.pixel_format);
}

// PDP behind the convolution, as a layer of its own.
LayerSpec pooling_behind(const LayerSpec& spec, const Cube& input) {
    LayerSpec pooling{.kind = LayerKind::kPooling, .precision = spec.precision};
    pooling.width = input.width;
    pooling.height = input.height;
    pooling.channels = input.channels;
    pooling.kernel_width = pooling.kernel_height = 2;
    pooling.method = spec.method;
    pooling.from_sdp = true;
    pooling.group = spec.group;
    pooling.memory = spec.memory;
    return pooling;
}

Result<void> check_pooled(const LayerSpec& spec, const Cube& output, const CubeLayout& layout) {
    if (!spec.pooled) return {};
    if (output.width < 2 || output.height < 2)
        return fail(
            fmt::format("the convolution's result is {}x{}, legal with pooling behind it "
                        "are sizes of 2 and more",
                        output.width, output.height));
    if (spec.kernels % layout.lanes() != 0)
        return fail(
            fmt::format("kernels are {}, legal with pooling behind them are multiples of {}",
                        spec.kernels, layout.lanes()));
    return {};
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
    Cube cube = spec.winograd ? winograd_extended(source.cube, spec) : source.cube;
    if (spec.weight_seed != 0) random = Random(spec.weight_seed);
    Kernels kernels = random_kernels(spec, cube, random);
    Bytes weights = stored_bytes(kernels, spec, config);
    CompressedWeights packed;
    if (spec.compressed) {
        packed = compress(
            weights, kernels.values.size(), bytes_per_element(spec.precision),
            kernels.values.size() / kernels.count * config.kernels_per_group(spec.precision));
        weights = packed.weights;
    }
    const unsigned entries = slice_entries(spec, config, cube);
    const auto banks = choose_banks(config, spec, kernels, std::size_t{entries} * cube.height);
    if (!banks) return fail(banks.error().message);
    const Convolution conv{spec,   std::move(source),  std::move(cube), std::move(kernels),
                           packed, std::move(weights), entries,         *banks};

    const Cube sums = spec.winograd ? winograd_sums(conv.data, conv.kernels, spec)
                                    : convolve(conv.data, conv.kernels, spec);
    const PostProcessing post = choose_post(sums, spec, random);
    const Cube result = post_process(sums, post);
    const LayerSpec pooling = pooling_behind(spec, result);
    if (auto legal = check_pooled(spec, result, cube_layout(config, spec.precision, result));
        !legal)
        return fail(legal.error().message);
    const Cube output = spec.pooled ? pool(result, pooling) : result;
    const CubeLayout out_layout =
        cube_layout(config, spec.precision, output, spec.line_gap, spec.surface_gap);

    GeneratedLayer layer(config.address_map);
    Image data{"input", memory.take(conv.source.bytes.size()), conv.source.bytes};
    Image plane1{"input_plane1", 0, conv.source.plane1};
    if (!plane1.bytes.empty()) plane1.address = memory.take(plane1.bytes.size());
    const Image weight_image{"weights",
                             (spec.output_elsewhere ? other : memory).take(conv.weights.size()),
                             conv.weights};
    Image mask{"weight_mask", 0, conv.packed.mask};
    Image sizes{"weight_sizes", 0, conv.packed.sizes};
    if (spec.compressed) {
        Allocator& place = spec.output_elsewhere ? other : memory;
        mask.address = place.take(mask.bytes.size());
        sizes.address = place.take(sizes.bytes.size());
    }
    Image bias{"bias", 0, operand_bytes(post.bias, out_layout.lanes())};
    bias.address = memory.take(bias.bytes.size());
    const std::uint64_t destination = memory.take(out_layout.bytes());

    program_cdma(layer.program, conv,
                 {data.address, plane1.address, weight_image.address, mask.address, sizes.address});
    program_csc(layer.program, conv, result);
    program_array(layer.program, spec, result, out_layout, destination, post.clip_truncate);
    if (spec.bias) program_sdp_rdma(layer, spec, result, nullptr, nullptr, &bias);
    if (spec.pooled) {
        program_pdp(layer.program, pooling, output, out_layout, destination);
        layer.starts.push_back({"PDP", "D_OP_ENABLE"});
    }
    program_sdp(layer, spec, result, out_layout, destination, post, true);
    if (spec.pooled || spec.winograd)
        layer.program.set(
            "SDP", "D_FEATURE_MODE_CFG",
            {{"FLYING_MODE", 1}, {"OUTPUT_DST", spec.pooled}, {"WINOGRAD", spec.winograd}});
    for (const char* unit : {"CACC", "CMAC_A", "CMAC_B", "CSC", "CDMA"})
        layer.starts.push_back({unit, "D_OP_ENABLE"});
    layer.inputs = {std::move(data), weight_image};
    if (!plane1.bytes.empty()) layer.inputs.push_back(std::move(plane1));
    if (spec.compressed) {
        layer.inputs.push_back(std::move(mask));
        layer.inputs.push_back(std::move(sizes));
    }
    if (spec.bias) layer.inputs.push_back(std::move(bias));
    add_output(layer, output, out_layout, destination);
    layer.interrupts = {16, 18, 20, 0};  // data, weights, accumulator, SDP
    if (spec.pooled) layer.interrupts.push_back(4);
    for (unsigned& bit : layer.interrupts)
        bit += spec.group;
    layer.words = fmt::format("{} {}x{}x{}, {} kernels {}x{}, stride {}, pad {}, dilation {}{}{}",
                              kind_of(spec), spec.width, spec.height, spec.channels, spec.kernels,
                              spec.kernel_width, spec.kernel_height, spec.stride, spec.pad,
                              spec.dilation, spec.bias ? ", bias" : "", spec.relu ? ", ReLU" : "");
    return layer;
}

}  // namespace dla::trace
