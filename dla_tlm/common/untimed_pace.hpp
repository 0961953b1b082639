// SPDX-License-Identifier: Apache-2.0
// With timing off a layer would do all its work in the cycle it begins in, and software would wait
// for it however large it is. This lets some cycles pass for every so much work, so that software
// gets its turn and can reset.
//
//   UntimedPace pace(clock(), timing());
//   for (...) { ... write a chunk ...; pace.did(chunk.size()); }
#pragma once

#include <cstdint>

#include "dla_tlm/common/clock.hpp"
#include "dla_tlm/common/timing_mode.hpp"

namespace dla {

class UntimedPace {
  public:
    UntimedPace(Clock& clock, const TimingMode& timing) : clock_(clock), timed_(timing.enabled) {}

    // May wait.
    void did(std::uint64_t bytes) {
        constexpr std::uint64_t kStepBytes = 1 << 20;  // about a millisecond of the host
        constexpr std::uint64_t kStepCycles = 100;
        if (timed_) return;
        bytes_ += bytes;
        if (bytes_ < kStepBytes) return;
        bytes_ = 0;
        clock_.wait_cycles(kStepCycles);
    }

  private:
    Clock& clock_;
    bool timed_;
    std::uint64_t bytes_ = 0;
};

}  // namespace dla
