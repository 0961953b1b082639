// SPDX-License-Identifier: Apache-2.0
// For files that get their names from the program, in a folder of the user's.
#pragma once

#include <filesystem>
#include <string>

namespace dla {

// A link that has the name goes away, so that the file is not written to where it leads.
inline void drop_link(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_symlink(path, ignored)) std::filesystem::remove(path, ignored);
}

}  // namespace dla
