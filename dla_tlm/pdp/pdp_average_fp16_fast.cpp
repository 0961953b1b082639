// SPDX-License-Identifier: Apache-2.0
// fp16 averages in vectors. An fp17 number is held as the single-precision number of the same
// value; an addition or multiplication is done in single precision and brought back to 10 fraction
// bits, which gives the once-rounded result because 24 bits are more than twice 11.
#include <algorithm>
#include <bit>

#include "dla_tlm/numerics/numerics.hpp"
#include "dla_tlm/pdp/pdp_kernel_fast.hpp"
#include "dla_tlm/pdp/pdp_window.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dla_tlm/pdp/pdp_average_fp16_fast.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace dla::pdp::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

bool average_line_fp16(const PdpOp&, const PlaneView&, unsigned, std::uint8_t*) {
    return false;
}

#else
namespace hn = hwy::HWY_NAMESPACE;

// Half an atom of nv_full, the build with fp16.
using F32 = hn::CappedTag<float, 8>;
using I32 = hn::RebindToSigned<F32>;
using I16 = hn::Rebind<std::int16_t, I32>;
using VF = hn::Vec<F32>;
using VI = hn::Vec<I32>;

constexpr std::int32_t kSignBit = std::int32_t{1} << 31;
constexpr int kDroppedBits = 13;  // fraction bits of single precision beyond fp17's

HWY_INLINE float smallest_normal() {
    return std::bit_cast<float>((127U - 30U) << 23);
}
HWY_INLINE float greatest_finite() {
    return std::bit_cast<float>((127U + 31U) << 23 | 0x3ffU << kDroppedBits);
}

HWY_INLINE VF nearest_even(VF v) {
    const F32 d;
    const I32 di;
    const VI bits = hn::BitCast(di, v);
    const VI odd = hn::And(hn::ShiftRight<kDroppedBits>(bits), hn::Set(di, 1));
    const VI half = hn::Set(di, (1 << (kDroppedBits - 1)) - 1);
    const VI rounded = hn::Add(hn::Add(bits, half), odd);
    return hn::BitCast(d, hn::And(rounded, hn::Set(di, -(1 << kDroppedBits))));
}

// Overflow gives the largest finite number; vanishing: where the result counts as 0.
HWY_INLINE VF finish(VF rounded, hn::Mask<F32> vanishing) {
    const F32 d;
    const VF magnitude = hn::Min(hn::Abs(rounded), hn::Set(d, greatest_finite()));
    return hn::CopySign(hn::IfThenZeroElse(vanishing, magnitude), rounded);
}

HWY_INLINE VF add(VF a, VF b) {
    const F32 d;
    const VF sum = hn::Add(a, b);
    // An exact zero takes the sign of the first operand.
    const VF signed_sum = hn::IfThenElse(hn::Eq(sum, hn::Zero(d)), hn::CopySign(sum, a), sum);
    const auto vanishing = hn::Lt(hn::Abs(sum), hn::Set(d, smallest_normal()));
    return finish(nearest_even(signed_sum), vanishing);
}

HWY_INLINE VF multiply(VF a, VF b) {
    const F32 d;
    const VF rounded = nearest_even(hn::Mul(a, b));
    return finish(rounded, hn::Lt(hn::Abs(rounded), hn::Set(d, smallest_normal())));
}

// fp16 to the value of its fp17; infinity becomes the largest finite number.
HWY_INLINE VF widen(VI pattern) {
    const F32 d;
    const I32 di;
    const VI magnitude = hn::And(pattern, hn::Set(di, 0x7fff));
    const VF scale = hn::Set(d, std::bit_cast<float>((127U + 112U) << 23));
    // The fields in place, as if fp16 had the bias of single precision; the product corrects it and
    // normalises denormals.
    const VF value = hn::Mul(hn::BitCast(d, hn::ShiftLeft<kDroppedBits>(magnitude)), scale);
    const auto infinite = hn::RebindMask(d, hn::Eq(magnitude, hn::Set(di, 0x7c00)));
    const VF finite = hn::IfThenElse(infinite, hn::Set(d, greatest_finite()), value);
    const VI sign = hn::And(hn::ShiftLeft<16>(pattern), hn::Set(di, kSignBit));
    return hn::BitCast(d, hn::Or(hn::BitCast(di, finite), sign));
}

// Back to fp16 patterns: denormals rounded to even, overflow to the largest finite number.
HWY_INLINE VI narrow(VF v) {
    const F32 d;
    const I32 di;
    const VF magnitude = hn::Min(hn::Abs(v), hn::Set(d, 65504.0F));
    const VI bits = hn::BitCast(di, magnitude);
    const VI normal = hn::ShiftRight<kDroppedBits>(hn::Sub(bits, hn::Set(di, 112 << 23)));
    // 0.5 has the last place of fp16 denormals as its own last place.
    const VF half = hn::Set(d, 0.5F);
    const VI denormal = hn::Sub(hn::BitCast(di, hn::Add(magnitude, half)), hn::BitCast(di, half));
    const auto small = hn::Lt(bits, hn::Set(di, (127 - 14) << 23));
    const VI sign = hn::And(hn::ShiftRight<16>(hn::BitCast(di, v)), hn::Set(di, 0x8000));
    return hn::Or(hn::IfThenElse(small, denormal, normal), sign);
}

