// SPDX-License-Identifier: Apache-2.0
#include "vp/text_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "dla_tlm/common/file_error.hpp"

namespace dla::vp {

Result<void> write_text(const std::string& path, std::string_view text) {
    if (path == "-") {
        fmt::print("{}", text);
        return {};
    }
    std::error_code ignored;  // what cannot be made shows when the file is opened
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    errno = 0;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) return file_error(path, "cannot be written");
    return {};
}

std::FILE* stream_for_people(const std::string& report_path) {
    return report_path == "-" ? stderr : stdout;
}

}  // namespace dla::vp
