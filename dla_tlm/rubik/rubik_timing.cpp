// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/rubik/rubik_timing.hpp"

#include <algorithm>

#include "dla_tlm/rubik/rubik_kernel.hpp"

namespace dla::rubik {
namespace {

constexpr Cycles kStart = 20;  // from the enable to the first request, as the other readers

std::uint64_t port_beats(std::uint64_t bytes, Ram ram, const HardwareConfig& config) {
    const unsigned width =
        ram == Ram::kPrimary ? config.primary.width_bytes : config.secondary.width_bytes;
    return width == 0 ? 0 : ceil_div(bytes, width);
}

// One per line of a surface of the input, or of a plane.
double read_requests(const RubikOp& op) {
    const unsigned blocks = op.mode == RubikMode::kContract ? op.stride_x * op.stride_y : 1;
    const unsigned cubes = op.mode == RubikMode::kMerge ? op.planes() : op.surfaces() * blocks;
    return static_cast<double>(std::uint64_t{op.height} * cubes);
}

}  // namespace

RubikSchedule rubik_layer(const RubikOp& op, const HardwareConfig& config,
                          const MemoryTiming& read_memory, const MemoryTiming& write_memory) {
    const std::uint64_t lines = std::uint64_t{op.height};
    const std::uint64_t cube = lines * op.width * op.atom_bytes * op.surfaces();
    const std::uint64_t planes = lines * plane_line_bytes(op) * op.planes();
    RubikSchedule run;
    switch (op.mode) {
        case RubikMode::kSplit:
            run.bytes_read = cube;
            run.bytes_written = planes;
            break;
        case RubikMode::kMerge:
            run.bytes_read = planes;
            run.bytes_written = cube;
            break;
        default:
            run.bytes_read = run.bytes_written = cube * op.stride_x * op.stride_y;
            break;
    }
    const PortBeats written{.read = 0,
                            .written = port_beats(run.bytes_written, op.dst.ram, config)};
    const PortBeats read{.read = port_beats(run.bytes_read, op.src.ram, config),
                         .written = op.src.ram == op.dst.ram ? written.written : 0};
    const double reads = port_cycles(read, read_memory, config.timing);
    const double writes = std::max(static_cast<double>(written.written),
                                   port_cycles(written, write_memory, config.timing));
    run.first_request = kStart;
    run.cycles = std::max(reads, writes);
    run.read_stall = to_cycles(std::max(0.0, run.cycles - read_requests(op)));
    run.write_stall = to_cycles(std::max(0.0, writes - reads));
    run.done =
        kStart + to_cycles(run.cycles + read_memory.read_latency + write_memory.write_latency);
    return run;
}

}  // namespace dla::rubik
