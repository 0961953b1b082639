// SPDX-License-Identifier: Apache-2.0
// Command-line options that choose the memories behind the ports.
//
//   MemoryOptions memory;
//   add_memory_options(*command, memory);       // --memory lpddr4 --set memory.latency=200
//   auto mode = timing_mode(memory, config);
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "dla_tlm/common/memory_model.hpp"
#include "dla_tlm/common/timing_mode.hpp"

namespace dla::vp {

struct MemoryOptions {
    std::string main = "rtl-bench";  // built-in name or .yaml file
    std::string second = "rtl-bench";
    std::vector<std::string> settings;  // memory.field=value, second_memory.field=value
};

// --memory and --second-memory; with --set for their fields.
void add_memory_choice(CLI::App& command, MemoryOptions& options);
void add_memory_options(CLI::App& command, MemoryOptions& options);
// Whether a --set KEY=VALUE is one of a memory's field.
bool sets_memory(const std::string& setting);

// Both ports of a configuration; an Error for the user where a name, field or value is wrong.
Result<TimingMode> timing_mode(const MemoryOptions& options, const HardwareConfig& config);

}  // namespace dla::vp
