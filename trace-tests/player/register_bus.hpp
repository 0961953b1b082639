// SPDX-License-Identifier: Apache-2.0
// The player's end of the configuration bus and of the interrupt line. It takes requests at the
// pace of the DLA's queue (CsbTiming); answers arrive as the target's delay says (14 clocks, a
// posted write 1).
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <systemc>

#include "dla_tlm/csb_master/csb_access.hpp"
#include "dla_tlm/csb_master/csb_timing.hpp"
#include "trace-tests/player/layer_tracker.hpp"

namespace dla::trace {

class RegisterBus : public sc_core::sc_module {
  public:
    tlm_utils::simple_initiator_socket<RegisterBus> csb;
    sc_core::sc_in<bool> irq;

    // map: for the names in messages.
    RegisterBus(sc_core::sc_module_name name, const sc_core::sc_time& clock_period,
                LayerTracker& layers, regs::AddressMap map);

    void write(std::uint32_t address, std::uint32_t value, bool posted);
    std::uint32_t read(std::uint32_t address);
    // Blocks for the request only; `answered` is when the value would be there.
    std::uint32_t start_read(std::uint32_t address, sc_core::sc_time& answered);

    // Every access comes at a clock of its own: none waits for its turn.
    void keep_time() { timed_ = true; }

    void wait_clocks(std::uint64_t clocks) { sc_core::wait(span_of(clocks)); }
    sc_core::sc_time span_of(std::uint64_t clocks) const {
        return sc_core::sc_time::from_value(period_.value() * clocks);
    }
    std::uint64_t now() const { return sc_core::sc_time_stamp().value() / period_.value(); }

    std::optional<std::uint64_t> last_enable() const { return last_enable_; }
    std::optional<std::uint64_t> last_interrupt() const { return last_interrupt_; }
    std::string register_name(std::uint32_t address) const;
    void visit_state(StateVisitor& state);

  private:
    void acquire(tlm::tlm_command command);
    void note_interrupt() { last_interrupt_ = now(); }

    sc_core::sc_time period_;
    LayerTracker& layers_;
    regs::AddressMap map_;
    csb::CsbTiming timing_;
    bool timed_ = false;
    std::optional<std::uint64_t> last_enable_;
    std::optional<std::uint64_t> last_interrupt_;
};

}  // namespace dla::trace
