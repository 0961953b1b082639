// SPDX-License-Identifier: Apache-2.0
// How often each bin and combination was used, per configuration; adds up over runs and files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "vp/coverage/model.hpp"

namespace dla::vp::coverage {

using Counts = std::map<std::string, std::uint64_t, std::less<>>;  // by bin or combination

struct UnitCounts {
    std::uint64_t operations = 0;
    std::map<std::string, Counts, std::less<>> points{};
    std::map<std::string, Counts, std::less<>> crosses{};
};

struct ConfigCounts {
    std::uint64_t runs = 0;
    std::map<std::string, UnitCounts, std::less<>> units{};
};

struct Collected {
    std::map<std::string, ConfigCounts, std::less<>> configs{};

    void add(const Collected& other);
    // One operation; words of the unit's registers by index.
    void count(const std::string& config, const UnitModel& unit,
               std::span<const std::uint32_t> words);

    std::string json() const;
    // where: what to call the text in messages.
    static Result<Collected> parse(std::string_view text, const std::string& where);
};

}  // namespace dla::vp::coverage
