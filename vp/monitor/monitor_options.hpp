// SPDX-License-Identifier: Apache-2.0
// --monitor and --hold of the commands that run DLAs.
#pragma once

#include <CLI/CLI.hpp>

#include "vp/monitor/options.hpp"

namespace dla::vp::monitor {

inline void add_monitor_options(CLI::App& command, MonitorOptions& options) {
    command.add_option(
        "--monitor", options.socket,
        "let `dla-vp ctl` and GDB look into the run: a name, or the path of a socket "
        "in a folder of mode 0700");
    command.add_flag("--hold", options.hold,
                     "with --monitor: stand still until `dla-vp ctl resume`");
}

}  // namespace dla::vp::monitor
