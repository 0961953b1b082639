// SPDX-License-Identifier: Apache-2.0
// The int8 lookup in a form vectors can use: both tables in one array, thresholds instead of
// shifted comparisons, and what the ends of the tables give at the one point software meets most.
//
//   const PackedLut packed = pack_lut(op, tables);
//   if (packed.fits) ...       // else settings are outside 32-bit arithmetic
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "dla_tlm/cdp/cdp_element.hpp"

namespace dla::cdp {

constexpr unsigned kLoBase = lut::kLeEntries;  // LO follows LE in the packed array

// One linear or exponent table over 32-bit inputs.
struct PackedTable {
    std::int32_t start;
    std::int32_t last_distance;  // greatest distance that is still inside
    int shift_down;              // SELECT where positive
    int shift_up;                // -SELECT where negative
    std::int32_t at_start;       // value where the input equals START
    std::int32_t below;          // first and last entry; the value beyond where the slope is 0
    std::int32_t above;
    bool flat_below;
    bool flat_above;
};

struct PackedLut {
    bool fits;
    // Entry i in the low half, entry i + 1 in the high one.
    std::array<std::int32_t, lut::kLeEntries + lut::kLoEntries> entries;
    PackedTable le;
    PackedTable lo;
};

inline PackedTable pack_table(const CdpOp& op, const lut::Tables& tables, bool lo, int select,
                              unsigned intervals) {
    const TableView view = table_view(op, tables, lo);
    const auto value_at_start =
        table_value(view, {lut::Outcome::kUnderflow, 0, 0}, view.range->start);
    constexpr int kMostUp = 9;     // more moves even distance 1 beyond the table
    constexpr int kMostDown = 23;  // more covers every 32-bit distance
    const int up = select < 0 ? std::min(-select, kMostUp) : 0;
    const int down = select > 0 ? std::min(select, 31) : 0;
    std::int32_t last = std::numeric_limits<std::int32_t>::max();
    if (down < kMostDown) last = static_cast<std::int32_t>(((intervals << down) - 1) >> up);
    return {.start = static_cast<std::int32_t>(view.range->start),
            .last_distance = last,
            .shift_down = down,
            .shift_up = up,
            .at_start = static_cast<std::int32_t>(value_at_start),
            .below = view.entries[0],
            .above = view.entries[intervals],
            .flat_below = view.range->underflow.scale == 0,
            .flat_above = view.range->overflow.scale == 0};
}

// Window sums of int8 layers stay below 2^20; a start in this range keeps the distance exact in
// single precision, which the exponent table reads its index from.
inline bool start_fits(std::int64_t start) {
    constexpr std::int64_t kLowest = -(std::int64_t{1} << 23);
    constexpr std::int64_t kGreatest = std::int64_t{1} << 30;
    return start >= kLowest && start <= kGreatest;
}

inline PackedLut pack_lut(const CdpOp& op, const lut::Tables& tables) {
    PackedLut packed;
    packed.fits = start_fits(op.lut.le.start) && start_fits(op.lut.lo.start);
    const auto pack = [](std::int16_t entry, std::int16_t next) {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(
            static_cast<std::uint16_t>(entry) | static_cast<std::uint32_t>(next) << 16));
    };
    for (unsigned i = 0; i < lut::kLeEntries; ++i)
        packed.entries[i] = pack(tables.le[i], tables.le[std::min(i + 1, lut::kLeIntervals)]);
    for (unsigned i = 0; i < lut::kLoEntries; ++i)
        packed.entries[kLoBase + i] =
            pack(tables.lo[i], tables.lo[std::min(i + 1, lut::kLoIntervals)]);
    packed.le = pack_table(op, tables, false, op.lut.le_select, lut::kLeIntervals);
    packed.lo = pack_table(op, tables, true, op.lut.lo_select, lut::kLoIntervals);
    return packed;
}

}  // namespace dla::cdp
