// SPDX-License-Identifier: Apache-2.0
// One DLA under the monitor's eyes: what runs, what ended last, what the guest did wrong, and the
// stops that were asked for.
//
//   DlaWatch watch("dla0", dla, gate);
//   watch.attach();                                    // from now on events cost something
//   watch.breaks().add(...); watch.step("SDP");        // gate.stop() is called when it happens
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "dla_tlm/core/dla.hpp"
#include "vp/monitor/gate.hpp"

namespace dla::vp::monitor {

// A write that stops the run.
struct RegisterBreak {
    unsigned number;
    std::string name;  // UNIT.REGISTER
    std::uint32_t address;
    std::optional<std::uint32_t> value;
    std::uint64_t owner;  // session that set it and takes it along; 0: nobody
};

struct SeenOperation {
    std::string unit;
    unsigned group;
    std::uint64_t begin;
    std::uint64_t end;  // 0: runs
    std::string words;
};

class DlaWatch : public EventSink {
  public:
    DlaWatch(std::string name, Dla& dla, Gate& gate);
    ~DlaWatch() override;
    DlaWatch(const DlaWatch&) = delete;
    DlaWatch& operator=(const DlaWatch&) = delete;

    void attach();

    const std::string& name() const { return name_; }
    // " of NAME" behind a unit or register; nothing for the only DLA.
    std::string of_name() const { return name_.empty() ? "" : " of " + name_; }
    Dla& dla() { return dla_; }
    std::vector<RegisterBreak>& breaks() { return breaks_; }
    // Stop when the next operation of the unit, or of any unit where empty, ends.
    void step(std::string unit) { step_ = std::move(unit); }
    const std::vector<SeenOperation>& running() const { return running_; }
    const std::deque<SeenOperation>& ended() const { return ended_; }  // newest last

    void on_csb(const CsbEvent& event) override;
    void on_memory(const MemoryEvent& event) override;
    void on_interrupt(const InterruptEvent& event) override;
    void on_operation_begin(const OperationEvent& event) override;
    void on_operation_end(const OperationEvent& event) override;
    void on_guest_error(const GuestErrorEvent& event) override;

  private:
    std::string name_;
    Dla& dla_;
    Gate& gate_;
    bool attached_ = false;
    std::vector<RegisterBreak> breaks_;
    std::optional<std::string> step_;
    std::vector<SeenOperation> running_;
    std::deque<SeenOperation> ended_;
};

}  // namespace dla::vp::monitor
