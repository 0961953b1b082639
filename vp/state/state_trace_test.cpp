// SPDX-License-Identifier: Apache-2.0
// Traces that are cut at idle points, saved, restored in a fresh process and continued end like
// uninterrupted ones: verdict, cycles, every register, every byte.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <span>
#include <sstream>

#include "testing/catch.hpp"
#include "trace-tests/test_folder.hpp"
#include "vp/state/state_compare.hpp"
#include "vp/trace_discovery.hpp"
#include "vp/trace_jobs.hpp"
#include "vp/trace_run.hpp"

namespace dla::vp {
namespace {

using trace::Outcome;

struct Case {
    std::string path;
    HardwareConfig config;
    std::vector<std::uint32_t> lines{};
    std::string uninterrupted{};
};

std::string packed(const Outcome& outcome) {
    return fmt::format("{} {} {}", name_of(outcome.verdict), outcome.cycles, outcome.detail);
}

std::vector<Case> cases_of(const std::string& folder, std::size_t step) {
    std::vector<Case> cases;
    const auto paths = find_traces({folder});
    REQUIRE(paths);
    const auto names = builtin_config_names();
    for (std::size_t i = 0; i < paths->size(); i += step) {
        const std::string name = configuration_of((*paths)[i], names);
        if (!name.empty()) cases.push_back({(*paths)[i], *builtin_config(name)});
    }
    return cases;
}

std::vector<std::string> run_all(std::size_t count,
                                 const std::function<std::string(std::size_t)>& job) {
    std::vector<std::string> results(count);
    run_jobs(count, {.parallel = 2, .timeout_s = 600}, job,
             [&](std::size_t i, const JobResult& result) {
                 INFO(i << ": " << result.failure);
                 CHECK(result.failure.empty());
                 results[i] = result.output;
             });
    return results;
}

// First, middle and last of the idle lines.
std::vector<std::uint32_t> chosen_lines(const std::string& outcome) {
    constexpr std::string_view kMark = "idle before lines ";
    const std::size_t place = outcome.find(kMark);
    if (place == std::string::npos) return {};
    std::istringstream text(outcome.substr(place + kMark.size()));
    std::vector<std::uint32_t> all;
    for (std::uint32_t line = 0; text >> line; text.ignore(1))
        all.push_back(line);
    const std::set<std::uint32_t> chosen{all.front(), all[all.size() / 2], all.back()};
    return {chosen.begin(), chosen.end()};
}

class SplitRuns {
  public:
    explicit SplitRuns(std::span<const Case> cases) : cases_(cases.begin(), cases.end()) {}

    // Returns how often a trace was cut.
    std::size_t check() {
        run_uninterrupted();
        run_to_cuts();
        run_from_cuts();
        compare();
        return cuts_.size();
    }

  private:
    struct Cut {
        std::size_t of;
        std::uint32_t line;
    };

    std::string file(const std::string& name) const { return folder_.path() + "/" + name; }
    std::string end_state(std::size_t i) const { return file(fmt::format("{}.end", i)); }
    std::string cut_state(std::size_t i) const { return file(fmt::format("cut{}", i)); }
    std::string continued_state(std::size_t i) const { return file(fmt::format("cut{}.end", i)); }

    void run_uninterrupted() {
        const auto outcomes = run_all(cases_.size(), [&](std::size_t i) {
            TraceRunOptions options;
            options.checkpoint = {.save = end_state(i), .list_idle = true};
            return packed(run_trace(cases_[i].path, cases_[i].config, options));
        });
        for (std::size_t i = 0; i < cases_.size(); ++i) {
            const std::size_t mark = outcomes[i].find("idle before");
            std::string& whole = cases_[i].uninterrupted;
            whole = outcomes[i].substr(0, mark);
            if (whole.ends_with('\n')) whole.pop_back();
            for (const std::uint32_t line : chosen_lines(outcomes[i]))
                cuts_.push_back({i, line});
        }
    }

    void run_to_cuts() {
        const auto outcomes = run_all(cuts_.size(), [&](std::size_t i) {
            const Case& cut = cases_[cuts_[i].of];
            TraceRunOptions options;
            options.checkpoint = {.save = cut_state(i), .save_at = cuts_[i].line};
            return packed(run_trace(cut.path, cut.config, options));
        });
        for (std::size_t i = 0; i < cuts_.size(); ++i) {
            INFO(cases_[cuts_[i].of].path << " saved before line " << cuts_[i].line);
            CHECK(outcomes[i] == cases_[cuts_[i].of].uninterrupted);
        }
    }

    void run_from_cuts() {
        const auto outcomes = run_all(cuts_.size(), [&](std::size_t i) {
            const Case& cut = cases_[cuts_[i].of];
            TraceRunOptions options;
            options.checkpoint = {.save = continued_state(i), .restore = cut_state(i)};
            return packed(run_trace(cut.path, cut.config, options));
        });
        for (std::size_t i = 0; i < cuts_.size(); ++i) {
            INFO(cases_[cuts_[i].of].path << " restored before line " << cuts_[i].line);
            CHECK(outcomes[i] == cases_[cuts_[i].of].uninterrupted);
        }
    }

    void compare() {
        for (std::size_t i = 0; i < cuts_.size(); ++i) {
            INFO(cases_[cuts_[i].of].path << " cut before line " << cuts_[i].line);
            const auto end = read_state(end_state(cuts_[i].of));
            const auto continued = read_state(continued_state(i));
            REQUIRE(end);
            REQUIRE(continued);
            CHECK(first_difference(*end, *continued).empty());
        }
    }

    trace::TestFolder folder_;
    std::vector<Case> cases_;
    std::vector<Cut> cuts_;
};

// Every N-th trace of the large folders; 1: all.
std::size_t step_of(std::size_t usual) {
    const char* all = std::getenv("DLA_ALL_TRACES");
    return all != nullptr ? 1 : usual;
}

void check_folder(const std::string& folder, std::size_t step) {
    if (!std::filesystem::exists(folder)) {
        WARN(folder << " is not here: skipped");
        return;
    }
    constexpr std::size_t kBatch = 16;  // their states are on the disk at the same time
    const std::vector<Case> cases = cases_of(folder, step_of(step));
    std::size_t cuts = 0;
    for (std::size_t i = 0; i < cases.size(); i += kBatch)
        cuts += SplitRuns(std::span(cases).subspan(i, std::min(kBatch, cases.size() - i))).check();
    // Not every trace has a point to cut at: one may never be idle.
    CHECK(2 * cuts >= cases.size());
}

}  // namespace

TEST_CASE("own traces continue after a restore as if nothing had happened") {
    check_folder("trace-tests/own", 1);
}

TEST_CASE("public traces continue after a restore as if nothing had happened") {
    check_folder("../shared/traces", 8);
}

TEST_CASE("golden traces continue after a restore as if nothing had happened") {
    check_folder("../shared/golden", 12);
}

}  // namespace dla::vp
