// SPDX-License-Identifier: Apache-2.0
// The core clock in absolute cycles since simulation start.
//
//   const std::uint64_t begin = clock.now();
//   clock.wait_until(begin + cycles);       // in an SC_THREAD; returns at once when already past
//
// Counts how many threads wait for a point in time: when none does and nothing is runnable, only an
// access from outside can make the DLA move, which is how the watchdog tells a hang from slow work.
#pragma once

#include <cstdint>
#include <systemc>

namespace dla {

class Clock {
  public:
    explicit Clock(double mhz) : period_(1000.0 / mhz, sc_core::SC_NS) {}

    const sc_core::sc_time& period() const { return period_; }
    std::uint64_t now() const { return sc_core::sc_time_stamp().value() / period_.value(); }
    sc_core::sc_time at(std::uint64_t cycle) const {
        return sc_core::sc_time::from_value(period_.value() * cycle);
    }

    void wait_until(std::uint64_t cycle) {
        const sc_core::sc_time target = at(cycle);
        if (target <= sc_core::sc_time_stamp()) return;
        const Sleeper sleeper(sleepers_);
        sc_core::wait(target - sc_core::sc_time_stamp());
    }
    // Or until the event, whichever comes first.
    void wait_until(std::uint64_t cycle, const sc_core::sc_event& event) {
        const sc_core::sc_time target = at(cycle);
        if (target <= sc_core::sc_time_stamp()) return;
        const Sleeper sleeper(sleepers_);
        sc_core::wait(target - sc_core::sc_time_stamp(), event);
    }
    void wait_cycles(std::uint64_t cycles) { wait_until(now() + cycles); }

    unsigned sleepers() const { return sleepers_; }

  private:
    // Counts down also when the thread is unwound by a reset.
    struct Sleeper {
        explicit Sleeper(unsigned& counter) : count(counter) { ++count; }
        ~Sleeper() { --count; }
        Sleeper(const Sleeper&) = delete;
        Sleeper& operator=(const Sleeper&) = delete;
        unsigned& count;
    };

    sc_core::sc_time period_;
    unsigned sleepers_ = 0;
};

}  // namespace dla
