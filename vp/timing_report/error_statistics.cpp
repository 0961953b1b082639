// SPDX-License-Identifier: Apache-2.0
#include "vp/timing_report/error_statistics.hpp"

#include <algorithm>
#include <cmath>

namespace dla::vp {

void ErrorStatistics::add(const std::string& name, double percent) {
    std::pair<double, std::string> error{std::abs(percent), name};
    errors_.insert(std::ranges::upper_bound(errors_, error), std::move(error));
}

double ErrorStatistics::at(double part) const {
    if (errors_.empty()) return 0;
    const auto index = static_cast<std::size_t>(part * static_cast<double>(errors_.size()));
    return errors_[std::min(index, errors_.size() - 1)].first;
}

std::string ErrorStatistics::worst_name() const {
    return errors_.empty() ? "" : errors_.back().second;
}

}  // namespace dla::vp
