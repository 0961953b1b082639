// SPDX-License-Identifier: Apache-2.0
// How much model time passes between two looks at the ring. A guest's access waits for the end of a
// step, and what a cycle costs the host depends on what the DLA does: long steps while it costs
// little, short ones while it costs much.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace dla::bridge {

class StepLength {
  public:
    static constexpr std::uint64_t kLongest = 20'000;  // cycles
    static constexpr std::uint64_t kShortest = 16;
    // A look costs about 0.1 us.
    static constexpr std::chrono::microseconds kAimedAt{20};

    std::uint64_t cycles() const { return cycles_; }

    // How long the host took for the last step.
    void took(std::chrono::nanoseconds time) {
        if (time > kAimedAt)
            cycles_ = std::max(kShortest, cycles_ / 2);
        else if (time < kAimedAt / 2)
            cycles_ = std::min(kLongest, cycles_ * 2);
    }

  private:
    std::uint64_t cycles_ = kLongest;
};

}  // namespace dla::bridge
