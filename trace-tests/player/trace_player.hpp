// SPDX-License-Identifier: Apache-2.0
// Plays one trace on a DLA in simulated time and gives the verdict.
//
//   TracePlayer player("player", trace, config, bench, options);
//   player.bus().csb.bind(dla.csb);
//   player.bus().irq.bind(irq);
//   sc_core::sc_start();                 // the player stops the simulation at its end
//   const Outcome outcome = player.outcome();
#pragma once

#include <memory>
#include <systemc>

#include "trace-tests/player/cfg_player.hpp"
#include "trace-tests/player/run_state.hpp"
#include "trace-tests/player/txn_player.hpp"

namespace dla::trace {

class TracePlayer : public sc_core::sc_module {
  public:
    TracePlayer(sc_core::sc_module_name name, const Trace& trace, const HardwareConfig& config,
                Bench& bench, const PlayerOptions& options);

    RegisterBus& bus() { return bus_; }
    const LayerTracker& layers() const { return layers_; }

    // After sc_start() has returned.
    Outcome outcome() const;

  private:
    void play();
    bool resume();
    void save_at_end();
    void visit_state(StateVisitor& state);
    void watch();
    void finish();
    void report_hang();
    std::uint64_t cycles() const;

    PlayerOptions options_;
    LayerTracker layers_;
    RegisterBus bus_;
    MemorySteps memory_;
    Findings findings_;
    RunState run_;
    std::unique_ptr<TxnPlayer> txn_;
    std::unique_ptr<CfgPlayer> cfg_;
    bool finished_ = false;
};

}  // namespace dla::trace
