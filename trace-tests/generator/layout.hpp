// SPDX-License-Identifier: Apache-2.0
// Tensors to bytes in the hardware's memory layout. spec: data-formats.md 1, 3 and 8.
#pragma once

#include <cstdint>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "trace-tests/generator/tensor.hpp"

namespace dla::trace {

using Bytes = std::vector<std::uint8_t>;

struct CubeLayout {
    unsigned atom_bytes;
    unsigned element_bytes;
    unsigned line_stride;
    unsigned surface_stride;
    unsigned surfaces;
    bool fp16;

    unsigned lanes() const { return atom_bytes / element_bytes; }
    std::size_t bytes() const { return std::size_t{surface_stride} * surfaces; }
};

// Gaps in atoms behind every line and every surface.
CubeLayout cube_layout(const HardwareConfig& config, Precision precision, const Cube& cube,
                       unsigned line_gap = 0, unsigned surface_gap = 0);

// Writes the cube over `bytes`; gaps keep what they hold.
void put_cube(const Cube& cube, const CubeLayout& layout, Bytes& bytes);
// Kernel groups, channel blocks, rows, columns, kernels, channels; zeros up to a multiple of 128.
Bytes weight_bytes(const Kernels& kernels, const HardwareConfig& config, Precision precision);
// One value of two bytes per channel, in whole atoms of the processing precision.
Bytes operand_bytes(const std::vector<std::int64_t>& values, unsigned lanes,
                    Precision precision = Precision::kInt16);
// fp16: a whole number that it holds exactly (else std::logic_error), as its bits; else the number.
std::int64_t element_bits(std::int64_t value, Precision precision);

// Entries of CBUF one input line takes in direct convolution. spec: conv-pipeline.md 4.
unsigned entries_per_slice(const HardwareConfig& config, Precision precision, const Cube& cube);

}  // namespace dla::trace
