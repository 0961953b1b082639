// SPDX-License-Identifier: Apache-2.0
// scripts/packages: which Debian packages are for what.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dla_tlm/common/result.hpp"

namespace dla::vp {

struct PackageSection {
    std::string name;                                    // boot
    std::string purpose;                                 // boot Linux on QEMU ...
    std::vector<std::vector<std::string>> alternatives;  // one of each
};

Result<std::vector<PackageSection>> parse_package_list(std::string_view text,
                                                       const std::string& where);

// First alternative of every line without an installed one.
std::vector<std::string> missing_packages(const PackageSection& section,
                                          const std::set<std::string>& installed);

}  // namespace dla::vp
