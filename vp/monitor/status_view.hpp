// SPDX-License-Identifier: Apache-2.0
// Who runs, who waits for what, and the operations in words.
#pragma once

#include "vp/monitor/dla_watch.hpp"
#include "vp/monitor/reply.hpp"

namespace dla::vp::monitor {

// stopped: why the run stands still, or empty.
Reply show_status(DlaWatch& watch, const std::string& stopped);

// Operations that run or wait for their turn, and those that ended last; of one unit or of all.
Result<Reply> show_operations(DlaWatch& watch, Words words);

}  // namespace dla::vp::monitor
