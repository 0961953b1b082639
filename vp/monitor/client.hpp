// SPDX-License-Identifier: Apache-2.0
// The other end of the monitor's socket: one request, one answer.
#pragma once

#include <filesystem>
#include <string>

#include "dla_tlm/common/result.hpp"

namespace dla::vp::monitor {

struct Answer {
    bool ok;
    std::string text;
};

// An error: nobody listens there, or the run ended before it answered.
Result<Answer> ask(const std::filesystem::path& socket, const std::string& line);

}  // namespace dla::vp::monitor
