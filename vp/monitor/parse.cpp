// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <sstream>

namespace dla::vp::monitor {

std::vector<std::string> split_words(std::string_view line) {
    std::istringstream stream{std::string(line)};
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

std::string upper(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::toupper(c); });
    return result;
}

Result<std::uint64_t> parse_number(std::string_view text, std::string_view what, std::uint64_t low,
                                   std::uint64_t high) {
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    const std::string_view digits = hexadecimal ? text.substr(2) : text;
    std::uint64_t value = 0;
    const auto [end, status] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
    if (status == std::errc{} && end == digits.data() + digits.size() && value >= low &&
        value <= high)
        return value;
    return fail(
        hexadecimal || high > 0xffff
            ? fmt::format("{} is '{}', legal is a number from {:#x} to {:#x}", what, text, low,
                          high)
            : fmt::format("{} is '{}', legal is a number from {} to {}", what, text, low, high));
}

Result<Unit*> parse_unit(Dla& dla, std::string_view name) {
    const std::string wanted = upper(name) == "RUBIK" ? "RBK" : upper(name);
    if (Unit* unit = dla.unit(wanted)) return unit;
    std::string legal;
    for (const auto& unit : dla.units())
        legal += fmt::format("{}{}", legal.empty() ? "" : ", ", unit->unit_name());
    return fail(fmt::format("{} has no unit '{}'; units are {}", dla.config().name, name, legal));
}

}  // namespace dla::vp::monitor
