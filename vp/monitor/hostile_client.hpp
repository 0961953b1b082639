// SPDX-License-Identifier: Apache-2.0
// A client of the monitor's socket that sends anything, at a run that stands still.
//
//   StandingRun run;
//   run.send("regs PDP 9\nmem 0x80000000 16\n...");
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "vp/monitor/monitor.hpp"
#include "vp/platform/platform.hpp"

namespace dla::vp::monitor {

// What clients really ask.
std::vector<std::string> real_requests();

// An nv_small platform that nobody programs, with its monitor at a socket of its own.
class StandingRun : public sc_core::sc_module {
  public:
    explicit StandingRun(sc_core::sc_module_name name);
    ~StandingRun() override;

    // Connects, sends the bytes and an honest request behind them; returns what is answered until
    // that one is, or until the server hangs up.
    std::string send(const std::string& bytes);
    Monitor& monitor() { return *monitor_; }
    // A connection that does not block.
    int connect() const;

  private:
    char folder_[32] = "/tmp/monitor-test-XXXXXX";
    std::string socket_;
    vp::Platform platform_;
    tlm_utils::simple_initiator_socket<StandingRun> csb_;
    std::unique_ptr<Monitor> monitor_;
};

}  // namespace dla::vp::monitor
