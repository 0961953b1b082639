// SPDX-License-Identifier: Apache-2.0
// What the vector versions of all precisions share, for one instruction set; Highway includes this
// once per set.
#if defined(DLA_CDP_LANES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DLA_CDP_LANES_INL_HPP
#undef DLA_CDP_LANES_INL_HPP
#else
#define DLA_CDP_LANES_INL_HPP
#endif

#include <hwy/highway.h>

#include "dla_tlm/cdp/cdp_kernel.hpp"
#include "dla_tlm/lut/lut_choice_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::cdp::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using lut::HWY_NAMESPACE::all_or_none;
using lut::HWY_NAMESPACE::choose_lo;
using lut::HWY_NAMESPACE::I32;
using lut::HWY_NAMESPACE::M32;
using lut::HWY_NAMESPACE::Outcomes;
using lut::HWY_NAMESPACE::select_mask;
using lut::HWY_NAMESPACE::V32;

// count_lookup() of cdp_element.hpp for the live lanes.
HWY_INLINE void count_lookups(const Outcomes& o, M32 live, CdpCounts& counts) {
    const I32 d;
    const auto count = [&](M32 mask) HWY_ATTR {
        return static_cast<std::uint64_t>(hn::CountTrue(d, hn::And(live, mask)));
    };
    const M32 any = hn::Or(hn::Or(o.le_hit, o.le_underflow), hn::Or(o.lo_hit, o.lo_underflow));
    const std::uint64_t under = count(hn::And(o.le_underflow, o.lo_underflow));
    const std::uint64_t over = count(hn::Not(any));
    const std::uint64_t le_hit = count(hn::AndNot(o.lo_hit, o.le_hit));
    const std::uint64_t lo_hit = count(hn::AndNot(o.le_hit, o.lo_hit));
    counts.lut_underflow += under;
    counts.lut_overflow += over;
    counts.lut_le_hit += le_hit;
    counts.lut_lo_hit += lo_hit;
    counts.lut_hybrid += hn::CountTrue(d, live) - under - over - le_hit - lo_hit;
}

}  // namespace dla::cdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
