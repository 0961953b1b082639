// SPDX-License-Identifier: Apache-2.0
// Every register by name, for tools that speak about registers in words: the trace player, the
// recorder, the monitor. Units themselves use the generated constants.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dla_tlm/common/register_info.hpp"

namespace dla::regs {

enum class AddressMap : std::uint8_t { kNvFull, kNvSmall };

enum class FieldAccess : std::uint8_t { kRw, kRo, kConst, kWo, kW1c, kW1s, kRwt };

struct FieldInfo {
    const char* name;
    unsigned lsb;
    unsigned width;
    FieldAccess access;
};

struct CatalogueUnit {
    const char* name;
    const UnitRegisters* registers;
    std::span<const std::span<const FieldInfo>> fields;  // per register
    std::array<std::int64_t, 2> base;                    // per AddressMap, -1: not in this map

    std::span<const RegisterInfo> table(AddressMap map) const {
        return map == AddressMap::kNvFull ? registers->nv_full : registers->nv_small;
    }
};

// A register found by address or name.
struct RegisterPlace {
    const CatalogueUnit* unit;
    const RegisterInfo* info;
    std::uint32_t address;  // byte address in the CSB space
    std::span<const FieldInfo> fields;
};

std::span<const CatalogueUnit> catalogue();
const CatalogueUnit* find_unit(std::string_view name);
std::optional<RegisterPlace> find_register(AddressMap map, std::uint32_t byte_address);
std::optional<RegisterPlace> find_register(AddressMap map, std::string_view unit,
                                           std::string_view name);

}  // namespace dla::regs
