// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/memory_timing.hpp"

#include <algorithm>
#include <cmath>

namespace dla {

Cycles to_cycles(double cycles) {
    return static_cast<Cycles>(std::llround(cycles));
}

OpenReads open_reads(const MemoryTiming& memory, const TimingConstants& constants) {
    const unsigned core = memory.core_reads > 0 ? memory.core_reads : constants.outstanding_reads;
    if (memory.outstanding > 0 && memory.outstanding < core) {
        return {static_cast<double>(memory.outstanding), 1.0};
    }
    return {static_cast<double>(core), 3.0};
}

double open_writes(const MemoryTiming& memory, const TimingConstants& constants) {
    // Both limits have the same reset value.
    return memory.core_writes > 0 ? memory.core_writes : constants.outstanding_reads;
}

double issue_cycle(std::uint64_t n, double first_request, const MemoryTiming& memory,
                   const TimingConstants& constants) {
    const OpenReads open = open_reads(memory, constants);
    const double gap = memory.read_latency + open.turnaround - open.limit * memory.beat_interval;
    const double rounds = std::floor(static_cast<double>(n) / open.limit);
    return first_request + static_cast<double>(n) * memory.beat_interval +
           rounds * std::max(0.0, gap);
}

double stream_cycles(std::uint64_t beats, Prefetch prefetch, double read_latency,
                     double cycles_per_beat) {
    if (beats == 0) return 0;
    const double n = static_cast<double>(beats);
    const double refills = std::floor((n - 1) / prefetch.depth);
    const double refill =
        std::max(read_latency + prefetch.round_trip, prefetch.depth * cycles_per_beat);
    return refills * refill + (n - refills * prefetch.depth) * cycles_per_beat;
}

double port_cycles(PortBeats beats, const MemoryTiming& memory, const TimingConstants& constants) {
    const OpenReads open = open_reads(memory, constants);
    return std::max({static_cast<double>(beats.read) * memory.beat_interval,
                     static_cast<double>(beats.read + beats.written) * memory.shared_interval,
                     stream_cycles(beats.read, {open.limit, open.turnaround}, memory.read_latency,
                                   memory.beat_interval)});
}

CdmaStreams::CdmaStreams(Beats beats, double first_weight_request, double first_data_request,
                         const MemoryTiming& memory, const TimingConstants& constants)
    : beats_(beats),
      first_weight_request_(first_weight_request),
      first_data_request_(first_data_request),
      memory_(memory),
      constants_(constants) {}

double CdmaStreams::arrival(std::uint64_t slot, std::uint64_t k) const {
    const std::uint64_t delayed = slot + std::min(k, beats_.operands_ahead);
    // Data alone start at their own first request.
    const double first = beats_.weights > 0 ? first_weight_request_ : first_data_request_;
    return issue_cycle(delayed, first, memory_, constants_) + memory_.read_latency;
}

double CdmaStreams::alone_cycles(std::uint64_t beats) const {
    return beats == 0 ? 0 : issue_cycle(beats - 1, 0, memory_, constants_);
}

double CdmaStreams::data_arrival(std::uint64_t k) const {
    if (k == 0) return first_data_request_;
    const std::uint64_t both = std::min(beats_.data, beats_.weights);
    const std::uint64_t alone = k + beats_.weights - 1;
    return arrival(k <= both ? std::min(2 * k + 2, alone) : alone, k);
}

double CdmaStreams::weight_arrival(std::uint64_t k) const {
    if (k == 0) return first_weight_request_;
    return arrival(k <= 4 ? k - 1 : std::min(2 * k - 5, k + beats_.data - 1), k);
}

}  // namespace dla
