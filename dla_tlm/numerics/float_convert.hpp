// SPDX-License-Identifier: Apache-2.0
// Conversions between fp16, fp17, fp32 and integers on raw patterns. spec: sdp.md section 10.
//
//   const std::uint32_t wide = fp16_to_fp32(0x3c00);        // 0x3f800000
#pragma once

#include <bit>
#include <cstdint>

#include "dla_tlm/numerics/float_format.hpp"

namespace dla::numerics {
namespace detail {

// Exact; infinity becomes the largest finite number, a NaN's fraction lands in the low bits.
// Denormals: fp16 has real ones, fp17 patterns with exponent 0 count with a hidden one.
template <class To, class From>
constexpr std::uint32_t widen(std::uint32_t x) {
    constexpr int kRebias = To::kBias - From::kBias;
    constexpr unsigned kExtraBits = To::kFractionBits - From::kFractionBits;
    const std::uint32_t sign = From::sign(x) != 0 ? To::kSign : 0U;
    const std::uint32_t fraction = From::fraction(x);
    const int exponent = From::exponent(x);
    if (exponent == From::kExponentMax) {
        return sign | (fraction != 0 ? To::kInfinity | fraction : To::kLargestFinite);
    }
    if (From::is_zero(x)) return sign;
    if (exponent == 0 && From::kExponentBits == Fp16::kExponentBits) {
        const unsigned up =
            static_cast<unsigned>(std::countl_zero(fraction)) - (31 - From::kFractionBits);
        const std::uint32_t normal = (fraction << up) & From::kFractionMask;
        return sign |
               (static_cast<std::uint32_t>(kRebias + 1 - static_cast<int>(up))
                << To::kFractionBits) |
               (normal << kExtraBits);
    }
    return sign | (static_cast<std::uint32_t>(exponent + kRebias) << To::kFractionBits) |
           (fraction << kExtraBits);
}

// value >> shift rounded to nearest, ties to even.
constexpr std::uint64_t round_shift_half_even(std::uint64_t value, unsigned shift) {
    if (shift == 0) return value;
    if (shift > 63) return 0;
    const std::uint64_t half = std::uint64_t{1} << (shift - 1);
    const std::uint64_t rest = value & ((half << 1) - 1);
    const std::uint64_t floored = value >> shift;
    return floored + (rest > half || (rest == half && (floored & 1) != 0) ? 1 : 0);
}

// significand * 2^scale into To, to nearest even, denormals produced, never infinity. The result
// is a magnitude. significand < 2^62.
template <class To>
constexpr std::uint32_t pack(std::uint64_t significand, int scale) {
    if (significand == 0) return 0;
    constexpr int kFraction = static_cast<int>(To::kFractionBits);
    const int top =
        63 - std::countl_zero(significand);  // value in [2^(top+scale), 2^(top+scale+1))
    const int field = top + scale + To::kBias;
    if (field >= To::kExponentMax) return To::kLargestFinite;
    // Weight of the last place kept, as a power of two; fixed below the normal range.
    const int last_place = (field < 1 ? 1 : field) - To::kBias - kFraction;
    const int shift = last_place - scale;
    const std::uint64_t rounded =
        shift >= 0 ? round_shift_half_even(significand, static_cast<unsigned>(shift))
                   : significand << static_cast<unsigned>(-shift);
    // The hidden one adds itself to the exponent field; so does a carry out of the rounding.
    const auto below = static_cast<std::uint64_t>(field < 1 ? 0 : field - 1) << kFraction;
    const auto packed = static_cast<std::uint32_t>(below + rounded);
    return packed >= To::kInfinity ? To::kLargestFinite : packed;
}

template <class To, class From>
constexpr std::uint32_t narrow(std::uint32_t x) {
    const std::uint32_t sign = From::sign(x) != 0 ? To::kSign : 0U;
    const std::uint32_t fraction = From::fraction(x);
    if (From::is_nan(x)) return sign | To::kInfinity | (fraction & To::kFractionMask);
    if (From::is_zero(x)) return sign;
    constexpr std::uint32_t kHidden = From::kFractionMask + 1;
    return sign | pack<To>(kHidden | fraction,
                           From::exponent(x) - From::kBias - static_cast<int>(From::kFractionBits));
}

// As pack, without denormals: a result below the smallest normal number is zero.
template <class To>
constexpr std::uint32_t flush_denormal(std::uint32_t x) {
    return To::exponent(x) == 0 ? To::sign(x) : x;
}

}  // namespace detail

constexpr std::uint32_t fp16_to_fp17(std::uint16_t x) {
    return detail::widen<Fp17, Fp16>(x);
}
constexpr std::uint32_t fp16_to_fp32(std::uint16_t x) {
    return detail::widen<Fp32, Fp16>(x);
}
constexpr std::uint32_t fp17_to_fp32(std::uint32_t x) {
    return detail::widen<Fp32, Fp17>(x);
}

constexpr std::uint16_t fp32_to_fp16(std::uint32_t x) {
    return static_cast<std::uint16_t>(detail::narrow<Fp16, Fp32>(x));
}
constexpr std::uint16_t fp17_to_fp16(std::uint32_t x) {
    return static_cast<std::uint16_t>(detail::narrow<Fp16, Fp17>(x));
}
constexpr std::uint32_t fp32_to_fp17(std::uint32_t x) {
    return detail::flush_denormal<Fp17>(detail::narrow<Fp17, Fp32>(x));
}

// v is a 17-bit signed number; any 32-bit one gives the same rule.
constexpr std::uint16_t int17_to_fp16(std::int32_t v) {
    const std::uint32_t sign = v < 0 ? Fp16::kSign : 0U;
    const auto magnitude = static_cast<std::uint64_t>(v < 0 ? -std::int64_t{v} : std::int64_t{v});
    return static_cast<std::uint16_t>(sign | detail::pack<Fp16>(magnitude, 0));
}

// Ties away from zero, clamped; NaN gives -32768, denormals give 0.
constexpr std::int16_t fp16_to_int16(std::uint16_t x) {
    if (fp16_is_nan(x)) return -32768;
    const int exponent = Fp16::exponent(x);
    if (exponent == 0) return 0;
    const std::int32_t significand = static_cast<std::int32_t>(0x400U | Fp16::fraction(x));
    const int shift = exponent - Fp16::kBias - 10;
    std::int32_t magnitude = 0;
    if (shift >= 0) {
        magnitude = significand << shift;
    } else if (shift >= -11) {
        magnitude = (significand + (1 << (-shift - 1))) >> -shift;
    }
    if (Fp16::sign(x) != 0)
        return static_cast<std::int16_t>(magnitude > 32768 ? -32768 : -magnitude);
    return static_cast<std::int16_t>(magnitude > 32767 ? 32767 : magnitude);
}

// An unsigned fixed-point fraction (value / 2^fraction_bits), as the LUT interpolation weights are,
// to nearest even; below the smallest normal fp17 it is zero. value < 2^62.
constexpr std::uint32_t fixed_to_fp17(std::uint64_t value, unsigned fraction_bits) {
    return detail::flush_denormal<Fp17>(
        detail::pack<Fp17>(value, -static_cast<int>(fraction_bits)));
}

}  // namespace dla::numerics
