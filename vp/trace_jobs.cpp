// SPDX-License-Identifier: Apache-2.0
#include "vp/trace_jobs.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>

namespace dla::vp {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMilliseconds = 200;

struct Running {
    std::size_t index;
    pid_t process;
    int output;
    Clock::time_point begin;
    JobResult result;
};

[[noreturn]] void run_in_child(int output, const std::string& text) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t written = write(output, rest.data(), rest.size());
        if (written < 0 && errno != EINTR) _exit(1);
        if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    }
    std::fflush(nullptr);
    // Without destructors: a SystemC hierarchy need not be taken down in order.
    _exit(0);
}

class Pool {
  public:
    Pool(std::size_t count, const JobOptions& options,
         const std::function<std::string(std::size_t)>& job)
        : options_(options), job_(job), results_(count) {}

    void run(const std::function<void(std::size_t, const JobResult&)>& done) {
        std::size_t next = 0;
        std::size_t reported = 0;
        while (reported < results_.size()) {
            while (next < results_.size() && running_.size() < std::max(1u, options_.parallel))
                start(next++);
            collect();
            for (; reported < results_.size() && results_[reported]; ++reported)
                done(reported, *results_[reported]);
        }
    }

  private:
    void start(std::size_t index) {
        std::array<int, 2> ends{};
        std::fflush(nullptr);
        const bool piped = pipe(ends.data()) == 0;
        const pid_t process = piped ? fork() : -1;
        if (process == 0) {
            close(ends[0]);
            run_in_child(ends[1], job_(index));
        }
        if (piped) close(ends[1]);
        if (process < 0) {
            if (piped) close(ends[0]);
            results_[index] =
                JobResult{"", fmt::format("no process for it: {}", std::strerror(errno)), 0};
            return;
        }
        running_.push_back({index, process, ends[0], Clock::now(), {}});
    }

    void collect() {
        std::vector<pollfd> descriptors;
        for (const Running& job : running_)
            descriptors.push_back({job.output, POLLIN, 0});
        poll(descriptors.data(), descriptors.size(), kPollMilliseconds);
        for (std::size_t i = 0; i < running_.size(); ++i)
            if (descriptors[i].revents != 0 && !read_some(running_[i])) finish(running_[i]);
        for (Running& job : running_)
            if (job.process > 0) check_time(job);
        std::erase_if(running_, [](const Running& job) { return job.process < 0; });
    }

    // False at the end of the output.
    static bool read_some(Running& job) {
        std::array<char, 65536> piece;
        const ssize_t got = read(job.output, piece.data(), piece.size());
        if (got > 0) job.result.output.append(piece.data(), static_cast<std::size_t>(got));
        return got > 0 || (got < 0 && errno == EINTR);
    }

    void finish(Running& job) {
        int status = 0;
        while (waitpid(job.process, &status, 0) < 0 && errno == EINTR) {
        }
        close(job.output);
        job.result.wall_s = std::chrono::duration<double>(Clock::now() - job.begin).count();
        if (job.result.failure.empty() && WIFSIGNALED(status))
            job.result.failure = fmt::format("crashed: {}", strsignal(WTERMSIG(status)));
        else if (job.result.failure.empty() && WEXITSTATUS(status) != 0)
            job.result.failure = fmt::format("ended with status {}", WEXITSTATUS(status));
        results_[job.index] = std::move(job.result);
        job.process = -1;
    }

    void check_time(Running& job) {
        if (options_.timeout_s <= 0) return;
        const double wall_s = std::chrono::duration<double>(Clock::now() - job.begin).count();
        if (wall_s < options_.timeout_s) return;
        kill(job.process, SIGKILL);
        job.result.failure =
            fmt::format("ran longer than {} s of wall time (--timeout)", options_.timeout_s);
        finish(job);
    }

    JobOptions options_;
    const std::function<std::string(std::size_t)>& job_;
    std::vector<std::optional<JobResult>> results_;
    std::vector<Running> running_;
};

}  // namespace

void run_jobs(std::size_t count, const JobOptions& options,
              const std::function<std::string(std::size_t)>& job,
              const std::function<void(std::size_t, const JobResult&)>& done) {
    Pool(count, options, job).run(done);
}

}  // namespace dla::vp
