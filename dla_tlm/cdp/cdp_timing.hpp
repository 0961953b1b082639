// SPDX-License-Identifier: Apache-2.0
// Cycles of a CDP layer. spec: timing.md section 7.
//
//   CdpSchedule run = cdp_from_memory({.width = 16, .height = 16, .surfaces = 2}, config, memory);
#pragma once

#include <cstdint>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/layer_cost.hpp"
#include "dla_tlm/common/memory_timing.hpp"

namespace dla::cdp {

struct CdpLayer {
    unsigned width = 0;
    unsigned height = 0;
    unsigned surfaces = 0;  // memory atoms per pixel
    unsigned bytes_per_element = 1;
    bool bypass = false;  // of the square sum, with or without the multiplier's
};

struct CdpSchedule {
    Cycles first_request = 0;
    double cycles = 0;  // T
    Cycles done = 0;
    CycleParts parts;  // of done
};
CdpSchedule cdp_from_memory(const CdpLayer& layer, const HardwareConfig& config,
                            const MemoryTiming& memory);

// What CDP_RDMA's read-stall register counts.
Cycles cdp_read_stall(const CdpLayer& layer, const HardwareConfig& config,
                      const MemoryTiming& memory);

// Start-up that hides behind the end of a layer before it: the reader has already prefetched. One
// pair measured (golden pp_cdp), at three latencies.
Cycles cdp_hidden_start(const CdpLayer& before, const HardwareConfig& config,
                        const MemoryTiming& memory);

}  // namespace dla::cdp
