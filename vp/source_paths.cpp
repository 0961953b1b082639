// SPDX-License-Identifier: Apache-2.0
#include "vp/source_paths.hpp"

#include <cstdlib>

namespace dla::vp {

namespace fs = std::filesystem;

fs::path root_path() {
    if (const char* given = std::getenv("DLA_VP_ROOT")) return given;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    fs::path installed = program.parent_path().parent_path() / "share" / "dla-vp";
    if (!error && fs::exists(installed / "scripts")) return installed;
    // build/<preset>/bin/dla-vp
    for (fs::path folder = program.parent_path(); folder.has_relative_path();
         folder = folder.parent_path()) {
        if (fs::exists(folder / "scripts" / "guest")) return folder;
    }
    return fs::current_path();
}

fs::path script_path(const std::string& name) {
    return root_path() / "scripts" / name;
}

}  // namespace dla::vp
