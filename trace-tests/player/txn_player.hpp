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

  private:
    // Each returns false when the run has to end.
    bool step(const Statement& statement);
    bool read(const Statement& statement, const ReadRegister& read);
    bool wait_interrupt(const Statement& statement);

    RunState& run_;
};

}  // namespace dla::trace
