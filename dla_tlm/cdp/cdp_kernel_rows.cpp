// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdp/cdp_kernel_rows.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "dla_tlm/cdp/cdp_element.hpp"

namespace dla::cdp {
namespace {

using numerics::fp32_add;

// int8, int16 elements: exact integers. fp16 elements (std::uint16_t): squares as fp32 patterns.
template <class T>
using Square = std::conditional_t<std::is_same_v<T, std::uint16_t>, std::uint32_t, std::int64_t>;

template <class T>
T load(const std::uint8_t* place) {
    T value;
    std::memcpy(&value, place, sizeof(T));
    return value;
}

// Calls body(channel, place of the element) for all lanes of a pixel.
template <class T, class Byte, class Body>
void for_elements(const CdpOp& op, Byte* pixel, std::size_t surface_stride, const Body& body) {
    unsigned channel = 0;
    for (unsigned surface = 0; surface < op.surfaces(); ++surface, pixel += surface_stride) {
        for (std::size_t i = 0; i < op.atom_bytes; i += sizeof(T))
            body(channel++, pixel + i);
    }
}

void put(Rows<std::int64_t>& rows, std::size_t place, std::int64_t y) {
    rows.y[place] = static_cast<std::int32_t>(y);
    rows.square[place] = y * y;
}

void put(Rows<std::uint32_t>& rows, std::size_t place, std::uint32_t y) {
    rows.y[place] = static_cast<std::int32_t>(y);
    const std::uint32_t wide = numerics::fp17_to_fp32(y);
    rows.square[place] = numerics::fp32_mul(wide, wide);
}

template <class T>
void convert_pixel(const CdpOp& op, const std::uint8_t* pixel, std::size_t surface_stride,
                   Rows<Square<T>>& rows, CdpCounts& counts) {
    const std::size_t used = std::size_t{op.surfaces()} * op.lanes() + 2 * kMargin;
    std::fill_n(rows.y.begin(), used, 0);
    std::fill_n(rows.square.begin(), used, Square<T>{0});
    for_elements<T>(op, pixel, surface_stride, [&](unsigned channel, const std::uint8_t* place) {
        const T x = load<T>(place);
        if constexpr (std::is_same_v<T, std::uint16_t>) {
            counts.nan_inputs += numerics::fp16_is_nan(x);
            counts.inf_inputs += numerics::fp16_is_inf(x);
            if (channel >= op.channels) return;
            const std::uint16_t number = op.nan_to_zero ? numerics::fp16_nan_to_zero(x) : x;
            put(rows, kMargin + channel, numerics::fp16_to_fp17(number));
        } else if (channel < op.channels) {
            put(rows, kMargin + channel, convert_input(op, x));
        }
    });
}

std::int64_t window_sum(const CdpOp& op, const Rows<std::int64_t>& rows, std::size_t place) {
    if (op.square_sum_bypass) return rows.y[place];
    std::int64_t sum = 0;
    for (std::size_t k = place - op.window / 2; k <= place + op.window / 2; ++k)
        sum += rows.square[k];
    return sum;
}

// The adder tree: the neighbours pair by pair, the centre with the first pair.
std::uint32_t window_sum(const CdpOp& op, const Rows<std::uint32_t>& rows, std::size_t place) {
    if (op.square_sum_bypass) {
        return numerics::fp17_to_fp32(static_cast<std::uint32_t>(rows.y[place]));
    }
    const auto pair = [&](std::size_t distance) {
        return fp32_add(rows.square[place - distance], rows.square[place + distance]);
    };
    std::uint32_t sum = fp32_add(pair(1), rows.square[place]);
    for (std::size_t distance = 2; distance <= op.window / 2; ++distance)
        sum = fp32_add(sum, pair(distance));
    return sum;
}

std::int64_t finish(const CdpOp& op, std::int64_t t, std::int32_t y, CdpCounts& counts) {
    const Converted z = convert_output(op, op.multiply_bypass ? t : t * y);
    counts.saturated += z.saturated;
    return z.value;
}

std::uint16_t finish(const CdpOp& op, std::uint32_t t, std::int32_t row_y, CdpCounts& counts) {
    const auto y = static_cast<std::uint32_t>(row_y);
    std::uint32_t product = t;
    if (!op.multiply_bypass) {
        product = numerics::fp17_mul(t, y);
    } else if (numerics::fp17_is_nan(y)) {
        product = y;
    }
    const std::uint16_t z = numerics::fp17_to_fp16(product);
    counts.nan_outputs += numerics::fp16_is_nan(z);
    return z;
}

auto look_up(const CdpOp& op, const lut::Tables& tables, std::int64_t q) {
    return lookup(op, tables, q);
}
auto look_up(const CdpOp& op, const lut::Tables& tables, std::uint32_t q) {
    return lookup_fp16(op, tables, q);
}

template <class T>
void normalize_pixels(const CdpOp& op, const lut::Tables& tables, const PixelView& src,
                      unsigned pixels, std::uint8_t* dst, std::size_t dst_surface_stride,
                      CdpCounts& counts) {
    Rows<Square<T>> rows;
    for (unsigned x = 0; x < pixels; ++x) {
        const std::size_t first = std::size_t{x} * op.atom_bytes;
        convert_pixel<T>(op, src.data + first, src.surface_stride, rows, counts);
        for_elements<T>(op, dst + first, dst_surface_stride,
                        [&](unsigned channel, std::uint8_t* place) {
                            const std::size_t i = kMargin + channel;
                            const auto t = look_up(op, tables, window_sum(op, rows, i));
                            if (op.count_lut) count_lookup(t.le, t.lo, counts);
                            const T z = static_cast<T>(finish(op, t.value, rows.y[i], counts));
                            std::memcpy(place, &z, sizeof(T));
                        });
    }
}

}  // namespace

void normalize_by_rows(const CdpOp& op, const lut::Tables& tables, const PixelView& src,
                       unsigned pixels, std::uint8_t* dst, std::size_t dst_surface_stride,
                       CdpCounts& counts) {
    const auto run = op.precision == Precision::kInt8    ? normalize_pixels<std::int8_t>
                     : op.precision == Precision::kInt16 ? normalize_pixels<std::int16_t>
                                                         : normalize_pixels<std::uint16_t>;
    run(op, tables, src, pixels, dst, dst_surface_stride, counts);
}

}  // namespace dla::cdp
