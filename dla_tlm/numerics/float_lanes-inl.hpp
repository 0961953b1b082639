// SPDX-License-Identifier: Apache-2.0
// The hardware's fp32 and fp17 steps on vectors of raw fp32 patterns, for one instruction set;
// Highway includes this once per set. Same bits as float_arithmetic.hpp and float_convert.hpp.
//
// An fp17 number is held as the fp32 pattern of the same value (fp17_to_fp32): an operation in
// single precision brought back to 10 fraction bits is the once-rounded result, because 24 bits are
// more than twice 11. The host's arithmetic does ordinary fp32 numbers; a vector with a NaN, an
// infinity or an exponent-0 pattern is left to the plain functions.
#if defined(DLA_NUMERICS_FLOAT_LANES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DLA_NUMERICS_FLOAT_LANES_INL_HPP
#undef DLA_NUMERICS_FLOAT_LANES_INL_HPP
#else
#define DLA_NUMERICS_FLOAT_LANES_INL_HPP
#endif

#include <hwy/highway.h>

#include <bit>
#include <cstddef>
#include <cstdint>

#include "dla_tlm/numerics/numerics.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::numerics::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int32_t kMagnitude = 0x7fffffff;
constexpr std::int32_t kInfinity = 0x7f800000;
constexpr std::int32_t kLargest = 0x7f7fffff;
constexpr std::int32_t kSmallestNormal = 0x00800000;
constexpr std::int32_t kSignBit = -kMagnitude - 1;

constexpr int kDroppedBits = 13;  // fraction bits of fp32 beyond those of fp17 and fp16
constexpr std::int32_t kFp17Smallest = (127 - 30) << 23;
constexpr std::int32_t kFp17Largest = (127 + 31) << 23 | 0x3ff << kDroppedBits;
constexpr std::int32_t kFp17Infinity = (127 + 32) << 23;  // as an operand an ordinary number

template <class V>
using Tag = hn::DFromV<V>;
template <class V>
using RealTag = hn::RebindToFloat<hn::DFromV<V>>;

template <class V>
HWY_INLINE V magnitude(V v) {
    return hn::And(v, hn::Set(Tag<V>(), kMagnitude));
}
template <class V>
HWY_INLINE V sign(V v) {
    return hn::AndNot(hn::Set(Tag<V>(), kMagnitude), v);
}
template <class V>
HWY_INLINE hn::Mask<Tag<V>> is_nan(V v) {
    return hn::Gt(magnitude(v), hn::Set(Tag<V>(), kInfinity));
}

// Neither zero nor normal.
template <class V>
HWY_INLINE hn::Mask<Tag<V>> is_odd(V v) {
    const Tag<V> d;
    const V m = magnitude(v);
    const auto denormal = hn::And(hn::Gt(m, hn::Zero(d)), hn::Lt(m, hn::Set(d, kSmallestNormal)));
    return hn::Or(denormal, hn::Gt(m, hn::Set(d, kLargest)));
}

template <class V>
HWY_INLINE V first_nan(V a, V b, V otherwise) {
    return hn::IfThenElse(is_nan(a), a, hn::IfThenElse(is_nan(b), b, otherwise));
}

// function(a, b) by the plain definition, lane by lane.
using Plain = std::uint32_t (*)(std::uint32_t, std::uint32_t);
template <class V>
HWY_NOINLINE V by_lane(V a, V b, Plain function) {
    const Tag<V> d;
    HWY_ALIGN std::int32_t left[hn::MaxLanes(Tag<V>())];
    HWY_ALIGN std::int32_t right[hn::MaxLanes(Tag<V>())];
    hn::Store(a, d, left);
    hn::Store(b, d, right);
    for (std::size_t i = 0; i < hn::Lanes(d); ++i)
        left[i] = static_cast<std::int32_t>(
            function(static_cast<std::uint32_t>(left[i]), static_cast<std::uint32_t>(right[i])));
    return hn::Load(d, left);
}

