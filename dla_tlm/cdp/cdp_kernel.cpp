// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdp/cdp_kernel.hpp"

#include <cstring>

#include "dla_tlm/cdp/cdp_element.hpp"

namespace dla::cdp {
namespace {

using numerics::fp32_add;
using numerics::fp32_mul;

// All channels of one pixel.
template <class T>
struct Pixel {
    const CdpOp& op;
    const std::uint8_t* data;
    std::size_t surface_stride;

    // As stored, channel below surfaces * lanes.
    T raw(unsigned channel) const {
        const unsigned lanes = op.lanes();
        T value;
        std::memcpy(&value,
                    data + (channel / lanes) * surface_stride + (channel % lanes) * sizeof(T),
                    sizeof(T));
        return value;
    }
};

// Channels outside the cube count as 0 after conversion.
template <class T>
std::int64_t converted(const Pixel<T>& pixel, std::int64_t channel) {
    if (channel < 0 || channel >= pixel.op.channels) return 0;
    return convert_input(pixel.op, pixel.raw(static_cast<unsigned>(channel)));
}

template <class T>
T normalize_element(const Pixel<T>& pixel, const lut::Tables& tables, unsigned channel,
                    CdpCounts& counts) {
    const CdpOp& op = pixel.op;
    const std::int64_t y = converted(pixel, channel);
    std::int64_t q = op.square_sum_bypass ? y : 0;
    const auto reach = static_cast<std::int64_t>(op.window / 2);
    for (std::int64_t k = channel - reach; k <= channel + reach && !op.square_sum_bypass; ++k) {
        const std::int64_t neighbour = converted(pixel, k);
        q += neighbour * neighbour;
    }
    const Lookup<std::int64_t> t = lookup(op, tables, q);
    if (op.count_lut) count_lookup(t.le, t.lo, counts);
    const Converted z = convert_output(op, op.multiply_bypass ? t.value : t.value * y);
    counts.saturated += z.saturated;
    return static_cast<T>(z.value);
}

std::uint32_t converted_fp16(const Pixel<std::uint16_t>& pixel, std::int64_t channel) {
    if (channel < 0 || channel >= pixel.op.channels) return 0;
    const std::uint16_t x = pixel.raw(static_cast<unsigned>(channel));
    return numerics::fp16_to_fp17(pixel.op.nan_to_zero ? numerics::fp16_nan_to_zero(x) : x);
}

std::uint32_t square_fp16(const Pixel<std::uint16_t>& pixel, std::int64_t channel) {
    const std::uint32_t y = numerics::fp17_to_fp32(converted_fp16(pixel, channel));
    return fp32_mul(y, y);
}

// The adder tree: the neighbours pair by pair, the centre with the first pair.
std::uint32_t window_sum_fp16(const Pixel<std::uint16_t>& pixel, std::int64_t channel) {
    const auto pair = [&](std::int64_t distance) {
        return fp32_add(square_fp16(pixel, channel - distance),
                        square_fp16(pixel, channel + distance));
    };
    std::uint32_t sum = fp32_add(pair(1), square_fp16(pixel, channel));
    for (std::int64_t distance = 2; distance <= pixel.op.window / 2; ++distance)
        sum = fp32_add(sum, pair(distance));
    return sum;
}

std::uint16_t normalize_fp16(const Pixel<std::uint16_t>& pixel, const lut::Tables& tables,
                             unsigned channel, CdpCounts& counts) {
    const CdpOp& op = pixel.op;
    const std::uint32_t y = converted_fp16(pixel, channel);
    const std::uint32_t q =
        op.square_sum_bypass ? numerics::fp17_to_fp32(y) : window_sum_fp16(pixel, channel);
    const Lookup<std::uint32_t> t = lookup_fp16(op, tables, q);
    if (op.count_lut) count_lookup(t.le, t.lo, counts);
    std::uint32_t product = t.value;
    if (!op.multiply_bypass) {
        product = numerics::fp17_mul(t.value, y);
    } else if (numerics::fp17_is_nan(y)) {
        product = y;
    }
    const std::uint16_t z = numerics::fp17_to_fp16(product);
    counts.nan_outputs += numerics::fp16_is_nan(z);
    return z;
}

template <class T>
void normalize_pixels(const CdpOp& op, const lut::Tables& tables, const PixelView& src,
                      unsigned pixels, std::uint8_t* dst, std::size_t dst_surface_stride,
                      CdpCounts& counts) {
    const unsigned lanes = op.lanes();
    for (unsigned x = 0; x < pixels; ++x) {
        const std::size_t place = std::size_t{x} * op.atom_bytes;
        const Pixel<T> pixel{op, src.data + place, src.surface_stride};
        for (unsigned channel = 0; channel < op.surfaces() * lanes; ++channel) {
            T value;
            if constexpr (std::is_same_v<T, std::uint16_t>) {
                counts.nan_inputs += numerics::fp16_is_nan(pixel.raw(channel));
                counts.inf_inputs += numerics::fp16_is_inf(pixel.raw(channel));
                value = normalize_fp16(pixel, tables, channel, counts);
            } else {
                value = normalize_element(pixel, tables, channel, counts);
            }
            std::memcpy(dst + place + (channel / lanes) * dst_surface_stride +
                            (channel % lanes) * sizeof(T),
                        &value, sizeof(T));
        }
    }
}

}  // namespace

void normalize_reference(const CdpOp& op, const lut::Tables& tables, const PixelView& src,
                         unsigned pixels, std::uint8_t* dst, std::size_t dst_surface_stride,
                         CdpCounts& counts) {
    const auto run = op.precision == Precision::kInt8    ? normalize_pixels<std::int8_t>
                     : op.precision == Precision::kInt16 ? normalize_pixels<std::int16_t>
                                                         : normalize_pixels<std::uint16_t>;
    run(op, tables, src, pixels, dst, dst_surface_stride, counts);
}

}  // namespace dla::cdp
