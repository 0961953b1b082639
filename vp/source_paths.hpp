// SPDX-License-Identifier: Apache-2.0
// Where the installation or the source tree keeps its scripts and data.
#pragma once

#include <filesystem>
#include <string>

namespace dla::vp {

// The root that holds scripts/ and configs/: $DLA_VP_ROOT, else beside the executable, else the
// source tree that the program was built from.
std::filesystem::path root_path();
std::filesystem::path script_path(const std::string& name);

}  // namespace dla::vp
