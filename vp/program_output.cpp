// SPDX-License-Identifier: Apache-2.0
#include "vp/program_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace dla::vp {
namespace {

constexpr int kCannotStart = 127;

[[noreturn]] void become(const std::string& program, const std::vector<std::string>& arguments,
                         std::array<int, 2> ends, ErrorOutput errors) {
    auto words = argument_vector(program, arguments);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    if (errors == ErrorOutput::kHidden) dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    execvp(words[0], words.data());
    _exit(kCannotStart);
}

std::string read_all(int descriptor) {
    std::string text;
    std::array<char, 4096> buffer{};
    ssize_t got = 0;
    while ((got = read(descriptor, buffer.data(), buffer.size())) > 0 ||
           (got < 0 && errno == EINTR))
        if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    return text;
}

}  // namespace

std::vector<char*> argument_vector(const std::string& program,
                                   const std::vector<std::string>& arguments) {
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments)
        words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    return words;
}

int exit_code_of_status(int status) {
    constexpr int kSignalBase = 128;
    return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
}

Result<std::string> program_output(const std::string& program,
                                   const std::vector<std::string>& arguments, ErrorOutput errors) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0)
        return fail(fmt::format("cannot create a pipe: {}", std::strerror(errno)));
    const pid_t child = fork();
    if (child == 0) become(program, arguments, ends, errors);
    close(ends[1]);
    std::string output = child > 0 ? read_all(ends[0]) : "";
    close(ends[0]);
    if (child < 0) return fail(fmt::format("cannot start {}: {}", program, std::strerror(errno)));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const int code = exit_code_of_status(status);
    if (code == kCannotStart) return fail(fmt::format("cannot start {}", program));
    if (code != 0) return fail(fmt::format("{} ended with exit code {}", program, code));
    while (!output.empty() && output.back() == '\n')
        output.pop_back();
    return output;
}

}  // namespace dla::vp
