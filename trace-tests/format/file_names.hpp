// SPDX-License-Identifier: Apache-2.0
// The rule for file names inside a trace: bare names, in the trace's own folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trace-tests/format/scanner.hpp"
#include "trace-tests/format/trace.hpp"

namespace dla::trace {

// The name itself, or a SyntaxError at the scanner's last token.
inline std::string_view bare_file_name(const Scanner& scanner, std::string_view name) {
    const bool bare = !name.empty() && name.find('/') == std::string_view::npos && name != "." &&
                      name != ".." && name.find('\0') == std::string_view::npos;
    if (!bare) scanner.fail_token("a bare file name in the trace's folder");
    return name;
}

inline std::vector<DataFile> data_files(const std::string& folder,
                                        const std::vector<std::string>& names) {
    std::vector<DataFile> files;
    files.reserve(names.size());
    for (const std::string& name : names)
        files.push_back({name, folder + name, 0});
    return files;
}

}  // namespace dla::trace
