// SPDX-License-Identifier: Apache-2.0
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

}  // namespace dla::bdma