// ---- fp32 ----

template <class V>
HWY_INLINE V no_infinity(V v) {
    return hn::Or(sign(v), hn::Min(magnitude(v), hn::Set(Tag<V>(), kLargest)));
}

template <class V>
HWY_INLINE V add_fp32(V a, V b) {
    const Tag<V> d;
    const RealTag<V> f;
    if (!hn::AllFalse(d, hn::Or(is_odd(a), is_odd(b)))) return by_lane(a, b, &numerics::fp32_add);
    const V sum = hn::BitCast(d, hn::Add(hn::BitCast(f, a), hn::BitCast(f, b)));
    const V m = magnitude(sum);
    const V flushed =
        hn::IfThenElse(hn::Lt(m, hn::Set(d, kSmallestNormal)), sign(sum), no_infinity(sum));
    return hn::IfThenElse(hn::Eq(m, hn::Zero(d)), sign(a), flushed);
}

// Products near the smallest normal number go the plain way too.
template <class V>
HWY_INLINE V mul_fp32(V a, V b) {
    const Tag<V> d;
    const RealTag<V> f;
    const V zero = hn::Zero(d);
    const V product = hn::BitCast(d, hn::Mul(hn::BitCast(f, a), hn::BitCast(f, b)));
    const auto has_zero = hn::Or(hn::Eq(magnitude(a), zero), hn::Eq(magnitude(b), zero));
    const auto tiny = hn::Lt(magnitude(product), hn::Set(d, kSmallestNormal + 1));
    const auto odd = hn::Or(hn::Or(is_odd(a), is_odd(b)), hn::AndNot(has_zero, tiny));
    if (!hn::AllFalse(d, odd)) return by_lane(a, b, &numerics::fp32_mul);
    return no_infinity(product);
}

// ---- fp17 ----

// To 10 fraction bits, nearest even; not for a NaN.
template <class V>
HWY_INLINE V nearest_even_fp17(V bits) {
    const Tag<V> d;
    const V odd = hn::And(hn::ShiftRight<kDroppedBits>(bits), hn::Set(d, 1));
    const V half = hn::Set(d, (1 << (kDroppedBits - 1)) - 1);
    return hn::And(hn::Add(hn::Add(bits, half), odd), hn::Set(d, -(1 << kDroppedBits)));
}

// Rounded, at most the largest finite number; below the smallest normal number zero.
template <class V>
HWY_INLINE V narrow_to_fp17(V bits) {
    const Tag<V> d;
    const V m = hn::Min(nearest_even_fp17(magnitude(bits)), hn::Set(d, kFp17Largest));
    return hn::Or(hn::IfThenZeroElse(hn::Lt(m, hn::Set(d, kFp17Smallest)), m), sign(bits));
}

// Operands are fp17 numbers, not NaN. A sum below the normal range is exact, so that rounding
// before the flush changes nothing.
template <class V>
HWY_INLINE V add_fp17_numbers(V a, V b) {
    const Tag<V> d;
    const RealTag<V> f;
    const V sum = hn::BitCast(d, hn::Add(hn::BitCast(f, a), hn::BitCast(f, b)));
    const V cancelled = hn::IfThenElse(hn::Eq(magnitude(sum), hn::Zero(d)), sign(a), sum);
    return narrow_to_fp17(cancelled);
}

template <class V>
HWY_INLINE V mul_fp17_numbers(V a, V b) {
    const RealTag<V> f;
    return narrow_to_fp17(hn::BitCast(Tag<V>(), hn::Mul(hn::BitCast(f, a), hn::BitCast(f, b))));
}

template <class V>
HWY_INLINE V add_fp17(V a, V b) {
    return first_nan(a, b, add_fp17_numbers(a, b));
}

template <class V>
HWY_INLINE V mul_fp17(V a, V b) {
    return first_nan(a, b, mul_fp17_numbers(a, b));
}

