// SPDX-License-Identifier: Apache-2.0
// How the benchmarks take the time.
//
//   const double rate = elements / seconds_per_run([&] { work(); });
//   ... = elements / cpu_seconds_per_run([&] { one_thread(); });   // other programs hardly show
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>

namespace dla::bench {

// Best of some rounds: long enough for the clock, short enough to fall between other programs.
// seconds(): any clock.
template <class Run, class Seconds>
double best_seconds(const Run& run, const Seconds& seconds) {
    constexpr double kRound = 0.004;
    constexpr int kRounds = 25;
    run();
    double best = 1e9;
    std::uint64_t repeats = 1;
    for (int round = 0; round < kRounds;) {
        const double start = seconds();
        for (std::uint64_t i = 0; i < repeats; ++i)
            run();
        const double taken = seconds() - start;
        if (taken < kRound) {
            repeats *= 2;
            continue;
        }
        best = std::min(best, taken / static_cast<double>(repeats));
        ++round;
    }
    return best;
}

template <class Run>
double seconds_per_run(const Run& run) {
    return best_seconds(run, [] {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        return std::chrono::duration<double>(now).count();
    });
}

// Of the whole process: for work on one thread.
template <class Run>
double cpu_seconds_per_run(const Run& run) {
    return best_seconds(run, [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; });
}

}  // namespace dla::bench
