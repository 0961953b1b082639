// SPDX-License-Identifier: Apache-2.0
// NumPy .npy files of layer outputs: c, h, w arrays of int8, int16 or fp16; n, c, h, w for several
// images.
//
//   write_npy("conv3.npy", {.precision = kCodeInt8, .c = 16, .h = 8, .w = 8, .data = bytes});
//   auto expected = read_npy("golden/conv3.npy");
//   std::string why = array_difference(mine, *expected);      // "" where equal
#pragma once

#include <cstdint>
#include <string>

#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

struct LayerArray {
    std::uint8_t precision = 0;  // 0 int8, 1 int16, 2 fp16
    std::size_t n = 1;           // images of a batch
    std::size_t c = 0;
    std::size_t h = 0;
    std::size_t w = 0;
    Bytes data{};  // n, c, h, w order, little endian
};

Bytes encode_npy(const LayerArray& array);
Result<LayerArray> decode_npy(const Bytes& file);
Result<void> write_npy(const std::string& path, const LayerArray& array);
Result<LayerArray> read_npy(const std::string& path);

// "" or how many elements differ, by how much at most, the cosine between both, and the first.
std::string array_difference(const LayerArray& found, const LayerArray& expected);

}  // namespace dla::runtime
