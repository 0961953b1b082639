// SPDX-License-Identifier: Apache-2.0
// Cycles of one BDMA operation, derived from the structure of the engine: whole beats in requests
// of up to eight memory atoms, reads running ahead of writes. No RTL cycle counts exist for BDMA.
//
//   BdmaSchedule run = bdma_copy(op, config, source_memory, destination_memory);
#pragma once

#include <cstdint>

#include "dla_tlm/bdma/bdma_op.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_timing.hpp"

namespace dla::bdma {

struct BdmaSchedule {
    Cycles first_request = 0;
    Cycles first_data = 0;  // first line can be written
    double cycles_per_line = 0;
    // Cycles in which a request is there and not taken: one per line, taken when the port has moved
    // the line before it. Writes follow the data and wait where their port is the slower one.
    Cycles read_stall = 0;
    Cycles write_stall = 0;
    Cycles done = 0;  // last line is written; its response comes a write latency later

    // So many lines are written.
    Cycles line_at(double lines) const { return first_data + to_cycles(lines * cycles_per_line); }
};
BdmaSchedule bdma_copy(const BdmaOp& op, const HardwareConfig& config, const MemoryTiming& source,
                       const MemoryTiming& destination);

}  // namespace dla::bdma
