// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/generator/compression.hpp"

#include <algorithm>

namespace dla::trace {
namespace {

constexpr std::size_t kAlignment = 128;
constexpr std::size_t kSizesAlignment = 32;

void pad(Bytes& bytes, std::size_t alignment) {
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
}

void append_size(Bytes& bytes, std::size_t size) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        bytes.push_back(static_cast<std::uint8_t>(size >> shift));
}

}  // namespace

CompressedWeights compress(const Bytes& stream, std::size_t elements, unsigned element_bytes,
                           std::size_t group) {
    CompressedWeights packed;
    packed.mask.resize((elements + 7) / 8);
    std::size_t before = 0;
    for (std::size_t i = 0; i < elements; ++i) {
        const auto element = stream.begin() + static_cast<std::ptrdiff_t>(i * element_bytes);
        if (std::any_of(element, element + element_bytes, [](auto byte) { return byte != 0; })) {
            packed.mask[i / 8] |= static_cast<std::uint8_t>(1u << (i % 8));
            packed.weights.insert(packed.weights.end(), element, element + element_bytes);
        }
        if ((i + 1) % group != 0 && i + 1 != elements) continue;
        append_size(packed.sizes, packed.weights.size() - before);
        before = packed.weights.size();
    }
    pad(packed.weights, kAlignment);
    pad(packed.mask, kAlignment);
    pad(packed.sizes, kSizesAlignment);
    return packed;
}

}  // namespace dla::trace
