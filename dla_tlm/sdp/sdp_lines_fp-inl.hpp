// SPDX-License-Identifier: Apache-2.0
// fp16-layer stages over arrays of fp32 patterns, for one instruction set. The host's float
// arithmetic does ordinary numbers; a vector with a NaN, an infinity or an exponent-0 pattern, or
// with a product near the smallest normal number, is left to the plain functions.
#if defined(DLA_SDP_LINES_FP_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DLA_SDP_LINES_FP_INL_HPP
#undef DLA_SDP_LINES_FP_INL_HPP
#else
#define DLA_SDP_LINES_FP_INL_HPP
#endif

#include "dla_tlm/numerics/numerics.hpp"
#include "dla_tlm/sdp/sdp_element.hpp"
#include "dla_tlm/sdp/sdp_lines_int-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::sdp::HWY_NAMESPACE {

constexpr std::int32_t kMagnitude = 0x7fffffff;
constexpr std::int32_t kInfinity = 0x7f800000;
constexpr std::int32_t kLargest = 0x7f7fffff;
constexpr std::int32_t kSmallestNormal = 0x00800000;

HWY_INLINE V32 magnitude(V32 v) {
    return hn::And(v, hn::Set(I32(), kMagnitude));
}
HWY_INLINE V32 sign(V32 v) {
    return hn::AndNot(hn::Set(I32(), kMagnitude), v);
}
HWY_INLINE hn::Mask<I32> is_nan(V32 v) {
    return hn::Gt(magnitude(v), hn::Set(I32(), kInfinity));
}

// Neither zero nor normal.
HWY_INLINE hn::Mask<I32> is_odd(V32 v) {
    const I32 d;
    const V32 m = magnitude(v);
    const auto denormal = hn::And(hn::Gt(m, hn::Zero(d)), hn::Lt(m, hn::Set(d, kSmallestNormal)));
    return hn::Or(denormal, hn::Gt(m, hn::Set(d, kLargest)));
}

// function(a, b) by the plain definition, lane by lane.
using Plain = std::uint32_t (*)(std::uint32_t, std::uint32_t);
HWY_NOINLINE V32 by_lane(V32 a, V32 b, Plain function) {
    const I32 d;
    HWY_ALIGN std::int32_t left[hn::MaxLanes(I32())];
    HWY_ALIGN std::int32_t right[hn::MaxLanes(I32())];
    hn::Store(a, d, left);
    hn::Store(b, d, right);
    for (std::size_t i = 0; i < hn::Lanes(d); ++i)
        left[i] = from_bits(function(as_bits(left[i]), as_bits(right[i])));
    return hn::Load(d, left);
}

HWY_INLINE V32 no_infinity(V32 v) {
    const I32 d;
    return hn::Or(sign(v), hn::Min(magnitude(v), hn::Set(d, kLargest)));
}

HWY_INLINE V32 add_fp(V32 a, V32 b) {
    const I32 d;
    const hn::RebindToFloat<I32> f;
    if (!hn::AllFalse(d, hn::Or(is_odd(a), is_odd(b)))) return by_lane(a, b, &numerics::fp32_add);
    const V32 sum = hn::BitCast(d, hn::Add(hn::BitCast(f, a), hn::BitCast(f, b)));
    const V32 m = magnitude(sum);
    const V32 flushed =
        hn::IfThenElse(hn::Lt(m, hn::Set(d, kSmallestNormal)), sign(sum), no_infinity(sum));
    return hn::IfThenElse(hn::Eq(m, hn::Zero(d)), sign(a), flushed);
}

HWY_INLINE V32 mul_fp(V32 a, V32 b) {
    const I32 d;
    const hn::RebindToFloat<I32> f;
    const V32 zero = hn::Zero(d);
    const V32 product = hn::BitCast(d, hn::Mul(hn::BitCast(f, a), hn::BitCast(f, b)));
    const auto has_zero = hn::Or(hn::Eq(magnitude(a), zero), hn::Eq(magnitude(b), zero));
    const auto tiny = hn::Lt(magnitude(product), hn::Set(d, kSmallestNormal + 1));
    const auto odd = hn::Or(hn::Or(is_odd(a), is_odd(b)), hn::AndNot(has_zero, tiny));
    if (!hn::AllFalse(d, odd)) return by_lane(a, b, &numerics::fp32_mul);
    return no_infinity(product);
}

// Sign-magnitude patterns in the order of integers.
HWY_INLINE V32 order_key(V32 v) {
    return hn::Xor(v, hn::And(hn::BroadcastSignBit(v), hn::Set(I32(), kMagnitude)));
}

HWY_INLINE V32 first_nan(V32 a, V32 b, V32 otherwise) {
    return hn::IfThenElse(is_nan(a), a, hn::IfThenElse(is_nan(b), b, otherwise));
}

HWY_NOINLINE void max_lines_fp(std::int32_t* v, const std::int32_t* o, std::size_t n) {
    each(v, o, n, [](V32 a, V32 b) HWY_ATTR {
        return first_nan(a, b, hn::IfThenElse(hn::Lt(order_key(a), order_key(b)), b, a));
    });
}

