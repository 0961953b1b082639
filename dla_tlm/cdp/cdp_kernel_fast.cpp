// SPDX-License-Identifier: Apache-2.0
// int8 normalisation in vectors, pixel by pixel; window sums are additions of shifted rows.
#include <algorithm>
#include <array>
#include <cstring>

#include "dla_tlm/cdp/cdp_element.hpp"
#include "dla_tlm/cdp/cdp_kernel_rows.hpp"
#include "dla_tlm/cdp/cdp_lookup_fast.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dla_tlm/cdp/cdp_kernel_fast.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#if HWY_TARGET != HWY_SCALAR
#include "dla_tlm/cdp/cdp_lanes-inl.hpp"
#endif

HWY_BEFORE_NAMESPACE();
namespace dla::cdp::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void normalize_int8(const CdpOp& op, const lut::Tables& tables, const PackedLut&,
                    const PixelView& src, unsigned pixels, std::uint8_t* dst,
                    std::size_t dst_surface_stride, CdpCounts& counts) {
    normalize_reference(op, tables, src, pixels, dst, dst_surface_stride, counts);
}

#else

using U32 = hn::RebindToUnsigned<I32>;
using U64 = hn::RepartitionToWide<U32>;
using V = V32;
using M = M32;

HWY_INLINE V negate_where(V sign, V magnitude) {
    return hn::Sub(hn::Xor(magnitude, sign), sign);
}

// ---- input converter and squares ----

HWY_INLINE V convert(V x, const Converter& c) {
    const I32 d;
    const U32 du;
    const V product = hn::Mul(hn::Sub(x, hn::Set(d, c.offset)), hn::Set(d, c.scale));
    const V sign = hn::BroadcastSignBit(product);
    auto magnitude = hn::BitCast(du, negate_where(sign, product));
    if (c.shift > 0) {
        const auto half = hn::Set(du, std::uint32_t{1} << (c.shift - 1));
        magnitude = hn::ShiftRightSame(hn::Add(magnitude, half), static_cast<int>(c.shift));
    }
    const V rounded = negate_where(sign, hn::BitCast(d, magnitude));
    return hn::Min(hn::Max(rounded, hn::Set(d, -256)), hn::Set(d, 255));
}

// Whole atoms may be shorter than a vector; what lies behind the channels becomes 0 afterwards.
void convert_pixel(const CdpOp& op, const std::uint8_t* pixel, std::size_t surface_stride,
                   Rows<std::int32_t>& rows) {
    const I32 d;
    const hn::Rebind<std::int8_t, I32> narrow;
    alignas(64) std::int8_t bytes[kMaxChannels + kSlack];
    gather_pixel(op, pixel, surface_stride, reinterpret_cast<std::uint8_t*>(bytes));
    const std::size_t n = std::size_t{op.surfaces()} * op.atom_bytes;
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
        const V x = hn::PromoteTo(d, hn::LoadU(narrow, bytes + i));
        hn::StoreU(convert(x, op.input), d, &rows.y[kMargin + i]);
    }
    std::memset(&rows.y[kMargin + op.channels], 0,
                (n + kMargin + kSlack - op.channels) * sizeof(std::int32_t));
    if (op.square_sum_bypass) return;
    for (std::size_t i = 0; i < n + kMargin; i += hn::Lanes(d)) {
        const V y = hn::LoadU(d, &rows.y[kMargin + i]);
        hn::StoreU(hn::Mul(y, y), d, &rows.square[kMargin + i]);
    }
}

HWY_INLINE V window_sum(const CdpOp& op, const Rows<std::int32_t>& rows, std::size_t i) {
    const I32 d;
    if (op.square_sum_bypass) return hn::LoadU(d, &rows.y[kMargin + i]);
    const std::size_t reach = op.window / 2;
    const std::int32_t* first = &rows.square[kMargin + i - reach];
    V sum = hn::LoadU(d, first);
    for (std::size_t k = 1; k < op.window; ++k)
        sum = hn::Add(sum, hn::LoadU(d, first + k));
    return sum;
}

// ---- lookup ----

struct VectorPlace {
    V index;     // inside the table for every outcome
    V fraction;  // 16 bits
    M under;
    M over;
};

HWY_INLINE VectorPlace place_linear(V q, const PackedTable& t) {
    const I32 d;
    const V start = hn::Set(d, t.start);
    const M under = hn::Not(hn::Gt(q, start));
    const V raw = hn::Sub(q, start);
    const M over = hn::AndNot(under, hn::Gt(raw, hn::Set(d, t.last_distance)));
    const V distance = hn::IfThenZeroElse(hn::Or(under, over), raw);
    const V index = hn::ShiftRightSame(hn::ShiftLeftSame(distance, t.shift_up), t.shift_down);
    V fraction = hn::Zero(d);
    if (t.shift_down > 0) {
        const auto mask = static_cast<std::int32_t>((std::uint32_t{1} << t.shift_down) - 1);
        const V rest = hn::And(distance, hn::Set(d, mask));
        fraction = t.shift_down <= kLutFractionBits
                       ? hn::ShiftLeftSame(rest, kLutFractionBits - t.shift_down)
                       : hn::ShiftRightSame(rest, t.shift_down - kLutFractionBits);
    }
    return {index, fraction, under, over};
}

