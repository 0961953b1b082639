// SPDX-License-Identifier: Apache-2.0
// Pooling arithmetic on one surface: pure, no SystemC, registers, log or allocation. spec: pdp.md
// 2-5.
//
//   const unsigned ready = ready_lines(op, input_lines_so_far);
//   pool_lines(op, plane, done, ready - done, dst, dst_line_stride);
//
// Total: any op gives some result without stepping outside the plane; it is the hardware's result
// where why_not(op) is empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dla_tlm/pdp/pdp_op.hpp"

namespace dla::pdp {

// Lines first_line, first_line + 1, ... of one surface, each in_width atoms.
struct PlaneView {
    const std::uint8_t* data;
    std::size_t line_stride;
    unsigned first_line = 0;

    const std::uint8_t* line(unsigned y) const { return data + (y - first_line) * line_stride; }
};

// How many output lines need nothing beyond the first input_lines lines of the surface.
unsigned ready_lines(const PdpOp& op, unsigned input_lines);
// First input line that output line y looks at.
unsigned first_input_line(const PdpOp& op, unsigned y);

// Output lines first_line .. first_line + lines - 1, out_width atoms each, to dst.
void pool_lines(const PdpOp& op, const PlaneView& src, unsigned first_line, unsigned lines,
                std::uint8_t* dst, std::size_t dst_line_stride);
// The same, written for the eye.
void pool_lines_reference(const PdpOp& op, const PlaneView& src, unsigned first_line,
                          unsigned lines, std::uint8_t* dst, std::size_t dst_line_stride);

// Not-numbers and infinities among fp16 elements, for the statistics registers.
struct SpecialCounts {
    std::uint64_t nans = 0;
    std::uint64_t infinities = 0;

    SpecialCounts& operator+=(const SpecialCounts& other) {
        nans += other.nans;
        infinities += other.infinities;
        return *this;
    }
};
SpecialCounts count_specials(std::span<const std::uint8_t> fp16_elements);

}  // namespace dla::pdp
