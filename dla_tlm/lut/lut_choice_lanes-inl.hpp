// SPDX-License-Identifier: Apache-2.0
// use_lo() of lut_index.hpp on vectors, for one instruction set; Highway includes this once per
// set. spec: sdp.md 7.3.
#if defined(DLA_LUT_CHOICE_LANES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DLA_LUT_CHOICE_LANES_INL_HPP
#undef DLA_LUT_CHOICE_LANES_INL_HPP
#else
#define DLA_LUT_CHOICE_LANES_INL_HPP
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "dla_tlm/lut/lut_index.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::lut::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using I32 = hn::ScalableTag<std::int32_t>;
using V32 = hn::Vec<I32>;
using M32 = hn::Mask<I32>;

// What both tables say about a vector of inputs; neither hit nor underflow is overflow.
struct Outcomes {
    M32 le_hit;
    M32 le_underflow;
    M32 lo_hit;
    M32 lo_underflow;
};

HWY_INLINE M32 all_or_none(bool all) {
    const I32 d;
    return hn::MaskFromVec(hn::Set(d, -std::int32_t{all}));
}

HWY_INLINE M32 select_mask(M32 condition, M32 yes, M32 no) {
    return hn::Or(hn::And(condition, yes), hn::AndNot(condition, no));
}

HWY_INLINE M32 choose_lo(const Outcomes& o, const Priority& priority) {
    const M32 both_under = hn::And(o.le_underflow, o.lo_underflow);
    // Asked only where both tables hit or neither does.
    const M32 any = hn::Or(o.le_hit, hn::Or(o.le_underflow, o.lo_underflow));
    const M32 tie = select_mask(
        both_under, all_or_none(priority.underflow_lo),
        select_mask(any, all_or_none(priority.hybrid_lo), all_or_none(priority.overflow_lo)));
    return select_mask(hn::Xor(o.le_hit, o.lo_hit), o.lo_hit, tie);
}

}  // namespace dla::lut::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
