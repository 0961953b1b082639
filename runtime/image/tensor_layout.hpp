// SPDX-License-Identifier: Apache-2.0
// Where element (x, y, c) of a bound tensor lies in its buffer. spec: linux-interfaces.md
// section 5.
//
//   auto layout = layout_of(tensor);
//   buffer[layout->offset(x, y, c)]
#pragma once

#include <string>

#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

struct TensorLayout {
    unsigned element_bytes = 1;
    unsigned group = 1;           // channels that lie side by side in one pixel
    std::size_t pixel_bytes = 1;  // from one pixel to the next
    std::size_t line_stride = 0;
    std::size_t surface_stride = 0;  // from one group of channels to the next
    unsigned max_channels = 1;

    std::size_t offset(unsigned x, unsigned y, unsigned c) const {
        return c / group * surface_stride + y * line_stride + x * pixel_bytes +
               std::size_t{c % group} * element_bytes;
    }
    // "" or a sentence: whether w x h x c elements stay inside a buffer.
    std::string outside(unsigned w, unsigned h, unsigned c, std::size_t buffer_bytes) const;
};

// By pixel format and data type; an error for the formats that no application reads or writes.
Result<TensorLayout> layout_of(const Tensor& tensor);

// A feature cube with the given channels per atom.
TensorLayout feature_layout(const Tensor& tensor, unsigned channels_per_atom,
                            unsigned element_bytes);

unsigned element_bytes(DataType type);

}  // namespace dla::runtime
