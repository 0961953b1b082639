// SPDX-License-Identifier: Apache-2.0
// An amount over time in a bounded number of equal intervals: when the run outgrows them, each two
// neighbours become one.
//
//   Rate bytes;
//   bytes.add(cycle, cycle + 10, 640);
//   for (double per_cycle : bytes.per_cycle()) ...        // bytes.interval() cycles each
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dla::vp {

class Rate {
  public:
    // Spread evenly over [begin, end).
    void add(std::uint64_t begin, std::uint64_t end, double amount) {
        end = std::max(end, begin + 1);
        while ((end - 1) / interval_ >= kMostIntervals)
            halve();
        amounts_.resize(std::max<std::size_t>(amounts_.size(), (end - 1) / interval_ + 1));
        const double per_cycle = amount / static_cast<double>(end - begin);
        for (std::uint64_t at = begin; at < end;) {
            const std::uint64_t next = std::min(end, (at / interval_ + 1) * interval_);
            amounts_[at / interval_] += per_cycle * static_cast<double>(next - at);
            at = next;
        }
    }

    std::uint64_t interval() const { return interval_; }
    std::vector<double> per_cycle() const {
        std::vector<double> rates(amounts_);
        for (double& rate : rates)
            rate /= static_cast<double>(interval_);
        return rates;
    }

  private:
    static constexpr std::size_t kMostIntervals = 1024;

    void halve() {
        std::vector<double> merged((amounts_.size() + 1) / 2);
        for (std::size_t i = 0; i < amounts_.size(); ++i)
            merged[i / 2] += amounts_[i];
        amounts_ = std::move(merged);
        interval_ *= 2;
    }

    std::uint64_t interval_ = 16;
    std::vector<double> amounts_;
};

}  // namespace dla::vp
