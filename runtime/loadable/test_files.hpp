// SPDX-License-Identifier: Apache-2.0
// Loadables that tests read from beside the source tree; empty where they are not present.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

// All files below the folder whose name ends so, sorted; says so where the folder is absent.
inline std::vector<std::string> files_below(const std::string& folder, const std::string& ending) {
    std::vector<std::string> files;
    if (!std::filesystem::exists(folder)) {
        std::cout << "skipped: " << folder << " not present\n";
        return files;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().string().ends_with(ending)) files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

inline std::vector<std::string> all_loadables() {
    std::vector<std::string> files = files_below("../shared/loadables", "_fbuf");
    for (const char* folder : {"../shared/loadables", "../shared/golden/networks"}) {
        const auto more = files_below(folder, ".nvdla");
        files.insert(files.end(), more.begin(), more.end());
    }
    return files;
}

inline Bytes file_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace dla::runtime
