// SPDX-License-Identifier: Apache-2.0
// Coverage for people and programs: what was used of what each configuration has.
#pragma once

#include <string>
#include <vector>

#include "vp/coverage/collected.hpp"

namespace dla::vp::coverage {

struct Share {
    std::size_t covered = 0;
    std::size_t all = 0;

    Share& operator+=(const Share& other) {
        covered += other.covered;
        all += other.all;
        return *this;
    }
};

// A point or cross of one unit.
struct Row {
    std::string unit;
    std::string name;
    bool cross;
    Share share;
    std::vector<std::string> holes;                              // names of bins or combinations
    std::vector<std::pair<std::string, std::uint64_t>> covered;  // with their counts
};

// What is legal on any of the configurations, covered on any of them.
std::vector<Row> rows(const Model& model, const Collected& collected,
                      const std::vector<HardwareConfig>& configs);

struct View {
    const Model& model;
    const Collected& collected;
    std::vector<HardwareConfig> configs;
};

// A line per unit; holes: and every hole.
std::string table(const View& view, bool holes);
std::string markdown(const View& view, const std::string& command);
// Totals and holes; the counts themselves are in Collected::json.
std::string html(const View& view);

}  // namespace dla::vp::coverage
