// SPDX-License-Identifier: Apache-2.0
// Weights as CDMA fetches them under Winograd and compressed. spec: data-formats.md sections 5, 7.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "runtime/builder/geometry.hpp"
#include "runtime/image/half.hpp"

namespace dla::runtime {
namespace {

constexpr unsigned kTaps = 3;           // columns and rows of a kernel
constexpr unsigned kSide = 4;           // of a transformed kernel
constexpr unsigned kBlock = 4;          // channels that lie together in the stream
constexpr unsigned kStreamBytes = 128;  // streams end at multiples of it
constexpr unsigned kGroupTableBytes = 32;
constexpr unsigned kSmallest8 = 128, kSmallest16 = 32768;

void fill_to(Bytes& bytes, std::size_t multiple) {
    bytes.resize((bytes.size() + multiple - 1) / multiple * multiple);
}

// G * g * G', four times as large.
std::array<double, 16> transformed(const std::array<double, 9>& kernel) {
    constexpr int kTwiceG[4][3] = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};
    std::array<double, 16> result{};
    for (std::size_t i = 0; i < result.size(); ++i) {
        for (std::size_t j = 0; j < kernel.size(); ++j) {
            result[i] += kTwiceG[i / kSide][j / 3] * kTwiceG[i % kSide][j % 3] * kernel[j];
        }
    }
    return result;
}

// One 3x3 kernel of one channel: every stride_x-th column and stride_y-th row of the weights, from
// (x0, y0) on; what lies behind the weights is zero.
struct Phase {
    unsigned x0, y0, stride_x, stride_y;
};
std::array<double, 9> kernel_of(const Weights& weights, unsigned k, unsigned c, const Phase& phase,
                                bool fp16) {
    std::array<double, 9> kernel{};
    for (unsigned i = 0; i < kernel.size(); ++i) {
        const unsigned r = i / 3 * phase.stride_y + phase.y0;
        const unsigned s = i % 3 * phase.stride_x + phase.x0;
        if (r >= weights.r || s >= weights.s) continue;
        const std::int16_t bits = weights.at(k, c, r, s);
        kernel[i] =
            fp16 ? static_cast<double>(half_to_float(static_cast<std::uint16_t>(bits))) : bits;
    }
    return kernel;
}

bool fits(double value, Precision precision) {
    if (precision == Precision::kFp16) return std::fabs(value) < 65504;
    const double limit = precision == Precision::kInt8 ? kSmallest8 : kSmallest16;
    return value >= -limit && value < limit;
}

}  // namespace

Result<Weights> winograd_kernels(const HardwareConfig& config, Precision precision,
                                 const Weights& weights, unsigned stride_x, unsigned stride_y) {
    const bool larger = weights.r > kTaps * stride_y || weights.s > kTaps * stride_x;
    // Without a stride a smaller kernel would only waste multiplications.
    const bool smaller = stride_x == 1 && stride_y == 1 && (weights.r < kTaps || weights.s < kTaps);
    if (larger || smaller) {
        return fail(fmt::format("Winograd with stride {}x{} takes kernels {} {}x{}, not {}x{}",
                                stride_x, stride_y, stride_x * stride_y == 1 ? "of" : "up to",
                                kTaps * stride_x, kTaps * stride_y, weights.s, weights.r));
    }
    const bool fp16 = precision == Precision::kFp16;
    const unsigned per_atom = config.elements_per_atom(precision);
    const unsigned padded = (weights.c + per_atom - 1) / per_atom * per_atom;
    Weights result{.k = weights.k, .c = padded * stride_x * stride_y, .r = kSide, .s = kSide};
    result.values.assign(std::size_t{result.k} * result.c * kSide * kSide, 0);
    for (unsigned i = 0; i < weights.k * result.c; ++i) {
        const unsigned k = i / result.c;
        const unsigned c = i % padded;
        const unsigned phase = i % result.c / padded;
        if (c >= weights.c) continue;
        const auto values = transformed(kernel_of(
            weights, k, c, {phase % stride_x, phase / stride_x, stride_x, stride_y}, fp16));
        for (std::size_t at = 0; at < values.size(); ++at) {
            const double value = fp16 ? values[at] / 4 : values[at];
            if (!fits(value, precision)) {
                return fail(
                    fmt::format("kernel {}, channel {}: a transformed weight is {}, which "
                                "the precision does not hold",
                                k, c, value));
            }
            result.values[i * values.size() + at] =
                static_cast<std::int16_t>(fp16 ? float_to_half(static_cast<float>(value)) : value);
        }
    }
    return result;
}

Bytes pack_winograd(const HardwareConfig& config, Precision precision, const Weights& transformed) {
    const unsigned group = config.kernels_per_group(precision);
    const unsigned size = bytes_per_element(precision);
    const unsigned per_kernel = kSide * kSide * kBlock;
    Bytes stream;
    const auto append_block = [&](unsigned k, unsigned c0) {
        for (unsigned i = 0; i < per_kernel; ++i) {
            const unsigned position = i / kBlock;
            const std::int16_t value =
                transformed.at(k, c0 + i % kBlock, position / kSide, position % kSide);
            stream.push_back(static_cast<std::uint8_t>(value));
            if (size == 2) stream.push_back(static_cast<std::uint8_t>(value >> 8));
        }
    };
    for (unsigned k0 = 0; k0 < transformed.k; k0 += group) {
        for (unsigned c0 = 0; c0 < transformed.c; c0 += kBlock) {
            for (unsigned k = k0; k < std::min(k0 + group, transformed.k); ++k)
                append_block(k, c0);
        }
    }
    fill_to(stream, config.cbuf.entry_bytes);
    return stream;
}

CompressedWeights compress_weights(const HardwareConfig& config, Precision precision,
                                   const Weights& weights, const Bytes& stream) {
    const unsigned size = bytes_per_element(precision);
    const std::size_t elements = weights.values.size();
    const std::size_t per_group = elements / weights.k * config.kernels_per_group(precision);
    CompressedWeights parts;
    parts.mask.resize((elements + 7) / 8);
    std::uint32_t group_bytes = 0;
    for (std::size_t i = 0; i < elements; ++i) {
        const auto* element = &stream[i * size];
        if (std::any_of(element, element + size, [](std::uint8_t byte) { return byte != 0; })) {
            parts.mask[i / 8] = static_cast<std::uint8_t>(parts.mask[i / 8] | 1u << i % 8);
            parts.stream.insert(parts.stream.end(), element, element + size);
            group_bytes += size;
        }
        if ((i + 1) % per_group != 0 && i + 1 != elements) continue;
        for (unsigned shift = 0; shift < 32; shift += 8)
            parts.group_bytes.push_back(static_cast<std::uint8_t>(group_bytes >> shift));
        group_bytes = 0;
    }
    if (parts.stream.empty()) parts.stream.push_back(0);  // nothing to fetch is no stream
    fill_to(parts.stream, kStreamBytes);
    fill_to(parts.mask, kStreamBytes);
    fill_to(parts.group_bytes, kGroupTableBytes);
    return parts;
}

}  // namespace dla::runtime
