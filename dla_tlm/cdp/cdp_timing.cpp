// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdp/cdp_timing.hpp"

#include <algorithm>
#include <cmath>

#include "dla_tlm/common/read_stall.hpp"

namespace dla::cdp {
namespace {

constexpr unsigned kPieceWidth = 8;  // the line is worked off in pieces of so many columns

// Going from a narrow last piece back to a full one, once per line.
double narrow_piece_cycles(const CdpLayer& layer, unsigned last_piece, const TimingConstants& t) {
    if (layer.width <= kPieceWidth || last_piece == kPieceWidth) return 0;
    return static_cast<double>(layer.height) * t.cdp_piece_switch_cycles *
           (kPieceWidth - last_piece);
}

unsigned last_piece_width(const CdpLayer& layer) {
    return (layer.width - 1) % kPieceWidth + 1;
}

// Beyond the work itself and the memory latencies.
Cycles layer_constant(const CdpLayer& layer, const TimingConstants& t) {
    const unsigned last_piece = last_piece_width(layer);
    return layer.bypass ? t.cdp_bypass_constant + t.cdp_bypass_last_piece_cycles * last_piece
                        : t.cdp_constant + t.cdp_last_piece_cycles * last_piece;
}

double atoms_of(const CdpLayer& layer) {
    return static_cast<double>(std::uint64_t{layer.width} * layer.height * layer.surfaces);
}

double beats_per_atom(const HardwareConfig& config) {
    return static_cast<double>(config.memory_atom_bytes) / config.primary.width_bytes;
}

Prefetch prefetch_of(const TimingConstants& t) {
    return {static_cast<double>(t.cdp_prefetch_beats), static_cast<double>(t.cdp_round_trip)};
}

// One request per piece of a line and surface: all surfaces of a piece, piece by piece.
ReadRequests requests_of(const CdpLayer& layer, const HardwareConfig& config) {
    constexpr unsigned kLast = 6;
    const unsigned pieces = static_cast<unsigned>(ceil_div(layer.width, kPieceWidth));
    const unsigned per_line = pieces * layer.surfaces;
    unsigned last_atoms = 0;
    for (unsigned i = 0; i < std::min(kLast, per_line * layer.height); ++i) {
        const bool last_piece = i % per_line < layer.surfaces;
        last_atoms += last_piece ? last_piece_width(layer) : kPieceWidth;
    }
    const auto beats = [&](double atoms) {
        return static_cast<std::uint64_t>(std::ceil(atoms * beats_per_atom(config)));
    };
    return {.count = std::uint64_t{per_line} * layer.height,
            .beats = beats(atoms_of(layer)),
            .last_beats = beats(last_atoms)};
}

}  // namespace

CdpSchedule cdp_from_memory(const CdpLayer& layer, const HardwareConfig& config,
                            const MemoryTiming& memory) {
    const TimingConstants& t = config.timing;
    const double atoms = atoms_of(layer);
    const double work = atoms * t.cdp_cycles_per_atom / layer.bytes_per_element;
    const double beats = atoms * beats_per_atom(config);
    const auto whole_beats = static_cast<std::uint64_t>(beats);
    const double feed =
        std::max(stream_cycles(whole_beats, prefetch_of(t), memory.read_latency, work / beats),
                 port_cycles({.read = whole_beats, .written = whole_beats}, memory, t));
    CdpSchedule run{};
    run.first_request = t.first_rdma_request;
    const unsigned whole_pieces = layer.width / kPieceWidth;
    const double pieces = static_cast<double>(whole_pieces) * layer.height * layer.surfaces;
    double compute = work + pieces * t.cdp_cycles_per_piece;
    if (!layer.bypass) compute += narrow_piece_cycles(layer, last_piece_width(layer), t);
    run.cycles = std::max(compute, feed);
    run.done = to_cycles(run.cycles) + layer_constant(layer, t) +
               to_cycles(memory.read_latency + memory.write_latency);
    run.parts.compute = compute;
    run.parts.data_fetch = run.cycles - compute;
    run.parts.latency = static_cast<double>(run.done) - run.cycles;
    return run;
}

Cycles cdp_read_stall(const CdpLayer& layer, const HardwareConfig& config,
                      const MemoryTiming& memory) {
    const CdpSchedule schedule = cdp_from_memory(layer, config, memory);
    const ReadRequests requests = requests_of(layer, config);
    const ReadPace pace{prefetch_of(config.timing), held_beats(config.timing.cdp_prefetch_beats),
                        schedule.cycles / (atoms_of(layer) * beats_per_atom(config))};
    return stalled_read_cycles(requests, last_request_taken(requests, pace, {}, memory));
}

Cycles cdp_hidden_start(const CdpLayer& before, const HardwareConfig& config,
                        const MemoryTiming& memory) {
    constexpr Cycles kBetweenLayers = 23;
    return layer_constant(before, config.timing) - kBetweenLayers + to_cycles(memory.read_latency);
}

}  // namespace dla::cdp