HWY_NOINLINE void min_lines_fp(std::int32_t* v, const std::int32_t* o, std::size_t n) {
    each(v, o, n, [](V32 a, V32 b) HWY_ATTR {
        return first_nan(a, b, hn::IfThenElse(hn::Lt(order_key(a), order_key(b)), a, b));
    });
}

HWY_NOINLINE void add_lines_fp(std::int32_t* v, const std::int32_t* o, std::size_t n) {
    each(v, o, n, [](V32 a, V32 b) HWY_ATTR { return add_fp(a, b); });
}

HWY_NOINLINE void multiply_lines_fp(std::int32_t* v, const std::int32_t* m, std::size_t n,
                                    bool prelu) {
    each(v, m, n, [=](V32 a, V32 b) HWY_ATTR {
        const V32 product = mul_fp(a, b);
        return prelu ? hn::IfThenElse(hn::Lt(a, hn::Zero(I32())), product, a) : product;
    });
}

HWY_NOINLINE void relu_lines_fp(std::int32_t* v, std::size_t n) {
    each(v, n,
         [](V32 a) HWY_ATTR { return hn::IfThenElse(is_nan(a), a, hn::Max(a, hn::Zero(I32()))); });
}

HWY_NOINLINE void nan_to_zero_lines(std::int32_t* v, std::size_t n) {
    each(v, n, [](V32 a) HWY_ATTR { return hn::IfThenZeroElse(is_nan(a), a); });
}

// fp16 patterns (in 32-bit lanes) to fp32, as numerics::fp16_to_fp32.
HWY_NOINLINE void widen_lines_fp(std::int32_t* v, std::size_t n) {
    each(v, n, [](V32 half) HWY_ATTR {
        const I32 d;
        const hn::RebindToFloat<I32> f;
        const V32 m = hn::And(half, hn::Set(d, 0x7fff));
        const V32 top = hn::ShiftLeft<16>(hn::And(half, hn::Set(d, 0x8000)));
        const V32 normal = hn::Add(hn::ShiftLeft<13>(m), hn::Set(d, (127 - 15) << 23));
        const V32 denormal = hn::BitCast(d, hn::Mul(hn::ConvertTo(f, m), hn::Set(f, 0x1p-24f)));
        const V32 nan = hn::Or(hn::Set(d, kInfinity), hn::And(m, hn::Set(d, 0x3ff)));
        V32 result = hn::IfThenElse(hn::Lt(m, hn::Set(d, 0x400)), denormal, normal);
        result = hn::IfThenElse(hn::Eq(m, hn::Set(d, 0x7c00)), hn::Set(d, kLargest), result);
        result = hn::IfThenElse(hn::Gt(m, hn::Set(d, 0x7c00)), nan, result);
        return hn::Or(result, top);
    });
}

struct NarrowCounts {
    std::size_t nan = 0;
    std::size_t largest = 0;
};

// fp32 to fp16 patterns (sign-extended to 32-bit lanes), as numerics::fp32_to_fp16.
HWY_NOINLINE NarrowCounts narrow_lines_fp(std::int32_t* v, std::size_t n) {
    const I32 d;
    const hn::RebindToFloat<I32> f;
    NarrowCounts counts;
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
        const V32 x = hn::Load(d, v + i);
        const V32 m = magnitude(x);
        // Half of the last place kept, one less when the result is even already.
        const V32 odd = hn::And(hn::ShiftRight<13>(m), hn::Set(d, 1));
        const V32 rounded = hn::Add(hn::Add(m, odd), hn::Set(d, 0xfff - ((127 - 15) << 23)));
        const V32 normal = hn::Min(hn::ShiftRight<13>(rounded), hn::Set(d, 0x7bff));
        // Adding 2^-1 puts the last place of a denormal at the last place of the sum.
        const auto magic = hn::Set(f, 0.5f);
        const V32 small = hn::Min(m, hn::Set(d, 0x38800000));
        const V32 denormal =
            hn::Sub(hn::BitCast(d, hn::Add(hn::BitCast(f, small), magic)), hn::BitCast(d, magic));
        V32 result = hn::IfThenElse(hn::Lt(m, hn::Set(d, 0x38800000)), denormal, normal);
        const V32 nan = hn::Or(hn::Set(d, 0x7c00), hn::And(m, hn::Set(d, 0x3ff)));
        result = hn::IfThenElse(is_nan(x), nan, result);
        const auto real = hn::FirstN(d, n - i);
        counts.nan += hn::CountTrue(d, hn::And(hn::Gt(result, hn::Set(d, 0x7c00)), real));
        counts.largest += hn::CountTrue(d, hn::And(hn::Eq(result, hn::Set(d, 0x7bff)), real));
        const V32 top = hn::And(hn::BroadcastSignBit(x), hn::Set(d, -0x8000));
        hn::Store(hn::Or(result, top), d, v + i);
    }
    return counts;
}

}  // namespace dla::sdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
