// SPDX-License-Identifier: Apache-2.0
// How layers that run at the same time share a memory port. Pure; from the structure of MCIF and
// CVIF (a weighted round robin over the clients of each direction, one burst a turn, a limit of
// open transactions over all of them), never measured. spec: memory-interfaces.md sections 1, 2, 4.
//
//   const Sharer copy{.pipeline = 1, .ports = {{{.read = 1, .read_weight = 1}}}};
//   const Sharer pooling{.pipeline = 2, .ports = {{{.read = 0.125, .read_weight = 1}}}};
//   shared_speeds({copy, pooling}, capacities);     // 0.875 and 1 of what each does alone
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "dla_tlm/common/memory_timing.hpp"

namespace dla {

// Main memory and second memory, in the order of Ram.
constexpr std::size_t kMemoryPorts = 2;

// What a layer does on a port while it has the port to itself, and what the arbiter grants its
// clients in one round, both in beats.
struct PortDemand {
    double read = 0;  // per cycle
    double written = 0;
    double read_weight = 0;
    double write_weight = 0;
};

// Beats per cycle; 0: no limit.
struct PortCapacity {
    double read = 0;
    double written = 0;
    double total = 0;  // reads and writes together
};
PortCapacity port_capacity(const MemoryTiming& memory, const TimingConstants& constants);

struct Sharer {
    // Sharers of one pipeline are planned with each other's traffic.
    unsigned pipeline = 0;
    std::array<PortDemand, kMemoryPorts> ports{};
};

// Beats per cycle for each: who wants less than its weight's share gets all it wants, the others
// divide the rest by their weights.
std::vector<double> fair_shares(std::span<const double> wanted, std::span<const double> weights,
                                double capacity);

// The part of its own speed that each keeps beside the other pipelines, above 0 to 1.
std::vector<double> shared_speeds(std::span<const Sharer> sharers,
                                  std::span<const PortCapacity, kMemoryPorts> ports);

// A plan's own cycles as cycles of the clock, while the plan runs at changing speed.
class StretchedTime {
  public:
    // begin: the clock at the plan's cycle 0; full speed from there.
    explicit StretchedTime(double begin) : knots_{{begin, 0, 1}} {}

    // From this cycle on, which is not before the last change.
    void change(double cycle, double speed);
    double speed() const { return knots_.back().speed; }
    double cycle_at(double progress) const;
    double progress_at(double cycle) const;
    // Cycles that the plan is late.
    double lost(double cycle) const { return cycle - knots_.front().cycle - progress_at(cycle); }

  private:
    struct Knot {
        double cycle;
        double progress;
        double speed;  // since then
    };
    std::vector<Knot> knots_;
};

}  // namespace dla
