// SPDX-License-Identifier: Apache-2.0
// Values of the lookup tables. spec: sdp.md 7.2 to 7.6.
#include "dla_tlm/sdp/sdp_element.hpp"

namespace dla::sdp {
namespace {

using namespace numerics;
using lut::Outcome;
using lut::Place;

constexpr int kFractionBits = 35;
constexpr std::int64_t kOne = std::int64_t{1} << kFractionBits;

// The table that answers, with what it needs to answer.
struct Answer {
    Place place;
    const std::int16_t* table;
    const LutRange* range;
    bool le_exponent;
};

Answer choose(const LutSettings& lut, const lut::Tables& tables, const Place& le, const Place& lo,
              Counters& counters) {
    counters.lut_le_hit += le.outcome == Outcome::kHit ? 1 : 0;
    counters.lut_lo_hit += lo.outcome == Outcome::kHit ? 1 : 0;
    const bool from_lo = lut::use_lo(le.outcome, lo.outcome, lut.priority);
    const Answer answer = from_lo ? Answer{lo, tables.lo.data(), &lut.lo, false}
                                  : Answer{le, tables.le.data(), &lut.le, !lut.le_linear};
    switch (answer.place.outcome) {
        case Outcome::kHit:
            ++counters.lut_hybrid;
            break;
        case Outcome::kUnderflow:
            ++counters.lut_underflow;
            break;
        case Outcome::kOverflow:
            ++counters.lut_overflow;
            break;
    }
    return answer;
}

// Distance that the lowest exponent interval starts above START.
std::int64_t exponent_bias(int offset) {
    return offset < 0 ? 0 : std::int64_t{1} << (offset > 32 ? 32 : offset);
}

std::uint32_t exponent_bias_fp32(int offset) {
    const int field = offset + Fp32::kBias;
    if (field <= 0) return 0;
    return static_cast<std::uint32_t>(field) << Fp32::kFractionBits;
}

std::int64_t beyond_int(const LutSettings& lut, const Answer& answer, std::int32_t x) {
    const bool under = answer.place.outcome == Outcome::kUnderflow;
    const Slope& slope = under ? answer.range->underflow : answer.range->overflow;
    std::int64_t base = under ? answer.range->start : answer.range->end;
    if (under && answer.le_exponent) base += exponent_bias(lut.le_offset);
    const std::int64_t step =
        signed_shift_saturate<32>((std::int64_t{x} - base) * slope.scale, slope.shift);
    return saturate<32>(answer.table[answer.place.index] + step);
}

std::uint32_t table_fp17(std::int16_t entry) {
    return fp16_to_fp17(static_cast<std::uint16_t>(entry));
}

std::uint32_t beyond_fp(const LutSettings& lut, const Answer& answer, std::uint32_t x) {
    const bool under = answer.place.outcome == Outcome::kUnderflow;
    const Slope& slope = under ? answer.range->underflow : answer.range->overflow;
    std::uint32_t base = as_bits(under ? answer.range->start : answer.range->end);
    if (under && answer.le_exponent) base = fp32_add(base, exponent_bias_fp32(lut.le_offset));
    const std::uint32_t distance = fp32_to_fp17(fp32_sub(x, base));
    return fp17_add(fp17_mul(distance, table_fp17(slope.scale)),
                    table_fp17(answer.table[answer.place.index]));
}

std::uint32_t between_fp(const Answer& answer) {
    const std::uint64_t fraction = answer.place.fraction;
    const std::uint32_t low = table_fp17(answer.table[answer.place.index]);
    const std::uint32_t high = table_fp17(answer.table[answer.place.index + 1]);
    const std::uint32_t weight_low =
        fixed_to_fp17(static_cast<std::uint64_t>(kOne) - fraction, kFractionBits);
    const std::uint32_t weight_high = fixed_to_fp17(fraction, kFractionBits);
    return fp17_add(fp17_mul(weight_low, low), fp17_mul(weight_high, high));
}

}  // namespace

std::int32_t look_up_int(const LutSettings& lut, const lut::Tables& tables, std::int32_t x,
                         Counters& counters) {
    const Place le =
        lut.le_linear
            ? lut::place_linear(x, lut.le.start, lut.le_select, lut::kLeIntervals, kFractionBits)
            : lut::place_exponent(x, lut.le.start, lut.le_offset, kFractionBits);
    const Place lo =
        lut::place_linear(x, lut.lo.start, lut.lo_select, lut::kLoIntervals, kFractionBits);
    const Answer answer = choose(lut, tables, le, lo, counters);
    if (answer.place.outcome != Outcome::kHit) {
        return static_cast<std::int32_t>(beyond_int(lut, answer, x));
    }
    const auto fraction = static_cast<std::int64_t>(answer.place.fraction);
    const std::int64_t sum = answer.table[answer.place.index] * (kOne - fraction) +
                             answer.table[answer.place.index + 1] * fraction;
    return static_cast<std::int32_t>(round_shift_half_away(sum, kFractionBits));
}

std::int32_t look_up_fp(const LutSettings& lut, const lut::Tables& tables, std::int32_t x,
                        Counters& counters) {
    const std::uint32_t le_distance = fp32_sub(as_bits(x), as_bits(lut.le.start));
    const std::uint32_t lo_distance = fp32_sub(as_bits(x), as_bits(lut.lo.start));
    const Place le =
        lut.le_linear
            ? lut::place_linear_fp32(le_distance, lut.le_select, lut::kLeIntervals, kFractionBits)
            : lut::place_exponent_fp32(le_distance, lut.le_offset, kFractionBits);
    const Place lo =
        lut::place_linear_fp32(lo_distance, lut.lo_select, lut::kLoIntervals, kFractionBits);
    const Answer answer = choose(lut, tables, le, lo, counters);
    const std::uint32_t value = answer.place.outcome == Outcome::kHit
                                    ? between_fp(answer)
                                    : beyond_fp(lut, answer, as_bits(x));
    return from_bits(fp17_to_fp32(value));
}

}  // namespace dla::sdp
