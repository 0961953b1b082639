// SPDX-License-Identifier: Apache-2.0
// Which pixels an output element covers, and what the padding around them adds. spec: pdp.md 2, 4.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dla_tlm/pdp/pdp_op.hpp"

namespace dla::pdp {

// Real pixels begin .. end - 1 of one direction of a window.
struct WindowRange {
    unsigned begin;
    unsigned end;

    unsigned size() const { return end - begin; }
};

inline WindowRange clip_window(unsigned position, unsigned stride, unsigned pad, unsigned kernel,
                               unsigned size) {
    const std::int64_t first = std::int64_t{position} * stride - pad;
    const auto begin = std::clamp<std::int64_t>(first, 0, size);
    const auto end = std::clamp<std::int64_t>(first + kernel, begin, size);
    return {static_cast<unsigned>(begin), static_cast<unsigned>(end)};
}

inline WindowRange window_columns(const PdpOp& op, unsigned x) {
    return clip_window(x, op.stride_width, op.pad_left, op.kernel_width, op.in_width);
}

inline WindowRange window_lines(const PdpOp& op, unsigned y) {
    return clip_window(y, op.stride_height, op.pad_top, op.kernel_height, op.in_height);
}

// Register value for so many padded columns or lines.
inline std::int32_t pad_value(const PdpOp& op, unsigned padded) {
    return op.pad_value[std::min(padded, kPadValues - 1)];
}

// What padding adds to an integer sum: one entry per real line, one kernel width of entries per
// missing line.
inline std::int32_t padding_sum(const PdpOp& op, WindowRange columns, WindowRange lines) {
    const std::int32_t beside = pad_value(op, op.kernel_width - columns.size());
    const std::int32_t above_below = pad_value(op, op.kernel_height - lines.size());
    return static_cast<std::int32_t>(lines.size()) * beside +
           static_cast<std::int32_t>(op.kernel_width) * above_below;
}

}  // namespace dla::pdp
