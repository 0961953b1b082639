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

// One 3x3 kernel of one channel.
std::array<double, 9> kernel_of(const Weights& weights, unsigned k, unsigned c, bool fp16) {
    std::array<double, 9> kernel{};
    for (unsigned i = 0; i < kernel.size(); ++i) {
        const std::int16_t bits = weights.at(k, c, i / 3, i % 3);
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
                                 const Weights& weights) {
    if (weights.r != 3 || weights.s != 3) {
        return fail(fmt::format("Winograd takes kernels of 3x3, not {}x{}", weights.s, weights.r));
    }
    const bool fp16 = precision == Precision::kFp16;
    const unsigned per_atom = config.elements_per_atom(precision);
    Weights result{.k = weights.k,
                   .c = (weights.c + per_atom - 1) / per_atom * per_atom,
                   .r = kSide,
                   .s = kSide};
    result.values.assign(std::size_t{result.k} * result.c * kSide * kSide, 0);
    for (unsigned kc = 0; kc < weights.k * weights.c; ++kc) {
        const unsigned k = kc / weights.c;
        const unsigned c = kc % weights.c;
        const auto values = transformed(kernel_of(weights, k, c, fp16));
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double value = fp16 ? values[i] / 4 : values[i];
            if (!fits(value, precision)) {
                return fail(
                    fmt::format("kernel {}, channel {}: a transformed weight is {}, which "
                                "the precision does not hold",
                                k, c, value));
            }
            result.values[(std::size_t{k} * result.c + c) * values.size() + i] =
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
