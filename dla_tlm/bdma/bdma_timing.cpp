// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/bdma/bdma_timing.hpp"

#include <algorithm>

namespace dla::bdma {
namespace {

constexpr std::uint64_t kRequestAtoms = 8;  // greatest read or write request
constexpr Cycles kStages = 30;              // request to write command, both queues empty

double line_cycles(std::uint64_t bytes, const HardwareConfig& config, const MemoryTiming& memory) {
    const std::uint64_t requests = ceil_div(bytes, kRequestAtoms * config.memory_atom_bytes);
    const auto beats = static_cast<double>(ceil_div(bytes, config.primary.width_bytes));
    return beats * memory.beat_interval + static_cast<double>(requests);
}

}  // namespace

BdmaSchedule bdma_copy(const BdmaTransfer& transfer, const HardwareConfig& config,
                       const MemoryTiming& source, const MemoryTiming& destination) {
    BdmaSchedule run{};
    run.first_request = config.timing.first_rdma_request;
    run.cycles_per_line = std::max(line_cycles(transfer.line_bytes, config, source),
                                   line_cycles(transfer.line_bytes, config, destination));
    const auto lines = static_cast<double>(transfer.lines * transfer.surfaces);
    run.done =
        run.first_request + kStages +
        to_cycles(lines * run.cycles_per_line + source.read_latency + destination.write_latency);
    return run;
}

}  // namespace dla::bdma
