// SPDX-License-Identifier: Apache-2.0
// Words of a command into values; errors say what is legal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dla_tlm/core/dla.hpp"

namespace dla::vp::monitor {

std::vector<std::string> split_words(std::string_view line);
std::string upper(std::string_view text);

// Decimal, or hexadecimal with 0x. what: how the message calls it.
Result<std::uint64_t> parse_number(std::string_view text, std::string_view what, std::uint64_t low,
                                   std::uint64_t high);

// By catalogue name in any letter case; RUBIK is RBK.
Result<Unit*> parse_unit(Dla& dla, std::string_view name);

}  // namespace dla::vp::monitor
