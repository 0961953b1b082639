// SPDX-License-Identifier: Apache-2.0
// fp16 averages in vectors. An fp17 number is held as the fp32 pattern of the same value
// (numerics/float_lanes-inl.hpp).
#include <algorithm>

#include "dla_tlm/numerics/numerics.hpp"
#include "dla_tlm/pdp/pdp_kernel_fast.hpp"
#include "dla_tlm/pdp/pdp_window.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dla_tlm/pdp/pdp_average_fp16_fast.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#if HWY_TARGET != HWY_SCALAR
#include "dla_tlm/numerics/float_lanes-inl.hpp"
#endif

HWY_BEFORE_NAMESPACE();
namespace dla::pdp::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

bool average_line_fp16(const PdpOp&, const PlaneView&, unsigned, std::uint8_t*) {
    return false;
}

#else
namespace hn = hwy::HWY_NAMESPACE;

// Half an atom of nv_full, the build with fp16.
using I32 = hn::CappedTag<std::int32_t, 8>;
using I16 = hn::Rebind<std::int16_t, I32>;
using V = hn::Vec<I32>;

namespace fp = numerics::HWY_NAMESPACE;

std::int32_t wide_pattern(std::uint32_t fp17) {
    return static_cast<std::int32_t>(numerics::fp17_to_fp32(fp17));
}

// What all windows of a line share.
struct Constants {
    std::int32_t pad_value[kPadValues];
    std::int32_t below_above[kPadValues];  // times the kernel width
    std::int32_t recip_width;
    std::int32_t recip_height;
    bool flush;
};

Constants constants_of(const PdpOp& op) {
    Constants c{};
    const std::uint32_t width = numerics::fixed_to_fp17(op.kernel_width, 0);
    for (unsigned n = 0; n < kPadValues; ++n) {
        const auto pattern = static_cast<std::uint32_t>(op.pad_value[n]);
        c.pad_value[n] = wide_pattern(pattern);
        c.below_above[n] = wide_pattern(numerics::fp17_mul(pattern, width));
    }
    c.recip_width = wide_pattern(op.recip_width);
    c.recip_height = wide_pattern(op.recip_height);
    c.flush = op.nan_to_zero && !op.on_the_fly;
    return c;
}

// One vector of lanes of one window; false if one of their inputs is not a number.
HWY_INLINE bool average_window(const PdpOp& op, const Constants& c, const PlaneView& src,
                               WindowRange columns, WindowRange lines, std::size_t offset,
                               std::uint8_t* dst) {
    const I32 d;
    const I16 narrow_tag;
    auto nans = hn::MaskFromVec(hn::Zero(d));
    const auto load = [&](unsigned y, unsigned x) {
        const auto* place = reinterpret_cast<const std::int16_t*>(
            src.line(y) + std::size_t{x} * op.atom_bytes + offset);
        V pattern = hn::PromoteTo(d, hn::LoadU(narrow_tag, place));
        const auto nan = hn::Gt(hn::And(pattern, hn::Set(d, 0x7fff)), hn::Set(d, 0x7c00));
        if (c.flush) {
            pattern = hn::IfThenZeroElse(nan, pattern);
        } else {
            nans = hn::Or(nans, nan);
        }
        return fp::widen_fp16(pattern, fp::kFp17Largest);
    };
    const unsigned missing_columns = op.kernel_width - columns.size();
    const unsigned missing_lines = op.kernel_height - lines.size();
    V sum = hn::Zero(d);
    for (unsigned y = lines.begin; y < lines.end; ++y) {
        V line = load(y, columns.begin);
        for (unsigned x = columns.begin + 1; x < columns.end; ++x)
            line = fp::add_fp17_numbers(line, load(y, x));
        if (missing_columns > 0)
            line = fp::add_fp17_numbers(line, hn::Set(d, c.pad_value[missing_columns]));
        sum = y == lines.begin ? line : fp::add_fp17_numbers(line, sum);
    }
    if (missing_lines > 0)
        sum = fp::add_fp17_numbers(sum, hn::Set(d, c.below_above[missing_lines]));
    if (!hn::AllFalse(d, nans)) return false;
    const V by_width = fp::mul_fp17_numbers(sum, hn::Set(d, c.recip_width));
    const V average = fp::mul_fp17_numbers(by_width, hn::Set(d, c.recip_height));
    hn::StoreU(hn::DemoteTo(narrow_tag, fp::narrow_to_fp16(average)), narrow_tag,
               reinterpret_cast<std::int16_t*>(dst + offset));
    return true;
}

bool average_line_fp16(const PdpOp& op, const PlaneView& src, unsigned y, std::uint8_t* dst) {
    constexpr I32 kTag;
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
