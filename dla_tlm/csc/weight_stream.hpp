// SPDX-License-Identifier: Apache-2.0
// Weight decompression: the mask (WMB) says which elements of the stream are stored.
// spec: data-formats.md section 7.
//
//   std::vector<std::byte> plain(elements * 2);
//   const auto used = decompress(mask, first_element, stored, plain, 2);   // bytes of stored used
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dla::csc {

// Fills plain with elements first_element, first_element + 1, ... of the stream. stored starts at
// the first of them that is present. Mask bits and stored bytes beyond the spans read as 0.
std::size_t decompress(std::span<const std::byte> mask, std::uint64_t first_element,
                       std::span<const std::byte> stored, std::span<std::byte> plain,
                       unsigned element_bytes);

}  // namespace dla::csc
