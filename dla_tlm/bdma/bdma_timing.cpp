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

// What the ports' open reads and the memories' bandwidth leave, for the whole copy.
double memory_cycles(const BdmaOp& op, const HardwareConfig& config, const MemoryTiming& source,
                     const MemoryTiming& destination) {
    const auto beats = [&](Ram ram) {
        const MemoryPort& port = ram == Ram::kPrimary ? config.primary : config.secondary;
        return port.width_bytes == 0 ? 0 : ceil_div(op.bytes(), port.width_bytes);
    };
    const bool same = op.source_ram == op.destination_ram;
    const PortBeats written{.read = 0, .written = beats(op.destination_ram)};
    const PortBeats read{.read = beats(op.source_ram), .written = same ? written.written : 0};
    return std::max(port_cycles(read, source, config.timing),
                    port_cycles(written, destination, config.timing));
}

}  // namespace

BdmaSchedule bdma_copy(const BdmaOp& op, const HardwareConfig& config, const MemoryTiming& source,
                       const MemoryTiming& destination) {
    BdmaSchedule run{};
    run.first_request = kStart;
    run.first_data = kStart + to_cycles(source.read_latency);
    // Writes are not known to be limited by anything but the port itself.
    const double reading = line_cycles(op, op.source_ram, config, source.beat_interval);
    const double writing = line_cycles(op, op.destination_ram, config, 1.0);
    const auto lines = static_cast<double>(std::uint64_t{op.lines} * op.surfaces);
    run.cycles_per_line =
        std::max({reading, writing, memory_cycles(op, config, source, destination) / lines});
    run.read_stall = to_cycles((lines - 1) * std::max(0.0, run.cycles_per_line - 1));
    run.write_stall = to_cycles(lines * std::max(0.0, writing - reading));
    run.done = run.line_at(lines);
    return run;
}

}  // namespace dla::bdma
