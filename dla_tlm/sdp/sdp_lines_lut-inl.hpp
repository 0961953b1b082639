// SPDX-License-Identifier: Apache-2.0
// Lookup over arrays of s(32) or fp32 patterns, for one instruction set. Same rules as
// look_up_int() and look_up_fp(); integer interpolation is scaled by 2^s (s: interval width)
// instead of 2^35, which is the same number.
#if defined(DLA_SDP_LINES_LUT_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DLA_SDP_LINES_LUT_INL_HPP
#undef DLA_SDP_LINES_LUT_INL_HPP
#else
#define DLA_SDP_LINES_LUT_INL_HPP
#endif

#include "dla_tlm/lut/lut_fp16_lanes-inl.hpp"
#include "dla_tlm/sdp/sdp_element.hpp"
#include "dla_tlm/sdp/sdp_lines_int-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::sdp::HWY_NAMESPACE {

using lut::HWY_NAMESPACE::choose_lo;
using lut::HWY_NAMESPACE::M32;
using lut::HWY_NAMESPACE::Outcomes;
using lut::HWY_NAMESPACE::select_mask;

constexpr int kWidestInterval = 31;

HWY_INLINE M32 below_unsigned(V32 a, V32 b) {
    const hn::RebindToUnsigned<I32> u;
    return hn::RebindMask(I32(), hn::Lt(hn::BitCast(u, a), hn::BitCast(u, b)));
}

// Largest l with 2^l <= v, v > 0 as unsigned. Clearing every bit under the highest keeps the
// conversion to float from rounding up to the next power of two.
HWY_INLINE V32 floor_log2(V32 v) {
    const I32 d;
    const hn::RebindToFloat<I32> f;
    const hn::RebindToUnsigned<I32> u;
    const V32 half = hn::BitCast(d, hn::ShiftRight<1>(hn::BitCast(u, v)));
    const V32 top = hn::AndNot(hn::BitCast(d, hn::ShiftRight<1>(hn::BitCast(u, half))), half);
    const V32 exponent = hn::ShiftRight<23>(hn::BitCast(d, hn::ConvertTo(f, top)));
    return hn::Max(hn::Sub(exponent, hn::Set(d, 126)), hn::Zero(d));
}

// What one table says about a vector of inputs.
struct Found {
    M32 hit;
    M32 underflow;
    V32 value;
};

// One table with its range, prepared for a layer.
class VectorTable {
  public:
    VectorTable(const std::int16_t* entries, unsigned intervals, const LutRange& range, int select)
        : intervals_(static_cast<std::int32_t>(intervals)), range_(range), select_(select) {
        for (unsigned i = 0; i <= intervals; ++i)
            entries_[i] = entries[i];
    }
    void use_exponent(int offset) {
        exponent_ = true;
        offset_ = offset;
    }

    Found look_up(V32 x) const {
        const I32 d;
        const V32 start = hn::Set(d, range_.start);
        const V32 distance = hn::Sub(x, start);
        const M32 above = hn::Gt(x, start);
        return exponent_ ? exponent(x, distance, above) : linear(x, distance, above);
    }

  private:
    Found linear(V32 x, V32 distance, M32 above) const {
        const I32 d;
        const hn::RebindToUnsigned<I32> u;
        const V32 last = hn::Set(d, intervals_);
        V32 index = distance;
        V32 rest = hn::Zero(d);
        M32 inside = above;
        const int width = select_ > 0 ? select_ : 0;
        if (select_ > 0) {
            index = hn::BitCast(d, hn::ShiftRightSame(hn::BitCast(u, distance), select_));
            rest = hn::Sub(distance, hn::ShiftLeftSame(index, select_));
            inside = hn::And(inside, below_unsigned(index, last));
        } else {
            const V32 first_beyond = hn::Set(d, ((intervals_ - 1) >> -select_) + 1);
            inside = hn::And(inside, below_unsigned(distance, first_beyond));
            index = hn::ShiftLeftSame(distance, -select_);
        }
        index = hn::IfThenElseZero(inside, index);
        return finish(x, inside, hn::Not(above), interpolate(index, rest, hn::Set(d, width)));
    }

    Found exponent(V32 x, V32 distance, M32 above) const {
        const I32 d;
        const V32 log = floor_log2(distance);
        V32 index = hn::Sub(log, hn::Set(d, offset_));
        const M32 underflow = hn::Or(hn::Not(above), hn::Lt(index, hn::Zero(d)));
        const M32 inside = hn::AndNot(underflow, hn::Lt(index, hn::Set(d, intervals_)));
        index = hn::IfThenElseZero(inside, index);
        const V32 width = hn::IfThenElseZero(inside, log);
        const V32 rest = hn::Sub(distance, hn::Shl(hn::Set(d, 1), width));
        return finish(x, inside, underflow,
                      interpolate(index, hn::IfThenElseZero(inside, rest), width));
    }

    // RHA(T[i] * 2^width + (T[i+1] - T[i]) * rest, width); rest is below 2^31.
    V32 interpolate(V32 index, V32 rest, V32 width) const {
        const I32 d;
        const V32 one = hn::Set(d, 1);
        const V32 low = hn::GatherIndex(d, entries_, index);
        const V32 high = hn::GatherIndex(d, entries_ + 1, index);
        const Wide step = multiply(hn::Sub(high, low), rest);
        const Wide base = multiply(low, one);
        const Wide widths = multiply(width, one);
        return join({round(hn::Add(hn::Shl(base.even, widths.even), step.even), widths.even),
                     round(hn::Add(hn::Shl(base.odd, widths.odd), step.odd), widths.odd)});
    }

