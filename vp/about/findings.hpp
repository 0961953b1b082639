// SPDX-License-Identifier: Apache-2.0
// From facts about the machine to what the user should know and do.
#pragma once

#include <string>
#include <vector>

#include "vp/about/host_facts.hpp"

namespace dla::vp {

enum class FindingStatus { kOk, kNote, kMissing };

struct Finding {
    std::string subject;
    FindingStatus status;
    std::string found;
    std::string remedy;  // what to do, empty: nothing
};

std::vector<Finding> findings_of(const HostFacts& facts);
const char* name_of(FindingStatus status);

}  // namespace dla::vp
