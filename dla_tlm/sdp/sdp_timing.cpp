// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_timing.hpp"

#include <algorithm>

namespace dla::sdp {
namespace {

// A stage that is not bypassed: alone, with ALU and multiplier both, with the table.
constexpr Cycles kStage = 5;
constexpr Cycles kSecondOperation = 2;
constexpr Cycles kTable = 10;
// Its operands from memory, and one more cycle where only the ALU uses them.
constexpr Cycles kOperands = 3;
constexpr Cycles kOnTheFly = 6;  // any stage not bypassed, on the fly
constexpr Cycles kPairGap = 20;  // between two layers from memory
constexpr double kReadRoundTrip = 14;
constexpr double kDeepOperandRoundTrip = 3;
constexpr unsigned kDeepOperands = 100;

double total_beats(const SdpLayer& layer, const HardwareConfig& config) {
    const double atoms = static_cast<double>(layer.pixels * layer.surfaces);
    return atoms * config.memory_atom_bytes / config.primary.width_bytes;
}

// From the output that PDP would see to the write command.
Cycles write_cycles(const TimingConstants& t) {
    return static_cast<Cycles>(t.sdp_after_cacc) - static_cast<Cycles>(t.sdp_to_pdp_output);
}

Prefetch operand_prefetch(const TimingConstants& t) {
    return {static_cast<double>(t.operand_prefetch_beats),
            t.operand_prefetch_beats > kDeepOperands ? kDeepOperandRoundTrip : kReadRoundTrip};
}

bool any_active(const SdpLayer& layer) {
    return std::ranges::any_of(layer.stages, &SdpStage::active);
}

Cycles stage_cycles(const SdpStage& stage) {
    if (!stage.active) return 0;
    const Cycles operations = stage.alu && stage.multiplier ? kSecondOperation : 0;
    const Cycles operands = stage.operand_beats > 0 ? kOperands + (stage.multiplier ? 0 : 1) : 0;
    return kStage + operations + operands + (stage.lut ? kTable : 0);
}

double work_cycles(const SdpLayer& layer, const HardwareConfig& config) {
    return static_cast<double>(layer.pixels * layer.surfaces) * sdp_cycles_per_atom(layer, config);
}

// T of section 5.
double streaming_cycles(const SdpLayer& layer, const HardwareConfig& config,
                        const MemoryTiming& memory) {
    const TimingConstants& t = config.timing;
    const double work = work_cycles(layer, config);
    const auto beats = static_cast<std::uint64_t>(total_beats(layer, config));
    double cycles = std::max(
        work, stream_cycles(beats, {static_cast<double>(t.sdp_prefetch_beats), kReadRoundTrip},
                            memory.read_latency, work / static_cast<double>(beats)));
    std::uint64_t all = beats;
    for (const SdpStage& stage : layer.stages) {
        if (!stage.per_element || stage.operand_beats == 0) continue;
        all += stage.operand_beats;
        const double per_beat = work / static_cast<double>(stage.operand_beats);
        cycles = std::max(cycles, stream_cycles(stage.operand_beats, operand_prefetch(t),
                                                memory.read_latency, per_beat));
    }
    const PortBeats port{.read = all, .written = layer.to_pdp ? 0 : beats};
    return std::max(cycles, port_cycles(port, memory, t));
}

}  // namespace

double sdp_cycles_per_atom(const SdpLayer& layer, const HardwareConfig& config) {
    const double atom = config.memory_atom_bytes;
    double cycles = config.timing.sdp_cycles_per_atom;
    if (layer.stages[kElementWise].active && config.throughput.sdp_ew > 0) {
        cycles = std::max(cycles, atom / config.throughput.sdp_ew);
    }
    return cycles / layer.bytes_per_element;
}

Cycles SdpSchedule::output_at(std::uint64_t atoms) const {
    if (atoms == 0) return first_request;
    return to_cycles(first_output + static_cast<double>(atoms - 1) * cycles_per_atom);
}

SdpSchedule sdp_from_memory(const SdpLayer& layer, const HardwareConfig& config,
                            const MemoryTiming& memory) {
    const TimingConstants& t = config.timing;
    const double cycles = streaming_cycles(layer, config, memory);
    const auto atoms = static_cast<double>(layer.pixels * layer.surfaces);
    Cycles start = static_cast<Cycles>(t.sdp_constant) + to_cycles(memory.read_latency);
    for (const SdpStage& stage : layer.stages)
        start += stage_cycles(stage);
    const Cycles write = write_cycles(t);
    SdpSchedule run{};
    run.first_request = t.first_rdma_request;
    run.cycles_per_atom = cycles / atoms;
    run.first_output = static_cast<double>(start - write) + run.cycles_per_atom;
    run.last_output = start - write + to_cycles(cycles);
    run.done = layer.to_pdp ? run.last_output
                            : start + to_cycles(cycles) + to_cycles(memory.write_latency);
    run.parts.compute = work_cycles(layer, config);
    run.parts.data_fetch = cycles - run.parts.compute;
    run.parts.latency = static_cast<double>(run.done) - cycles;
    return run;
}

Cycles sdp_output_after_cacc(Cycles delivery, const SdpLayer& layer, const HardwareConfig& config) {
    return delivery + static_cast<Cycles>(config.timing.sdp_to_pdp_output) +
           (any_active(layer) ? kOnTheFly : 0);
}

Cycles sdp_done_after_cacc(Cycles last_delivery, const SdpLayer& layer,
                           const HardwareConfig& config, const MemoryTiming& memory) {
    const Cycles out = sdp_output_after_cacc(last_delivery, layer, config);
    if (layer.to_pdp) return out;
    return out + write_cycles(config.timing) + to_cycles(memory.write_latency);
}

double memory_cycles_per_pixel(const SdpLayer& layer, const HardwareConfig& config,
                               const MemoryTiming& memory) {
    const OpenReads open = open_reads(memory, config.timing);
    const double round_trip =
        std::max((memory.read_latency + kReadRoundTrip) / config.timing.operand_prefetch_beats,
                 (memory.read_latency + open.turnaround) / open.limit);
    const auto atoms = static_cast<double>(layer.pixels * layer.surfaces);
    const double output = layer.to_pdp ? 0 : total_beats(layer, config) / atoms;
    double slowest = 0;
    double moved = output;
    for (const SdpStage& stage : layer.stages) {
        if (!stage.per_element) continue;
        const double beats = static_cast<double>(stage.operand_beats) / atoms;
        slowest = std::max(slowest, beats * round_trip);
        moved += beats;
    }
    return std::max(slowest, moved * memory.shared_interval);
}

std::uint64_t operand_beats_ahead(const SdpLayer& layer, const HardwareConfig& config) {
    std::uint64_t ahead = 0;
    for (const SdpStage& stage : layer.stages) {
        if (!stage.per_element) continue;
        ahead += std::min<std::uint64_t>(stage.operand_beats, config.timing.operand_prefetch_ahead);
    }
    return ahead;
}

Cycles sdp_done_after_sdp(Cycles previous_done, const SdpLayer& layer, const HardwareConfig& config,
                          const MemoryTiming& memory) {
    return previous_done + to_cycles(streaming_cycles(layer, config, memory)) + kPairGap +
           to_cycles(memory.write_latency);
}

}  // namespace dla::sdp
