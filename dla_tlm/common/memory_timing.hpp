// SPDX-License-Identifier: Apache-2.0
// When memory requests leave a DLA and when their data are there. spec: timing.md sections 3 and 5.
//
//   const CdmaStreams streams({.data = 288, .weights = 288}, layer_first_request, memory, config);
//   double last_line = streams.data_arrival(288);   // cycles after the enable
//   double feed = stream_cycles(512, {.depth = 80, .round_trip = 14}, memory, 1.0);
//
// Cycle 0 is always the clock in which the layer's last D_OP_ENABLE write is accepted.
#pragma once

#include <cstdint>

#include "dla_tlm/common/hardware_config.hpp"

namespace dla {

// Core cycles, relative or absolute.
using Cycles = std::int64_t;

constexpr std::uint64_t ceil_div(std::uint64_t dividend, std::uint64_t divisor) {
    return (dividend + divisor - 1) / divisor;
}

// Rounds to the nearest cycle.
Cycles to_cycles(double cycles);

// One memory port as the core sees it.
struct MemoryTiming {
    double read_latency = 50;    // L, cycles from an accepted read to its data
    double write_latency = 50;   // Lw, cycles from the last write beat to its response
    double beat_interval = 1;    // g, cycles per read beat
    unsigned outstanding = 0;    // m, reads that may be open; 0: only the core's own limit counts
    double shared_interval = 0;  // cycles per beat of reads and writes together; 0: no such limit
    // Of MCIF or CVIF (CFG_OUTSTANDING_CNT), in beats; 0: as after reset.
    unsigned core_reads = 0;
    unsigned core_writes = 0;
};

// Reads that may be open over all clients, and cycles until a returned one is replaced.
struct OpenReads {
    double limit;
    double turnaround;
};
OpenReads open_reads(const MemoryTiming& memory, const TimingConstants& constants);
// Write beats that may be without a response over all clients.
double open_writes(const MemoryTiming& memory, const TimingConstants& constants);

// Cycle of request number n (0, 1, ...) of a client that asks for a beat in every slot.
double issue_cycle(std::uint64_t n, double first_request, const MemoryTiming& memory,
                   const TimingConstants& constants);

struct Prefetch {
    double depth;       // beats in flight, F
    double round_trip;  // cycles beyond the read latency when the depth is exhausted, x
};

// Cycles to feed `beats` beats to a consumer that needs `cycles_per_beat` for each.
double stream_cycles(std::uint64_t beats, Prefetch prefetch, double read_latency,
                     double cycles_per_beat);
struct PortBeats {
    std::uint64_t read = 0;
    std::uint64_t written = 0;
};
// The same for all clients of a port together, which share its beat rates and the open reads.
double port_cycles(PortBeats beats, const MemoryTiming& memory, const TimingConstants& constants);

// The two CDMA streams, which alternate beat by beat, and operand reads of SDP in front of them.
class CdmaStreams {
  public:
    struct Beats {
        std::uint64_t data = 0;
        std::uint64_t weights = 0;
        std::uint64_t operands_ahead = 0;  // SDP operand beats prefetched before, see section 3.4
    };

    CdmaStreams(Beats beats, double first_weight_request, double first_data_request,
                const MemoryTiming& memory, const TimingConstants& constants);

    // Cycle in which beat k (1, 2, ...) arrives; 0 gives the cycle of the first request.
    double data_arrival(std::uint64_t k) const;
    double weight_arrival(std::uint64_t k) const;
    // From the first request to the last of so many that have every slot.
    double alone_cycles(std::uint64_t beats) const;
    const Beats& beats() const { return beats_; }

  private:
    double arrival(std::uint64_t slot, std::uint64_t k) const;

    Beats beats_;
    double first_weight_request_;
    double first_data_request_;
    MemoryTiming memory_;
    TimingConstants constants_;
};

}  // namespace dla
