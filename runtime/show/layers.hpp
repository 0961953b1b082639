// SPDX-License-Identifier: Apache-2.0
// Hardware layers of a decoded task in words and numbers.
//
//   for (const Operation& op : task.operations) {
//       print(layer_name(op, i), operation_words(op), macs(op));
//       if (const DataCube* dst = destination(op)) ...
//   }
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "runtime/loadable/descriptors.hpp"
#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

// "conv3": the unit and the position in the task.
std::string layer_name(const Operation& op, std::size_t index);

// "3x3 stride 2 pad 1, 16x16x8 -> 8x8x16, int8".
std::string operation_words(const Operation& op);

// Multiplications that the MAC array performs; 0 for other units.
std::uint64_t macs(const Operation& op);

// The cubes a layer reads and writes in memory; nullptr for BDMA.
const DataCube* source(const Operation& op);
const DataCube* destination(const Operation& op);
// A batched layer writes its destination once per image.
struct Images {
    unsigned count = 1;
    std::uint64_t stride = 0;  // bytes from one image to the next
};
Images destination_images(const Operation& op);
// 0 int8, 1 int16, 2 fp16, of what the layer reads and writes.
std::uint8_t source_precision(const Operation& op);
std::uint8_t destination_precision(const Operation& op);

constexpr unsigned precision_bytes(std::uint8_t precision) {
    return precision == kCodeInt8 ? 1 : 2;
}

// Bytes the layer moves over the memory ports: cubes in whole atoms, weights and operands.
struct Traffic {
    std::uint64_t read = 0;
    std::uint64_t written = 0;
};
Traffic traffic(const Operation& op, unsigned atom_bytes);

// The elements of a feature cube in c, y, x order, as a DIMG holds them. `memory` begins at the
// cube's address and offset; empty where the cube exceeds it.
Bytes packed_cube(const DataCube& cube, unsigned element_bytes, unsigned atom_bytes,
                  std::span<const std::uint8_t> memory);

// CRC-32 as in zlib.
std::uint32_t crc32(std::span<const std::uint8_t> bytes);

}  // namespace dla::runtime
