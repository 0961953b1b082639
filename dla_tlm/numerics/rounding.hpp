// SPDX-License-Identifier: Apache-2.0
// Rounding, shifting and saturation of integers, as every datapath unit does them.
// spec: sdp.md section 1 (RHA, sat), 7.4 (signed shift).
//
//   const auto v = saturate<32>(round_shift_half_away(product, mul_shift));
#pragma once

#include <cstdint>
#include <limits>

namespace dla::numerics {

// v / 2^shift to nearest, ties away from zero; any shift (64 and more give 0).
constexpr std::int64_t round_shift_half_away(std::int64_t v, unsigned shift) {
    if (shift == 0) return v;
    if (shift > 63) return 0;
    const std::int64_t half = std::int64_t{1} << (shift - 1);
    const std::int64_t floored = v >> shift;
    const std::int64_t rest = v & (half | (half - 1));
    return floored + (rest > half || (rest == half && v >= 0) ? 1 : 0);
}

// Signed two's complement of Bits bits, clamped.
template <unsigned Bits>
constexpr std::int64_t saturate(std::int64_t v) {
    static_assert(Bits >= 2 && Bits <= 63);
    constexpr std::int64_t kMax = (std::int64_t{1} << (Bits - 1)) - 1;
    constexpr std::int64_t kMin = -kMax - 1;
    return v > kMax ? kMax : v < kMin ? kMin : v;
}

// sat(Bits)(v * 2^shift), any shift.
template <unsigned Bits>
constexpr std::int64_t shift_left_saturate(std::int64_t v, unsigned shift) {
    const std::int64_t clamped = saturate<Bits>(v);
    if (clamped == 0) return 0;
    if (shift >= Bits)
        return saturate<Bits>(clamped > 0 ? std::numeric_limits<std::int64_t>::max()
                                          : std::numeric_limits<std::int64_t>::min());
    constexpr std::int64_t kMax = (std::int64_t{1} << (Bits - 1)) - 1;
    constexpr std::int64_t kMin = -kMax - 1;
    if (clamped > (kMax >> shift)) return kMax;
    if (clamped < (kMin >> shift)) return kMin;
    return clamped << shift;
}

// Positive shift: round_shift_half_away; negative: v * 2^-shift; both clamped to Bits.
template <unsigned Bits>
constexpr std::int64_t signed_shift_saturate(std::int64_t v, int shift) {
    return shift >= 0 ? saturate<Bits>(round_shift_half_away(v, static_cast<unsigned>(shift)))
                      : shift_left_saturate<Bits>(v, static_cast<unsigned>(-shift));
}

// Low Bits of a register field as a signed number.
template <unsigned Bits>
constexpr std::int32_t sign_extend(std::uint32_t field) {
    static_assert(Bits >= 1 && Bits <= 32);
    return static_cast<std::int32_t>(field << (32 - Bits)) >> (32 - Bits);
}

}  // namespace dla::numerics
