// SPDX-License-Identifier: Apache-2.0
// One pixel's channels, converted and squared once into rows with a margin of zeros on both sides:
// element c is at kMargin + c, so that a window needs no test for the border of the cube.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dla_tlm/cdp/cdp_kernel.hpp"

namespace dla::cdp {

constexpr std::size_t kMargin = 4;  // half of the widest window
constexpr std::size_t kSlack = 64;  // vectors may run over the end
constexpr std::size_t kRow = kMaxChannels + 2 * kMargin + kSlack;

template <class Square>
struct Rows {
    alignas(64) std::array<std::int32_t, kRow> y;
    std::array<Square, kRow> square;
};

// One pixel's atoms side by side, and back.
inline void gather_pixel(const CdpOp& op, const std::uint8_t* pixel, std::size_t surface_stride,
                         std::uint8_t* row) {
    for (unsigned s = 0; s < op.surfaces(); ++s)
        std::memcpy(row + s * op.atom_bytes, pixel + s * surface_stride, op.atom_bytes);
}
inline void scatter_pixel(const CdpOp& op, const std::uint8_t* row, std::uint8_t* pixel,
                          std::size_t surface_stride) {
    for (unsigned s = 0; s < op.surfaces(); ++s)
        std::memcpy(pixel + s * surface_stride, row + s * op.atom_bytes, op.atom_bytes);
}

// normalize for every precision and every table, element by element.
void normalize_by_rows(const CdpOp& op, const lut::Tables& tables, const PixelView& src,
                       unsigned pixels, std::uint8_t* dst, std::size_t dst_surface_stride,
                       CdpCounts& counts);

// normalize for fp16, in vectors.
void normalize_fp16_fast(const CdpOp& op, const lut::Tables& tables, const PixelView& src,
                         unsigned pixels, std::uint8_t* dst, std::size_t dst_surface_stride,
                         CdpCounts& counts);

}  // namespace dla::cdp
