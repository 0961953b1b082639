// SPDX-License-Identifier: Apache-2.0
// fp16 conversions of the CPU side (images, emulator, output files): round to nearest, ties away
// from zero, infinities kept. The DLA's own conversions are in dla_tlm/numerics.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace dla::runtime {

inline float half_to_float(std::uint16_t bits) {
    const unsigned exponent = bits >> 10 & 31;
    const unsigned fraction = bits & 1023;
    float magnitude = 0;
    if (exponent == 31) {
        magnitude = fraction ? NAN : INFINITY;
    } else if (exponent == 0) {
        magnitude = std::ldexp(static_cast<float>(fraction), -24);
    } else {
        magnitude =
            std::ldexp(static_cast<float>(fraction + 1024), static_cast<int>(exponent) - 25);
    }
    return bits & 0x8000 ? -magnitude : magnitude;
}

inline std::uint16_t float_to_half(float value) {
    const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
    if (std::isnan(value)) return sign | 0x7fff;
    const double magnitude = std::fabs(static_cast<double>(value));
    if (magnitude >= 65520) return sign | 0x7c00;
    // The weight of the last fraction bit: 2^(exponent - 10), never below the subnormal step.
    int exponent = magnitude > 0 ? std::ilogb(magnitude) : -14;
    if (exponent < -14) exponent = -14;
    const double steps = std::floor(std::ldexp(magnitude, 10 - exponent) + 0.5);
    const auto units = static_cast<std::uint32_t>(steps);  // 0..2048
    // Counting in steps carries into the exponent by itself: 1024 steps are the hidden bit.
    const std::uint32_t bits = units + (static_cast<std::uint32_t>(exponent + 14) << 10);
    return static_cast<std::uint16_t>(sign | bits);
}

}  // namespace dla::runtime
