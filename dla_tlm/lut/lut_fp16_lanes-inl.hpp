// SPDX-License-Identifier: Apache-2.0
// The lookup of fp16 layers on vectors of fp32 patterns, for one instruction set; Highway includes
// this once per set. SDP interpolates between two weighted entries with 35 fraction bits, CDP from
// the lower entry along a step with 16. spec: sdp.md 7.5; cdp.md section 4.
//
//   const Fp16Lookup<kSdpFractionBits> lookup(settings, tables);
//   const Fp16Answer answer = lookup(x);            // fp17 as fp32 patterns
#if defined(DLA_LUT_FP16_LANES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DLA_LUT_FP16_LANES_INL_HPP
#undef DLA_LUT_FP16_LANES_INL_HPP
#else
#define DLA_LUT_FP16_LANES_INL_HPP
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "dla_tlm/lut/lut_choice_lanes-inl.hpp"
#include "dla_tlm/lut/lut_fp16.hpp"
#include "dla_tlm/numerics/float_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::lut::HWY_NAMESPACE {

namespace fp = numerics::HWY_NAMESPACE;

using F32 = hn::RebindToFloat<I32>;

constexpr int kSdpFractionBits = 35;
constexpr int kCdpFractionBits = 16;
constexpr unsigned kLoBase = kLeEntries;  // LO follows LE in one array
constexpr std::size_t kPrepared = kLeEntries + kLoEntries + HWY_MAX_BYTES / 4;

struct Fp16Answer {
    V32 value;
    Outcomes outcomes;
    M32 from_lo;
};

// Where one table would answer; index 0 and fraction 0 without a hit.
struct Fp16Spot {
    M32 hit;
    M32 underflow;
    V32 index;
    V32 fraction;  // 0 up to 1
};

template <int kFractionBits>
class Fp16Lookup {
  public:
    Fp16Lookup(const Fp16Settings& settings, const Tables& tables)
        : le_(prepare_fp16_table(settings, tables, false)),
          lo_(prepare_fp16_table(settings, tables, true)),
          priority_(settings.priority) {
        const I32 d;
        HWY_ALIGN std::array<std::int32_t, kPrepared> raw{};
        std::ranges::copy(tables.le, raw.begin());
        std::ranges::copy(tables.lo, raw.begin() + kLoBase);
        for (std::size_t i = 0; i < kLoBase + kLoEntries; i += hn::Lanes(d)) {
            const V32 entry = hn::LoadU(d, &raw[i]);
            hn::StoreU(fp::widen_fp16(entry, fp::kFp17Largest), d, &entries_[i]);
            if constexpr (kFractionBits == kCdpFractionBits) {
                const V32 low = fp::widen_fp16(entry, fp::kLargest);
                const V32 high = fp::widen_fp16(hn::LoadU(d, &raw[i + 1]), fp::kLargest);
                hn::StoreU(fp::fp32_to_fp17(subtract(high, low)), d, &steps_[i]);
            }
        }
    }

    HWY_INLINE Fp16Answer operator()(V32 x) const {
        const I32 d;
        const Fp16Spot le = spot(x, le_);
        const Fp16Spot lo = spot(x, lo_);
        const Outcomes outcomes{le.hit, le.underflow, lo.hit, lo.underflow};
        const M32 from_lo = choose_lo(outcomes, priority_);
        const V32 lo_index = hn::Add(lo.index, hn::Set(d, static_cast<std::int32_t>(kLoBase)));
        V32 value = interpolate(hn::IfThenElse(from_lo, lo_index, le.index),
                                hn::IfThenElse(from_lo, lo.fraction, le.fraction));
        const M32 hit = select_mask(from_lo, lo.hit, le.hit);
        if (!hn::AllTrue(d, hit)) {
            const M32 under = select_mask(from_lo, lo.underflow, le.underflow);
            value = hn::IfThenElse(hit, value, beyond(x, from_lo, under));
        }
        return {value, outcomes, from_lo};
    }

  private:
    static HWY_INLINE V32 subtract(V32 a, V32 b) {
        const V32 turned = hn::Xor(b, hn::Set(I32(), fp::kSignBit));
        return fp::add_fp32(a, hn::IfThenElse(fp::is_nan(b), b, turned));
    }

    static HWY_INLINE V32 real(hn::Vec<F32> v) { return hn::BitCast(I32(), v); }

    static HWY_INLINE Fp16Spot spot(V32 x, const Fp16Table& table) {
        const I32 d;
        const V32 distance = fp::add_fp32(x, hn::Set(d, table.minus_start));
        const M32 above = hn::And(hn::Gt(distance, hn::Zero(d)), hn::Not(fp::is_nan(distance)));
        const V32 exponent =
            hn::Sub(hn::ShiftRight<23>(distance), hn::Set(d, 127 + table.first_exponent));
        const M32 inside = hn::And(above, hn::Lt(exponent, hn::Set(d, table.exponents)));
        return table.exponential ? exponential(distance, exponent, above, inside)
                                 : linear(distance, exponent, above, inside, table);
    }

