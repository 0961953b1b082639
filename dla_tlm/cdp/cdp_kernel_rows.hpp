// SPDX-License-Identifier: Apache-2.0
// One pixel's channels, converted and squared once into rows with a margin of zeros on both sides:
// element c is at kMargin + c, so that a window needs no test for the border of the cube.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

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

// normalize for every precision and every table, element by element.
void normalize_by_rows(const CdpOp& op, const lut::Tables& tables, const PixelView& src,
                       unsigned pixels, std::uint8_t* dst, std::size_t dst_surface_stride,
                       CdpCounts& counts);

}  // namespace dla::cdp
