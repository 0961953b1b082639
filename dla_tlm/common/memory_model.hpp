// SPDX-License-Identifier: Apache-2.0
// A memory behind a DLA's port in plain numbers, read from configs/memory/*.yaml.
//
//   auto memory = builtin_memory("lpddr4");
//   auto result = set_memory_field(*memory, "latency", "200");     // --set memory.latency=200
//   MemoryTiming timing = timing_of(*memory, config.primary, config.clock_mhz);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_timing.hpp"
#include "dla_tlm/common/result.hpp"

namespace dla {

struct MemoryModel {
    std::string name;
    std::string summary;
    double latency;             // core cycles from an accepted read to its data
    double write_latency;       // core cycles from the last write beat to its response
    double beat_interval;       // core cycles between two read beats, at least
    unsigned outstanding;       // reads that may be open, 0: no limit
    double bandwidth_gb_per_s;  // reads and writes together, 0: no limit but the port's
};

std::vector<std::string> builtin_memory_names();
Result<MemoryModel> builtin_memory(std::string_view name);
Result<MemoryModel> load_memory(const std::string& path);
Result<MemoryModel> parse_memory(const std::string& yaml_text, const std::string& where);

// One field by name, as on a command line; latency sets both latencies.
Result<void> set_memory_field(MemoryModel& memory, std::string_view field, std::string_view value);

// Beats of the port cannot come faster than the memory's bandwidth allows.
MemoryTiming timing_of(const MemoryModel& memory, const MemoryPort& port, double clock_mhz);

}  // namespace dla
