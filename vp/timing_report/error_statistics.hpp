// SPDX-License-Identifier: Apache-2.0
// Median, 90th percentile and worst of a set of errors, in per cent and without sign.
//
//   ErrorStatistics all;
//   all.add("c_W1", -0.4);
//   all.median();
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace dla::vp {

class ErrorStatistics {
  public:
    void add(const std::string& name, double percent);

    std::size_t count() const { return errors_.size(); }
    double median() const { return at(0.5); }
    double percentile90() const { return at(0.9); }
    double worst() const { return at(1.0); }
    std::string worst_name() const;

  private:
    double at(double part) const;

    std::vector<std::pair<double, std::string>> errors_;  // rising
};

}  // namespace dla::vp
