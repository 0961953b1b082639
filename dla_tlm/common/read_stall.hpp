// SPDX-License-Identifier: Apache-2.0
// What the D_PERF_*_READ_STALL registers of SDP_RDMA, PDP_RDMA and CDP_RDMA count: cycles in which
// a reader has a request that is not taken. A reader asks once per line (CDP_RDMA per piece of a
// line) of a surface, six requests ahead of the beat that leaves the DLA; the wait ends with the
// last request taken. Measured on RTL, see docs/timing.md.
//
//   const ReadRequests lines = equal_requests(height * surfaces, width);
//   Cycles stalled = stalled_read_cycles(lines, {.prefetch = prefetch, .held_beats = 87, ...},
//   memory);
#pragma once

#include <cstdint>
#include <span>

#include "dla_tlm/common/memory_timing.hpp"

namespace dla {

struct ReadRequests {
    std::uint64_t count = 0;
    std::uint64_t beats = 0;       // of all
    std::uint64_t last_beats = 0;  // of the last six

    // Beats that have left the DLA when the last request is taken.
    std::uint64_t beats_before_last() const { return beats - last_beats; }
};
ReadRequests equal_requests(std::uint64_t count, std::uint64_t beats_each);

struct ReadPace {
    Prefetch prefetch{};
    double held_beats = 0;       // taken from memory ahead of the unit's own work
    double cycles_per_beat = 1;  // of that work
};

// held_beats of PDP and CDP, measured for the prefetch depths of the builds.
double held_beats(unsigned prefetch_beats);

// Cycle, after the reader's first, in which its last request is taken. others: beats of the streams
// of the same port at the same time.
double last_request_taken(const ReadRequests& requests, const ReadPace& pace,
                          std::span<const std::uint64_t> others, const MemoryTiming& memory);
// taken: as above, or from the time when the beat that is held_beats before was needed.
Cycles stalled_read_cycles(const ReadRequests& requests, double taken);

}  // namespace dla
