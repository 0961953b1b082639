// SPDX-License-Identifier: Apache-2.0
// Winograd input transform of CSC ("PRA"): one 4x4 tile of data to one 4x4 tile of MAC operands.
// A tile has the layout of a CBUF entry: 128 bytes, pixel (x, y) at byte 32 * y + 8 * x, four
// 16-bit channels or eight int8 channels. spec: conv-pipeline.md section 9.
//
//   alignas(64) std::array<std::uint8_t, 128> tile, operands;
//   winograd_transform(Precision::kInt16, pra_truncate, tile, operands);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dla_tlm/common/hardware_config.hpp"

namespace dla::csc {

inline constexpr std::size_t kWinogradTileBytes = 128;

// truncate (0..2) applies to the integer formats. src and dst may be the same.
void winograd_transform(Precision precision, unsigned truncate,
                        std::span<const std::uint8_t, kWinogradTileBytes> src,
                        std::span<std::uint8_t, kWinogradTileBytes> dst);

}  // namespace dla::csc
