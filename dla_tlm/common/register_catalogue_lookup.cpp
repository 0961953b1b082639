// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "dla_tlm/common/register_catalogue.hpp"

namespace dla::regs {
namespace {

constexpr std::uint32_t kSlotBytes = 0x1000;

template <class Match>
std::optional<RegisterPlace> find_in(const CatalogueUnit& unit, AddressMap map, Match match) {
    const std::int64_t base = unit.base[static_cast<std::size_t>(map)];
    const auto table = unit.table(map);
    const auto row = std::ranges::find_if(table, match);
    if (base < 0 || row == table.end()) return std::nullopt;
    const auto index = static_cast<std::size_t>(row - table.begin());
    return RegisterPlace{&unit, &*row, static_cast<std::uint32_t>(base) + row->offset,
                         unit.fields[index]};
}

}  // namespace

const CatalogueUnit* find_unit(std::string_view name) {
    const auto units = catalogue();
    const auto unit = std::ranges::find_if(units, [&](const auto& u) { return name == u.name; });
    return unit == units.end() ? nullptr : &*unit;
}

std::optional<RegisterPlace> find_register(AddressMap map, std::uint32_t byte_address) {
    for (const CatalogueUnit& unit : catalogue()) {
        const std::int64_t base = unit.base[static_cast<std::size_t>(map)];
        if (base < 0 || byte_address / kSlotBytes != base / kSlotBytes) continue;
        const std::uint32_t offset = byte_address % kSlotBytes;
        return find_in(unit, map, [&](const auto& row) { return row.offset == offset; });
    }
    return std::nullopt;
}

std::optional<RegisterPlace> find_register(AddressMap map, std::string_view unit,
                                           std::string_view name) {
    const CatalogueUnit* found = find_unit(unit);
    if (found == nullptr) return std::nullopt;
    return find_in(*found, map, [&](const auto& row) { return name == row.name; });
}

}  // namespace dla::regs