// fp32 to fp17. Rounds at 2^-40 below the normal range, where only a value that reaches the
// smallest normal number is not zero; a NaN keeps its low 10 fraction bits, and none of them is the
// infinity pattern.
template <class V>
HWY_INLINE V fp32_to_fp17(V x) {
    const Tag<V> d;
    constexpr std::int32_t kRoundsUp = kFp17Smallest - (1 << kDroppedBits);
    const V m = magnitude(x);
    V result = hn::Min(nearest_even_fp17(m), hn::Set(d, kFp17Largest));
    result = hn::Max(result, hn::Set(d, kFp17Smallest));
    result = hn::IfThenZeroElse(hn::Lt(m, hn::Set(d, kRoundsUp)), result);
    const V payload = hn::And(m, hn::Set(d, 0x3ff));
    const V nan = hn::IfThenElse(hn::Eq(payload, hn::Zero(d)), hn::Set(d, kFp17Infinity),
                                 hn::Or(payload, hn::Set(d, kInfinity)));
    return hn::Or(hn::IfThenElse(is_nan(x), nan, result), sign(x));
}

// ---- fp16 ----

// fp16 patterns (in 32-bit lanes) to fp32 or fp17; infinity becomes `largest` of that format.
template <class V>
HWY_INLINE V widen_fp16(V half, std::int32_t largest) {
    const Tag<V> d;
    const RealTag<V> f;
    const V m = hn::And(half, hn::Set(d, 0x7fff));
    const V top = hn::And(hn::ShiftLeft<16>(half), hn::Set(d, kSignBit));
    const V normal = hn::Add(hn::ShiftLeft<kDroppedBits>(m), hn::Set(d, (127 - 15) << 23));
    const V denormal = hn::BitCast(d, hn::Mul(hn::ConvertTo(f, m), hn::Set(f, 0x1p-24f)));
    const V nan = hn::Or(hn::Set(d, kInfinity), hn::And(m, hn::Set(d, 0x3ff)));
    V result = hn::IfThenElse(hn::Lt(m, hn::Set(d, 0x400)), denormal, normal);
    result = hn::IfThenElse(hn::Eq(m, hn::Set(d, 0x7c00)), hn::Set(d, largest), result);
    result = hn::IfThenElse(hn::Gt(m, hn::Set(d, 0x7c00)), nan, result);
    return hn::Or(result, top);
}

// fp32 or fp17 to fp16 patterns, sign-extended to 32-bit lanes.
template <class V>
HWY_INLINE V narrow_to_fp16(V x) {
    const Tag<V> d;
    const RealTag<V> f;
    const V m = magnitude(x);
    // Half of the last place kept, one less when the result is even already.
    const V odd = hn::And(hn::ShiftRight<kDroppedBits>(m), hn::Set(d, 1));
    const V rounded = hn::Add(hn::Add(m, odd), hn::Set(d, 0xfff - ((127 - 15) << 23)));
    const V normal = hn::Min(hn::ShiftRight<kDroppedBits>(rounded), hn::Set(d, 0x7bff));
    // Adding 2^-1 puts the last place of a denormal at the last place of the sum.
    const auto magic = hn::Set(f, 0.5f);
    const V small = hn::Min(m, hn::Set(d, 0x38800000));
    const V denormal =
        hn::Sub(hn::BitCast(d, hn::Add(hn::BitCast(f, small), magic)), hn::BitCast(d, magic));
    V result = hn::IfThenElse(hn::Lt(m, hn::Set(d, 0x38800000)), denormal, normal);
    const V nan = hn::Or(hn::Set(d, 0x7c00), hn::And(m, hn::Set(d, 0x3ff)));
    result = hn::IfThenElse(is_nan(x), nan, result);
    return hn::Or(result, hn::And(hn::BroadcastSignBit(x), hn::Set(d, -0x8000)));
}

}  // namespace dla::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
