// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/weight_stream.hpp"

#include <algorithm>
#include <cstring>

namespace dla::csc {
namespace {

bool mask_bit(std::span<const std::byte> mask, std::uint64_t bit) {
    const std::uint64_t index = bit / 8;
    if (index >= mask.size()) return false;
    return ((std::to_integer<unsigned>(mask[index]) >> (bit % 8)) & 1U) != 0;
}

}  // namespace

std::size_t decompress(std::span<const std::byte> mask, std::uint64_t first_element,
                       std::span<const std::byte> stored, std::span<std::byte> plain,
                       unsigned element_bytes) {
    std::size_t used = 0;
    const std::size_t elements = plain.size() / element_bytes;
    std::fill(plain.begin(), plain.end(), std::byte{0});
    for (std::size_t i = 0; i < elements; ++i) {
        if (!mask_bit(mask, first_element + i)) continue;
        if (used + element_bytes <= stored.size())
            std::memcpy(&plain[i * element_bytes], &stored[used], element_bytes);
        used += element_bytes;
    }
    return std::min(used, stored.size());
}

}  // namespace dla::csc
