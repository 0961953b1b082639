// SPDX-License-Identifier: Apache-2.0
// Moving elements between atoms and planes, one line at a time: pure, no SystemC, no allocation.
// spec: bdma-rubik.md part B.
//
//   contract: for i in 0..stride_x-1: spread_atoms(op, input_line_of_block_i, i, output_line)
//   split:    extract_plane(op, atoms, lane, plane_line)
//   merge:    insert_plane(op, plane_line, lane, atoms)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dla_tlm/rubik/rubik_op.hpp"

namespace dla::rubik {

// Bytes of one line of a plane: whole units of 32 bytes.
constexpr std::size_t kPlaneLineUnit = 32;
inline std::size_t plane_line_bytes(const RubikOp& op) {
    const std::size_t used = std::size_t{op.width} * op.element_bytes;
    return (used + kPlaneLineUnit - 1) / kPlaneLineUnit * kPlaneLineUnit;
}

// Whole atoms: atom x of src becomes atom x * stride_x + phase of dst.
void spread_atoms(const RubikOp& op, std::span<const std::uint8_t> src, unsigned phase,
                  std::span<std::uint8_t> dst);
// Lane of every atom into a plane's line; the rest of the line is 0.
void extract_plane(const RubikOp& op, std::span<const std::uint8_t> atoms, unsigned lane,
                   std::span<std::uint8_t> plane_line);
// A plane's line into a lane of every atom; other lanes keep what they hold.
void insert_plane(const RubikOp& op, std::span<const std::uint8_t> plane_line, unsigned lane,
                  std::span<std::uint8_t> atoms);

}  // namespace dla::rubik
