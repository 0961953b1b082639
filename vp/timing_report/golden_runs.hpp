// SPDX-License-Identifier: Apache-2.0
// Cycle counts measured on RTL: the sweeps of golden/timing and the single layers of the functional
// golden sets, each with the layers its trace programs.
//
//   auto runs = read_timing_runs("../shared/golden/timing", "nv_large", config);
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dla_tlm/common/memory_timing.hpp"
#include "vp/timing_report/trace_program.hpp"

namespace dla::vp {

struct GoldenRun {
    std::string name;
    std::string kind;  // conv, image, sdp, pdp, cdp, fused, conv2, sdp2
    MemoryTiming memory;
    TraceProgram program;
    std::string trace;  // its .cfg file
    // Status bit of a unit and group is set, e.g. "cdma_dat_0", "sdp_1". From the last enable.
    std::map<std::string, Cycles> done;
    Cycles first_enable = 0;
    // Performance registers of group 0 after the layer, e.g. "CDMA.D_PERF_DAT_READ_STALL".
    std::map<std::string, std::uint32_t> counters{};
    // What the error is a part of: first enable to the last done.
    Cycles length() const;
};

// One configuration's CSV file and the traces beside it.
Result<std::vector<GoldenRun>> read_timing_runs(const std::string& folder,
                                                const std::string& configuration,
                                                const HardwareConfig& config);
// The traces of golden/nv_small or golden/nv_large that run one layer (or one fused chain).
Result<std::vector<GoldenRun>> read_functional_runs(const std::string& folder,
                                                    const HardwareConfig& config);

// Any trace of a functional set: single layers, chains, layers of both groups, parallel units.
struct FunctionalTrace {
    std::string name;
    std::string trace;  // its .cfg file
    // Interrupts in the order in which they came: status bit, cycle of the pin.
    std::vector<std::pair<unsigned, Cycles>> interrupts;
    // Last enable to last status bit, by memory latency.
    std::map<unsigned, Cycles> cycles;
    // Registers of group 0 at the end, by unit and name without the group's suffix.
    std::map<std::string, std::uint32_t> registers;
};
Result<std::vector<FunctionalTrace>> read_functional_traces(const std::string& folder);

}  // namespace dla::vp