    static HWY_INLINE Fp16Spot exponential(V32 distance, V32 exponent, M32 above, M32 inside) {
        const I32 d;
        const F32 f;
        const M32 reached = hn::And(above, hn::Gt(exponent, hn::Set(d, -1)));
        const M32 hit = hn::And(inside, reached);
        constexpr int kCut = kFractionBits < 23 ? 23 - kFractionBits : 0;
        const V32 kept = hn::And(distance, hn::Set(d, 0x7fffff & -(1 << kCut)));
        const V32 one = hn::Set(d, 127 << 23);
        const V32 fraction = real(hn::Sub(hn::BitCast(f, hn::Or(kept, one)), hn::Set(f, 1.0F)));
        return {hit, hn::Not(reached), hn::IfThenElseZero(hit, exponent),
                hn::IfThenElseZero(hit, fraction)};
    }

    static HWY_INLINE Fp16Spot linear(V32 distance, V32 exponent, M32 above, M32 inside,
                                      const Fp16Table& table) {
        const I32 d;
        const F32 f;
        // In intervals; too small for the fraction bits counts as 0.
        const M32 visible = hn::And(inside, hn::Gt(exponent, hn::Set(d, -kFractionBits - 1)));
        const auto moved =
            static_cast<std::int32_t>(static_cast<std::uint32_t>(table.first_exponent) << 23);
        const auto position =
            hn::BitCast(f, hn::IfThenElseZero(visible, hn::Sub(distance, hn::Set(d, moved))));
        const V32 index = hn::ConvertTo(d, position);
        const auto rest = hn::Sub(position, hn::ConvertTo(f, index));
        return {inside, hn::Not(above), index, real(cut(rest))};
    }

    // To kFractionBits bits. The 24 bits of a number from 2^-12 on lie within 35.
    static HWY_INLINE hn::Vec<F32> cut(hn::Vec<F32> fraction) {
        const I32 d;
        const F32 f;
        const auto one = hn::Set(f, static_cast<float>(std::uint64_t{1} << kFractionBits));
        const auto unit = hn::Set(f, 1.0F / static_cast<float>(std::uint64_t{1} << kFractionBits));
        if constexpr (kFractionBits == kCdpFractionBits) {
            return hn::Mul(hn::ConvertTo(f, hn::ConvertTo(d, hn::Mul(fraction, one))), unit);
        } else {
            const auto small = hn::Lt(fraction, hn::Set(f, 0x1p-12F));
            const auto scaled = hn::Mul(hn::IfThenElseZero(small, fraction), one);
            const auto shortened = hn::Mul(hn::ConvertTo(f, hn::ConvertTo(d, scaled)), unit);
            return hn::IfThenElse(small, shortened, fraction);
        }
    }

    HWY_INLINE V32 interpolate(V32 index, V32 fraction) const {
        const I32 d;
        const V32 low = hn::GatherIndex(d, entries_.data(), index);
        const V32 weight = fp::narrow_to_fp17(fraction);
        if constexpr (kFractionBits == kCdpFractionBits) {
            const V32 step = hn::GatherIndex(d, steps_.data(), index);
            return fp::add_fp17(fp::mul_fp17(step, weight), low);
        } else {
            const V32 high = hn::GatherIndex(d, entries_.data() + 1, index);
            return fp::add_fp17(fp::mul_fp17(rest_of_one(fraction), low),
                                fp::mul_fp17(weight, high));
        }
    }

    // 1 - fraction as fp17. In units of 2^-24 with a sticky last bit it fits single precision and
    // rounds like the exact difference.
    static HWY_INLINE V32 rest_of_one(V32 fraction) {
        const I32 d;
        const F32 f;
        constexpr std::int32_t kOne = 1 << 24;
        const auto scaled = hn::Mul(hn::BitCast(f, fraction), hn::Set(f, 0x1p24F));
        const V32 whole = hn::ConvertTo(d, scaled);
        const auto exact = hn::RebindMask(d, hn::Eq(hn::ConvertTo(f, whole), scaled));
        const V32 sticky = hn::Or(whole, hn::IfThenZeroElse(exact, hn::Set(d, 1)));
        const V32 rest = hn::Sub(hn::Set(d, kOne), sticky);
        return fp::narrow_to_fp17(real(hn::Mul(hn::ConvertTo(f, rest), hn::Set(f, 0x1p-24F))));
    }

    HWY_INLINE V32 beyond(V32 x, M32 from_lo, M32 under) const {
        const I32 d;
        const auto pick = [&](std::int32_t Fp16Slope::*field) HWY_ATTR {
            const V32 le = hn::IfThenElse(under, hn::Set(d, le_.underflow.*field),
                                          hn::Set(d, le_.overflow.*field));
            const V32 lo = hn::IfThenElse(under, hn::Set(d, lo_.underflow.*field),
                                          hn::Set(d, lo_.overflow.*field));
            return hn::IfThenElse(from_lo, lo, le);
        };
        const V32 distance = fp::fp32_to_fp17(fp::add_fp32(x, pick(&Fp16Slope::minus_base)));
        return fp::add_fp17(fp::mul_fp17(distance, pick(&Fp16Slope::scale)),
                            pick(&Fp16Slope::entry));
    }

    HWY_ALIGN std::array<std::int32_t, kPrepared> entries_;
    HWY_ALIGN std::array<std::int32_t, kPrepared> steps_;
    Fp16Table le_;
    Fp16Table lo_;
    Priority priority_;
};

}  // namespace dla::lut::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
