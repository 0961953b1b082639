// SPDX-License-Identifier: Apache-2.0
// Whether and how simulated time passes, and the memory behind the ports. spec: timing.md
// section 3.
#pragma once

#include <cstdint>

namespace dla {

struct TimingMode {
    // What a layer takes with timing off: long enough for software to see it run and to take its
    // interrupts one by one.
    static constexpr std::uint64_t kTokenCycles = 400;

    bool enabled = true;  // false: layers take only the token time, results are the same bits

    std::uint64_t read_latency() const { return 50; }
    std::uint64_t write_latency() const { return 50; }
};

}  // namespace dla
