// SPDX-License-Identifier: Apache-2.0
// Checks a layer specification in words and chooses the builder.
#include <fmt/format.h>

#include "trace-tests/generator/layer_builder.hpp"

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
Result<void> check_window(const char* what, unsigned size, unsigned kernel, const LayerSpec& spec) {
    const unsigned reach = (kernel - 1) * spec.dilation + 1;
    if (spec.pad >= reach)
        return fail(
            fmt::format("pad is {}, legal is less than the kernel's reach of {}", spec.pad, reach));
    if (size + 2 * spec.pad < reach)
        return fail(fmt::format("the kernel's {} reaches over {}, the padded input has {}", what,
                                reach, size + 2 * spec.pad));
    if ((size + 2 * spec.pad - reach) % spec.stride != 0)
        return fail(
            fmt::format("{}: input {} with pad {} is not covered exactly by kernel reach {} "
                        "and stride {}",
                        what, size, spec.pad, reach, spec.stride));
    return {};
}

Result<void> check_windows(const LayerSpec& spec) {
    if (auto good = check_window("width", spec.width, spec.kernel_width, spec); !good) return good;
    return check_window("height", spec.height, spec.kernel_height, spec);
}

Result<void> check_convolution(const LayerSpec& spec) {
    const auto limits = check_limits({{"kernels", spec.kernels, 1, kGreatestSize},
                                      {"kernel width", spec.kernel_width, 1, 32},
                                      {"kernel height", spec.kernel_height, 1, 32},
                                      {"stride", spec.stride, 1, 8},
                                      {"pad", spec.pad, 0, 31},
                                      {"dilation", spec.dilation, 1, 32}});
    return limits ? check_windows(spec) : limits;
}

Result<void> check_pooling(const LayerSpec& spec) {
    const auto limits = check_limits({{"kernel width", spec.kernel_width, 1, 8},
                                      {"kernel height", spec.kernel_height, 1, 8},
                                      {"stride", spec.stride, 1, 16},
                                      {"pad", spec.pad, 0, 7},
                                      {"dilation", spec.dilation, 1, 1}});
    return limits ? check_windows(spec) : limits;
}

Result<void> check_copy(const LayerSpec& spec) {
    if (spec.width % 32 != 0)
        return fail(fmt::format("a line of {} bytes, legal are multiples of 32", spec.width));
    return {};
}

Result<void> check(const LayerSpec& spec, const HardwareConfig& config) {
    if (spec.precision == Precision::kFp16)
        return fail(
            "fp16 layers are not generated: their goldens would need the hardware's own "
            "rounding rules");
    if (!config.has_precision(spec.precision))
        return fail(fmt::format("{} has no int16; legal is int8", config.name));
    if (spec.memory == Memory::kSecondary && !config.features.second_memory)
        return fail(fmt::format("{} has no second memory; legal is --memory pri", config.name));
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
            return check_convolution(spec);
        case LayerKind::kPooling:
            return check_pooling(spec);
        case LayerKind::kCopy:
            return check_copy(spec);
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
            return sdp_layer(spec, config);
        case LayerKind::kPooling:
            return pooling_layer(spec, config);
        case LayerKind::kCopy:
            return copy_layer(spec, config);
        case LayerKind::kRegisters:
            return register_check(spec, config);
    }
    return fail("no such kind of layer");
}

}  // namespace dla::trace
