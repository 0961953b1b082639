// SPDX-License-Identifier: Apache-2.0
// How the benchmarks take the time.
//
//   const double rate = elements / seconds_per_run([&] { work(); });
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace dla::bench {

// Best of some rounds: long enough for the clock, short enough to fall between other programs.
template <class Run>
double seconds_per_run(const Run& run) {
    using Clock = std::chrono::steady_clock;
    constexpr double kRound = 0.004;
    constexpr int kRounds = 25;
    run();
    double best = 1e9;
    std::uint64_t repeats = 1;
    for (int round = 0; round < kRounds;) {
        const auto start = Clock::now();
        for (std::uint64_t i = 0; i < repeats; ++i)
            run();
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        if (seconds < kRound) {
            repeats *= 2;
            continue;
        }
        best = std::min(best, seconds / static_cast<double>(repeats));
        ++round;
    }
    return best;
}

}  // namespace dla::bench
