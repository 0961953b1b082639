// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/bdma/bdma_timing.hpp"

#include <algorithm>

namespace dla::bdma {
namespace {

constexpr std::uint64_t kRequestAtoms = 8;  // greatest read or write request
constexpr Cycles kStart = 20;               // descriptor fetch and address generation

// A copy inside one memory shares no channel: reads and writes have ports of their own.
double line_cycles(const BdmaOp& op, Ram ram, const HardwareConfig& config, double beat_interval) {
    const MemoryPort& port = ram == Ram::kPrimary ? config.primary : config.secondary;
    if (port.width_bytes == 0) return 0;
    const auto beats = static_cast<double>(ceil_div(op.line_bytes, port.width_bytes));
    const std::uint64_t requests =
        ceil_div(op.line_bytes, kRequestAtoms * config.memory_atom_bytes);
    return std::max(beats * beat_interval, static_cast<double>(requests));
}

}  // namespace

BdmaSchedule bdma_copy(const BdmaOp& op, const HardwareConfig& config, const MemoryTiming& source) {
    BdmaSchedule run{};
    run.first_data = kStart + to_cycles(source.read_latency);
    // Writes are not known to be limited by anything but the port itself.
    const double reading = line_cycles(op, op.source_ram, config, source.beat_interval);
    const double writing = line_cycles(op, op.destination_ram, config, 1.0);
    run.cycles_per_line = std::max(reading, writing);
    const auto lines = static_cast<double>(std::uint64_t{op.lines} * op.surfaces);
    run.read_stall = to_cycles((lines - 1) * std::max(0.0, run.cycles_per_line - 1));
    run.write_stall = to_cycles(lines * std::max(0.0, writing - reading));
    run.done = run.line_at(lines);
    return run;
}

}  // namespace dla::bdma
