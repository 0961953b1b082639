// SPDX-License-Identifier: Apache-2.0
// Checks a layer specification in words and chooses the builder.
#include <fmt/format.h>

#include <tuple>

#include "trace-tests/generator/layer_builder.hpp"
#include "trace-tests/generator/pixels.hpp"

namespace dla::trace {
namespace {

constexpr unsigned kGreatestSize = 8192;

struct Limit {
    const char* what;
    unsigned value;
    unsigned least;
    unsigned most;
};

Result<void> check_limits(std::initializer_list<Limit> limits) {
    for (const Limit& limit : limits)
        if (limit.value < limit.least || limit.value > limit.most)
            return fail(fmt::format("{} is {}, legal is {} to {}", limit.what, limit.value,
                                    limit.least, limit.most));
    return {};
}

// (size + 2*pad - reach) must be a multiple of the stride, or hardware and software disagree.
Result<void> check_window(const char* what, unsigned size, unsigned kernel, unsigned stride,
                          const LayerSpec& spec) {
    const unsigned reach = (kernel - 1) * spec.dilation + 1;
    const unsigned padded = size + spec.pad + spec.pad_behind();
    if (spec.pad >= reach)
        return fail(
            fmt::format("pad is {}, legal is less than the kernel's reach of {}", spec.pad, reach));
    if (padded < reach)
        return fail(fmt::format("the kernel's {} reaches over {}, the padded input has {}", what,
                                reach, padded));
    if ((padded - reach) % stride != 0)
        return fail(
            fmt::format("{}: input {} with pad {} is not covered exactly by kernel reach {} "
                        "and stride {}",
                        what, size, spec.pad, reach, stride));
    return {};
}

Result<void> check_windows(const LayerSpec& spec) {
    if (auto good = check_window("width", spec.width, spec.kernel_width, spec.stride, spec); !good)
        return good;
    return check_window("height", spec.height, spec.kernel_height, spec.stride_down(), spec);
}

// What CDMA makes of the input is whole blocks of four, and at least one block is left for outputs.
Result<void> check_winograd(const LayerSpec& spec, const HardwareConfig& config) {
    if (!config.features.winograd) return fail(fmt::format("{} has no Winograd", config.name));
    const unsigned atom = config.elements_per_atom(spec.precision);
    if (spec.channels % atom != 0)
        return fail(fmt::format("channels are {}, legal with Winograd are multiples of {}",
                                spec.channels, atom));
    for (const auto& [what, size, stride] :
         {std::tuple{"width", spec.width, spec.stride},
          std::tuple{"height", spec.height, spec.stride_down()}}) {
        const unsigned padded = spec.pad + size + spec.pad_behind();
        if (padded % (4 * stride) != 0 || padded < 8 * stride)
            return fail(
                fmt::format("the padded {} is {}, legal with Winograd and stride {} are "
                            "multiples of {} from {} on",
                            what, padded, stride, 4 * stride, 8 * stride));
    }
    return {};
}

Result<void> check_convolution(const LayerSpec& spec, const HardwareConfig& config) {
    if (spec.compressed && !config.features.weight_compression)
        return fail(fmt::format("{} has no compressed weights", config.name));
    const bool table = spec.table != TableFunction::kOff;
    if (table && !config.features.sdp_lut)
        return fail(fmt::format("{} has no lookup tables in SDP", config.name));
    if (spec.pixel_format != kNoPixels && spec.pixel_format >= kPixelFormatCodes)
        return fail(fmt::format("pixel format is {}, legal is 0 to {}", spec.pixel_format,
                                kPixelFormatCodes - 1));
    const auto limits = check_limits({{"kernels", spec.kernels, 1, kGreatestSize},
                                      {"kernel width", spec.kernel_width, 1, 32},
                                      {"kernel height", spec.kernel_height, 1, 32},
                                      {"stride", spec.stride, 1, 8},
                                      {"stride in lines", spec.stride_down(), 1, 8},
                                      {"pad", spec.pad, 0, 31},
                                      {"dilation", spec.dilation, 1, 32}});
    if (!limits) return limits;
    return spec.winograd ? check_winograd(spec, config) : check_windows(spec);
}

Result<void> check_pooling(const LayerSpec& spec) {
    const auto limits = check_limits({{"kernel width", spec.kernel_width, 1, 8},
                                      {"kernel height", spec.kernel_height, 1, 8},
                                      {"stride", spec.stride, 1, 16},
                                      {"stride in lines", spec.stride_down(), 1, 16},
                                      {"stripes", spec.stripes, 1, 256},
                                      {"pad", spec.pad, 0, 7},
                                      {"dilation", spec.dilation, 1, 1}});
    return limits ? check_windows(spec) : limits;
}

Result<void> check_copy(const LayerSpec& spec) {
    if (spec.width % 32 != 0)
        return fail(fmt::format("a line of {} bytes, legal are multiples of 32", spec.width));
    return {};
}

Result<void> check_normalization(const LayerSpec& spec) {
    const bool odd = spec.window % 2 == 1;
    if (!odd || spec.window < 3 || spec.window > 9)
        return fail(fmt::format("window is {}, legal are 3, 5, 7 and 9 channels", spec.window));
    return {};
}

Result<void> check_reshaping(const LayerSpec& spec, const HardwareConfig& config) {
    if (!config.features.rubik) return fail(fmt::format("{} has no RUBIK", config.name));
    return check_limits(
        {{"stride", spec.stride, 1, 32}, {"stride in lines", spec.stride_down(), 1, 32}});
}

Result<void> check(const LayerSpec& spec, const HardwareConfig& config) {
    if (!config.has_precision(spec.precision))
        return fail(fmt::format("{} has no {}; legal is int8", config.name,
                                spec.precision == Precision::kInt16 ? "int16" : "fp16"));
    const bool second = spec.memory == Memory::kSecondary || spec.output_elsewhere;
    if (second && !config.features.second_memory)
        return fail(fmt::format("{} has no second memory; legal is --memory pri", config.name));
    const bool plain_sdp =
        spec.kind == LayerKind::kSdp && !spec.random_steps && !spec.compare_equal;
    if (spec.precision == Precision::kFp16 && (spec.bias || plain_sdp || spec.pad_value != 0))
        return fail(
            "fp16 layers are generated from numbers that leave nothing to round: without bias, "
            "with pad value 0, SDP with --random-steps");
    const bool bdma = spec.kind == LayerKind::kCopy || spec.kind == LayerKind::kRegisters;
    if (bdma && !config.features.bdma) return fail(fmt::format("{} has no BDMA", config.name));
    if (auto sizes = check_limits({{"width", spec.width, 1, kGreatestSize},
                                   {"height", spec.height, 1, kGreatestSize},
                                   {"channels", spec.channels, 1, kGreatestSize}});
        !sizes)
        return sizes;
    constexpr std::size_t kMostElements = std::size_t{1} << 24;
    if (std::size_t{spec.width} * spec.height * spec.channels > kMostElements)
        return fail(fmt::format("the input has more than {} elements", kMostElements));
    switch (spec.kind) {
        case LayerKind::kConvolution:
            return check_convolution(spec, config);
        case LayerKind::kPooling:
            return check_pooling(spec);
        case LayerKind::kCopy:
            return check_copy(spec);
        case LayerKind::kNormalization:
            return check_normalization(spec);
        case LayerKind::kReshape:
            return check_reshaping(spec, config);
        case LayerKind::kSdp:
        case LayerKind::kRegisters:
            return {};
    }
    return {};
}

// No layer at all: a register is written and read back.
GeneratedLayer register_check(const LayerSpec& spec, const HardwareConfig& config) {
    Random random(spec.seed);
    GeneratedLayer layer(config.address_map);
    layer.program.set("BDMA", "CFG_SRC_SURF", static_cast<std::uint32_t>(random.next()) & ~31u);
    layer.program.set("BDMA", "CFG_DST_LINE", static_cast<std::uint32_t>(random.next()) & ~31u);
    layer.words = "registers keep what is written";
    return layer;
}

}  // namespace

Result<GeneratedLayer> generate(const LayerSpec& spec, const HardwareConfig& config) {
    if (const auto good = check(spec, config); !good) return fail(good.error().message);
    switch (spec.kind) {
        case LayerKind::kConvolution:
            return convolution_layer(spec, config);
        case LayerKind::kSdp:
            return spec.random_steps || spec.compare_equal ? sdp_steps_layer(spec, config)
                                                           : sdp_layer(spec, config);
        case LayerKind::kPooling:
            return pooling_layer(spec, config);
        case LayerKind::kCopy:
            return copy_layer(spec, config);
        case LayerKind::kNormalization:
            return normalization_layer(spec, config);
        case LayerKind::kReshape:
            return reshape_layer(spec, config);
        case LayerKind::kRegisters:
            return register_check(spec, config);
    }
    return fail("no such kind of layer");
}

}  // namespace dla::trace
