// SPDX-License-Identifier: Apache-2.0
// One reshape operation in plain numbers. spec: bdma-rubik.md part B.
#pragma once

#include <cstdint>

#include "dla_tlm/common/memory_access.hpp"

namespace dla::rubik {

enum class RubikMode : std::uint8_t { kContract = 0, kSplit = 1, kMerge = 2 };

// A cube, a stack of planes, or both; the mode says which strides count.
struct RubikPlace {
    std::uint64_t base = 0;
    std::uint32_t line_stride = 0;
    std::uint32_t surface_stride = 0;
    std::uint32_t planar_stride = 0;
    Ram ram = Ram::kPrimary;
};

struct RubikOp {
    RubikMode mode = RubikMode::kContract;
    unsigned precision_code = 0;
    unsigned element_bytes = 1;
    unsigned atom_bytes = 32;
    unsigned width = 1;  // of the input
    unsigned height = 1;
    unsigned in_channels = 1;
    unsigned out_channels = 1;
    unsigned stride_x = 1;  // contract: output pixels per input pixel
    unsigned stride_y = 1;
    std::uint32_t block_stride = 0;  // D_CONTRACT_STRIDE_0: from one input block to the next
    std::uint32_t line_group_stride =
        0;  // D_CONTRACT_STRIDE_1: from one output line group to the next
    RubikPlace src;
    RubikPlace dst;

    unsigned lanes() const { return atom_bytes / element_bytes; }
    // Of the cube side: what is written by contract and merge, read by split.
    unsigned surfaces() const { return (planes() + lanes() - 1) / lanes(); }
    // Planes of split and merge; channels of a contracted cube.
    unsigned planes() const { return mode == RubikMode::kMerge ? in_channels : out_channels; }
};

}  // namespace dla::rubik
