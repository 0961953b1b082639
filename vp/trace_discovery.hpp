// SPDX-License-Identifier: Apache-2.0
// Traces below the given paths, and the configuration each is for.
#pragma once

#include <string>
#include <vector>

#include "dla_tlm/common/result.hpp"

namespace dla::vp {

// Every .txn and .cfg file, sorted within each path; a path that holds none is an error.
Result<std::vector<std::string>> find_traces(const std::vector<std::string>& paths);

// The longest component of the path that is the name of a configuration; without one, .txn is
// nv_full and .cfg has no answer (empty).
std::string configuration_of(const std::string& path, const std::vector<std::string>& names);

// The folder's name for input.txn, else the file's name without its ending.
std::string name_of_trace(const std::string& path);

}  // namespace dla::vp
