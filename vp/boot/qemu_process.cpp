// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/qemu_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "vp/program_output.hpp"

namespace dla::vp {

PrivateFolder::PrivateFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dla-vp-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;  // mode 0700
}

PrivateFolder::~PrivateFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<QemuProcess> QemuProcess::start(const QemuCommand& command) {
    auto words = argument_vector(command.program, command.arguments);
    const pid_t child = fork();
    if (child < 0)
        return fail(fmt::format("cannot start {}: {}", command.program, std::strerror(errno)));
    if (child == 0) {
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
