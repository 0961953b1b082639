// SPDX-License-Identifier: Apache-2.0
// Where an element lies in a CBUF slice and in the weight stream.
// spec: conv-pipeline.md section 4; data-formats.md sections 3 to 5.
//
//   const auto place = layout.data(channel, x, y % lines_per_slice);   // byte offset in the slice
#pragma once

#include <cstdint>

#include "dla_tlm/csc/conv_op.hpp"

namespace dla::csc {

// Entries of one line (Winograd: a quarter of a slice) that the layer's sizes call for.
// line_elements: image only, (left padding + width + right padding) * channels.
std::uint64_t entries_per_slice(const ConvOp& op, std::uint64_t line_elements = 0);

// Byte offset of an element in its slice. Image: x counts padded pixels. Winograd: line 0..3.
std::uint64_t data_offset(const ConvOp& op, unsigned channel, unsigned x, unsigned line = 0);

// Element index in the uncompressed weight stream. Image: kernel_channel = column * channels +
// channel and s = 0.
std::uint64_t weight_index(const ConvOp& op, unsigned kernel, unsigned kernel_channel, unsigned r,
                           unsigned s);

// First element of a kernel group.
inline std::uint64_t group_first_element(const ConvOp& op, unsigned group) {
    return std::uint64_t{group} * op.kernel_group * op.kernel_elements();
}

}  // namespace dla::csc
