// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/read_stall.hpp"

#include <algorithm>
#include <cmath>

namespace dla {
namespace {

constexpr std::uint64_t kRequestsAhead = 6;
constexpr double kTakenAlone = 5;        // after the beat that makes room
constexpr double kTakenPerOther = -3;    // and for each stream beside it
constexpr double kTakenAfterReturn = 6;  // after a round trip
constexpr double kBlockPrefetch = 16;    // up to here a whole block is asked for at once

// Cycles until beat k of a reader that always waits for its own data.
double round_trips(std::uint64_t k, const ReadPace& pace, double read_latency) {
    const double depth = pace.prefetch.depth;
    if (static_cast<double>(k) <= depth) return 0;
    const double trip = read_latency + pace.prefetch.round_trip;
    const double blocks = std::floor(static_cast<double>(k - 1) / depth);
    const double rest = static_cast<double>(k - 1) - blocks * depth;
    const double step =
        depth <= kBlockPrefetch ? 1.0 : std::min(pace.cycles_per_beat, trip / depth);
    return blocks * trip + rest * step + kTakenAfterReturn;
}

}  // namespace

ReadRequests equal_requests(std::uint64_t count, std::uint64_t beats_each) {
    return {count, count * beats_each, std::min(count, kRequestsAhead) * beats_each};
}

double held_beats(unsigned prefetch_beats) {
    constexpr unsigned kShallow = 8;
    constexpr unsigned kDeep = 256;
    if (prefetch_beats <= kShallow) return prefetch_beats + 30;
    return prefetch_beats < kDeep ? prefetch_beats + 2 : prefetch_beats + 27;
}

double last_request_taken(const ReadRequests& requests, const ReadPace& pace,
                          std::span<const std::uint64_t> others, const MemoryTiming& memory) {
    const std::uint64_t before = requests.beats_before_last();
    std::uint64_t slots = before;
    for (const std::uint64_t other : others)
        slots += std::min(before, other);
    const double beats = static_cast<double>(before);
    const double port = static_cast<double>(slots) * std::max(1.0, memory.beat_interval) +
                        kTakenAlone + kTakenPerOther * static_cast<double>(others.size());
    const double work = beats > pace.held_beats
                            ? memory.read_latency + (beats - pace.held_beats) * pace.cycles_per_beat
                            : 0;
    return std::max({port, work, round_trips(before, pace, memory.read_latency)});
}

Cycles stalled_read_cycles(const ReadRequests& requests, double taken) {
    if (requests.count <= kRequestsAhead) return 0;
    return std::max<Cycles>(0, to_cycles(taken) - static_cast<Cycles>(requests.count - 1));
}

}  // namespace dla
