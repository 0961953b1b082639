// SPDX-License-Identifier: Apache-2.0
// One trace on one DLA, in this process. SystemC elaborates once per process, so this may be called
// once; trace_jobs.hpp gives every trace a process of its own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dla_tlm/common/events.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/timing_mode.hpp"
#include "trace-tests/player/outcome.hpp"
#include "vp/inject/injector.hpp"
#include "vp/monitor/options.hpp"
#include "vp/observe/sink_set.hpp"
#include "vp/state/trace_checkpoint.hpp"

namespace dla::vp {

class Platform;

// What a run's layers cost, in words and as members of a JSON object.
struct LayerTexts {
    std::string table{};
    std::string summary{};
    std::string json{};
};

struct TraceRunOptions {
    TimingMode timing{};
    std::uint64_t hang_clocks = 2'000'000'000;
    std::string dump_folder{};            // empty: no dumps
    std::string layers_file{};            // CSV of all operations, empty: none
    std::string registers_file{};         // CSV of all result registers, empty: none
    std::vector<std::string> sinks{};     // --trace of observe/sink_set.hpp
    RecordOption record{};                // --record
    std::string name{};                   // of the run, for the sinks
    CheckpointOptions checkpoint{};       // --save, --save-at, --restore, --list-idle
    std::vector<EventSink*> listeners{};  // in this process, beside the sinks
    monitor::MonitorOptions monitor{};
    inject::InjectedRun inject{};
    // With the platform before and after the run, for whoever wants to look at it closely.
    std::function<void(Platform&)> before{};
    std::function<void(Platform&)> after{};
};

// Never throws: whatever goes wrong is in the outcome. texts: filled if not null.
trace::Outcome run_trace(const std::string& path, const HardwareConfig& config,
                         const TraceRunOptions& options, LayerTexts* texts = nullptr);

}  // namespace dla::vp
