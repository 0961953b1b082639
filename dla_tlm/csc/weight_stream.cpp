// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/weight_stream.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace dla::csc {
namespace {

constexpr std::size_t kWordBits = 64;

// Bits first .. first + 63 of the mask, least significant first.
std::uint64_t mask_word(std::span<const std::byte> mask, std::uint64_t first) {
    const std::uint64_t index = first / 8;
    if (index >= mask.size()) return 0;
    std::uint64_t word = 0;
    const std::size_t bytes = std::min<std::size_t>(sizeof word, mask.size() - index);
    std::memcpy(&word, mask.data() + index, bytes);
    const unsigned shift = first % 8;
    if (shift == 0) return word;
    const std::uint64_t next =
        index + 8 < mask.size() ? std::to_integer<std::uint64_t>(mask[index + 8]) : 0;
    return (word >> shift) | (next << (kWordBits - shift));
}

// Elements of one mask word. stored holds all of them.
template <std::size_t Bytes>
const std::byte* expand(std::uint64_t word, const std::byte* stored, std::byte* plain) {
    for (; word != 0; word &= word - 1) {
        const auto place = static_cast<std::size_t>(std::countr_zero(word));
        std::memcpy(plain + place * Bytes, stored, Bytes);
        stored += Bytes;
    }
    return stored;
}

}  // namespace

std::size_t decompress(std::span<const std::byte> mask, std::uint64_t first_element,
                       std::span<const std::byte> stored, std::span<std::byte> plain,
                       unsigned element_bytes) {
    std::fill(plain.begin(), plain.end(), std::byte{0});
    const std::size_t elements = plain.size() / element_bytes;
    std::size_t used = 0;
    for (std::size_t i = 0; i < elements; i += kWordBits) {
        std::uint64_t word = mask_word(mask, first_element + i);
        const std::size_t rest = elements - i;
        if (rest < kWordBits) word &= (std::uint64_t{1} << rest) - 1;
        const std::size_t room = (stored.size() - used) / element_bytes;
        while (static_cast<std::size_t>(std::popcount(word)) > room)
            word &= ~std::bit_floor(word);  // promised but not there
        const std::byte* from = stored.data() + used;
        std::byte* to = plain.data() + i * element_bytes;
        const std::byte* end =
            element_bytes == 1 ? expand<1>(word, from, to) : expand<2>(word, from, to);
        used += static_cast<std::size_t>(end - from);
    }
    return used;
}

}  // namespace dla::csc
