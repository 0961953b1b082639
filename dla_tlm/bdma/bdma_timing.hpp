// SPDX-License-Identifier: Apache-2.0
<<<<<<< HEAD
// Cycles of a BDMA operation, from structure (no RTL runs exist): whole beats, one per cycle on the
// slower of the two ports, reads running ahead of writes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dla_tlm/bdma/bdma_op.hpp"
#include "dla_tlm/common/hardware_config.hpp"

namespace dla::bdma {

constexpr std::uint64_t kStartCycles = 20;  // descriptor fetch and address generation

constexpr std::uint64_t line_cycles(const BdmaOp& op, const HardwareConfig& config) {
    const auto beats = [&](Ram ram) -> std::uint64_t {
        const MemoryPort& port = ram == Ram::kPrimary ? config.primary : config.secondary;
        return port.width_bytes == 0 ? 0
                                     : (op.line_bytes + port.width_bytes - 1) / port.width_bytes;
    };
    // A copy inside one memory shares no channel: reads and writes have ports of their own.
    return std::max(beats(op.source_ram), beats(op.destination_ram));
}
=======
// Cycles of one BDMA operation, derived from the structure of the engine: a line is read in
// requests of up to eight memory atoms, passes a buffer and is written; reads run ahead of writes.
// No RTL cycle counts exist for BDMA.
//
//   BdmaSchedule run = bdma_copy({.line_bytes = 256, .lines = 16, .surfaces = 2}, config, src,
//   dst);
#pragma once

#include <cstdint>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_timing.hpp"

namespace dla::bdma {

struct BdmaTransfer {
    std::uint64_t line_bytes = 0;
    std::uint64_t lines = 1;
    std::uint64_t surfaces = 1;
};

struct BdmaSchedule {
    Cycles first_request = 0;
    double cycles_per_line = 0;
    Cycles done = 0;  // write response of the last line
};
BdmaSchedule bdma_copy(const BdmaTransfer& transfer, const HardwareConfig& config,
                       const MemoryTiming& source, const MemoryTiming& destination);
>>>>>>> 9f69e9a (Layer timing as pure functions: memory streams, convolution, SDP, PDP, CDP, BDMA)

}  // namespace dla::bdma
