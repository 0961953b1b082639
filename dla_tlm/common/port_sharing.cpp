// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/port_sharing.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace dla {
namespace {

constexpr std::size_t kDirections = 3;  // reads, writes, both together
constexpr std::size_t kResources = kMemoryPorts * kDirections;
constexpr unsigned kRounds =
    8;  // until what one resource takes from a sharer is free in the others

struct Wish {
    double beats;
    double weight;
};

Wish wish_of(const Sharer& sharer, std::size_t resource) {
    const PortDemand& demand = sharer.ports[resource / kDirections];
    switch (resource % kDirections) {
        case 0:
            return {demand.read, demand.read_weight};
        case 1:
            return {demand.written, demand.write_weight};
        default:
            return {demand.read + demand.written, demand.read_weight + demand.write_weight};
    }
}

double capacity_of(std::span<const PortCapacity, kMemoryPorts> ports, std::size_t resource) {
    const PortCapacity& port = ports[resource / kDirections];
    const double of_direction[kDirections] = {port.read, port.written, port.total};
    return of_direction[resource % kDirections];
}

// What each resource leaves of a sharer's speed.
using Limits = std::array<double, kResources>;

double speed_of(const Limits& limits, std::size_t without = kResources) {
    double speed = 1;
    for (std::size_t r = 0; r < kResources; ++r)
        if (r != without) speed = std::min(speed, limits[r]);
    return speed;
}

void share_resource(std::span<const Sharer> sharers, std::size_t resource, double capacity,
                    std::vector<Limits>& limits) {
    std::vector<double> wanted(sharers.size());
    std::vector<double> weights(sharers.size());
    for (std::size_t i = 0; i < sharers.size(); ++i) {
        const Wish wish = wish_of(sharers[i], resource);
        wanted[i] = wish.beats * speed_of(limits[i], resource);
        weights[i] = wish.weight;
    }
    const std::vector<double> given = fair_shares(wanted, weights, capacity);
    for (std::size_t i = 0; i < sharers.size(); ++i) {
        const double alone = wish_of(sharers[i], resource).beats;
        if (alone > 0) limits[i][resource] = given[i] / alone;
    }
}

std::vector<double> speeds_together(std::span<const Sharer> sharers,
                                    std::span<const PortCapacity, kMemoryPorts> ports) {
    Limits none;
    none.fill(1);
    std::vector<Limits> limits(sharers.size(), none);
    for (unsigned round = 0; round < kRounds; ++round) {
        for (std::size_t r = 0; r < kResources; ++r) {
            const double capacity = capacity_of(ports, r);
            if (capacity > 0) share_resource(sharers, r, capacity, limits);
        }
    }
    std::vector<double> speeds;
    for (const Limits& some : limits)
        speeds.push_back(speed_of(some));
    return speeds;
}

}  // namespace

PortCapacity port_capacity(const MemoryTiming& memory, const TimingConstants& constants) {
    const OpenReads reads = open_reads(memory, constants);
    PortCapacity capacity{};
    capacity.read =
        std::min(1 / memory.beat_interval, reads.limit / (memory.read_latency + reads.turnaround));
    capacity.written = std::min(1.0, open_writes(memory, constants) / memory.write_latency);
    if (memory.shared_interval > 0) capacity.total = 1 / memory.shared_interval;
    return capacity;
}

std::vector<double> fair_shares(std::span<const double> wanted, std::span<const double> weights,
                                double capacity) {
    std::vector<double> given(wanted.begin(), wanted.end());
    if (std::reduce(wanted.begin(), wanted.end()) <= capacity) return given;
    // From the most modest on: what one leaves goes to those behind it.
    std::vector<std::size_t> order;
    double all_weights = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i] <= 0) continue;
        order.push_back(i);
        all_weights += weights[i];
    }
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return wanted[i] / weights[i]; });
    for (const std::size_t i : order) {
        given[i] = std::min(wanted[i], capacity * weights[i] / all_weights);
        capacity -= given[i];
        all_weights -= weights[i];
    }
    return given;
}

std::vector<double> shared_speeds(std::span<const Sharer> sharers,
                                  std::span<const PortCapacity, kMemoryPorts> ports) {
    std::vector<double> speeds(sharers.size(), 1.0);
    if (std::ranges::adjacent_find(sharers, std::not_equal_to<>{}, &Sharer::pipeline) ==
        sharers.end())
        return speeds;
    const std::vector<double> together = speeds_together(sharers, ports);
    for (std::size_t i = 0; i < sharers.size(); ++i) {
        // What its own pipeline costs it is in its plan.
        std::vector<Sharer> own;
        std::size_t place = 0;
        for (std::size_t j = 0; j < sharers.size(); ++j) {
            if (sharers[j].pipeline != sharers[i].pipeline) continue;
            if (j == i) place = own.size();
            own.push_back(sharers[j]);
        }
        speeds[i] = std::min(1.0, together[i] / speeds_together(own, ports)[place]);
    }
    return speeds;
}

void StretchedTime::change(double cycle, double speed) {
    const double progress = progress_at(cycle);
    if (cycle <= knots_.back().cycle) {
        knots_.back().speed = speed;
        return;
    }
    knots_.push_back({cycle, progress, speed});
}

double StretchedTime::cycle_at(double progress) const {
    auto knot = std::ranges::upper_bound(knots_, progress, {}, &Knot::progress);
    if (knot != knots_.begin()) --knot;
    const double speed = progress < knot->progress ? 1 : knot->speed;
    return knot->cycle + (progress - knot->progress) / speed;
}

double StretchedTime::progress_at(double cycle) const {
    auto knot = std::ranges::upper_bound(knots_, cycle, {}, &Knot::cycle);
    if (knot != knots_.begin()) --knot;
    const double speed = cycle < knot->cycle ? 1 : knot->speed;
    return knot->progress + (cycle - knot->cycle) * speed;
}

}  // namespace dla