HWY_INLINE float fp17_value(std::uint32_t pattern) {
    return std::bit_cast<float>(numerics::fp17_to_fp32(pattern));
}

// What all windows of a line share.
struct Constants {
    float pad_value[kPadValues];
    float below_above[kPadValues];  // times the kernel width
    float recip_width;
    float recip_height;
    bool flush;
};

Constants constants_of(const PdpOp& op) {
    Constants c{};
    const std::uint32_t width = numerics::fixed_to_fp17(op.kernel_width, 0);
    for (unsigned n = 0; n < kPadValues; ++n) {
        const auto pattern = static_cast<std::uint32_t>(op.pad_value[n]);
        c.pad_value[n] = fp17_value(pattern);
        c.below_above[n] = fp17_value(numerics::fp17_mul(pattern, width));
    }
    c.recip_width = fp17_value(op.recip_width);
    c.recip_height = fp17_value(op.recip_height);
    c.flush = op.nan_to_zero && !op.on_the_fly;
    return c;
}

// One vector of lanes of one window; false if one of their inputs is not a number.
HWY_INLINE bool average_window(const PdpOp& op, const Constants& c, const PlaneView& src,
                               WindowRange columns, WindowRange lines, std::size_t offset,
                               std::uint8_t* dst) {
    const F32 d;
    const I32 di;
    const I16 narrow_tag;
    auto nans = hn::MaskFromVec(hn::Zero(di));
    const auto load = [&](unsigned y, unsigned x) {
        const auto* place = reinterpret_cast<const std::int16_t*>(
            src.line(y) + std::size_t{x} * op.atom_bytes + offset);
        VI pattern = hn::PromoteTo(di, hn::LoadU(narrow_tag, place));
        const auto nan = hn::Gt(hn::And(pattern, hn::Set(di, 0x7fff)), hn::Set(di, 0x7c00));
        if (c.flush) {
            pattern = hn::IfThenZeroElse(nan, pattern);
        } else {
            nans = hn::Or(nans, nan);
        }
        return widen(pattern);
    };
    const unsigned missing_columns = op.kernel_width - columns.size();
    const unsigned missing_lines = op.kernel_height - lines.size();
    VF sum = hn::Zero(d);
    for (unsigned y = lines.begin; y < lines.end; ++y) {
        VF line = load(y, columns.begin);
        for (unsigned x = columns.begin + 1; x < columns.end; ++x)
            line = add(line, load(y, x));
        if (missing_columns > 0) line = add(line, hn::Set(d, c.pad_value[missing_columns]));
        sum = y == lines.begin ? line : add(line, sum);
    }
    if (missing_lines > 0) sum = add(sum, hn::Set(d, c.below_above[missing_lines]));
    if (!hn::AllFalse(di, nans)) return false;
    const VF by_width = multiply(sum, hn::Set(d, c.recip_width));
    const VI result = narrow(multiply(by_width, hn::Set(d, c.recip_height)));
    const VI wrapped = hn::ShiftRight<16>(hn::ShiftLeft<16>(result));
    hn::StoreU(hn::DemoteTo(narrow_tag, wrapped), narrow_tag,
               reinterpret_cast<std::int16_t*>(dst + offset));
    return true;
}

bool average_line_fp16(const PdpOp& op, const PlaneView& src, unsigned y, std::uint8_t* dst) {
    constexpr F32 kTag;
    if (op.atom_bytes % (2 * hn::Lanes(kTag)) != 0) return false;
    const Constants c = constants_of(op);
    const WindowRange lines = window_lines(op, y);
    for (unsigned x = 0; x < op.out_width; ++x, dst += op.atom_bytes) {
        const WindowRange columns = window_columns(op, x);
        for (std::size_t offset = 0; offset < op.atom_bytes; offset += 2 * hn::Lanes(kTag)) {
            if (!average_window(op, c, src, columns, lines, offset, dst)) return false;
        }
    }
    return true;
}

#endif
}  // namespace dla::pdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dla::pdp {
namespace {

HWY_EXPORT(average_line_fp16);

bool is_number(std::uint32_t fp17) {
    return numerics::Fp17::exponent(fp17) < numerics::Fp17::kExponentMax;
}

bool constants_are_numbers(const PdpOp& op) {
    return is_number(op.recip_width) && is_number(op.recip_height) &&
           std::ranges::all_of(op.pad_value, [](std::int32_t pattern) {
               return is_number(static_cast<std::uint32_t>(pattern));
           });
}

}  // namespace

bool average_line_fp16_fast(const PdpOp& op, const PlaneView& src, unsigned y, std::uint8_t* dst) {
    return constants_are_numbers(op) && HWY_DYNAMIC_DISPATCH(average_line_fp16)(op, src, y, dst);
}

}  // namespace dla::pdp
#endif
