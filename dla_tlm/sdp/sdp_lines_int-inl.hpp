// SPDX-License-Identifier: Apache-2.0
// Integer stages over arrays of s(32), for one instruction set; included once per set by
// sdp_kernel_fast.cpp. Arrays are aligned and padded to whole vectors.
// No include guard in the usual sense: Highway includes this several times.
#if defined(DLA_SDP_LINES_INT_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DLA_SDP_LINES_INT_INL_HPP
#undef DLA_SDP_LINES_INT_INL_HPP
#else
#define DLA_SDP_LINES_INT_INL_HPP
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>

HWY_BEFORE_NAMESPACE();
namespace dla::sdp::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A multiple of every atom's elements and every vector; six operand arrays fit the cache with it.
constexpr std::size_t kBlock = 1024;

using I32 = hn::ScalableTag<std::int32_t>;
using I64 = hn::ScalableTag<std::int64_t>;
using V32 = hn::Vec<I32>;
using V64 = hn::Vec<I64>;

constexpr std::int64_t kMax32 = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMin32 = std::numeric_limits<std::int32_t>::min();

// 64-bit products and sums of 32-bit lanes, even and odd lanes apart.
struct Wide {
    V64 even;
    V64 odd;
};

HWY_INLINE V32 odd_lanes(V32 v) {
    const I64 d64;
    const hn::RebindToUnsigned<I64> u64;
    return hn::BitCast(I32(), hn::BitCast(d64, hn::ShiftRight<32>(hn::BitCast(u64, v))));
}

HWY_INLINE Wide multiply(V32 a, V32 b) {
    return {hn::MulEven(a, b), hn::MulEven(odd_lanes(a), odd_lanes(b))};
}

HWY_INLINE Wide add(const Wide& a, const Wide& b) {
    return {hn::Add(a.even, b.even), hn::Add(a.odd, b.odd)};
}

HWY_INLINE Wide clamp(const Wide& v, std::int64_t low, std::int64_t high) {
    const auto lo = hn::Set(I64(), low);
    const auto hi = hn::Set(I64(), high);
    return {hn::Min(hn::Max(v.even, lo), hi), hn::Min(hn::Max(v.odd, lo), hi)};
}

// Back to 32-bit lanes; values must fit.
HWY_INLINE V32 join(const Wide& v) {
    const I32 d;
    return hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(v.odd)), hn::BitCast(d, v.even));
}

// round_shift_half_away with one shift for all lanes: one half is added, less one unit where the
// value is negative, and the sum is shifted arithmetically.
class RoundingShift {
  public:
    // shift <= 63, |v| <= 2^62 for shift < 63, |v| < 2^62 for shift 63
    explicit RoundingShift(unsigned shift)
        : shift_(static_cast<int>(shift)),
          half_(shift == 0 ? 0 : std::int64_t{1} << (shift - 1)),
          negative_(shift == 0 ? 0 : -1) {}

    HWY_INLINE Wide operator()(const Wide& v) const { return {one(v.even), one(v.odd)}; }

  private:
    HWY_INLINE V64 one(V64 v) const {
        const I64 d;
        const V64 down = hn::And(hn::BroadcastSignBit(v), hn::Set(d, negative_));
        return hn::ShiftRightSame(hn::Add(hn::Add(v, hn::Set(d, half_)), down), shift_);
    }

    int shift_;
    std::int64_t half_;
    std::int64_t negative_;
};

// Where v + o leaves 32 bits, and the wrapped sum.
struct Sum {
    V32 wrapped;
    hn::Mask<I32> overflows;
};

HWY_INLINE Sum wrapping_add(V32 v, V32 o) {
    const I32 d;
    const V32 sum = hn::Add(v, o);
    const V32 sign = hn::And(hn::Xor(v, sum), hn::Xor(o, sum));
    return {sum, hn::Lt(sign, hn::Zero(d))};
}

// function(vector, vector) on every lane pair, in place.
template <class Function>
HWY_INLINE void each(std::int32_t* HWY_RESTRICT values, const std::int32_t* HWY_RESTRICT operands,
                     std::size_t n, const Function& function) {
    const I32 d;
    for (std::size_t i = 0; i < n; i += hn::Lanes(d))
        hn::Store(function(hn::Load(d, values + i), hn::Load(d, operands + i)), d, values + i);
}

