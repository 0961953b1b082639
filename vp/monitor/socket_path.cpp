// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/socket_path.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dla::vp::monitor {
namespace {

namespace fs = std::filesystem;

fs::path run_folder() {
    const char* folder = std::getenv("XDG_RUNTIME_DIR");
    if (folder != nullptr && *folder != 0) return fs::path(folder) / "dla-vp";
    return fs::temp_directory_path() / fmt::format("dla-vp-{}", getuid());
}

}  // namespace

fs::path socket_path(const std::string& name) {
    if (name.find('/') != std::string::npos) return name;
    return run_folder() / name;
}

Result<void> prepare_socket_folder(const fs::path& socket) {
    const fs::path folder = socket.parent_path();
    if (mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        return fail(fmt::format("the monitor's folder {} cannot be made: {}", folder.string(),
                                std::strerror(errno)));
    struct stat found {};
    if (lstat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode))
        return fail(fmt::format("{} is not a folder", folder.string()));
    if (found.st_uid != getuid() || (found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(
            fmt::format("the monitor's folder {} is open to others (mode {:04o}), legal is "
                        "one of your own with mode 0700; a plain name such as "
                        "--monitor run puts the socket into {}",
                        folder.string(), found.st_mode & 07777, run_folder().string()));
    return {};
}

}  // namespace dla::vp::monitor
