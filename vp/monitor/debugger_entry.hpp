// SPDX-License-Identifier: Apache-2.0
// What a debugger that holds this process can call and break at. While it does, nothing else runs
// here, so it cannot use the socket.
//
//   (gdb) print dla_debugger_command("status")
#pragma once

namespace dla::vp::monitor {

class Monitor;

// The run that a debugger of this process talks to; null: none. A debugger has nothing but names of
// functions, so the process has to remember it.
void set_debugged_run(Monitor* monitor);

}  // namespace dla::vp::monitor

extern "C" {

// A monitor command's answer; valid until the next call.
const char* dla_debugger_command(const char* line);
// Called when a stop that the debugger asked for has come; does nothing.
void dla_debugger_stop(const char* why);
}
