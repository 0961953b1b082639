// SPDX-License-Identifier: Apache-2.0
// fp16-layer stages over arrays of fp32 patterns, for one instruction set.
#if defined(DLA_SDP_LINES_FP_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DLA_SDP_LINES_FP_INL_HPP
#undef DLA_SDP_LINES_FP_INL_HPP
#else
#define DLA_SDP_LINES_FP_INL_HPP
#endif

#include "dla_tlm/numerics/float_lanes-inl.hpp"
#include "dla_tlm/sdp/sdp_element.hpp"
#include "dla_tlm/sdp/sdp_lines_int-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::sdp::HWY_NAMESPACE {

namespace fp = numerics::HWY_NAMESPACE;

// Sign-magnitude patterns in the order of integers.
HWY_INLINE V32 order_key(V32 v) {
    return hn::Xor(v, hn::And(hn::BroadcastSignBit(v), hn::Set(I32(), fp::kMagnitude)));
}

HWY_NOINLINE void max_lines_fp(std::int32_t* v, const std::int32_t* o, std::size_t n) {
    each(v, o, n, [](V32 a, V32 b) HWY_ATTR {
        return fp::first_nan(a, b, hn::IfThenElse(hn::Lt(order_key(a), order_key(b)), b, a));
    });
}

HWY_NOINLINE void min_lines_fp(std::int32_t* v, const std::int32_t* o, std::size_t n) {
    each(v, o, n, [](V32 a, V32 b) HWY_ATTR {
        return fp::first_nan(a, b, hn::IfThenElse(hn::Lt(order_key(a), order_key(b)), a, b));
    });
}

HWY_NOINLINE void add_lines_fp(std::int32_t* v, const std::int32_t* o, std::size_t n) {
    each(v, o, n, [](V32 a, V32 b) HWY_ATTR { return fp::add_fp32(a, b); });
}

HWY_NOINLINE void multiply_lines_fp(std::int32_t* v, const std::int32_t* m, std::size_t n,
                                    bool prelu) {
    each(v, m, n, [=](V32 a, V32 b) HWY_ATTR {
        const V32 product = fp::mul_fp32(a, b);
        return prelu ? hn::IfThenElse(hn::Lt(a, hn::Zero(I32())), product, a) : product;
    });
}

HWY_NOINLINE void relu_lines_fp(std::int32_t* v, std::size_t n) {
    each(v, n, [](V32 a) HWY_ATTR {
        return hn::IfThenElse(fp::is_nan(a), a, hn::Max(a, hn::Zero(I32())));
    });
}

HWY_NOINLINE void nan_to_zero_lines(std::int32_t* v, std::size_t n) {
    each(v, n, [](V32 a) HWY_ATTR { return hn::IfThenZeroElse(fp::is_nan(a), a); });
}

// fp16 patterns (in 32-bit lanes) to fp32, as numerics::fp16_to_fp32.
HWY_NOINLINE void widen_lines_fp(std::int32_t* v, std::size_t n) {
    each(v, n, [](V32 half) HWY_ATTR { return fp::widen_fp16(half, fp::kLargest); });
}

struct NarrowCounts {
    std::size_t nan = 0;
    std::size_t largest = 0;
};

// fp32 to fp16 patterns (sign-extended to 32-bit lanes), as numerics::fp32_to_fp16.
HWY_NOINLINE NarrowCounts narrow_lines_fp(std::int32_t* v, std::size_t n) {
    const I32 d;
    NarrowCounts counts;
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
        const V32 half = fp::narrow_to_fp16(hn::Load(d, v + i));
        const V32 size = hn::And(half, hn::Set(d, 0x7fff));
        const auto real = hn::FirstN(d, n - i);
        counts.nan += hn::CountTrue(d, hn::And(hn::Gt(size, hn::Set(d, 0x7c00)), real));
        counts.largest += hn::CountTrue(d, hn::And(hn::Eq(size, hn::Set(d, 0x7bff)), real));
        hn::Store(half, d, v + i);
    }
    return counts;
}

}  // namespace dla::sdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
