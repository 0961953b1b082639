// SPDX-License-Identifier: Apache-2.0
// Timing and memories as Python gives them: the command line's options.
#pragma once

#include <string>
#include <vector>

#include "vp/memory_options.hpp"

namespace dla::python {

struct TimingChoice {
    bool timing = true;
    unsigned threads = 1;
    vp::MemoryOptions memory{};
};

TimingMode timing_of(const TimingChoice& choice, const HardwareConfig& config);

}  // namespace dla::python
