// SPDX-License-Identifier: Apache-2.0
#include "vp/trace_needs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
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

// The unit whose layer the write starts, or empty.
std::string_view enabled_unit(const trace::WriteRegister& write, regs::AddressMap map) {
    if ((write.value & 1) == 0) return "";
    const auto place = regs::find_register(map, write.address);
    if (!place || std::string_view(place->info->name) != "D_OP_ENABLE") return "";
    return place->unit->name;
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

bool means_the_same(const trace::Trace& trace, const HardwareConfig& made_for,
                    const HardwareConfig& other) {
    if (made_for.address_map != other.address_map ||
        made_for.memory_atom_bytes != other.memory_atom_bytes ||
        !missing_hardware(trace, other).empty()) {
        return false;
    }
    const auto enables = [&](std::string_view unit) {
        return std::ranges::any_of(trace.statements, [&](const auto& statement) {
            const auto* write = std::get_if<trace::WriteRegister>(&statement.action);
            return write != nullptr && enabled_unit(*write, made_for.address_map) == unit;
        });
    };
    if (made_for.features.sdp_ew && !other.features.sdp_ew && enables("SDP")) return false;
    const auto array = [](const HardwareConfig& config) {
        const CbufGeometry& cbuf = config.cbuf;
        return std::array{config.atomic_c, config.atomic_k, cbuf.banks, cbuf.entries_per_bank,
                          cbuf.entry_bytes};
    };
    return !enables("CDMA") || array(made_for) == array(other);
}

std::string missing_model(const trace::Trace& trace, Dla& dla) {
    for (const trace::Statement& statement : trace.statements) {
        const auto* write = std::get_if<trace::WriteRegister>(&statement.action);
        if (write == nullptr) continue;
        const std::string_view name = enabled_unit(*write, dla.config().address_map);
        if (name.empty()) continue;
        const Unit* unit = dla.unit(name);
        if (unit != nullptr && typeid(*unit) == typeid(Unit))
            return fmt::format("needs {}, which is not modelled", name);
    }
    return "";
}

}  // namespace dla::vp
