// SPDX-License-Identifier: Apache-2.0
// Cycles of a RUBIK layer from its structure: bytes over port width, reads and writes side by side.
// No RTL cycle counts exist for RUBIK.
//
//   RubikSchedule run = rubik_layer(op, config, read_memory, write_memory);
#pragma once

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_timing.hpp"
#include "dla_tlm/rubik/rubik_op.hpp"

namespace dla::rubik {

struct RubikSchedule {
    Cycles first_request = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;
    // Cycles in which a request is there and not taken: one per line of atoms or plane, taken when
    // the port has moved the one before it. Writes follow the data and wait where they are the
    // more.
    Cycles read_stall = 0;
    Cycles write_stall = 0;
    double cycles = 0;  // from the first data to the last write
    Cycles done = 0;    // last write acknowledged
};
RubikSchedule rubik_layer(const RubikOp& op, const HardwareConfig& config,
                          const MemoryTiming& read_memory, const MemoryTiming& write_memory);

}  // namespace dla::rubik
