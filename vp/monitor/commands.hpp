// SPDX-License-Identifier: Apache-2.0
// The monitor's commands, whoever gives them: a socket, a debugger, a test.
//
//   Commands commands(gate);
//   commands.watch("", dla);
//   commands.execute({.line = "regs PDP 1"}, [](Result<Reply> reply) { ... });
//
// Runs in the simulation's thread. Most commands answer before execute() returns; step and wait
// answer when the run stops.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vp/monitor/dla_watch.hpp"
#include "vp/monitor/reply.hpp"

namespace dla::vp::monitor {

struct Request {
    std::string line;
    std::uint64_t session = 0;  // register breaks of a debugger's session go with it
};

class Commands {
  public:
    using Answer = std::function<void(Result<Reply>)>;

    explicit Commands(Gate& gate);
    ~Commands();
    Commands(const Commands&) = delete;
    Commands& operator=(const Commands&) = delete;

    // Before the simulation starts. name: how "dla=" calls it; empty where there is one only.
    void watch(std::string name, Dla& dla);
    // From now on the DLAs are listened to, which costs time.
    void attach();
    void execute(const Request& request, const Answer& answer);
    // Nobody waits there any more. If it was the debugger that held the run, so are its breaks and
    // its pause gone.
    void end_session(std::uint64_t session);

  private:
    struct Command;
    static const std::vector<Command>& table();

    Result<DlaWatch*> choose(std::vector<std::string>& words);
    Result<Reply> help(Words words) const;
    Result<Reply> pause(Words words, std::uint64_t session);
    Result<Reply> resume(Words words);
    Result<Reply> break_register(DlaWatch& watch, Words words, std::uint64_t session);
    Result<Reply> list_breaks(Words words) const;
    Result<Reply> delete_break(Words words);
    Result<Reply> inject_interrupt(DlaWatch& watch, Words words);
    Result<Reply> take_debugger(Words words, std::uint64_t session);
    Result<Reply> arm_step(DlaWatch& watch, Words words);
    void step(DlaWatch& watch, Words words, std::uint64_t session, const Answer& answer);
    void wait_for_stop(Words words, std::uint64_t session, const Answer& answer);

    Gate& gate_;
    std::vector<std::unique_ptr<DlaWatch>> watches_;
    bool attached_ = false;
    unsigned last_break_ = 0;
    std::uint64_t debugger_ = 0;  // session of the guest's debugger
};

}  // namespace dla::vp::monitor
