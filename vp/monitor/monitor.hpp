// SPDX-License-Identifier: Apache-2.0
// Lets others look into a run and control it: through a socket (dla-vp ctl, GDB on the guest) and
// for a debugger that holds this process itself.
//
//   auto monitor = Monitor::open(options, Gate::Pause::kBlock);     // errors are the user's
//   monitor->watch("", platform.dla());
//   monitor->begin();                       // stands still here where --hold asks for it
//   sc_core::sc_start();
//
// Without a socket it costs nothing until a debugger asks.
#pragma once

#include <memory>
#include <string>

#include "vp/monitor/commands.hpp"
#include "vp/monitor/options.hpp"
#include "vp/monitor/server.hpp"

namespace dla::vp::monitor {

class Monitor {
  public:
    static Result<std::unique_ptr<Monitor>> open(const MonitorOptions& options, Gate::Pause pause);
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    // Before the simulation starts.
    void watch(std::string name, Dla& dla) { commands_.watch(std::move(name), dla); }
    void begin();
    Gate& gate() { return gate_; }
    // In the simulation's thread, or while it stands still.
    std::string execute_for_debugger(const std::string& line);

  private:
    Monitor(const MonitorOptions& options, Gate::Pause pause);
    Result<void> listen();
    void take(std::uint64_t session, const std::string& line, Server::Respond respond);

    MonitorOptions options_;
    Gate gate_;
    Commands commands_;
    bool debugged_ = false;
    std::unique_ptr<Server> server_;
};

}  // namespace dla::vp::monitor