template <class Function>
HWY_INLINE void each(std::int32_t* values, std::size_t n, const Function& function) {
    const I32 d;
    for (std::size_t i = 0; i < n; i += hn::Lanes(d))
        hn::Store(function(hn::Load(d, values + i)), d, values + i);
}

HWY_NOINLINE void max_lines(std::int32_t* v, const std::int32_t* o, std::size_t n) {
    each(v, o, n, [](V32 a, V32 b) HWY_ATTR { return hn::Max(a, b); });
}

HWY_NOINLINE void min_lines(std::int32_t* v, const std::int32_t* o, std::size_t n) {
    each(v, o, n, [](V32 a, V32 b) HWY_ATTR { return hn::Min(a, b); });
}

HWY_NOINLINE void add_saturating_lines(std::int32_t* v, const std::int32_t* o, std::size_t n) {
    each(v, o, n, [](V32 a, V32 b) HWY_ATTR {
        const Sum sum = wrapping_add(a, b);
        const V32 limit = hn::Xor(hn::BroadcastSignBit(a), hn::Set(I32(), 0x7fffffff));
        return hn::IfThenElse(sum.overflows, limit, sum.wrapped);
    });
}

HWY_NOINLINE void unequal_lines(std::int32_t* v, const std::int32_t* o, std::size_t n) {
    each(v, o, n,
         [](V32 a, V32 b) HWY_ATTR { return hn::IfThenZeroElse(hn::Eq(a, b), hn::Set(I32(), 1)); });
}

HWY_NOINLINE void relu_lines(std::int32_t* v, std::size_t n) {
    each(v, n, [](V32 a) HWY_ATTR { return hn::Max(a, hn::Zero(I32())); });
}

// sat(32)(o * 2^shift) of s(16) operands.
HWY_NOINLINE void shift_operand_lines(std::int32_t* v, std::size_t n, unsigned shift) {
    const int bits = shift > 31 ? 31 : static_cast<int>(shift);
    const V32 highest = hn::Set(I32(), static_cast<std::int32_t>(kMax32 >> bits));
    const V32 lowest = hn::Set(I32(), static_cast<std::int32_t>(kMin32 >> bits));
    each(v, n, [=](V32 a) HWY_ATTR {
        const I32 d;
        const V32 shifted = hn::ShiftLeftSame(a, bits);
        const V32 high = hn::IfThenElse(hn::Gt(a, highest),
                                        hn::Set(d, static_cast<std::int32_t>(kMax32)), shifted);
        return hn::IfThenElse(hn::Lt(a, lowest), hn::Set(d, static_cast<std::int32_t>(kMin32)),
                              high);
    });
}

// v = sat(32)(RHA((v + o) * m, shift)), the sum in 33 bits. With prelu a sum >= 0 stays (low 32
// bits).
HWY_NOINLINE void sum_multiply_lines(std::int32_t* HWY_RESTRICT v,
                                     const std::int32_t* HWY_RESTRICT o,
                                     const std::int32_t* HWY_RESTRICT m, std::size_t n,
                                     unsigned shift, bool prelu) {
    const I32 d;
    const RoundingShift round(shift);
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
        const V32 a = hn::Load(d, v + i);
        const V32 b = hn::Load(d, o + i);
        const V32 factor = hn::Load(d, m + i);
        const Wide product = add(multiply(a, factor), multiply(b, factor));
        V32 result = join(clamp(round(product), kMin32, kMax32));
        if (prelu) {
            const Sum sum = wrapping_add(a, b);
            const V32 sign = hn::IfThenElse(sum.overflows, a, sum.wrapped);
            result = hn::IfThenElse(hn::Lt(sign, hn::Zero(d)), result, sum.wrapped);
        }
        hn::Store(result, d, v + i);
    }
}

// v = sat(32)(RHA(v * m, shift)); shift below 63.
HWY_NOINLINE void multiply_lines(std::int32_t* HWY_RESTRICT v, const std::int32_t* HWY_RESTRICT m,
                                 std::size_t n, unsigned shift, bool prelu) {
    const RoundingShift round(shift);
    each(v, m, n, [&](V32 a, V32 factor) HWY_ATTR {
        const V32 result = join(clamp(round(multiply(a, factor)), kMin32, kMax32));
        if (!prelu) return result;
        return hn::IfThenElse(hn::Lt(a, hn::Zero(I32())), result, a);
    });
}

