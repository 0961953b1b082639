// SPDX-License-Identifier: Apache-2.0
// The memory ports of one DLA while several layers use them. Every layer is planned as if it were
// alone; a PortFlow says what its plan moves and when, and tells at which cycle of the clock the
// plan gets how far while others want the same port.
//
//   PortFlow flow(memory().arbiter(), clock(), begin, {.until = 900, .traffic = {...}});
//   flow.wait_until(400);              // cycle 400 of the plan; alone that is begin + 400
//   event.parts.lose(flow.lost(), flow.shared_with());
#pragma once

#include <cstdint>
#include <functional>
#include <systemc>
#include <vector>

#include "dla_tlm/common/clock.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_access.hpp"
#include "dla_tlm/common/port_sharing.hpp"
#include "dla_tlm/common/timing_mode.hpp"

namespace dla {

struct ClientTraffic {
    MemoryClient client;
    Ram ram;
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
    std::uint64_t request_bytes = 0;  // of one request (a line), which the port cuts into bursts
};

// Bytes that a plan moves evenly between two of its cycles.
struct FlowPlan {
    double from = 0;
    double until = 0;
    std::vector<ClientTraffic> traffic;
    // Cycles these bytes would take without the rest of the pipeline; 0: from `from` to `until`.
    double alone = 0;
};

// Whose plans count each other's traffic: all of a convolution from CDMA to what follows CACC on
// the fly; any other unit alone.
enum class Pipeline : std::uint8_t { kConvolution, kOwn };

class PortFlow;

class PortArbiter {
  public:
    // What a client's weight register says.
    using Weight = std::function<unsigned(MemoryClient client, Ram ram, bool write)>;

    // All outlive it.
    PortArbiter(const HardwareConfig& config, const TimingMode& timing, Clock& clock,
                Weight weight);

  private:
    friend class PortFlow;
    void enter(PortFlow& flow);
    void leave(PortFlow& flow);
    // Gives every flow its speed from now on.
    void share();
    void set_speeds(const std::vector<PortFlow*>& active, double now);
    void wake_at_boundary(double now);
    Sharer sharer_of(const FlowPlan& plan, unsigned pipeline) const;
    bool one_pipeline() const;

    const HardwareConfig& config_;
    const TimingMode& timing_;
    Clock& clock_;
    Weight weight_;
    std::vector<PortFlow*> flows_;
    sc_core::sc_event changed_;   // some speed
    sc_core::sc_event boundary_;  // some flow's requests begin or end
};

// A layer's use of the ports, from its construction to its end, also when a reset unwinds it.
class PortFlow {
  public:
    // begin: the clock at cycle 0 of the plan. arbiter may be null: always alone.
    PortFlow(PortArbiter* arbiter, Clock& clock, std::uint64_t begin, FlowPlan plan,
             Pipeline pipeline = Pipeline::kOwn);
    ~PortFlow() { close(); }
    PortFlow(const PortFlow&) = delete;
    PortFlow& operator=(const PortFlow&) = delete;

    // Blocks until the plan has got so far; returns the cycle in which it did.
    std::uint64_t wait_until(std::uint64_t progress);
    // When the plan gets there at its present speed, or when it did.
    std::uint64_t cycle_at(std::uint64_t progress) const;
    // Cycles of the plan that are over at a cycle up to now.
    std::uint64_t progress_at(std::uint64_t cycle) const;

    // Only this part of the bytes has a place to go; the rest is asked for later.
    void ask_only(double part);
    // A further part has a place to go from now on.
    void ask_more(double part);
    // For a unit that works at the pace of the one in front: this moves from one cycle of the clock
    // to the other if alone. Returns when it is through.
    std::uint64_t carry(std::uint64_t from, std::uint64_t to, std::vector<ClientTraffic> traffic);

    // No other pipeline is there that could slow it down.
    bool alone() const;
    // Cycles lost to others so far, and to whom.
    double lost() const;
    ClientSet shared_with() const { return shared_with_; }
    // Needs the ports no more.
    void close();

  private:
    friend class PortArbiter;
    bool asks_at(double progress) const;
    std::uint64_t whole_cycle(double progress) const;

    PortArbiter* arbiter_;
    Clock& clock_;
    FlowPlan plan_;
    double span_;  // of the whole plan's requests
    Sharer sharer_{};
    StretchedTime time_;
    ClientSet shared_with_{};
};

}  // namespace dla
