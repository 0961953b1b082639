// SPDX-License-Identifier: Apache-2.0
// One simulated DLA with its memories as Python sees it: register accesses and passing time, from
// outside the simulation.
//
//   Simulation simulation(config, timing);
//   simulation.write(0x1004, 1);
//   bool came = simulation.wait_interrupt(100'000);
//
// Every object has a SystemC kernel of its own, so any number of them live in one process.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <systemc>
#include <vector>

#include "vp/platform/kernel.hpp"
#include "vp/platform/platform.hpp"

namespace dla::python {

// Operations, interrupts and mistakes of the program, in order.
class EventLog : public EventSink {
  public:
    void on_operation_end(const OperationEvent& event) override { operations.push_back(event); }
    void on_interrupt(const InterruptEvent& event) override { interrupts.push_back(event); }
    void on_guest_error(const GuestErrorEvent& event) override { errors.push_back(event); }

    std::vector<OperationEvent> operations;
    std::vector<InterruptEvent> interrupts;
    std::vector<GuestErrorEvent> errors;
};

class Simulation {
  public:
    Simulation(const HardwareConfig& config, const TimingMode& timing);
    ~Simulation();

    const HardwareConfig& config() const { return config_; }

    // A 32-bit access at a byte address of the register window; nothing where no unit answers.
    std::optional<std::uint32_t> read(std::uint32_t address);
    bool write(std::uint32_t address, std::uint32_t value);

    // Lets time pass. True when the interrupt line is high, at once or within the cycles; false
    // also when nothing moves any more.
    bool wait_interrupt(std::uint64_t most_cycles);
    void advance(std::uint64_t cycles);
    void reset();

    bool interrupt() const;
    std::uint64_t cycle();
    // "SDP group 0 waits for ...", one per worker that waits.
    std::vector<std::string> waits();

    // The bytes in place; empty when any of them is no memory.
    std::span<std::uint8_t> memory(std::uint64_t address, std::uint64_t size);
    // Where there is memory, in words.
    std::string memory_words() const;
    const EventLog& log() const { return log_; }
    // All since the beginning, counted.
    std::vector<GuestErrorCount> guest_errors() const {
        return platform_->dla().events().guest_errors();
    }
    void forget_events() { log_ = {}; }

  private:
    class Initiator;

    // Runs the body in a process of the simulation until it returns.
    void perform(const std::function<void()>& body);
    bool transport(tlm::tlm_command command, std::uint32_t address, std::uint32_t& value);

    HardwareConfig config_;
    vp::Kernel kernel_;
    EventLog log_;
    std::unique_ptr<vp::Platform> platform_;
    std::unique_ptr<Initiator> initiator_;
};

}  // namespace dla::python
