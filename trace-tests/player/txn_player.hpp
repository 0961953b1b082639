// SPDX-License-Identifier: Apache-2.0
// Plays a .txn trace: strictly one command after the other. docs/trace-formats.md.
#pragma once

#include "trace-tests/player/run_state.hpp"

namespace dla::trace {

class TxnPlayer {
  public:
    explicit TxnPlayer(RunState& run) : run_(run) {}

    // In an SC_THREAD; returns at the end of the trace or when it cannot go on.
    void play();
    void visit_state(StateVisitor& state) {
        state.value("next statement", next_);
        state.value("timed", timed_);
    }

  private:
    // Each returns false when the run has to end.
    bool step(const Statement& statement);
    bool read(const Statement& statement, const ReadRegister& read);
    bool wait_interrupt(const Statement& statement);
    void wait_clock(std::uint64_t clock);

    RunState& run_;
    std::size_t next_ = 0;
    // Commands carry their clocks: none waits for the answer to the one before.
    bool timed_ = false;
};

}  // namespace dla::trace
