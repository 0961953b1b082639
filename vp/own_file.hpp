// SPDX-License-Identifier: Apache-2.0
// Files in folders of the user's that get their names from the program, a trace or a configuration:
// nothing is written outside the folder, whatever lies in it.
#pragma once

#include <initializer_list>
#include <span>
#include <string>

#include "dla_tlm/common/result.hpp"

namespace dla::vp {

// Whether FOLDER/A/B... stays below the folder: no part is a link.
Result<void> stays_below(const std::string& folder, std::initializer_list<std::string> parts);

// Writes beside the path and moves it there: whoever reads sees the old content or the new. A link
// is replaced, what it leads to stays as it is.
Result<void> replace_file(const std::string& path,
                          std::initializer_list<std::span<const char>> content);

}  // namespace dla::vp
