// SPDX-License-Identifier: Apache-2.0
// The integer input transform of Winograd for a whole line of tiles, channels side by side: the
// fast form of winograd_transform.hpp. spec: conv-pipeline.md section 9.
//
//   WinogradLine line;
//   line.resize(columns, channels);
//   line.row(y)[x * channels + c] = d;                         // y 0..3
//   line.transform_rows();
//   line.operands(position, tile, pra_truncate, 127, out);     // channels values of tile
#pragma once

#include <cstddef>
#include <cstdint>

#include "dla_tlm/common/aligned_buffer.hpp"

namespace dla::csc {

class WinogradLine {
  public:
    static constexpr std::size_t kRows = 4;

    void resize(std::size_t columns, std::size_t channels) {
        channels_ = channels;
        row_size_ = columns * channels;
        values_.resize(kRows * row_size_);
    }
    std::int32_t* row(std::size_t y) { return values_.data() + y * row_size_; }

    // The first step, on the four rows of all tiles; in place.
    void transform_rows();
    // The second step, on the columns of one tile, for position 4 * row + column, shifted with
    // rounding and saturated to [-greatest - 1, greatest]; channels values to out.
    void operands(std::size_t position, std::size_t tile, unsigned truncate, std::int32_t greatest,
                  std::int32_t* out) const;

  private:
    AlignedBuffer<std::int32_t> values_;
    std::size_t channels_ = 0;
    std::size_t row_size_ = 0;
};

}  // namespace dla::csc
