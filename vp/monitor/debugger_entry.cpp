// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/debugger_entry.hpp"

#include <string>

#include "vp/monitor/monitor.hpp"

namespace dla::vp::monitor {
namespace {

Monitor* debugged_run = nullptr;
std::string last_answer;

}  // namespace

void set_debugged_run(Monitor* monitor) {
    debugged_run = monitor;
}

}  // namespace dla::vp::monitor

extern "C" {

[[gnu::used, gnu::noinline]] const char* dla_debugger_command(const char* line) {
    using dla::vp::monitor::debugged_run;
    using dla::vp::monitor::last_answer;
    last_answer = debugged_run == nullptr ? "error: no DLA exists yet, or none any more\n"
                                          : debugged_run->execute_for_debugger(line);
    return last_answer.c_str();
}

[[gnu::used, gnu::noinline]] void dla_debugger_stop(const char* why) {
    asm volatile("" ::"r"(why) : "memory");
}
}
