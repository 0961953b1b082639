// SPDX-License-Identifier: Apache-2.0
// Base of every sub-unit's TLM shell: the CSB target, the register file with its two groups, the
// beginning and end of a hardware layer, and the words for the watchdog.
//
//   class PdpUnit : public Unit {
//       void run() {                                    // started by add_worker([this] { run(); })
//           for (;;) {
//               const unsigned group = wait_for_layer();
//               ... fetch, compute, write, clock().wait_until(done) ...
//               finish_layer(InterruptSource::kPdp);
//           }
//       }
//   };
//
// A guest's mistake never stops a unit: it is reported once per register and counted.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "dla_tlm/common/clock.hpp"
#include "dla_tlm/common/events.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/interrupts.hpp"
#include "dla_tlm/common/memory_access.hpp"
#include "dla_tlm/common/register_file.hpp"
#include "dla_tlm/common/state_visitor.hpp"
#include "dla_tlm/common/timing_mode.hpp"
#include "dla_tlm/common/wait_board.hpp"
#include "dla_tlm/common/workers.hpp"

namespace dla {

// What every unit of one DLA shares; lives as long as the DLA.
struct UnitContext {
    const HardwareConfig& config;
    Clock& clock;
    InterruptSink& interrupts;
    MemoryInterfaces& memory;
    EventStream& events;
    WaitBoard& waits;
    const TimingMode& timing;
    Workers& workers;
};

struct RegisterWrite {
    std::uint64_t cycle;
    std::uint32_t offset;  // in the unit's slot
    std::uint32_t value;
};

class Unit : public sc_core::sc_module {
  public:
    // Payload address = byte offset inside the unit's slot; always one aligned 32-bit word.
    tlm_utils::simple_target_socket<Unit> csb;

    // unit_name: as in the register catalogue, a string literal.
    Unit(sc_core::sc_module_name name, const char* unit_name, const UnitRegisters& registers,
         const UnitContext& context);

    const char* unit_name() const { return unit_name_; }
    const RegisterFile& registers() const { return regs_; }
    // Cycle of the write that last enabled the group.
    std::uint64_t enabled_at(unsigned group) const { return enabled_at_[group]; }

    // The newest register writes, oldest first; for whoever explains why nothing moves.
    std::vector<RegisterWrite> last_writes() const;

    // Back to the state after power-on; workers start over.
    void reset_unit();

    // Registers and what else the unit keeps between layers. Only while it is not busy.
    virtual void visit_state(StateVisitor& state);
    // What is under way, in words: "group 0 is enabled"; empty when nothing is.
    virtual std::string busy() const;
    // What no worker waits for but only software can change, as a sentence; empty when nothing is.
    virtual std::string held_up() const;

  protected:
    // Threads of the unit; call in the constructor.
    void add_worker(const char* name, std::function<void()> body);

    // Blocks until the consumer group is enabled; returns the group.
    unsigned wait_for_layer();
    // Clears OP_EN, toggles CONSUMER, raises the interrupt if the unit has one. Result registers of
    // the group are to be set right after it.
    void finish_layer(std::optional<InterruptSource> source = std::nullopt);

    // After a write was stored / before a read is answered; value is what the bus carries.
    virtual void on_write(std::uint32_t /*offset*/, std::uint32_t /*value*/) {}
    virtual void on_read(std::uint32_t /*offset*/, std::uint32_t& /*value*/) {}
    virtual void on_reset() {}

    // The guest's mistake, in words; key makes repetitions of it recognisable.
    void report(const std::string& key, const std::string& message);
    // Blocks until the event, with the reason on the wait board. partner: the unit that brings it.
    void wait_for(const sc_core::sc_event& event, unsigned group, std::string reason,
                  const char* partner = "");
    // Never returns: hardware would not answer either. The watchdog tells the reason.
    [[noreturn]] void hang(unsigned group, std::string reason);
    // Hangs where the memory is not built into this configuration.
    void require_memory(Ram ram, unsigned group, const char* ram_register);

    RegisterFile& regs() { return regs_; }
    const HardwareConfig& config() const { return context_.config; }
    Clock& clock() { return context_.clock; }
    const Clock& clock() const { return context_.clock; }
    MemoryInterfaces& memory() { return context_.memory; }
    InterruptSink& interrupts() { return context_.interrupts; }
    EventStream& events() { return context_.events; }
    WaitBoard& waits() { return context_.waits; }
    const TimingMode& timing() const { return context_.timing; }
    Workers& workers() { return context_.workers; }

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    void write_register(std::uint32_t offset, std::uint32_t value);

    const char* unit_name_;
    UnitContext context_;
    RegisterFile regs_;
    std::array<std::uint64_t, 2> enabled_at_{};
    static constexpr std::size_t kLastWrites = 4;
    std::array<RegisterWrite, kLastWrites> last_writes_{};  // circular
    std::size_t writes_ = 0;
    sc_core::sc_event enabled_;
    sc_core::sc_event never_;
    std::vector<sc_core::sc_process_handle> workers_;
};

}  // namespace dla
