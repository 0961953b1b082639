// SPDX-License-Identifier: Apache-2.0
// fp16 normalisation in vectors, pixel by pixel. Numbers are fp32 patterns; an fp17 number is held
// as the fp32 pattern of the same value (numerics/float_lanes-inl.hpp).
#include <algorithm>
#include <cstring>

#include "dla_tlm/cdp/cdp_kernel_rows.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dla_tlm/cdp/cdp_kernel_fp16_fast.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#if HWY_TARGET == HWY_SCALAR

namespace dla::cdp::HWY_NAMESPACE {

void normalize_fp16(const CdpOp& op, const lut::Tables& tables, const PixelView& src,
                    unsigned pixels, std::uint8_t* dst, std::size_t dst_surface_stride,
                    CdpCounts& counts) {
    normalize_by_rows(op, tables, src, pixels, dst, dst_surface_stride, counts);
}

}  // namespace dla::cdp::HWY_NAMESPACE

#else

#include "dla_tlm/cdp/cdp_lanes-inl.hpp"
#include "dla_tlm/lut/lut_fp16_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::cdp::HWY_NAMESPACE {

namespace fp = numerics::HWY_NAMESPACE;
using Lookup16 = lut::HWY_NAMESPACE::Fp16Lookup<lut::HWY_NAMESPACE::kCdpFractionBits>;
using FpRows = Rows<std::int32_t>;

lut::Fp16Settings fp16_settings(const LutSettings& s) {
    const auto range = [](const LutRange& r) {
        return lut::Fp16Range{static_cast<std::uint32_t>(r.start),
                              static_cast<std::uint32_t>(r.end),
                              static_cast<std::uint16_t>(r.underflow.scale),
                              static_cast<std::uint16_t>(r.overflow.scale)};
    };
    return {s.le_exponent, s.le_offset, s.le_select, s.lo_select,
            s.priority,    range(s.le), range(s.lo)};
}

// Whole atoms may be shorter than a vector; what lies behind the channels becomes 0 afterwards.
void convert_row(const CdpOp& op, const std::uint8_t* pixel, std::size_t surface_stride,
                 FpRows& rows, CdpCounts& counts) {
    const I32 d;
    const hn::Rebind<std::int16_t, I32> narrow;
    alignas(64) std::int16_t halves[kMaxChannels + kSlack];
    gather_pixel(op, pixel, surface_stride, reinterpret_cast<std::uint8_t*>(halves));
    const std::size_t n = std::size_t{op.surfaces()} * op.lanes();
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
        const V32 half = hn::PromoteTo(d, hn::LoadU(narrow, halves + i));
        const V32 size = hn::And(half, hn::Set(d, 0x7fff));
        const M32 live = hn::FirstN(d, n - i);
        const M32 nan = hn::And(live, hn::Gt(size, hn::Set(d, 0x7c00)));
        counts.nan_inputs += hn::CountTrue(d, nan);
        counts.inf_inputs += hn::CountTrue(d, hn::And(live, hn::Eq(size, hn::Set(d, 0x7c00))));
        const V32 y = fp::widen_fp16(half, fp::kFp17Largest);
        hn::StoreU(op.nan_to_zero ? hn::IfThenZeroElse(nan, y) : y, d, &rows.y[kMargin + i]);
    }
    std::memset(&rows.y[kMargin + op.channels], 0,
                (n + kMargin + kSlack - op.channels) * sizeof(std::int32_t));
    if (op.square_sum_bypass) return;
    for (std::size_t i = 0; i < n + kMargin; i += hn::Lanes(d)) {
        const V32 y = hn::LoadU(d, &rows.y[kMargin + i]);
        hn::StoreU(fp::mul_fp32(y, y), d, &rows.square[kMargin + i]);
    }
}

// The adder tree: the neighbours pair by pair, the centre with the first pair.
HWY_INLINE V32 window_sum(const CdpOp& op, const FpRows& rows, std::size_t i) {
    const I32 d;
    if (op.square_sum_bypass) return hn::LoadU(d, &rows.y[kMargin + i]);
    const std::int32_t* centre = &rows.square[kMargin + i];
    const auto pair = [&](std::size_t distance) HWY_ATTR {
        return fp::add_fp32(hn::LoadU(d, centre - distance), hn::LoadU(d, centre + distance));
    };
    V32 sum = fp::add_fp32(pair(1), hn::LoadU(d, centre));
    for (std::size_t distance = 2; distance <= op.window / 2; ++distance)
        sum = fp::add_fp32(sum, pair(distance));
    return sum;
}

void normalize_row(const CdpOp& op, const Lookup16& lookup, const FpRows& rows, std::int16_t* out,
                   CdpCounts& counts) {
    const I32 d;
    const hn::Rebind<std::int16_t, I32> narrow;
    const std::size_t n = std::size_t{op.surfaces()} * op.lanes();
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
        const M32 live = hn::FirstN(d, n - i);
        const auto answer = lookup(window_sum(op, rows, i));
        if (op.count_lut) count_lookups(answer.outcomes, live, counts);
        const V32 y = hn::LoadU(d, &rows.y[kMargin + i]);
        const V32 product = op.multiply_bypass ? hn::IfThenElse(fp::is_nan(y), y, answer.value)
                                               : fp::mul_fp17(answer.value, y);
        const V32 half = fp::narrow_to_fp16(product);
        const V32 size = hn::And(half, hn::Set(d, 0x7fff));
        counts.nan_outputs += hn::CountTrue(d, hn::And(live, hn::Gt(size, hn::Set(d, 0x7c00))));
        hn::StoreU(hn::DemoteTo(narrow, half), narrow, out + i);
    }
}

void normalize_fp16(const CdpOp& op, const lut::Tables& tables, const PixelView& src,
                    unsigned pixels, std::uint8_t* dst, std::size_t dst_surface_stride,
                    CdpCounts& counts) {
    const Lookup16 lookup(fp16_settings(op.lut), tables);
    FpRows rows;
    std::fill_n(rows.square.begin(), kMargin, 0);
    std::int16_t out[kMaxChannels + kSlack];
    for (unsigned x = 0; x < pixels; ++x) {
        const std::size_t place = std::size_t{x} * op.atom_bytes;
        convert_row(op, src.data + place, src.surface_stride, rows, counts);
        normalize_row(op, lookup, rows, out, counts);
        scatter_pixel(op, reinterpret_cast<const std::uint8_t*>(out), dst + place,
                      dst_surface_stride);
    }
}

}  // namespace dla::cdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
namespace dla::cdp {
namespace {

HWY_EXPORT(normalize_fp16);

}  // namespace

void normalize_fp16_fast(const CdpOp& op, const lut::Tables& tables, const PixelView& src,
                         unsigned pixels, std::uint8_t* dst, std::size_t dst_surface_stride,
                         CdpCounts& counts) {
    HWY_DYNAMIC_DISPATCH(normalize_fp16)
    (op, tables, src, pixels, dst, dst_surface_stride, counts);
}

}  // namespace dla::cdp
#endif
