// SPDX-License-Identifier: Apache-2.0
// GLB: version, interrupt mask, set and status; drives the interrupt line. spec:
// csb-and-control.md 3.
#pragma once

#include "dla_tlm/common/interrupts.hpp"
#include "dla_tlm/common/unit.hpp"

namespace dla::glb {

class GlbUnit : public Unit, public InterruptSink {
  public:
    // Level: OR over all bits of status AND NOT mask.
    sc_core::sc_out<bool> irq;

    GlbUnit(sc_core::sc_module_name name, const UnitContext& context);

    // A done event: sets the status bit whether or not it is masked.
    void raise(InterruptSource source, unsigned group) override;

    std::uint32_t status() const { return status_; }
    std::uint32_t mask() const;
    // Wakes when a done event arrives, masked or not.
    const sc_core::sc_event& raised() const { return raised_; }
    std::uint64_t last_raise_cycle() const { return last_raise_cycle_; }

    void visit_state(StateVisitor& state) override;
    std::string busy() const override;
    std::string held_up() const override;

  protected:
    void on_write(std::uint32_t offset, std::uint32_t value) override;
    void on_read(std::uint32_t offset, std::uint32_t& value) override;
    void on_reset() override;

  private:
    void update_line();
    void drive_line();

    std::uint32_t legal_bits_;
    std::uint32_t status_ = 0;
    std::uint32_t unseen_ = 0;  // set in last_raise_cycle_ and not read since
    std::uint64_t last_raise_cycle_ = 0;
    bool rising_ = false;
    bool line_ = false;
    sc_core::sc_event line_event_;
    sc_core::sc_event raised_;
};

}  // namespace dla::glb
