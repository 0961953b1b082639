// SPDX-License-Identifier: Apache-2.0
#include "vp/trace_needs.hpp"

#include <fmt/format.h>

#include <typeinfo>

namespace dla::vp {
namespace {

std::string missing_register(const trace::WriteRegister& write, const HardwareConfig& config) {
    const auto place = regs::find_register(config.address_map, write.address);
    if (!place || config.has_unit(place->unit->name)) return "";
    return fmt::format("needs {}, which {} does not have", place->unit->name, config.name);
}

bool uses_second_memory(const trace::Statement& statement) {
    return std::visit(
        [](const auto& action) {
            if constexpr (requires { action.memory; })
                return action.memory == trace::Memory::kSecondary;
            else
                return false;
        },
        statement.action);
}

}  // namespace

std::string missing_hardware(const trace::Trace& trace, const HardwareConfig& config) {
    for (const trace::Statement& statement : trace.statements) {
        if (!config.features.second_memory && uses_second_memory(statement))
            return fmt::format("needs the second memory, which {} does not have", config.name);
        if (const auto* write = std::get_if<trace::WriteRegister>(&statement.action)) {
            std::string missing = missing_register(*write, config);
            if (!missing.empty()) return missing;
        }
    }
    return "";
}

std::string missing_model(const trace::Trace& trace, Dla& dla) {
    for (const trace::Statement& statement : trace.statements) {
        const auto* write = std::get_if<trace::WriteRegister>(&statement.action);
        if (write == nullptr || (write->value & 1) == 0) continue;
        const auto place = regs::find_register(dla.config().address_map, write->address);
        if (!place || std::string_view(place->info->name) != "D_OP_ENABLE") continue;
        const Unit* unit = dla.unit(place->unit->name);
        if (unit != nullptr && typeid(*unit) == typeid(Unit))
            return fmt::format("needs {}, which is not modelled", place->unit->name);
    }
    return "";
}

}  // namespace dla::vp
