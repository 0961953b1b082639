// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/pdp/pdp_kernel.hpp"

#include <cstring>
#include <limits>

#include "dla_tlm/numerics/numerics.hpp"
#include "dla_tlm/pdp/pdp_window.hpp"

namespace dla::pdp {
namespace {

using numerics::fp16_max;
using numerics::fp16_min;
using numerics::fp17_add;
using numerics::fp17_mul;
using numerics::round_shift_half_away;

constexpr unsigned kRecipFractionBits = 16;

template <class T>
T load(const PlaneView& src, unsigned y, std::size_t element) {
    T value;
    std::memcpy(&value, src.line(y) + element * sizeof(T), sizeof(T));
    return value;
}

// One lane of one surface: pixel(y, x).
template <class T>
struct Lane {
    const PlaneView& src;
    unsigned lane;
    unsigned lanes;

    T pixel(unsigned y, unsigned x) const { return load<T>(src, y, std::size_t{x} * lanes + lane); }
};

template <class T>
T extreme(const PdpOp& op, const Lane<T>& lane, WindowRange columns, WindowRange lines) {
    const bool max = op.method == PoolMethod::kMax;
    T best = max ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max();
    for (unsigned y = lines.begin; y < lines.end; ++y) {
        for (unsigned x = columns.begin; x < columns.end; ++x) {
            const T value = lane.pixel(y, x);
            best = max ? std::max(best, value) : std::min(best, value);
        }
    }
    return best;
}

template <class T>
T average(const PdpOp& op, const Lane<T>& lane, WindowRange columns, WindowRange lines) {
    std::int64_t sum = padding_sum(op, columns, lines);
    for (unsigned y = lines.begin; y < lines.end; ++y) {
        for (unsigned x = columns.begin; x < columns.end; ++x)
            sum += lane.pixel(y, x);
    }
    const std::int64_t by_width = round_shift_half_away(sum * op.recip_width, kRecipFractionBits);
    return static_cast<T>(round_shift_half_away(by_width * op.recip_height, kRecipFractionBits));
}

std::uint16_t fp16_pixel(const PdpOp& op, const Lane<std::uint16_t>& lane, unsigned y, unsigned x) {
    const std::uint16_t value = lane.pixel(y, x);
    return op.nan_to_zero && !op.on_the_fly ? numerics::fp16_nan_to_zero(value) : value;
}

// Operand order decides which of several NaN survives.
std::uint16_t fp16_extreme(const PdpOp& op, const Lane<std::uint16_t>& lane, WindowRange columns,
                           WindowRange lines) {
    const auto better = [&](std::uint16_t a, std::uint16_t b) {
        return op.method == PoolMethod::kMax ? fp16_max(a, b) : fp16_min(a, b);
    };
    std::uint16_t best = 0;
    for (unsigned y = lines.begin; y < lines.end; ++y) {
        std::uint16_t in_line = 0;
        for (unsigned x = columns.begin; x < columns.end; ++x) {
            const std::uint16_t value = fp16_pixel(op, lane, y, x);
            in_line = x == columns.begin ? value : better(in_line, value);
        }
        best = y == lines.begin ? in_line : better(in_line, best);
    }
    return best;
}

std::uint32_t fp16_line_sum(const PdpOp& op, const Lane<std::uint16_t>& lane, WindowRange columns,
                            unsigned y) {
    std::uint32_t sum = 0;
    for (unsigned x = columns.begin; x < columns.end; ++x) {
        const std::uint32_t value = numerics::fp16_to_fp17(fp16_pixel(op, lane, y, x));
        sum = x == columns.begin ? value : fp17_add(sum, value);
    }
    const unsigned padded = op.kernel_width - columns.size();
    if (padded == 0) return sum;
    return fp17_add(sum, static_cast<std::uint32_t>(pad_value(op, padded)));
}

std::uint16_t fp16_average(const PdpOp& op, const Lane<std::uint16_t>& lane, WindowRange columns,
                           WindowRange lines) {
    std::uint32_t sum = 0;
    for (unsigned y = lines.begin; y < lines.end; ++y) {
        const std::uint32_t line = fp16_line_sum(op, lane, columns, y);
        sum = y == lines.begin ? line : fp17_add(line, sum);
    }
    const unsigned padded = op.kernel_height - lines.size();
    if (padded != 0) {
        const std::uint32_t width = numerics::fixed_to_fp17(op.kernel_width, 0);
        sum = fp17_add(sum, fp17_mul(static_cast<std::uint32_t>(pad_value(op, padded)), width));
    }
    return numerics::fp17_to_fp16(fp17_mul(fp17_mul(sum, op.recip_width), op.recip_height));
}

template <class T>
T pool_element(const PdpOp& op, const Lane<T>& lane, WindowRange columns, WindowRange lines) {
    const bool is_average = op.method == PoolMethod::kAverage;
    if constexpr (std::is_same_v<T, std::uint16_t>) {
        return is_average ? fp16_average(op, lane, columns, lines)
                          : fp16_extreme(op, lane, columns, lines);
    } else {
        return is_average ? average(op, lane, columns, lines) : extreme(op, lane, columns, lines);
    }
}

template <class T>
void pool_line(const PdpOp& op, const PlaneView& src, unsigned y, std::uint8_t* dst) {
    const auto lanes = static_cast<unsigned>(op.atom_bytes / sizeof(T));
    const WindowRange lines = window_lines(op, y);
    for (unsigned x = 0; x < op.out_width; ++x) {
        const WindowRange columns = window_columns(op, x);
        for (unsigned lane = 0; lane < lanes; ++lane) {
            const T value = pool_element(op, Lane<T>{src, lane, lanes}, columns, lines);
            std::memcpy(dst + (std::size_t{x} * lanes + lane) * sizeof(T), &value, sizeof(T));
        }
    }
}

}  // namespace

unsigned ready_lines(const PdpOp& op, unsigned input_lines) {
    if (input_lines >= op.in_height) return op.out_height;
    // Output line y needs input lines below y * stride - pad + kernel.
    const std::int64_t spare = std::int64_t{input_lines} + op.pad_top - op.kernel_height;
    if (spare < 0) return 0;
    return std::min(op.out_height, static_cast<unsigned>(spare / op.stride_height) + 1);
}

unsigned first_input_line(const PdpOp& op, unsigned y) {
    return window_lines(op, y).begin;
}

void pool_lines_reference(const PdpOp& op, const PlaneView& src, unsigned first_line,
                          unsigned lines, std::uint8_t* dst, std::size_t dst_line_stride) {
    for (unsigned i = 0; i < lines; ++i, dst += dst_line_stride) {
        switch (op.precision) {
            case Precision::kInt8:
                pool_line<std::int8_t>(op, src, first_line + i, dst);
                break;
            case Precision::kInt16:
                pool_line<std::int16_t>(op, src, first_line + i, dst);
                break;
            case Precision::kFp16:
                pool_line<std::uint16_t>(op, src, first_line + i, dst);
                break;
        }
    }
}

SpecialCounts count_specials(std::span<const std::uint8_t> fp16_elements) {
    SpecialCounts counts;
    for (std::size_t i = 0; i + 1 < fp16_elements.size(); i += 2) {
        std::uint16_t value;
        std::memcpy(&value, &fp16_elements[i], sizeof(value));
        counts.nans += numerics::fp16_is_nan(value);
        counts.infinities += numerics::fp16_is_inf(value);
    }
    return counts;
}

}  // namespace dla::pdp