    // RHA with a shift per lane.
    static HWY_INLINE V64 round(V64 v, V64 shift) {
        const I64 d;
        const auto whole = hn::Eq(shift, hn::Zero(d));
        const V64 half = hn::Shl(hn::Set(d, 1),
                                 hn::Sub(shift, hn::IfThenElseZero(hn::Not(whole), hn::Set(d, 1))));
        const V64 rounding = hn::IfThenZeroElse(whole, hn::Add(half, hn::BroadcastSignBit(v)));
        return hn::Shr(hn::Add(v, rounding), shift);
    }

    Found finish(V32 x, M32 inside, M32 underflow, V32 hit_value) const {
        const I32 d;
        V32 value = hit_value;
        if (!hn::AllTrue(d, inside)) {
            const V32 under = beyond(x, entries_[0], range_.underflow, under_base());
            const V32 over = beyond(x, entries_[intervals_], range_.overflow, range_.end);
            value = hn::IfThenElse(inside, hit_value, hn::IfThenElse(underflow, under, over));
        }
        return {inside, underflow, value};
    }

    std::int64_t under_base() const {
        if (!exponent_ || offset_ < 0) return range_.start;
        return range_.start + (std::int64_t{1} << (offset_ > 32 ? 32 : offset_));
    }

    // y + sat(32)(R((x - base) * scale)), clamped again.
    static V32 beyond(V32 x, std::int32_t y, const Slope& slope, std::int64_t base) {
        const I32 d;
        const V64 product = hn::Set(I64(), base * slope.scale);
        Wide step = multiply(x, hn::Set(d, slope.scale));
        step = {hn::Sub(step.even, product), hn::Sub(step.odd, product)};
        if (slope.shift >= 0) {
            step = RoundingShift(static_cast<unsigned>(slope.shift))(step);
        } else {
            step = clamp(step, kMin32, kMax32);
            step = {hn::ShiftLeftSame(step.even, -slope.shift),
                    hn::ShiftLeftSame(step.odd, -slope.shift)};
        }
        step = clamp(step, kMin32, kMax32);
        const V64 entry = hn::Set(I64(), y);
        return join(clamp({hn::Add(step.even, entry), hn::Add(step.odd, entry)}, kMin32, kMax32));
    }

    HWY_ALIGN std::int32_t entries_[lut::kLoEntries];
    std::int32_t intervals_;
    LutRange range_;
    int select_;
    bool exponent_ = false;
    int offset_ = 0;
};

HWY_INLINE void count_lookups(const Outcomes& o, M32 from_lo, M32 real, Counters& counters) {
    const I32 d;
    const auto count = [&](M32 mask) HWY_ATTR { return hn::CountTrue(d, hn::And(mask, real)); };
    const std::size_t hits = count(select_mask(from_lo, o.lo_hit, o.le_hit));
    const std::size_t unders = count(select_mask(from_lo, o.lo_underflow, o.le_underflow));
    counters.lut_hybrid += hits;
    counters.lut_underflow += unders;
    counters.lut_overflow += hn::CountTrue(d, real) - hits - unders;
    counters.lut_le_hit += count(o.le_hit);
    counters.lut_lo_hit += count(o.lo_hit);
}

class VectorLut {
  public:
    VectorLut(const LutSettings& settings, const lut::Tables& tables)
        : le_(tables.le.data(), lut::kLeIntervals, settings.le, settings.le_select),
          lo_(tables.lo.data(), lut::kLoIntervals, settings.lo, settings.lo_select),
          priority_(settings.priority) {
        if (!settings.le_linear) le_.use_exponent(settings.le_offset);
    }

    // Intervals wider than 31 bits are left to the plain version.
    static bool handles(const LutSettings& settings) {
        const auto narrow = [](int select) {
            return select >= -kWidestInterval && select <= kWidestInterval;
        };
        return (!settings.le_linear || narrow(settings.le_select)) && narrow(settings.lo_select);
    }

    void look_up(std::int32_t* values, std::size_t n, Counters& counters) const {
        const I32 d;
        for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
            const V32 x = hn::Load(d, values + i);
            const Found le = le_.look_up(x);
            const Found lo = lo_.look_up(x);
            const Outcomes outcomes{le.hit, le.underflow, lo.hit, lo.underflow};
            const M32 from_lo = choose_lo(outcomes, priority_);
            count_lookups(outcomes, from_lo, hn::FirstN(d, n - i), counters);
            hn::Store(hn::IfThenElse(from_lo, lo.value, le.value), d, values + i);
        }
    }

  private:
    VectorTable le_;
    VectorTable lo_;
    lut::Priority priority_;
};

using Fp16Lookup = lut::HWY_NAMESPACE::Fp16Lookup<lut::HWY_NAMESPACE::kSdpFractionBits>;

HWY_INLINE lut::Fp16Settings fp16_settings(const LutSettings& s) {
    const auto range = [](const LutRange& r) {
        return lut::Fp16Range{as_bits(r.start), as_bits(r.end),
                              static_cast<std::uint16_t>(r.underflow.scale),
                              static_cast<std::uint16_t>(r.overflow.scale)};
    };
    return {!s.le_linear, s.le_offset, s.le_select, s.lo_select,
            s.priority,   range(s.le), range(s.lo)};
}

HWY_NOINLINE void look_up_lines_fp(const Fp16Lookup& lookup, std::int32_t* values, std::size_t n,
                                   Counters& counters) {
    const I32 d;
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
        const auto answer = lookup(hn::Load(d, values + i));
        count_lookups(answer.outcomes, answer.from_lo, hn::FirstN(d, n - i), counters);
        hn::Store(answer.value, d, values + i);
    }
}

}  // namespace dla::sdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
