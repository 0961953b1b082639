// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/generator/register_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace dla::trace {

regs::RegisterPlace RegisterProgram::place(std::string_view unit, std::string_view reg) const {
    const auto found = regs::find_register(map_, unit, reg);
    if (!found) throw std::logic_error(fmt::format("no register {}.{}", unit, reg));
    return *found;
}

std::uint32_t RegisterProgram::address(std::string_view unit, std::string_view reg) const {
    return place(unit, reg).address;
}

void RegisterProgram::set(std::string_view unit, std::string_view reg, std::uint32_t value) {
    const regs::RegisterPlace found = place(unit, reg);
    writes_.push_back({found.address, value, found.info->read_mask & found.info->write_mask});
}

void RegisterProgram::put(std::string_view unit, std::string_view reg, std::uint32_t value) {
    writes_.push_back({place(unit, reg).address, value, 0});
}

void RegisterProgram::set(
    std::string_view unit, std::string_view reg,
    std::initializer_list<std::pair<std::string_view, std::uint64_t>> fields) {
    const regs::RegisterPlace found = place(unit, reg);
    std::uint32_t word = 0;
    for (const auto& [name, value] : fields) {
        const auto field = std::ranges::find_if(
            found.fields, [wanted = name](const auto& f) { return wanted == f.name; });
        if (field == found.fields.end() || value >> field->width != 0)
            throw std::logic_error(
                fmt::format("{}.{}: no field {} for the value 0x{:x}", unit, reg, name, value));
        word |= static_cast<std::uint32_t>(value << field->lsb);
    }
    set(unit, reg, word);
}

void RegisterProgram::set_address(std::string_view unit, std::string_view name,
                                  std::uint64_t address, std::string_view suffix) {
    set(unit, fmt::format("{}_HIGH{}", name, suffix), static_cast<std::uint32_t>(address >> 32));
    set(unit, fmt::format("{}_LOW{}", name, suffix), static_cast<std::uint32_t>(address));
}

}  // namespace dla::trace