// The exponent and the bits behind it are those of the distance in single precision.
HWY_INLINE VectorPlace place_exponent(V q, const PackedTable& t, int offset) {
    const I32 d;
    const hn::Rebind<float, I32> df;
    constexpr int kFractionBits = 23;
    constexpr int kBias = 127;
    const V start = hn::Set(d, t.start);
    const M not_above = hn::Not(hn::Gt(q, start));
    const V distance = hn::IfThenElse(not_above, hn::Set(d, 1), hn::Sub(q, start));
    const V bits = hn::BitCast(d, hn::ConvertTo(df, distance));
    const V level = hn::Sub(hn::ShiftRight<kFractionBits>(bits), hn::Set(d, kBias + offset));
    const M under = hn::Or(not_above, hn::Lt(level, hn::Zero(d)));
    const M over =
        hn::AndNot(under, hn::Gt(level, hn::Set(d, static_cast<int>(lut::kLeIntervals) - 1)));
    const V index = hn::IfThenZeroElse(hn::Or(under, over), level);
    const V mantissa = hn::And(bits, hn::Set(d, (1 << kFractionBits) - 1));
    return {index, hn::ShiftRight<kFractionBits - kLutFractionBits>(mantissa), under, over};
}

HWY_INLINE V interpolate(const PackedLut& lut, V index, V fraction) {
    const I32 d;
    const U32 du;
    const V pair = hn::GatherIndex(d, lut.entries.data(), index);
    const V entry = hn::ShiftRight<16>(hn::ShiftLeft<16>(pair));
    const V step = hn::Sub(hn::ShiftRight<16>(pair), entry);
    const V sign = hn::BroadcastSignBit(step);
    // 65535 * 65535 + 32768 still fits 32 bits.
    const auto product =
        hn::Mul(hn::BitCast(du, negate_where(sign, step)), hn::BitCast(du, fraction));
    const auto rounded = hn::ShiftRight<16>(hn::Add(product, hn::Set(du, 1u << 15)));
    return hn::Add(entry, negate_where(sign, hn::BitCast(d, rounded)));
}

// What lies beyond one table, and whether that is the whole truth there.
struct Beyond {
    V value;
    M exact;
};

HWY_INLINE Beyond beyond(V q, const PackedTable& t, const VectorPlace& p) {
    const I32 d;
    const M at_start = hn::Eq(q, hn::Set(d, t.start));
    const V below = hn::IfThenElse(at_start, hn::Set(d, t.at_start), hn::Set(d, t.below));
    const M flat_below = all_or_none(t.flat_below);
    const M flat_above = all_or_none(t.flat_above);
    return {hn::IfThenElse(p.under, below, hn::Set(d, t.above)),
            hn::Or(hn::And(p.under, hn::Or(at_start, flat_below)), hn::And(p.over, flat_above))};
}

// Lanes on a slope, one at a time.
void repair(const CdpOp& op, const lut::Tables& tables, V q, M wrong, V& value) {
    const I32 d;
    alignas(64) std::int32_t inputs[HWY_MAX_BYTES / 4];
    alignas(64) std::int32_t values[HWY_MAX_BYTES / 4];
    alignas(64) std::int32_t marks[HWY_MAX_BYTES / 4];
    hn::Store(q, d, inputs);
    hn::Store(value, d, values);
    hn::Store(hn::VecFromMask(d, wrong), d, marks);
    for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
        if (marks[i] != 0)
            values[i] = static_cast<std::int32_t>(lookup(op, tables, inputs[i]).value);
    }
    value = hn::Load(d, values);
}

HWY_INLINE V look_up(const CdpOp& op, const lut::Tables& tables, const PackedLut& packed, V q,
                     M live, CdpCounts& counts) {
    const I32 d;
    const VectorPlace le = op.lut.le_exponent ? place_exponent(q, packed.le, op.lut.le_offset)
                                              : place_linear(q, packed.le);
    const VectorPlace lo = place_linear(q, packed.lo);
    const M le_miss = hn::Or(le.under, le.over);
    const M lo_miss = hn::Or(lo.under, lo.over);
    const Outcomes outcomes{hn::Not(le_miss), le.under, hn::Not(lo_miss), lo.under};
    if (op.count_lut) count_lookups(outcomes, live, counts);
    const M use_lo = choose_lo(outcomes, op.lut.priority);
    const V lo_index = hn::Add(lo.index, hn::Set(d, static_cast<std::int32_t>(kLoBase)));
    V value = interpolate(packed, hn::IfThenElse(use_lo, lo_index, le.index),
                          hn::IfThenElse(use_lo, lo.fraction, le.fraction));
    const M miss = hn::And(le_miss, lo_miss);
    if (HWY_LIKELY(hn::AllFalse(d, miss))) return value;
    const Beyond le_beyond = beyond(q, packed.le, le);
    const Beyond lo_beyond = beyond(q, packed.lo, lo);
    value = hn::IfThenElse(miss, hn::IfThenElse(use_lo, lo_beyond.value, le_beyond.value), value);
    const M exact = select_mask(use_lo, lo_beyond.exact, le_beyond.exact);
    const M wrong = hn::And(live, hn::AndNot(exact, miss));
    if (!hn::AllFalse(d, wrong)) repair(op, tables, q, wrong, value);
    return value;
}

