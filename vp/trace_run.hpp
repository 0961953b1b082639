// SPDX-License-Identifier: Apache-2.0
// One trace on one DLA, in this process. SystemC elaborates once per process, so this may be called
// once; trace_jobs.hpp gives every trace a process of its own.
#pragma once

#include <string>
#include <vector>

#include "dla_tlm/common/events.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/timing_mode.hpp"
#include "trace-tests/player/outcome.hpp"

namespace dla::vp {

struct TraceRunOptions {
    TimingMode timing{};
    std::uint64_t hang_clocks = 2'000'000'000;
    std::string dump_folder{};            // empty: no dumps
    std::string layers_file{};            // CSV of all operations, empty: none
    std::string registers_file{};         // CSV of all result registers, empty: none
    std::vector<std::string> sinks{};     // --trace of observe/sink_set.hpp
    std::string record{};                 // folder of --record, may be empty
    std::string name{};                   // of the run, for the sinks
    std::vector<EventSink*> listeners{};  // in this process, beside the sinks
};

// Never throws: whatever goes wrong is in the outcome.
trace::Outcome run_trace(const std::string& path, const HardwareConfig& config,
                         const TraceRunOptions& options);

}  // namespace dla::vp
