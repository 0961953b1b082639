// SPDX-License-Identifier: Apache-2.0
// Test-only: exact integer arithmetic on floating-point patterns, slow and independent of the
// host's floating point. A value is significand * 2^scale; addends further apart than 70 bits are
// brought together with the smaller one as a sticky crumb, which changes no rounding.
#pragma once

#include <cstdint>
#include <random>

#include "dla_tlm/numerics/float_format.hpp"

namespace dla::numerics::exact {

struct Value {
    __int128 significand = 0;
    int scale = 0;
};

inline int top_bit(__int128 v) {
    int top = -1;
    for (__int128 rest = v < 0 ? -v : v; rest != 0; rest >>= 1)
        ++top;
    return top;
}

// Hidden one assumed for every non-zero pattern.
template <class Format>
Value value_of(std::uint32_t x) {
    if (Format::is_zero(x)) return {};
    const auto significand = static_cast<__int128>(Format::fraction(x)) +
                             (static_cast<__int128>(1) << Format::kFractionBits);
    return {Format::sign(x) != 0 ? -significand : significand,
            Format::exponent(x) - Format::kBias - static_cast<int>(Format::kFractionBits)};
}

inline Value sum(Value a, Value b) {
    if (a.significand == 0) return b;
    if (b.significand == 0) return a;
    if (a.scale < b.scale) return sum(b, a);
    const int distance = a.scale - b.scale;
    if (distance <= 70) return {(a.significand << distance) + b.significand, b.scale};
    return {(a.significand << 70) + (b.significand < 0 ? -1 : 1), a.scale - 70};
}

// Exponent field of the normalised value.
template <class Format>
int field_of(Value v) {
    return top_bit(v.significand) + v.scale + Format::kBias;
}

// Nearest multiple of 2^last_place, ties to even, in units of it.
inline __int128 nearest_even(__int128 magnitude, int scale, int last_place) {
    if (scale >= last_place) return magnitude << (scale - last_place);
    const int shift = last_place - scale;
    if (shift > 120) return 0;
    const __int128 unit = static_cast<__int128>(1) << shift;
    const __int128 down = magnitude / unit;
    const __int128 twice_rest = 2 * (magnitude - down * unit);
    if (twice_rest > unit || (twice_rest == unit && down % 2 != 0)) return down + 1;
    return down;
}

// Round to nearest even with full exponent range, then flush or clamp by the exponent field.
template <class Format>
std::uint32_t round_normal(Value v, bool negative) {
    constexpr int kFraction = static_cast<int>(Format::kFractionBits);
    const std::uint32_t sign = negative ? Format::kSign : 0U;
    const __int128 magnitude = v.significand < 0 ? -v.significand : v.significand;
    int field = field_of<Format>(v);
    __int128 kept = nearest_even(magnitude, v.scale, field - Format::kBias - kFraction);
    if (kept >> (kFraction + 1) != 0) {
        kept >>= 1;
        ++field;
    }
    if (field <= 0) return sign;
    if (field >= Format::kExponentMax) return sign | Format::kLargestFinite;
    return sign | static_cast<std::uint32_t>(field << kFraction) |
           (static_cast<std::uint32_t>(kept) & Format::kFractionMask);
}

template <class Format>
std::uint32_t add(std::uint32_t a, std::uint32_t b) {
    if (Format::is_nan(a)) return a;
    if (Format::is_nan(b)) return b;
    const Value v = sum(value_of<Format>(a), value_of<Format>(b));
    if (v.significand == 0) {
        return Format::sign(Format::magnitude(b) > Format::magnitude(a) ? b : a);
    }
    const bool negative = v.significand < 0;
    if (field_of<Format>(v) <= 0) return negative ? Format::kSign : 0U;
    return round_normal<Format>(v, negative);
}

template <class Format>
std::uint32_t mul(std::uint32_t a, std::uint32_t b) {
    if (Format::is_nan(a)) return a;
    if (Format::is_nan(b)) return b;
    const bool negative = (Format::sign(a) ^ Format::sign(b)) != 0;
    const Value x = value_of<Format>(a);
    const Value y = value_of<Format>(b);
    const Value v{x.significand * y.significand, x.scale + y.scale};
    if (v.significand == 0 || Format::exponent(a) + Format::exponent(b) < Format::kBias) {
        return negative ? Format::kSign : 0U;
    }
    return round_normal<Format>(v, negative);
}

// With denormal results.
template <class To>
std::uint32_t round_denormal(Value v, bool negative) {
    constexpr int kFraction = static_cast<int>(To::kFractionBits);
    if (v.significand != 0 && field_of<To>(v) >= 1) return round_normal<To>(v, negative);
    const __int128 magnitude = v.significand < 0 ? -v.significand : v.significand;
    return (negative ? To::kSign : 0U) |
           static_cast<std::uint32_t>(nearest_even(magnitude, v.scale, 1 - To::kBias - kFraction));
}

// Patterns that meet boundaries often: special values, near-equal exponents, few or all fraction
// bits set.
template <class Format>
std::uint32_t any_pattern(std::mt19937_64& random) {
    const auto bits = static_cast<std::uint32_t>(random());
    const std::uint32_t sign = (bits & 1U) != 0 ? Format::kSign : 0U;
    std::uint32_t fraction = static_cast<std::uint32_t>(random()) & Format::kFractionMask;
    switch ((bits >> 1) % 6) {
        case 0:
            fraction = 0;
            break;
        case 1:
            fraction = Format::kFractionMask;
            break;
        case 2:
            fraction = 1;
            break;
        case 3:
            fraction = 1U << ((bits >> 4) % Format::kFractionBits);
            break;
        default:
            break;
    }
    const auto limit = static_cast<std::uint32_t>(Format::kExponentMax);
    std::uint32_t exponent = static_cast<std::uint32_t>(random()) & limit;
    switch ((bits >> 10) % 8) {
        case 0:
            exponent = 0;
            break;
        case 1:
            exponent = limit;
            break;
        case 2:
            exponent = 1 + (bits >> 14) % 3;
            break;
        case 3:
            exponent = limit - 1 - (bits >> 14) % 3;
            break;
        case 4:
            exponent = static_cast<std::uint32_t>(Format::kBias) + (bits >> 14) % 4;
            break;
        default:
            break;
    }
    return sign | (exponent << Format::kFractionBits) | fraction;
}

}  // namespace dla::numerics::exact
