// SPDX-License-Identifier: Apache-2.0
// Normalisation arithmetic on a run of pixels: pure, no SystemC, registers, log or allocation.
// spec: cdp.md sections 2 to 5.
//
//   normalize(op, tables, {line, surface_stride}, op.width, dst, dst_surface_stride, counts);
//
// Whole atoms are written; lanes beyond the channels are computed from 0.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dla_tlm/cdp/cdp_op.hpp"
#include "dla_tlm/lut/lut_memory.hpp"

namespace dla::cdp {

// Neighbouring pixels of one line: the first pixel's atom in surface 0 and the way to the others.
struct PixelView {
    const std::uint8_t* data;
    std::size_t surface_stride;
};

// What the statistics registers show; added to, never cleared.
struct CdpCounts {
    std::uint64_t lut_underflow = 0;  // LUT counters only with op.count_lut
    std::uint64_t lut_overflow = 0;
    std::uint64_t lut_le_hit = 0;
    std::uint64_t lut_lo_hit = 0;
    std::uint64_t lut_hybrid = 0;
    std::uint64_t saturated = 0;
    std::uint64_t nan_inputs = 0;
    std::uint64_t inf_inputs = 0;
    std::uint64_t nan_outputs = 0;

    bool operator==(const CdpCounts&) const = default;
};

void normalize(const CdpOp& op, const lut::Tables& tables, const PixelView& src, unsigned pixels,
               std::uint8_t* dst, std::size_t dst_surface_stride, CdpCounts& counts);
// The same, written for the eye.
void normalize_reference(const CdpOp& op, const lut::Tables& tables, const PixelView& src,
                         unsigned pixels, std::uint8_t* dst, std::size_t dst_surface_stride,
                         CdpCounts& counts);

}  // namespace dla::cdp
