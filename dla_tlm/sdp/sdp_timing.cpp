// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_timing.hpp"

#include <algorithm>
#include <vector>

#include "dla_tlm/common/read_stall.hpp"

namespace dla::sdp {
namespace {

// BS or BN not bypassed: with one operation, with ALU and multiplier both.
constexpr Cycles kStage = 5;
constexpr Cycles kSecondOperation = 2;
// Its operands from memory, and one more cycle where only the ALU uses them.
constexpr Cycles kOperands = 3;
// EW: its first elements leave before a whole atom came; ALU or multiplier, the tables, operands
// from memory (single ones per kernel come one cycle earlier) and their converters.
constexpr Cycles kEwAhead = 3;
constexpr Cycles kEwOperation = 7;
constexpr Cycles kEwTables = 15;
constexpr Cycles kEwOperands = 3;
constexpr Cycles kEwConverter = 2;
// Of the lookup counters: clocks that they miss of a layer, clocks behind its last lookup.
constexpr Cycles kLookupUncounted = 14;
constexpr std::uint64_t kAfterLookup = 12;
constexpr Cycles kOnTheFly = 6;  // any stage not bypassed, on the fly
constexpr Cycles kPairGap = 20;  // between two layers from memory
constexpr double kReadRoundTrip = 14;
constexpr double kDeepOperandRoundTrip = 3;
constexpr unsigned kDeepOperands = 100;

double total_beats(const SdpLayer& layer, const HardwareConfig& config) {
    const double atoms = static_cast<double>(layer.pixels * layer.surfaces);
    return atoms * config.memory_atom_bytes / config.primary.width_bytes;
}

// Beats between memory and SDP's own work: what may be in flight and the queues behind it.
constexpr unsigned kQueueBeats = 7;
constexpr unsigned kMostHeldBeats = 252;

double sdp_held_beats(unsigned prefetch_beats) {
    return std::min(prefetch_beats + kQueueBeats, kMostHeldBeats);
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

Cycles x_stage_cycles(const SdpStage& stage) {
    if (!stage.active) return 0;
    const Cycles operations = stage.alu && stage.multiplier ? kSecondOperation : 0;
    const Cycles operands = stage.operand_beats > 0 ? kOperands + (stage.multiplier ? 0 : 1) : 0;
    return kStage + operations + operands;
}

Cycles ew_stage_cycles(const SdpStage& stage) {
    if (!stage.active) return 0;
    Cycles cycles = (stage.lut ? kEwTables : 0) - kEwAhead;
    if (stage.alu || stage.multiplier) cycles += kEwOperation;
    if (stage.alu && stage.multiplier) cycles += kSecondOperation;
    if (stage.operand_beats > 0)
        cycles += kEwOperands - (stage.per_element || stage.paired ? 0 : 1) +
                  (stage.converted ? kEwConverter : 0);
    return cycles;
}

Cycles stage_cycles(const SdpLayer& layer) {
    return x_stage_cycles(layer.stages[0]) + x_stage_cycles(layer.stages[1]) +
           ew_stage_cycles(layer.stages[kElementWise]);
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

// One request per line of a surface.
ReadRequests requests_of(const SdpLayer& layer, std::uint64_t beats) {
    const std::uint64_t lines = std::uint64_t{layer.height} * layer.surfaces;
    return equal_requests(lines, lines == 0 ? 0 : beats / lines);
}

bool reads_elements(const SdpStage& stage) {
    return stage.per_element && stage.operand_beats > 0;
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
    const Cycles start =
        static_cast<Cycles>(t.sdp_constant) + to_cycles(memory.read_latency) + stage_cycles(layer);
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

LookupClocks lookup_idle_clocks(const SdpLayer& layer, const HardwareConfig& config,
                                Cycles last_output) {
    const SdpStage& ew = layer.stages[kElementWise];
    if (!ew.active || config.throughput.sdp_ew == 0) return {};
    const auto counted =
        static_cast<std::uint64_t>(std::max<Cycles>(0, last_output - kLookupUncounted));
    if (!ew.lut) return {counted, 0};
    const auto atoms = static_cast<double>(layer.pixels * layer.surfaces);
    const double elements = atoms * config.memory_atom_bytes / layer.bytes_per_element;
    const auto lookups = static_cast<std::uint64_t>(elements / config.throughput.sdp_ew);
    return {counted - std::min(counted, lookups + kAfterLookup), kAfterLookup};
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

SdpReadStalls sdp_read_stalls(const SdpLayer& layer, const HardwareConfig& config,
                              const MemoryTiming& memory) {
    const TimingConstants& t = config.timing;
    const double cycles = streaming_cycles(layer, config, memory);
    // The source is stream 0, stage i's operands stream i + 1.
    std::array<std::uint64_t, kStages + 1> beats{
        static_cast<std::uint64_t>(total_beats(layer, config))};
    for (std::size_t i = 0; i < kStages; ++i)
        beats[i + 1] = reads_elements(layer.stages[i]) ? layer.stages[i].operand_beats : 0;
    const auto stall = [&](std::size_t stream, Prefetch prefetch) -> Cycles {
        if (beats[stream] == 0) return 0;
        std::vector<std::uint64_t> others;
        for (std::size_t i = 0; i < beats.size(); ++i) {
            if (i != stream && beats[i] > 0) others.push_back(beats[i]);
        }
        const ReadRequests requests = requests_of(layer, beats[stream]);
        const ReadPace pace{prefetch, sdp_held_beats(static_cast<unsigned>(prefetch.depth)),
                            cycles / static_cast<double>(beats[stream])};
        return stalled_read_cycles(requests, last_request_taken(requests, pace, others, memory));
    };
    SdpReadStalls stalls;
    stalls.source = stall(0, {static_cast<double>(t.sdp_prefetch_beats), kReadRoundTrip});
    for (std::size_t i = 0; i < kStages; ++i)
        stalls.operands[i] = stall(i + 1, operand_prefetch(t));
    return stalls;
}

FlyingStalls::FlyingStalls(const SdpLayer& layer, const HardwareConfig& config)
    : layer_(layer), held_beats_(sdp_held_beats(config.timing.operand_prefetch_beats)) {
    for (std::size_t i = 0; i < kStages; ++i) {
        if (!reads_elements(layer.stages[i])) continue;
        const ReadRequests requests = requests_of(layer, layer.stages[i].operand_beats);
        const auto taken = static_cast<double>(requests.beats_before_last());
        stalls_.operands[i] = stalled_read_cycles(requests, taken);
    }
}

void FlyingStalls::delivered(double pixels, double cycle) {
    const double all = static_cast<double>(layer_.pixels * layer_.surfaces);
    for (std::size_t i = 0; i < kStages; ++i) {
        if (!reads_elements(layer_.stages[i])) continue;
        const ReadRequests requests = requests_of(layer_, layer_.stages[i].operand_beats);
        const double wanted = static_cast<double>(requests.beats_before_last()) - held_beats_;
        const double place = wanted / static_cast<double>(requests.beats) * all;
        if (place <= last_pixels_ || place > pixels) continue;
        const double part = (place - last_pixels_) / (pixels - last_pixels_);
        const double taken = last_cycle_ + part * (cycle - last_cycle_);
        stalls_.operands[i] = stalled_read_cycles(requests, taken);
    }
    last_pixels_ = pixels;
    last_cycle_ = cycle;
}

}  // namespace dla::sdp
