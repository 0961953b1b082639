// SPDX-License-Identifier: Apache-2.0
// A CSB initiator for tests: runs one function in an SC_THREAD and stops the simulation after the
// last one.
//
//   CsbDriver driver("driver");
//   driver.bind(platform);
//   driver.then([&] { driver.write(0x1004, 1); CHECK(driver.read(0x1004) == 1); });
//   sc_core::sc_start();
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <functional>
#include <string>
#include <systemc>
#include <vector>

#include "vp/platform/platform.hpp"

namespace dla::testing {

class CsbDriver : public sc_core::sc_module {
  public:
    tlm_utils::simple_initiator_socket<CsbDriver> csb;
    sc_core::sc_in<bool> irq;

    explicit CsbDriver(sc_core::sc_module_name name);
    ~CsbDriver() override;

    void bind(vp::Platform& platform);
    void then(std::function<void()> body) { body_ = std::move(body); }

    // Inside the body.
    void write(std::uint32_t address, std::uint32_t value);
    std::uint32_t read(std::uint32_t address);
    tlm::tlm_response_status status(std::uint32_t address);  // of a read
    void wait_cycles(std::uint64_t cycles);
    // Fails the test when the line does not rise within the cycles.
    void wait_interrupt(std::uint64_t most_cycles = 10'000'000);

  private:
    void run();
    void transport(tlm::tlm_command command, std::uint32_t address, std::uint32_t& value,
                   tlm::tlm_response_status* status = nullptr);

    std::function<void()> body_;
    Clock* clock_ = nullptr;
};

// Messages about the guest's mistakes.
class GuestErrors : public EventSink {
  public:
    explicit GuestErrors(EventStream& events) { events.attach(*this); }
    void on_guest_error(const GuestErrorEvent& event) override {
        messages.push_back(event.unit + ": " + event.message);
    }
    std::vector<std::string> messages;
};

// Reads, writes and reads back every register that is plain storage, in both groups.
void walk_registers(CsbDriver& driver, vp::Platform& platform);

}  // namespace dla::testing
