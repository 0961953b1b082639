// SPDX-License-Identifier: Apache-2.0
#include "vp/own_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace dla::vp {
namespace {

namespace fs = std::filesystem;

bool write_all(int file, std::span<const char> bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(file, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
    return true;
}

// A file that nobody else made, whatever had its name before.
bool write_new(const std::string& path, std::initializer_list<std::span<const char>> content) {
    unlink(path.c_str());
    constexpr mode_t kAsUmaskSays = 0666;
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kAsUmaskSays);
    if (file < 0) return false;
    bool written = true;
    for (const auto bytes : content)
        written = written && write_all(file, bytes);
    written = written && fsync(file) == 0;
    const int reason = errno;
    const bool closed = close(file) == 0;
    if (!written) errno = reason;
    return written && closed;
}

}  // namespace

Result<void> stays_below(const std::string& folder, std::initializer_list<std::string> parts) {
    fs::path path = folder;
    std::error_code ignored;
    for (const std::string& part : parts) {
        path /= part;
        if (fs::is_symlink(path, ignored))
            return fail(
                fmt::format("{} is a link; nothing is written outside {}", path.string(), folder));
    }
    return {};
}

Result<void> replace_file(const std::string& path,
                          std::initializer_list<std::span<const char>> content) {
    std::error_code error;
    if (const fs::path folder = fs::path(path).parent_path(); !folder.empty())
        fs::create_directories(folder, error);  // what cannot be made shows below
    const std::string beside = fmt::format("{}.{}.new", path, getpid());
    if (!write_new(beside, content)) {
        const std::string why = std::strerror(errno);
        fs::remove(beside, error);
        return fail(fmt::format("{}: cannot be written: {}", path, why));
    }
    fs::rename(beside, path, error);
    if (!error) return {};
    const std::string why = error.message();
    fs::remove(beside, error);
    return fail(fmt::format("{}: cannot be written: {}", path, why));
}

}  // namespace dla::vp
