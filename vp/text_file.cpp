// SPDX-License-Identifier: Apache-2.0
#include "vp/text_file.hpp"

#include <fmt/format.h>

#include <fstream>

namespace dla::vp {

Result<void> write_text(const std::string& path, std::string_view text) {
    if (path == "-") {
        fmt::print("{}", text);
        return {};
    }
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) return fail(path + ": cannot be written");
    return {};
}

std::FILE* stream_for_people(const std::string& report_path) {
    return report_path == "-" ? stderr : stdout;
}

}  // namespace dla::vp
