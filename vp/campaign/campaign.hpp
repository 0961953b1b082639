// SPDX-License-Identifier: Apache-2.0
// A campaign: many runs of one trace or network, each with a bit flipped at a drawn place and
// cycle, and what became of each.
//
//   Plan plan{...};  Draw draw = draw_run(plan, golden, 17);     // run 17, always the same
//   RunRecord record = ...;  record.json()  RunRecord::parse(line)
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dla_tlm/common/result.hpp"
#include "vp/inject/injector.hpp"

namespace dla::vp::campaign {

enum class Fate : std::uint8_t {
    kMasked,       // everything as without the flip
    kWrongOutput,  // and nobody was told
    kDetected,     // an error, a NaN or infinity counter, refused programming
    kHang,         // the watchdog
    kCrash         // of the platform itself; must not be
};
constexpr std::size_t kFates = 5;
constexpr std::array<const char*, kFates> kFateNames{"masked", "wrong output", "detected", "hang",
                                                     "crash"};
constexpr const char* name_of(Fate fate) {
    return kFateNames[static_cast<std::size_t>(fate)];
}

struct Plan {
    std::vector<inject::FlipSpec> places;  // one is drawn per flip
    std::uint64_t seed = 1;
    unsigned flips = 1;  // per run
    inject::Range cycles{};
};

// The flips of a run, in a form that the injector takes.
std::vector<inject::FlipSpec> draw_run(const Plan& plan, std::size_t run);
// What the injector draws the rest from.
std::uint64_t seed_of_run(const Plan& plan, std::size_t run);

struct RunRecord {
    std::size_t run = 0;
    std::string unit{};                // of the first flip
    std::uint64_t cycle = 0;           // of the first flip
    std::vector<std::string> flips{};  // in words
    Fate fate = Fate::kMasked;
    std::string why{};

    std::string json() const;  // one line
    static Result<RunRecord> parse(std::string_view line);
};

// Fates of one unit's flips.
struct UnitFates {
    std::string unit;
    std::array<std::size_t, kFates> count{};

    std::size_t runs() const;
};
// In the order of their names; the last is all of them.
std::vector<UnitFates> by_unit(const std::vector<RunRecord>& records);

// The 95 % interval (Wilson) of a share, in percent.
struct Interval {
    double low;
    double high;
};
Interval interval(std::size_t some, std::size_t all);

}  // namespace dla::vp::campaign
