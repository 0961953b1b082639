// SPDX-License-Identifier: Apache-2.0
// Where a feature cube lies in memory and whether it can lie there. spec: data-formats.md
// section 1.
//
//   CubePlace src{base, line_stride, surface_stride, Ram::kPrimary};
//   memory.read({client, src.ram, src.line_address(surface, line), "D_SRC_BASE_ADDR"}, bytes);
#pragma once

#include <cstdint>
#include <string>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_access.hpp"

namespace dla {

struct CubePlace {
    std::uint64_t base;
    std::uint32_t line_stride;     // bytes
    std::uint32_t surface_stride;  // bytes
    Ram ram;

    std::uint64_t line_address(unsigned surface, unsigned line) const {
        return base + std::uint64_t{surface} * surface_stride + std::uint64_t{line} * line_stride;
    }
};

struct CubeExtent {
    unsigned width;  // atoms
    unsigned height;
    unsigned surfaces;
};

// "" or a sentence: RAM type without a memory, misaligned base or stride, lines that overlap.
// registers: beginning of the register names, "D_SRC" or "D_DST".
std::string why_not(const CubePlace& place, const CubeExtent& extent, const HardwareConfig& config,
                    const char* registers);

}  // namespace dla
