// SPDX-License-Identifier: Apache-2.0
// What a command answers: text for people and the same as JSON.
#pragma once

#include <boost/json/value.hpp>
#include <span>
#include <string>

#include "dla_tlm/common/result.hpp"

namespace dla::vp::monitor {

struct Reply {
    std::string text;
    boost::json::value data{};
};

// A command's words behind its name.
using Words = std::span<const std::string>;

}  // namespace dla::vp::monitor
