// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/winograd_line.hpp"

#include <algorithm>

namespace dla::csc {

void WinogradLine::transform_rows() {
    std::int32_t* d0 = row(0);
    std::int32_t* d1 = row(1);
    std::int32_t* d2 = row(2);
    std::int32_t* d3 = row(3);
    for (std::size_t i = 0; i < row_size_; ++i) {
        const std::int32_t a = d0[i];
        const std::int32_t b = d1[i];
        const std::int32_t c = d2[i];
        d0[i] = a - c;
        d1[i] = b + c;
        d2[i] = c - b;
        d3[i] = b - d3[i];
    }
}

void WinogradLine::operands(std::size_t position, std::size_t tile, unsigned truncate,
                            std::int32_t greatest, std::int32_t* out) const {
    // Each operand is the first column plus or minus the second.
    struct Columns {
        std::size_t first, second;
        std::int32_t minus;  // -1: subtract
    };
    constexpr Columns kColumns[4] = {{0, 2, -1}, {1, 2, 0}, {2, 1, -1}, {1, 3, -1}};
    const Columns columns = kColumns[position % 4];
    const std::int32_t* from = values_.data() + position / 4 * row_size_ + 2 * tile * channels_;
    const std::int32_t* first = from + columns.first * channels_;
    const std::int32_t* second = from + columns.second * channels_;
    const std::int32_t half = truncate == 0 ? 0 : 1 << (truncate - 1);
    const std::int32_t down = truncate == 0 ? 0 : -1;  // ties of negative values
    for (std::size_t c = 0; c < channels_; ++c) {
        const std::int32_t v = first[c] + (second[c] ^ columns.minus) - columns.minus;
        const std::int32_t rounded = (v + half + ((v >> 31) & down)) >> truncate;
        out[c] = std::clamp(rounded, -greatest - 1, greatest);
    }
}

}  // namespace dla::csc