// ---- output converter ----

// round(magnitude * scale / 2^shift) of the even 32-bit lanes, at most just beyond int8.
template <class V32>
HWY_INLINE auto scale_even(V32 magnitude, V32 scale, unsigned shift) {
    const U64 d64;
    auto product = hn::MulEven(magnitude, scale);
    if (shift > 0) {
        const auto half = hn::Set(d64, std::uint64_t{1} << (shift - 1));
        product = hn::ShiftRightSame(hn::Add(product, half), static_cast<int>(shift));
    }
    return hn::Min(product, hn::Set(d64, std::uint64_t{1} << 20));
}

HWY_INLINE V convert_out(V product, const Converter& c, M live, CdpCounts& counts) {
    const I32 d;
    const U32 du;
    const U64 d64;
    const V difference = hn::Sub(product, hn::Set(d, c.offset));
    const V sign = hn::Xor(hn::BroadcastSignBit(difference), hn::Set(d, c.scale < 0 ? -1 : 0));
    const auto magnitude = hn::BitCast(du, hn::Abs(difference));
    const auto scale = hn::Set(du, static_cast<std::uint32_t>(std::abs(c.scale)));
    const auto odd_magnitude = hn::BitCast(du, hn::ShiftRight<32>(hn::BitCast(d64, magnitude)));
    const auto even = scale_even(magnitude, scale, c.shift);
    const auto odd = scale_even(odd_magnitude, scale, c.shift);
    const V z = negate_where(sign, hn::BitCast(d, hn::Or(even, hn::ShiftLeft<32>(odd))));
    const V clamped = hn::Min(hn::Max(z, hn::Set(d, -128)), hn::Set(d, 127));
    counts.saturated += hn::CountTrue(d, hn::And(live, hn::Ne(clamped, z)));
    return clamped;
}

void normalize_pixel(const CdpOp& op, const lut::Tables& tables, const PackedLut& packed,
                     const Rows<std::int32_t>& rows, std::int8_t* out, CdpCounts& counts) {
    const I32 d;
    const hn::Rebind<std::int8_t, I32> narrow;
    const std::size_t n = std::size_t{op.surfaces()} * op.atom_bytes;
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
        const M live = hn::FirstN(d, n - i);
        const V q = window_sum(op, rows, i);
        const V t = look_up(op, tables, packed, q, live, counts);
        const V product = op.multiply_bypass ? t : hn::Mul(t, hn::LoadU(d, &rows.y[kMargin + i]));
        const V z = convert_out(product, op.output, live, counts);
        hn::StoreU(hn::DemoteTo(narrow, z), narrow, out + i);
    }
}

void normalize_int8(const CdpOp& op, const lut::Tables& tables, const PackedLut& packed,
                    const PixelView& src, unsigned pixels, std::uint8_t* dst,
                    std::size_t dst_surface_stride, CdpCounts& counts) {
    Rows<std::int32_t> rows;
    std::fill_n(rows.y.begin(), kMargin, 0);
    std::fill_n(rows.square.begin(), kMargin, 0);
    std::int8_t out[kMaxChannels + kSlack];
    for (unsigned x = 0; x < pixels; ++x) {
        const std::size_t place = std::size_t{x} * op.atom_bytes;
        convert_pixel(op, src.data + place, src.surface_stride, rows);
        normalize_pixel(op, tables, packed, rows, out, counts);
        scatter_pixel(op, reinterpret_cast<const std::uint8_t*>(out), dst + place,
                      dst_surface_stride);
    }
}

#endif
}  // namespace dla::cdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dla::cdp {
namespace {

HWY_EXPORT(normalize_int8);

}  // namespace

void normalize(const CdpOp& op, const lut::Tables& tables, const PixelView& src, unsigned pixels,
               std::uint8_t* dst, std::size_t dst_surface_stride, CdpCounts& counts) {
    if (op.precision == Precision::kInt8) {
        const PackedLut packed = pack_lut(op, tables);
        if (packed.fits) {
            HWY_DYNAMIC_DISPATCH(normalize_int8)
            (op, tables, packed, src, pixels, dst, dst_surface_stride, counts);
            return;
        }
    }
    const auto run = op.precision == Precision::kFp16 ? &normalize_fp16_fast : &normalize_by_rows;
    run(op, tables, src, pixels, dst, dst_surface_stride, counts);
}

}  // namespace dla::cdp
#endif
