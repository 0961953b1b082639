// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/player/register_bus.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dla::trace {

RegisterBus::RegisterBus(sc_core::sc_module_name name, const sc_core::sc_time& clock_period,
                         LayerTracker& layers, regs::AddressMap map)
    : sc_module(name), csb("csb"), irq("irq"), period_(clock_period), layers_(layers), map_(map) {
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.set_sensitivity(&irq.pos());
    options.dont_initialize();
    sc_core::sc_spawn([this] { note_interrupt(); }, "note_interrupt", &options);
}

void RegisterBus::acquire(tlm::tlm_command command) {
    if (timed_) return;
    const std::uint64_t accepted = command == tlm::TLM_READ_COMMAND
                                       ? timing_.read(now()) - csb::CsbTiming::kReadCycles
                                       : timing_.write(now());
    if (accepted > now()) wait_clocks(accepted - now());
}

void RegisterBus::write(std::uint32_t address, std::uint32_t value, bool posted) {
    acquire(tlm::TLM_WRITE_COMMAND);
    if (layers_.write(address, value)) last_enable_ = now();
    sc_core::wait(csb::access(csb, tlm::TLM_WRITE_COMMAND, address, value, posted).delay);
}

std::uint32_t RegisterBus::start_read(std::uint32_t address, sc_core::sc_time& answered) {
    acquire(tlm::TLM_READ_COMMAND);
    std::uint32_t value = 0;
    answered =
        sc_core::sc_time_stamp() + csb::access(csb, tlm::TLM_READ_COMMAND, address, value).delay;
    return value;
}

std::uint32_t RegisterBus::read(std::uint32_t address) {
    sc_core::sc_time answered;
    const std::uint32_t value = start_read(address, answered);
    if (answered > sc_core::sc_time_stamp()) sc_core::wait(answered - sc_core::sc_time_stamp());
    return value;
}

void RegisterBus::visit_state(StateVisitor& state) {
    const auto visit = [&](const char* name, std::optional<std::uint64_t>& cycle) {
        bool any = cycle.has_value();
        std::uint64_t value = cycle.value_or(0);
        state.value(name, any);
        state.value(name, value);
        if (any) cycle = value;
    };
    timing_.visit_state(state);
    state.value("timed", timed_);
    visit("last enable", last_enable_);
    visit("last interrupt", last_interrupt_);
}

std::string RegisterBus::register_name(std::uint32_t address) const {
    const auto place = regs::find_register(map_, address);
    if (!place) return fmt::format("0x{:x}", address);
    return fmt::format("{}.{}", place->unit->name, place->info->name);
}

}  // namespace dla::trace