// The same with nothing to multiply by.
HWY_NOINLINE void sum_shift_lines(std::int32_t* v, const std::int32_t* o, std::size_t n,
                                  unsigned shift) {
    const RoundingShift round(shift);
    each(v, o, n, [&](V32 a, V32 b) HWY_ATTR {
        const V32 one = hn::Set(I32(), 1);
        const Wide sum = add(multiply(a, one), multiply(b, one));
        return join(clamp(round(sum), kMin32, kMax32));
    });
}

HWY_NOINLINE void shift_lines(std::int32_t* v, std::size_t n, unsigned shift) {
    const RoundingShift round(shift);
    each(v, n, [&](V32 a) HWY_ATTR { return join(round(multiply(a, hn::Set(I32(), 1)))); });
}

// RHA((v - offset) * scale, shift) of 33-bit differences.
class ScaleShift {
  public:
    ScaleShift(std::int32_t offset, std::int32_t scale, unsigned shift)
        : scale_(scale), product_(std::int64_t{offset} * scale), round_(shift) {}

    HWY_INLINE Wide operator()(V32 v) const {
        const Wide product = multiply(v, hn::Set(I32(), scale_));
        const V64 base = hn::Set(I64(), product_);
        return round_({hn::Sub(product.even, base), hn::Sub(product.odd, base)});
    }

  private:
    std::int32_t scale_;
    std::int64_t product_;
    RoundingShift round_;
};

HWY_NOINLINE void convert_operand_lines(std::int32_t* v, std::size_t n, std::int32_t offset,
                                        std::int32_t scale, unsigned shift) {
    const ScaleShift convert(offset, scale, shift);
    each(v, n, [&](V32 a) HWY_ATTR { return join(clamp(convert(a), kMin32, kMax32)); });
}

constexpr std::int64_t kMax17 = 65535;
constexpr std::int64_t kMin17 = -65536;

// Output converter up to sat(17), in place; returns how many of the first n elements clamped.
HWY_NOINLINE std::size_t convert_output_lines(std::int32_t* v, std::size_t n, std::int32_t offset,
                                              std::int32_t scale, unsigned shift) {
    const I32 d;
    const ScaleShift convert(offset, scale, shift);
    const V32 least = hn::Set(d, static_cast<std::int32_t>(kMin17));
    const V32 most = hn::Set(d, static_cast<std::int32_t>(kMax17));
    std::size_t saturated = 0;
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
        const V32 exact = join(clamp(convert(hn::Load(d, v + i)), kMin17 - 1, kMax17 + 1));
        const V32 result = hn::Min(hn::Max(exact, least), most);
        const auto clamped = hn::And(hn::Ne(result, exact), hn::FirstN(d, n - i));
        saturated += hn::CountTrue(d, clamped);
        hn::Store(result, d, v + i);
    }
    return saturated;
}

// Saturates to int8 or int16. dst need not be aligned.
template <class Narrow>
HWY_INLINE void store_narrow(const std::int32_t* values, std::size_t n, std::uint8_t* dst) {
    const I32 d;
    const hn::Rebind<Narrow, I32> narrow;
    const std::size_t lanes = hn::Lanes(d);
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        hn::StoreU(hn::DemoteTo(narrow, hn::Load(d, values + i)), narrow,
                   reinterpret_cast<Narrow*>(dst) + i);
    }
    if (i == n) return;
    HWY_ALIGN Narrow rest[hn::MaxLanes(I32())];
    hn::Store(hn::DemoteTo(narrow, hn::Load(d, values + i)), narrow, rest);
    std::memcpy(dst + i * sizeof(Narrow), rest, (n - i) * sizeof(Narrow));
}

// Sign-extends int8 or int16 and pads to a whole vector with zeros.
template <class Narrow>
HWY_INLINE void load_wide(const std::uint8_t* src, std::size_t n, std::int32_t* values) {
    const I32 d;
    const hn::Rebind<Narrow, I32> narrow;
    const std::size_t lanes = hn::Lanes(d);
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        hn::Store(hn::PromoteTo(d, hn::LoadU(narrow, reinterpret_cast<const Narrow*>(src) + i)), d,
                  values + i);
    }
    if (i == n) return;
    HWY_ALIGN Narrow rest[hn::MaxLanes(I32())] = {};
    std::memcpy(rest, src + i * sizeof(Narrow), (n - i) * sizeof(Narrow));
    hn::Store(hn::PromoteTo(d, hn::Load(narrow, rest)), d, values + i);
}

}  // namespace dla::sdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
