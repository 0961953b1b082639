// SPDX-License-Identifier: Apache-2.0
#include "vp/trace_discovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace dla::vp {
namespace {

namespace fs = std::filesystem;

bool is_trace(const fs::path& path) {
    return path.extension() == ".txn" || path.extension() == ".cfg";
}

}  // namespace

Result<std::vector<std::string>> find_traces(const std::vector<std::string>& paths) {
    std::vector<std::string> all;
    for (const std::string& path : paths) {
        std::vector<std::string> found;
        std::error_code error;
        const bool folder = fs::is_directory(path, error);
        if (!folder && !fs::exists(path, error))
            return fail(fmt::format("{}: no such file or folder", path));
        if (!folder) found.push_back(path);
        if (folder) {
            for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
                 at.increment(error))
                if (is_trace(at->path()) && at->is_regular_file())
                    found.push_back(at->path().string());
        }
        if (error) return fail(fmt::format("{}: {}", path, error.message()));
        if (found.empty())
            return fail(
                fmt::format("{}: no trace below it; a trace's name ends in .txn or .cfg", path));
        std::ranges::sort(found);
        all.insert(all.end(), found.begin(), found.end());
    }
    return all;
}

std::string configuration_of(const std::string& path, const std::vector<std::string>& names) {
    std::string best;
    const fs::path whole = fs::absolute(path).lexically_normal();
    for (const fs::path& component : whole.parent_path()) {
        const bool known = std::ranges::find(names, component.string()) != names.end();
        if (known && component.string().size() >= best.size()) best = component.string();
    }
    if (best.empty() && whole.extension() == ".txn") return "nv_full";
    return best;
}

std::string name_of_trace(const std::string& path) {
    const fs::path whole = fs::absolute(path).lexically_normal();
    std::string name =
        (whole.stem() == "input" ? whole.parent_path().filename() : whole.stem()).string();
    // Files are named after it: "...txn" must not lead up.
    if (name.find_first_not_of('.') == std::string::npos) name = "trace";
    return name;
}

}  // namespace dla::vp
