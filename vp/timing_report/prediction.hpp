// SPDX-License-Identifier: Apache-2.0
// What the timing functions say about a golden run, and how far that is from RTL.
//
//   const std::map<std::string, Cycles> done = predict(run, config);
#pragma once

#include <map>
#include <string>

#include "vp/timing_report/golden_runs.hpp"

namespace dla::vp {

// Same keys as GoldenRun::done.
std::map<std::string, Cycles> predict(const GoldenRun& run, const HardwareConfig& config);

// Error of the layer's end in per cent of its length, with sign.
double error_percent(const GoldenRun& run, const HardwareConfig& config);

}  // namespace dla::vp
