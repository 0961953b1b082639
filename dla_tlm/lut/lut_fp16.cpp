// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/lut/lut_fp16.hpp"

#include <bit>
#include <span>

namespace dla::lut {
namespace {

using namespace numerics;

std::int32_t as_signed(std::uint32_t pattern) {
    return static_cast<std::int32_t>(pattern);
}

// Turned for an addition; a NaN keeps its sign, as in a subtraction.
std::int32_t minus(std::uint32_t pattern) {
    return as_signed(fp32_is_nan(pattern) ? pattern : pattern ^ Fp32::kSign);
}

std::int32_t wide_fp17(std::uint16_t half) {
    return as_signed(fp17_to_fp32(fp16_to_fp17(half)));
}

// fp32 of 2^offset, the distance that an exponent table's first interval starts above START.
std::uint32_t exponent_bias(int offset) {
    const int field = offset + Fp32::kBias;
    return field <= 0 ? 0 : static_cast<std::uint32_t>(field) << Fp32::kFractionBits;
}

}  // namespace

Fp16Table prepare_fp16_table(const Fp16Settings& settings, const Tables& tables, bool lo) {
    const Fp16Range& range = lo ? settings.lo : settings.le;
    const std::span<const std::int16_t> entries =
        lo ? std::span<const std::int16_t>(tables.lo) : std::span<const std::int16_t>(tables.le);
    const auto intervals = static_cast<unsigned>(entries.size() - 1);
    Fp16Table table;
    table.exponential = !lo && settings.le_exponent;
    table.minus_start = minus(range.start);
    table.first_exponent = lo                  ? settings.lo_select
                           : table.exponential ? settings.le_offset
                                               : settings.le_select;
    table.exponents =
        static_cast<int>(table.exponential ? intervals : std::bit_width(intervals) - 1);
    const std::uint32_t first =
        table.exponential ? fp32_add(range.start, exponent_bias(settings.le_offset)) : range.start;
    table.underflow = {minus(first), wide_fp17(range.underflow_scale),
                       wide_fp17(static_cast<std::uint16_t>(entries.front()))};
    table.overflow = {minus(range.end), wide_fp17(range.overflow_scale),
                      wide_fp17(static_cast<std::uint16_t>(entries.back()))};
    return table;
}

}  // namespace dla::lut
