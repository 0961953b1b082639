// SPDX-License-Identifier: Apache-2.0
// Where a value falls in a table, and which of the two tables answers. Common to SDP (35 fraction
// bits) and CDP (16). spec: sdp.md 7.2, 7.3, 7.5; cdp.md section 3.
//
//   const Place le = place_linear(x, start, select, kLeIntervals, 35);
//   if (use_lo(le.outcome, lo.outcome, priority)) ...
#pragma once

#include <bit>
#include <cstdint>

#include "dla_tlm/lut/lut_memory.hpp"
#include "dla_tlm/numerics/numerics.hpp"

namespace dla::lut {

constexpr unsigned kLeIntervals = kLeEntries - 1;
constexpr unsigned kLoIntervals = kLoEntries - 1;

enum class Outcome : std::uint8_t { kHit, kUnderflow, kOverflow };

// index and fraction (of 2^fraction_bits) are those of a hit; otherwise the first or last entry.
struct Place {
    Outcome outcome;
    unsigned index;
    std::uint64_t fraction;

    bool operator==(const Place&) const = default;
};

// S_LUT_CFG: true = LO.
struct Priority {
    bool underflow_lo;
    bool overflow_lo;
    bool hybrid_lo;
};

constexpr bool use_lo(Outcome le, Outcome lo, const Priority& priority) {
    const bool le_hit = le == Outcome::kHit;
    const bool lo_hit = lo == Outcome::kHit;
    if (le_hit != lo_hit) return lo_hit;
    if (le == lo && le == Outcome::kUnderflow) return priority.underflow_lo;
    if (le == lo && le == Outcome::kOverflow) return priority.overflow_lo;
    return priority.hybrid_lo;
}

namespace detail {

constexpr Place underflow() {
    return {Outcome::kUnderflow, 0, 0};
}
constexpr Place overflow(unsigned intervals) {
    return {Outcome::kOverflow, intervals, 0};
}

// value / 2^shift for either sign of shift, bits dropped. The caller knows that it fits.
constexpr std::uint64_t scale_down(std::uint64_t value, int shift) {
    if (shift >= 64 || shift <= -64) return 0;
    return shift >= 0 ? value >> shift : value << -shift;
}

}  // namespace detail

// x, start: up to 38 bits signed; select: any s(8).
constexpr Place place_linear(std::int64_t x, std::int64_t start, int select, unsigned intervals,
                             int fraction_bits) {
    if (x <= start) return detail::underflow();
    const auto distance = static_cast<std::uint64_t>(x - start);
    if (select <= 0) {
        // At least one interval per unit: the index alone says it, and large steps overflow.
        const bool beyond =
            select < -10 || (distance << -select) >= intervals || distance >= intervals;
        if (beyond) return detail::overflow(intervals);
        return {Outcome::kHit, static_cast<unsigned>(distance << -select), 0};
    }
    const std::uint64_t index = detail::scale_down(distance, select);
    if (index >= intervals) return detail::overflow(intervals);
    const std::uint64_t rest =
        select >= 64 ? distance : distance & ((std::uint64_t{1} << select) - 1);
    return {Outcome::kHit, static_cast<unsigned>(index),
            detail::scale_down(rest, select - fraction_bits)};
}

// Interval l covers 2^(l+offset) .. 2^(l+offset+1) above start. offset: any s(8).
constexpr Place place_exponent(std::int64_t x, std::int64_t start, int offset, int fraction_bits) {
    if (x <= start) return detail::underflow();
    const auto distance = static_cast<std::uint64_t>(x - start);
    const int exponent = 63 - std::countl_zero(distance);
    if (exponent < offset) return detail::underflow();
    if (exponent - offset >= static_cast<int>(kLeIntervals)) return detail::overflow(kLeIntervals);
    const std::uint64_t rest = distance - (std::uint64_t{1} << exponent);
    return {Outcome::kHit, static_cast<unsigned>(exponent - offset),
            detail::scale_down(rest, exponent - fraction_bits)};
}

// The same for fp32 patterns; distance = fp32_sub(x, start).
constexpr bool fp32_not_above_zero(std::uint32_t distance) {
    using numerics::Fp32;
    return numerics::fp32_is_nan(distance) || Fp32::sign(distance) != 0 || Fp32::is_zero(distance);
}

constexpr Place place_linear_fp32(std::uint32_t distance, int select, unsigned intervals,
                                  int fraction_bits) {
    using numerics::Fp32;
    if (fp32_not_above_zero(distance)) return detail::underflow();
    // distance = significand * 2^(exponent - 23), exponent measured in intervals
    const int exponent = Fp32::exponent(distance) - Fp32::kBias - select;
    if (exponent >= 8) return detail::overflow(intervals);
    const std::uint64_t significand = Fp32::fraction(distance) | (Fp32::kFractionMask + 1);
    const std::uint64_t fixed = detail::scale_down(significand, 23 - exponent - fraction_bits);
    const std::uint64_t index = fixed >> fraction_bits;
    if (index >= intervals) return detail::overflow(intervals);
    return {Outcome::kHit, static_cast<unsigned>(index),
            fixed & ((std::uint64_t{1} << fraction_bits) - 1)};
}

constexpr Place place_exponent_fp32(std::uint32_t distance, int offset, int fraction_bits) {
    using numerics::Fp32;
    if (fp32_not_above_zero(distance)) return detail::underflow();
    const int exponent = Fp32::exponent(distance) - Fp32::kBias;
    if (exponent < offset) return detail::underflow();
    if (exponent - offset >= static_cast<int>(kLeIntervals)) return detail::overflow(kLeIntervals);
    return {Outcome::kHit, static_cast<unsigned>(exponent - offset),
            detail::scale_down(Fp32::fraction(distance), 23 - fraction_bits)};
}

}  // namespace dla::lut
