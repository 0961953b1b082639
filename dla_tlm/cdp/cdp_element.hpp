// SPDX-License-Identifier: Apache-2.0
// The stages one element passes: input converter, lookup, output converter. spec: cdp.md 2 to 5.
//
//   const std::int64_t y = convert_input(op, x);
//   const Lookup<std::int64_t> t = lookup(op, tables, window_sum);
//   const Converted z = convert_output(op, t.value * y);
#pragma once

#include <algorithm>
#include <cstdint>

#include "dla_tlm/cdp/cdp_kernel.hpp"
#include "dla_tlm/lut/lut_index.hpp"
#include "dla_tlm/numerics/numerics.hpp"

namespace dla::cdp {

constexpr int kLutFractionBits = 16;

template <class Value>
struct Lookup {
    Value value;
    lut::Outcome le;
    lut::Outcome lo;
};

inline void count_lookup(lut::Outcome le, lut::Outcome lo, CdpCounts& counts) {
    using lut::Outcome;
    const bool le_hit = le == Outcome::kHit;
    const bool lo_hit = lo == Outcome::kHit;
    if (le_hit != lo_hit) {
        ++(le_hit ? counts.lut_le_hit : counts.lut_lo_hit);
    } else if (le == lo && !le_hit) {
        ++(le == Outcome::kUnderflow ? counts.lut_underflow : counts.lut_overflow);
    } else {
        ++counts.lut_hybrid;
    }
}

// ---- integers ----

inline std::int64_t convert_input(const CdpOp& op, std::int64_t x) {
    const std::int64_t y =
        numerics::round_shift_half_away((x - op.input.offset) * op.input.scale, op.input.shift);
    return op.precision == Precision::kInt8 ? numerics::saturate<9>(y) : numerics::saturate<17>(y);
}

struct Converted {
    std::int64_t value;
    bool saturated;
};

inline Converted convert_output(const CdpOp& op, std::int64_t product) {
    const std::int64_t z = numerics::round_shift_half_away(
        (product - op.output.offset) * op.output.scale, op.output.shift);
    const std::int64_t clamped =
        op.precision == Precision::kInt8 ? numerics::saturate<8>(z) : numerics::saturate<16>(z);
    return {clamped, clamped != z};
}

// One of the two tables with what belongs to it.
struct TableView {
    const std::int16_t* entries;
    const LutRange* range;
    std::int64_t underflow_bias;  // exponent tables begin at START + 2^OFFSET
};

inline TableView table_view(const CdpOp& op, const lut::Tables& tables, bool use_lo) {
    if (use_lo) return {tables.lo.data(), &op.lut.lo, 0};
    constexpr int kMostBits = 38;
    const int offset = op.lut.le_offset;
    const bool biased = op.lut.le_exponent && offset >= 0 && offset < kMostBits;
    return {tables.le.data(), &op.lut.le, biased ? std::int64_t{1} << offset : 0};
}

inline std::int64_t table_value(const TableView& table, const lut::Place& place, std::int64_t q) {
    const std::int64_t entry = table.entries[place.index];
    if (place.outcome == lut::Outcome::kHit) {
        const std::int64_t step = table.entries[place.index + 1] - entry;
        const auto fraction = static_cast<std::int64_t>(place.fraction);
        return numerics::saturate<16>(
            entry + numerics::round_shift_half_away(step * fraction, kLutFractionBits));
    }
    const bool under = place.outcome == lut::Outcome::kUnderflow;
    const Slope& slope = under ? table.range->underflow : table.range->overflow;
    const std::int64_t base = under ? table.range->start + table.underflow_bias : table.range->end;
    return numerics::saturate<16>(
        entry + numerics::signed_shift_saturate<56>((q - base) * slope.scale, slope.shift));
}

inline Lookup<std::int64_t> lookup(const CdpOp& op, const lut::Tables& tables, std::int64_t q) {
    const LutSettings& s = op.lut;
    const lut::Place le =
        s.le_exponent
            ? lut::place_exponent(q, s.le.start, s.le_offset, kLutFractionBits)
            : lut::place_linear(q, s.le.start, s.le_select, lut::kLeIntervals, kLutFractionBits);
    const lut::Place lo =
        lut::place_linear(q, s.lo.start, s.lo_select, lut::kLoIntervals, kLutFractionBits);
    const bool use_lo = lut::use_lo(le.outcome, lo.outcome, s.priority);
    return {table_value(table_view(op, tables, use_lo), use_lo ? lo : le, q), le.outcome,
            lo.outcome};
}

// ---- fp16: squares and sums in fp32, the rest in fp17 ----

inline std::uint32_t table_value_fp16(const CdpOp& op, const lut::Tables& tables, bool use_lo,
                                      const lut::Place& place, std::uint32_t q) {
    using namespace numerics;
    const std::int16_t* entries = use_lo ? tables.lo.data() : tables.le.data();
    const LutRange& range = use_lo ? op.lut.lo : op.lut.le;
    const auto entry = [&](unsigned index) { return static_cast<std::uint16_t>(entries[index]); };
    const std::uint32_t first = fp16_to_fp17(entry(place.index));
    if (place.outcome == lut::Outcome::kHit) {
        const std::uint32_t step =
            fp32_sub(fp16_to_fp32(entry(place.index + 1)), fp16_to_fp32(entry(place.index)));
        const std::uint32_t weight = fixed_to_fp17(place.fraction, kLutFractionBits);
        return fp17_add(fp17_mul(fp32_to_fp17(step), weight), first);
    }
    const bool under = place.outcome == lut::Outcome::kUnderflow;
    auto base = static_cast<std::uint32_t>(under ? range.start : range.end);
    if (under && !use_lo && op.lut.le_exponent) {
        const auto bias = static_cast<std::uint32_t>(std::max(0, op.lut.le_offset + Fp32::kBias))
                          << Fp32::kFractionBits;
        base = fp32_add(base, bias);
    }
    const auto scale =
        static_cast<std::uint16_t>(under ? range.underflow.scale : range.overflow.scale);
    const std::uint32_t distance = fp32_to_fp17(fp32_sub(q, base));
    return fp17_add(fp17_mul(distance, fp16_to_fp17(scale)), first);
}

inline Lookup<std::uint32_t> lookup_fp16(const CdpOp& op, const lut::Tables& tables,
                                         std::uint32_t q) {
    const LutSettings& s = op.lut;
    const auto le_distance = numerics::fp32_sub(q, static_cast<std::uint32_t>(s.le.start));
    const auto lo_distance = numerics::fp32_sub(q, static_cast<std::uint32_t>(s.lo.start));
    const lut::Place le =
        s.le_exponent
            ? lut::place_exponent_fp32(le_distance, s.le_offset, kLutFractionBits)
            : lut::place_linear_fp32(le_distance, s.le_select, lut::kLeIntervals, kLutFractionBits);
    const lut::Place lo =
        lut::place_linear_fp32(lo_distance, s.lo_select, lut::kLoIntervals, kLutFractionBits);
    const bool use_lo = lut::use_lo(le.outcome, lo.outcome, s.priority);
    return {table_value_fp16(op, tables, use_lo, use_lo ? lo : le, q), le.outcome, lo.outcome};
}

}  // namespace dla::cdp
