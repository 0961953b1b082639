// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/pdp/pdp_timing.hpp"

#include <algorithm>

#include "dla_tlm/common/read_stall.hpp"

namespace dla::pdp {
namespace {

constexpr unsigned kHidingWindows = 5;  // open at a time; with more a flush is not hidden

// Output rows that only bottom padding completes, beyond the one that the last input completes.
unsigned flush_rows(const PdpLayer& layer) {
    unsigned rows = 0;
    for (unsigned oy = 0; oy < layer.out_height; ++oy) {
        const std::uint64_t last = std::uint64_t{oy} * layer.stride_y + layer.kernel_height;
        if (last >= std::uint64_t{layer.height} + layer.pad_top) ++rows;
    }
    return rows > 0 ? rows - 1 : 0;
}

// Output columns completed in the right padding, less idle input columns before it.
std::int64_t padding_columns(const PdpLayer& layer) {
    std::uint64_t out_width = 0;
    for (const PdpStrip& strip : layer.strips)
        out_width += strip.out_width;
    std::int64_t in_padding = 0;
    std::int64_t last_inside = -1;
    for (std::uint64_t ox = 0; ox < out_width; ++ox) {
        const std::int64_t last = static_cast<std::int64_t>(ox) * layer.stride_x - layer.pad_left +
                                  layer.kernel_width - 1;
        if (last >= layer.width) {
            ++in_padding;
        } else {
            last_inside = last;
        }
    }
    const std::int64_t idle = static_cast<std::int64_t>(layer.width) - 1 - last_inside;
    return std::max<std::int64_t>(0, in_padding - idle);
}

bool first_row_needs_more_input(const PdpLayer& layer) {
    return layer.kernel_height > layer.pad_top + 1 && layer.height > 1;
}

std::uint64_t written_beats(const PdpLayer& layer, const HardwareConfig& config) {
    std::uint64_t width = 0;
    for (const PdpStrip& strip : layer.strips)
        width += strip.out_width;
    return width * layer.out_height * layer.surfaces * config.memory_atom_bytes /
           config.primary.width_bytes;
}

double beats_of(const PdpWork& work, const HardwareConfig& config) {
    return static_cast<double>(work.atoms) * config.memory_atom_bytes / config.primary.width_bytes;
}

Prefetch prefetch_of(const TimingConstants& t) {
    return {static_cast<double>(t.pdp_prefetch_beats), static_cast<double>(t.pdp_round_trip)};
}

Cycles stream_constant(const TimingConstants& t) {
    return static_cast<Cycles>(t.sdp_to_pdp_constant) - t.sdp_constant + t.sdp_after_cacc -
           t.sdp_to_pdp_output;
}

}  // namespace

double pdp_cycles_per_atom(const PdpLayer& layer, const HardwareConfig& config) {
    return static_cast<double>(config.timing.pdp_cycles_per_atom) / layer.bytes_per_element;
}

PdpWork pdp_work(const PdpLayer& layer, const HardwareConfig& config) {
    const double per_atom = pdp_cycles_per_atom(layer, config);
    const unsigned flush = flush_rows(layer);
    const std::int64_t columns = padding_columns(layer);
    const std::int64_t hidden = static_cast<std::int64_t>(layer.kernel_width) - 1 - layer.pad_left;
    const bool overlaps = first_row_needs_more_input(layer) &&
                          ceil_div(layer.kernel_height, layer.stride_y) <= kHidingWindows;
    PdpWork work{};
    for (const PdpStrip& strip : layer.strips) {
        const bool last_strip = &strip == &layer.strips.back();
        const auto extra = static_cast<double>(
            last_strip ? std::max<std::int64_t>(0, columns - std::max<std::int64_t>(0, hidden))
                       : 0);
        const double row = (strip.in_width + extra) * per_atom;
        const double end = flush * strip.out_width * per_atom;
        const double between = overlaps ? std::max(0.0, end - row) : end;
        work.cycles += layer.surfaces * (layer.height * row + between);
        if (last_strip) {
            work.cycles += end - between;
            work.flush = end;
        }
        work.atoms += std::uint64_t{strip.in_width} * layer.height * layer.surfaces;
    }
    work.cycles += static_cast<double>(
                       std::clamp<std::int64_t>(columns, 0, std::max<std::int64_t>(0, hidden))) *
                   per_atom;
    return work;
}

PdpSchedule pdp_from_memory(const PdpLayer& layer, const HardwareConfig& config,
                            const MemoryTiming& memory) {
    const TimingConstants& t = config.timing;
    const PdpWork work = pdp_work(layer, config);
    const double beat_bytes = config.primary.width_bytes;
    const double beats = beats_of(work, config);
    const double per_beat =
        pdp_cycles_per_atom(layer, config) * beat_bytes / config.memory_atom_bytes;
    const auto whole_beats = static_cast<std::uint64_t>(beats);
    const double feed = std::max(
        stream_cycles(whole_beats, prefetch_of(t), memory.read_latency, per_beat),
        port_cycles({.read = whole_beats, .written = written_beats(layer, config)}, memory, t));
    PdpSchedule run{};
    run.first_request = t.first_rdma_request;
    run.cycles = std::max(work.cycles, feed + work.flush);
    run.done = to_cycles(run.cycles) + t.pdp_constant +
               to_cycles(memory.read_latency + memory.write_latency);
    run.parts.output = work.flush;
    run.parts.compute = work.cycles - work.flush;
    run.parts.data_fetch = run.cycles - work.cycles;
    run.parts.latency = static_cast<double>(run.done) - run.cycles;
    return run;
}

Cycles pdp_read_stall(const PdpLayer& layer, const HardwareConfig& config,
                      const MemoryTiming& memory) {
    const PdpWork work = pdp_work(layer, config);
    const PdpSchedule schedule = pdp_from_memory(layer, config, memory);
    const double beats = beats_of(work, config);
    // One request per line of each strip; the last six are of the last strip.
    ReadRequests requests = equal_requests(
        std::uint64_t{layer.height} * layer.surfaces,
        layer.strips.back().in_width * config.memory_atom_bytes / config.primary.width_bytes);
    requests.count *= layer.strips.size();
    requests.beats = static_cast<std::uint64_t>(beats);
    const ReadPace pace{prefetch_of(config.timing), held_beats(config.timing.pdp_prefetch_beats),
                        (schedule.cycles - work.flush) / beats};
    return stalled_read_cycles(requests, last_request_taken(requests, pace, {}, memory));
}

Cycles pdp_hidden_start(const HardwareConfig& config, const MemoryTiming& memory) {
    constexpr Cycles kBetweenLayers = 24;
    return config.timing.pdp_constant - kBetweenLayers + to_cycles(memory.read_latency);
}

PdpStream::PdpStream(const PdpLayer& layer, const HardwareConfig& config)
    : work_(pdp_work(layer, config)),
      cycles_per_atom_((work_.cycles - work_.flush) / static_cast<double>(work_.atoms)),
      feed_cycles_per_atom_(static_cast<double>(config.timing.sdp_cycles_per_atom) /
                            layer.bytes_per_element),
      constant_(stream_constant(config.timing)) {}

Cycles PdpStream::accept(std::uint64_t atoms, Cycles arrival) {
    // SDP sends no faster than it works, so the first of the atoms came that much earlier.
    const auto count = static_cast<double>(atoms);
    const auto last = static_cast<double>(arrival);
    const double begin = std::max(busy_until_, last - count * feed_cycles_per_atom_);
    busy_until_ = std::max(begin + count * cycles_per_atom_, last);
    return to_cycles(busy_until_);
}

CycleParts PdpStream::parts() const {
    return {.compute = work_.cycles - work_.flush, .output = work_.flush};
}

Cycles PdpStream::done(const MemoryTiming& memory) const {
    return to_cycles(busy_until_ + work_.flush + memory.write_latency) + constant_;
}

}  // namespace dla::pdp
