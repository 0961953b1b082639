// SPDX-License-Identifier: Apache-2.0
// What the command line of `dla-vp boot` says.
#pragma once

#include <string>
#include <vector>

#include "vp/boot/gdb_session.hpp"
#include "vp/inject/inject_options.hpp"
#include "vp/memory_options.hpp"
#include "vp/monitor/monitor_options.hpp"
#include "vp/observe/sink_set.hpp"

namespace dla::vp {

struct BootOptions {
    std::string platform_path;
    std::vector<std::string> configs;
    std::vector<std::string> settings;
    std::string share;
    std::string run;
    int forward_port = 0;
    bool print_config = false;
    unsigned threads = 0;
    std::string timing = "on";
    MemoryOptions memory;
    bool layers = false;
    double hang_seconds = 5;
    std::vector<std::string> qemu_arguments;
    std::vector<std::string> sinks;
    RecordOption record;
    std::string baremetal;  // task image
    monitor::MonitorOptions monitor;
    GdbOptions gdb;
    std::string symbols;
    std::string json;
    inject::InjectOptions inject;
    std::string coverage;  // file, empty: none
};

}  // namespace dla::vp
