// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/qemu_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "qemu-bridge/protocol/bridge_protocol.h"
#include "vp/program_output.hpp"

namespace dla::vp {
namespace {

constexpr const char* kFolderPrefix = "dla-vp-";
constexpr const char* kLockName = "lock";

// Folders of runs that were killed: their lock is free. A folder without a lock file is no business
// of ours, or just being made.
void remove_abandoned(const std::filesystem::path& parent) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(parent, ignored)) {
        if (!entry.path().filename().string().starts_with(kFolderPrefix)) continue;
        struct stat found {};
        if (lstat(entry.path().c_str(), &found) != 0 || !S_ISDIR(found.st_mode) ||
            found.st_uid != getuid())
            continue;
        const int lock = open((entry.path() / kLockName).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (lock < 0) continue;
        if (flock(lock, LOCK_EX | LOCK_NB) == 0) std::filesystem::remove_all(entry.path(), ignored);
        close(lock);
    }
}

}  // namespace

PrivateFolder::PrivateFolder() {
    const std::filesystem::path parent = std::filesystem::temp_directory_path();
    remove_abandoned(parent);
    std::string pattern = (parent / fmt::format("{}XXXXXX", kFolderPrefix)).string();
    if (mkdtemp(pattern.data()) == nullptr)  // mode 0700
        throw std::system_error(errno, std::generic_category(), pattern);
    path_ = pattern;
    // Locked before it has its name, so that nobody finds it free; inherited by no child.
    const std::filesystem::path unnamed = path_ / "lock.new";
    lock_ = open(unnamed.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (lock_ < 0 || flock(lock_, LOCK_EX) != 0 ||
        rename(unnamed.c_str(), (path_ / kLockName).c_str()) != 0)
        throw std::system_error(errno, std::generic_category(), path_.string());
}

PrivateFolder::~PrivateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    close(lock_);
}

Result<QemuProcess> QemuProcess::start(const QemuCommand& command) {
    auto words = argument_vector(command.program, command.arguments);
    const std::string platform = fmt::format("{}", getpid());
    const pid_t child = fork();
    if (child < 0)
        return fail(fmt::format("cannot start {}: {}", command.program, std::strerror(errno)));
    if (child == 0) {
        setenv(DLA_BRIDGE_PLATFORM, platform.c_str(), 1);
        if (!command.preload.empty()) setenv("LD_PRELOAD", command.preload.c_str(), 1);
        if (!command.reads_input) dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        execvp(words[0], words.data());
        fmt::print(stderr, "dla-vp: cannot start {}: {}\n", command.program, std::strerror(errno));
        _exit(1);
    }
    return QemuProcess(child);
}

QemuProcess::QemuProcess(QemuProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(other.status_) {}

QemuProcess::~QemuProcess() {
    if (pid_ <= 0 || status_) return;
    kill(pid_, SIGTERM);
    constexpr int kTries = 20;
    for (int i = 0; i < kTries && running(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (running()) kill(pid_, SIGKILL);
    wait();
}

bool QemuProcess::running() {
    int status = 0;
    if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = exit_code_of_status(status);
    return !status_;
}

int QemuProcess::wait() {
    int status = 0;
    while (!status_) {
        if (waitpid(pid_, &status, 0) == pid_)
            status_ = exit_code_of_status(status);
        else if (errno != EINTR)
            status_ = 1;
    }
    return *status_;
}

}  // namespace dla::vp
