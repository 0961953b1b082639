// SPDX-License-Identifier: Apache-2.0
#include "runtime/loadable/file_bytes.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "dla_tlm/common/file_error.hpp"

namespace dla::runtime {

Result<Bytes> read_file(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        return fail(path + ": cannot be read: is a folder");
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) return file_error(path, "cannot be read");
    return bytes;
}

Result<void> write_file(const std::string& path, std::span<const std::uint8_t> bytes) {
    errno = 0;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) return file_error(path, "cannot be written");
    return {};
}

}  // namespace dla::runtime
