// SPDX-License-Identifier: Apache-2.0
// Shape of the generated register tables: one row per register, one Field per named bit range.
//
//   regs.get(group, regs::pdp::DPoolingKernelCfg::kKernelWidth)
//
// Tables come from configs/registers/*.yaml through scripts/generate-registers. Offsets are bytes
// inside the unit's 4 KiB slot. Fields marked in_place (addresses, strides) have lsb 0: their value
// is the byte count itself, whatever low bits a configuration drops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dla {

struct RegisterInfo {
    const char* name;
    std::uint32_t offset;
    bool grouped;  // two ping-pong copies
    std::uint32_t reset;
    std::uint32_t read_mask;
    std::uint32_t write_mask;
};

struct Register {
    unsigned index;
    std::uint32_t offset;
};

struct Field {
    unsigned register_index;
    unsigned lsb;
    unsigned width;

    constexpr std::uint32_t mask() const {
        return static_cast<std::uint32_t>(((std::uint64_t{1} << width) - 1) << lsb);
    }
    constexpr std::uint32_t extract(std::uint32_t word) const { return (word & mask()) >> lsb; }
    constexpr std::uint32_t insert(std::uint32_t word, std::uint32_t value) const {
        return (word & ~mask()) | ((value << lsb) & mask());
    }
};

// One unit's registers in both address maps; the rows have the same order in both.
struct UnitRegisters {
    std::span<const RegisterInfo> nv_full;
    std::span<const RegisterInfo> nv_small;
    int first_grouped_offset;  // offset of D_OP_ENABLE, -1: no register groups
};

constexpr bool table_is_sound(std::span<const RegisterInfo> table) {
    std::uint32_t next = 0;
    for (const RegisterInfo& row : table) {
        if (row.offset % 4 != 0 || row.offset < next) return false;
        next = row.offset + 4;
    }
    return true;
}

}  // namespace dla
