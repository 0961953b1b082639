// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/qemu_process.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

namespace dla::vp {
namespace {

constexpr int kSignalBase = 128;

int exit_code(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
}

std::vector<char*> argument_vector(const std::string& program,
                                   const std::vector<std::string>& arguments) {
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments)
        words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    return words;
}

}  // namespace

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
    if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = exit_code(status);
    return !status_;
}

int QemuProcess::wait() {
    int status = 0;
    while (!status_) {
        if (waitpid(pid_, &status, 0) == pid_)
            status_ = exit_code(status);
        else if (errno != EINTR)
            status_ = 1;
    }
    return *status_;
}

Result<std::string> run_script(const std::filesystem::path& script,
                               const std::vector<std::string>& arguments) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0)
        return fail(fmt::format("cannot create a pipe: {}", std::strerror(errno)));
    const std::string program = script.string();
    auto words = argument_vector(program, arguments);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(words[0], words.data());
        _exit(127);
    }
    close(ends[1]);
    std::string output;
    std::array<char, 256> buffer{};
    for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;) {
        output.append(buffer.data(), static_cast<std::size_t>(got));
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (exit_code(status) != 0) {
        return fail(fmt::format("{} ended with exit code {}", program, exit_code(status)));
    }
    while (!output.empty() && output.back() == '\n')
        output.pop_back();
    return output;
}

}  // namespace dla::vp
