// SPDX-License-Identifier: Apache-2.0
// What the user asked of a run's monitor.
#pragma once

#include <string>

namespace dla::vp::monitor {

struct MonitorOptions {
    std::string socket{};  // a name or a path; empty: none
    bool hold = false;     // begin paused
};

}  // namespace dla::vp::monitor
