// SPDX-License-Identifier: Apache-2.0
// The guest's mistakes as people read them.
#pragma once

#include <fmt/format.h>

#include <string>

#include "dla_tlm/common/events.hpp"

namespace dla {

// "[CYCLE] UNIT: MESSAGE"
inline std::string words(const GuestErrorEvent& error) {
    return fmt::format("[{}] {}: {}", error.cycle, error.unit, error.message);
}

// " (N times)", or nothing for what was done once.
inline std::string times_words(std::uint64_t times) {
    return times == 1 ? "" : fmt::format(" ({} times)", times);
}

}  // namespace dla
