// SPDX-License-Identifier: Apache-2.0
// Weights with their zeros left out. spec: data-formats.md 7.
#pragma once

#include <cstddef>

#include "trace-tests/generator/layout.hpp"

namespace dla::trace {

struct CompressedWeights {
    Bytes weights;  // what is not zero, in stream order; zeros up to a multiple of 128
    Bytes mask;     // a bit per element, 1: stored; zeros up to a multiple of 128
    Bytes sizes;    // per kernel group: bytes of its weights, 32 bits
};

// stream: so many elements in stream order, of one or two bytes; group: elements of a kernel group.
CompressedWeights compress(const Bytes& stream, std::size_t elements, unsigned element_bytes,
                           std::size_t group);

}  // namespace dla::trace
