// SPDX-License-Identifier: Apache-2.0
// A campaign's results for people and programs.
#pragma once

#include <string>
#include <vector>

#include "vp/campaign/campaign.hpp"

namespace dla::vp::campaign {

struct Results {
    std::string subject;  // in words
    std::string config;
    const Plan& plan;
    std::vector<RunRecord> records;
};

// A row per unit whose state was hit; shares of wrong outputs with their 95 % interval.
std::string table(const Results& results);
std::string json(const Results& results);
// What became of the flips of each unit as bars, and of each flip over the run's cycles as dots.
std::string svg(const Results& results);
// One file with the picture, the table and every run that was not masked.
std::string html(const Results& results);

}  // namespace dla::vp::campaign
