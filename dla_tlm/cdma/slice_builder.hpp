// SPDX-License-Identifier: Apache-2.0
// Builds the CBUF content of one slice from lines in memory: feature atoms packed into entries,
// image lines converted and padded, Winograd tiles with folded strides.
// spec: conv-pipeline.md sections 3, 4 and 9.
//
//   SliceBuilder builder(op);
//   builder.feature(lines_of_each_surface, slice);     // slice: slice_entries() * entry_bytes
//   registers.set(..., builder.non_finite().nan);
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "dla_tlm/cdma/cdma_op.hpp"

namespace dla::cdma {

using Bytes = std::span<const std::uint8_t>;

class SliceBuilder {
  public:
    explicit SliceBuilder(const CdmaOp& op);

    // surface_lines[a]: the line's width atoms of surface a.
    void feature(std::span<const Bytes> surface_lines, std::span<std::uint8_t> slice);

    // From the x offset on: width pixels of each plane (plane1 empty unless semi-planar).
    void image(Bytes plane0, Bytes plane1, std::span<std::uint8_t> slice);

    // Lines of the cube, [line * surfaces + surface], for the padded rows of the slice from
    // first_row() to first_row() + 4 * stride_y; empty where a row is padding.
    void winograd(std::span<const Bytes> lines, std::span<std::uint8_t> slice);

    NonFinite non_finite() const { return counters_; }

  private:
    Bytes converted(Bytes atoms);
    void fold_row(Bytes atoms, unsigned surface, unsigned row, std::span<std::uint8_t> slice);

    const CdmaOp op_;
    Converter converter_;
    NonFinite counters_;
    std::vector<std::uint8_t> raw_;
    std::vector<std::uint8_t> line_;
};

}  // namespace dla::cdma
