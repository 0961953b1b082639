// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/unit.hpp"

#include <fmt/format.h>
#include <sysc/kernel/sc_spawn.h>

#include <algorithm>
#include <cstring>

namespace dla {
namespace {

constexpr int kWorkerStackBytes = 1 << 20;

}  // namespace

Unit::Unit(sc_core::sc_module_name name, const char* unit_name, const UnitRegisters& registers,
           const UnitContext& context)
    : sc_module(name),
      csb("csb"),
      unit_name_(unit_name),
      context_(context),
      regs_(registers, context.config.address_map) {
    csb.register_b_transport(this, &Unit::b_transport);
    csb.register_transport_dbg(this, &Unit::transport_dbg);
}

void Unit::add_worker(const char* name, std::function<void()> body) {
    sc_core::sc_spawn_options options;
    options.set_stack_size(kWorkerStackBytes);
    workers_.push_back(sc_core::sc_spawn(std::move(body), name, &options));
}

void Unit::reset_unit() {
    regs_.reset();
    on_reset();
    for (sc_core::sc_process_handle& worker : workers_)
        worker.reset();
}

// Registers by name, with both groups' values.
void Unit::visit_state(StateVisitor& state) {
    std::vector<std::uint32_t> words = regs_.state();
    const std::size_t registers = regs_.table().size();
    const std::size_t pointers = words.size() - 2 * registers;
    state.values("pointers", std::span(words).first(pointers));
    for (std::size_t i = 0; i < registers; ++i) {
        std::array<std::uint32_t, 2> groups{words[pointers + i], words[pointers + registers + i]};
        state.values(regs_.table()[i].name, std::span<std::uint32_t>(groups));
        words[pointers + i] = groups[0];
        words[pointers + registers + i] = groups[1];
    }
    regs_.restore(words);
    if (regs_.enabled(regs_.consumer())) enabled_.notify(sc_core::SC_ZERO_TIME);
    state.values("enabled_at", std::span<std::uint64_t>(enabled_at_));
}

std::string Unit::busy() const {
    for (unsigned group = 0; group < 2; ++group) {
        if (regs_.enabled(group)) return fmt::format("group {} is enabled", group);
    }
    return "";
}

std::string Unit::held_up() const {
    const unsigned turn = regs_.consumer();
    if (regs_.enabled(turn) || !regs_.enabled(1 - turn)) return "";
    return fmt::format(
        "{} group {} is enabled, but it is the turn of group {} (S_POINTER.CONSUMER), whose "
        "D_OP_ENABLE is missing",
        unit_name_, 1 - turn, turn);
}

unsigned Unit::wait_for_layer() {
    while (!regs_.enabled(regs_.consumer()))
        sc_core::wait(enabled_);
    return regs_.consumer();
}

void Unit::finish_layer(std::optional<InterruptSource> source) {
    const unsigned group = regs_.complete();
    if (source) context_.interrupts.raise(*source, group);
}

void Unit::report(const std::string& key, const std::string& message) {
    context_.events.guest_error({context_.clock.now(), unit_name_, message}, key);
}

void Unit::wait_for(const sc_core::sc_event& event, unsigned group, std::string reason,
                    const char* partner) {
    const WaitBoard::Pin pin(context_.waits, unit_name_, group, {reason, {}, partner});
    sc_core::wait(event);
}

void Unit::hang(unsigned group, std::string reason) {
    const WaitBoard::Pin pin(context_.waits, unit_name_, group, {reason});
    for (;;)
        sc_core::wait(never_);
}

void Unit::require_memory(Ram ram, unsigned group, const char* ram_register) {
    if (context_.memory.present(ram)) return;
    const std::string why = fmt::format(
        "an answer from the second memory, which {} does not have ({} is 0, legal is 1)",
        context_.config.name, ram_register);
    report(ram_register, why);
    hang(group, why);
}

std::vector<RegisterWrite> Unit::last_writes() const {
    std::vector<RegisterWrite> writes;
    for (std::size_t i = writes_ - std::min(writes_, kLastWrites); i < writes_; ++i)
        writes.push_back(last_writes_[i % kLastWrites]);
    return writes;
}

void Unit::write_register(std::uint32_t offset, std::uint32_t value) {
    last_writes_[writes_++ % kLastWrites] = {context_.clock.now(), offset, value};
    const Access access = regs_.write(offset, value);
    const RegisterInfo* info = regs_.find(offset);
    if (access == Access::kGroupBusy) {
        report(info->name,
               fmt::format("{}.{} of group {} is written while its layer is in flight; the "
                           "write of 0x{:08x} is dropped",
                           unit_name_, info->name, regs_.producer(), value));
        return;
    }
    if (access == Access::kUnknownOffset) {
        report(fmt::format("{:x}", offset),
               fmt::format("{} has no register at offset 0x{:03x}; the write of 0x{:08x} vanishes",
                           unit_name_, offset, value));
        return;
    }
    on_write(offset, value);
    if (access == Access::kEnabled) {
        enabled_at_[regs_.producer()] = context_.clock.now();
        enabled_.notify(sc_core::SC_ZERO_TIME);
    }
}

void Unit::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& /*delay*/) {
    std::uint32_t value = 0;
    if (payload.get_data_length() != sizeof(value) || payload.get_address() % sizeof(value) != 0) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    const auto offset = static_cast<std::uint32_t>(payload.get_address());
    if (payload.is_write()) {
        std::memcpy(&value, payload.get_data_ptr(), sizeof(value));
        write_register(offset, value);
    } else {
        regs_.read(offset, value);
        on_read(offset, value);
        std::memcpy(payload.get_data_ptr(), &value, sizeof(value));
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

// Reads without side effects, for debuggers.
unsigned Unit::transport_dbg(tlm::tlm_generic_payload& payload) {
    std::uint32_t value = 0;
    if (!payload.is_read() || payload.get_data_length() < sizeof(value)) return 0;
    regs_.read(static_cast<std::uint32_t>(payload.get_address()), value);
    std::memcpy(payload.get_data_ptr(), &value, sizeof(value));
    return sizeof(value);
}

}  // namespace dla
