// SPDX-License-Identifier: Apache-2.0
#include "vp/campaign/campaign_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <memory>

#include "runtime/loadable/file_bytes.hpp"
#include "vp/campaign/campaign_report.hpp"
#include "vp/campaign/journal.hpp"
#include "vp/campaign/subject.hpp"
#include "vp/infer/host_platform.hpp"
#include "vp/memory_options.hpp"
#include "vp/terminal.hpp"
#include "vp/text_file.hpp"
#include "vp/trace_discovery.hpp"
#include "vp/trace_jobs.hpp"

namespace dla::vp {
namespace {

using namespace campaign;

constexpr int kCrashed = 1;
constexpr int kCouldNotRun = 2;
// A run with a flip may take so many times the cycles or seconds of one without.
constexpr std::uint64_t kPatience = 20;
constexpr std::uint64_t kLeastHangClocks = 1'000'000;
constexpr double kLeastSeconds = 10;

struct Options {
    std::string trace;
    std::string loadable;
    NetworkInput input;
    std::string config;
    std::string timing = "on";
    MemoryOptions memory;
    std::size_t runs = 100;
    std::uint64_t seed = 1;
    unsigned flips = 1;
    std::vector<std::string> places;
    std::string cycles;
    unsigned jobs = 1;
    std::string journal = "campaign.jsonl";
    std::string json;
    std::string html;
    std::string svg;
};

Result<HardwareConfig> configuration(const Options& options) {
    if (options.trace.empty()) {
        const auto file = runtime::read_file(options.loadable);
        if (!file) return tl::unexpected(file.error());
        const auto loadable = runtime::read_loadable(*file);
        if (!loadable) return fail(options.loadable + ": " + loadable.error().message);
        return config_for(options.config, *loadable);
    }
    const std::string name = options.config.empty()
                                 ? configuration_of(options.trace, builtin_config_names())
                                 : options.config;
    if (name.empty())
        return fail(options.trace + ": the path names no configuration; choose one with --config");
    return name.ends_with(".yaml") ? load_config(name) : builtin_config(name);
}

Result<std::string> the_trace(const std::string& path) {
    const auto found = find_traces({path});
    if (!found) return tl::unexpected(found.error());
    if (found->size() != 1)
        return fail(fmt::format("{}: {} traces; a campaign is of one", path, found->size()));
    return found->front();
}

// Everywhere that the hardware has and a run is likely to use.
std::vector<std::string> usual_places(const HardwareConfig&) {
    return {"register", "cbuf", "accumulator", "memory"};
}

class Campaign {
  public:
    explicit Campaign(const Options& options) : options_(options) {}

    Result<int> run() {
        if (auto ready = prepare(); !ready) return tl::unexpected(ready.error());
        auto journal = Journal::open(options_.journal, identity());
        if (!journal) return tl::unexpected(journal.error());
        journal_ = std::make_unique<Journal>(std::move(*journal));
        if (auto done = play(); !done) return tl::unexpected(done.error());
        return report();
    }

  private:
    Result<void> prepare() {
        const auto config = configuration(options_);
        if (!config) return tl::unexpected(config.error());
        config_ = *config;
        auto timing = timing_mode(options_.memory, config_);
        if (!timing) return tl::unexpected(timing.error());
        timing->enabled = options_.timing == "on";
        timing->threads = 1;
        auto subject = make_subject(*timing);
        if (!subject) return tl::unexpected(subject.error());
        subject_ = std::move(*subject);
        plan_.seed = options_.seed;
        plan_.flips = options_.flips;
        for (const std::string& text :
             options_.places.empty() ? usual_places(config_) : options_.places) {
            auto spec = inject::parse_flip(text, config_, false);
            if (!spec) return tl::unexpected(spec.error());
            plan_.places.push_back(std::move(*spec));
        }
        return run_undisturbed();
    }

    Result<std::unique_ptr<Subject>> make_subject(const TimingMode& timing) const {
        if (options_.trace.empty())
            return network_subject(options_.loadable, options_.input, config_, timing);
        const auto path = the_trace(options_.trace);
        if (!path) return tl::unexpected(path.error());
        return trace_subject(*path, config_, timing);
    }

    Result<void> run_undisturbed() {
        Result<Ending> ending = fail("");
        run_jobs(
            1, {}, [this](std::size_t) { return subject_->run({}, kDefaultHangClocks).json(); },
            [&](std::size_t, const JobResult& job) {
                ending = job.failure.empty() ? Ending::parse(job.output) : fail(job.failure);
                seconds_ = job.wall_s;
            });
        if (!ending) return fail("without a flip: " + ending.error().message);
        const bool passes = options_.trace.empty() || ending->output == "pass";
        if (ending->kind != Ending::Kind::kEnded || !passes)
            return fail("the run fails without any flip: " + ending->why);
        undisturbed_ = std::move(*ending);
        const Seen& seen = undisturbed_.seen;
        if (seen.last_cycle < seen.first_cycle) return fail("no unit runs any operation");
        return set_cycles({seen.first_cycle, seen.last_cycle});
    }

    Result<void> set_cycles(inject::Range whole) {
        plan_.cycles = whole;
        if (options_.cycles.empty()) return {};
        unsigned long long first = 0;
        unsigned long long last = 0;
        int used = 0;
        const std::string& text = options_.cycles;
        if (std::sscanf(text.c_str(), "%llu..%llu%n", &first, &last, &used) != 2 ||
            static_cast<std::size_t>(used) != text.size() || first > last || last > whole.last)
            return fail(fmt::format(
                "--cycles {}: legal is FIRST..LAST up to {}; operations run from {} to {}", text,
                whole.last, whole.first, whole.last));
        plan_.cycles = {first, last};
        return {};
    }

    // All that decides how a run of a given number ends.
    std::string identity() const {
        std::vector<std::string> places;
        for (const inject::FlipSpec& spec : plan_.places)
            places.push_back(spec.text);
        return fmt::format(
            "campaign 1: {}, {}, timing {}, seed {}, {} flips per run in cycles {}..{}, places {}",
            subject_->identity(), config_.name, options_.timing, plan_.seed, plan_.flips,
            plan_.cycles.first, plan_.cycles.last, fmt::join(places, " "));
    }

    std::string run_one(std::size_t run) const {
        std::vector<inject::Flip> flips;
        const inject::InjectedRun injected{
            .specs = draw_run(plan_, run),
            .seed = seed_of_run(plan_, run),
            .log = {},
            .told = [&](const inject::Flip& flip) { flips.push_back(flip); }};
        const std::uint64_t clocks = std::max(kLeastHangClocks, kPatience * plan_.cycles.last);
        RunRecord record = judge(undisturbed_, subject_->run(injected, clocks));
        record.run = run;
        fill(record, flips, injected.specs.front());
        return record.json();
    }

    static void fill(RunRecord& record, const std::vector<inject::Flip>& flips,
                     const inject::FlipSpec& first) {
        record.cycle = first.at->first;
        record.unit = flips.empty() ? "none" : flips.front().unit;
        for (const inject::Flip& flip : flips)
            record.flips.push_back(flip.text());
    }

    // A run that told nothing itself.
    RunRecord lost(std::size_t run, const JobResult& job) const {
        RunRecord record{.run = run};
        const inject::FlipSpec spec = draw_run(plan_, run).front();
        fill(record, {}, spec);
        record.unit = spec.unit.empty() ? name_of(spec.place) : spec.unit;
        record.flips = {fmt::format("{} at cycle {}", spec.text, record.cycle)};
        record.fate = job.failure.starts_with("ran longer") ? Fate::kHang : Fate::kCrash;
        record.why = job.failure;
        return record;
    }

    Result<void> play() {
        std::vector<std::size_t> open;
        for (std::size_t run = 0; run < options_.runs; ++run)
            if (journal_->records().count(run) == 0) open.push_back(run);
        const std::size_t known = options_.runs - open.size();
        if (known > 0)
            fmt::print(people_, "{} of {} runs are in {} already\n", known, options_.runs,
                       options_.journal);
        Result<void> written;
        Progress progress("runs", open.size());
        const double limit = kLeastSeconds + static_cast<double>(kPatience) * seconds_;
        run_jobs(
            open.size(), {.parallel = options_.jobs, .timeout_s = limit},
            [&](std::size_t i) { return run_one(open[i]); },
            [&](std::size_t i, const JobResult& job) {
                auto record = RunRecord::parse(job.output);
                auto added = journal_->add(record && job.failure.empty() ? std::move(*record)
                                                                         : lost(open[i], job));
                if (!added) written = added;
                progress.show(i + 1);
            });
        return written;
    }

    Result<int> report() const {
        Results results{.subject = options_.trace.empty() ? options_.loadable : options_.trace,
                        .config = config_.name,
                        .plan = plan_,
                        .records = {}};
        for (const auto& [run, record] : journal_->records())
            if (run < options_.runs) results.records.push_back(record);
        fmt::print(people_, "{}", table(results));
        for (const auto& [file, text] :
             {std::pair{options_.json, json(results)}, std::pair{options_.html, html(results)},
              std::pair{options_.svg, svg(results)}})
            if (!file.empty())
                if (auto written = write_text(file, text); !written)
                    return tl::unexpected(written.error());
        return tell_crashes(results);
    }

    static int tell_crashes(const Results& results) {
        int code = 0;
        for (const RunRecord& record : results.records) {
            if (record.fate != Fate::kCrash) continue;
            fmt::print(stderr, "dla-vp campaign: run {} broke the platform: {}: {}\n", record.run,
                       fmt::join(record.flips, ", "), record.why);
            code = kCrashed;
        }
        return code;
    }

    static constexpr std::uint64_t kDefaultHangClocks = 2'000'000'000;

    const Options& options_;
    std::FILE* const people_ = stream_for_people(options_.json);
    HardwareConfig config_{};
    Plan plan_{};
    std::unique_ptr<Subject> subject_;
    Ending undisturbed_{};
    double seconds_ = 0;
    std::unique_ptr<Journal> journal_;
};

void add_options(CLI::App& command, Options& options) {
    CLI::Option* trace = command.add_option("--trace", options.trace, "trace file or its folder");
    command.add_option("--loadable", options.loadable, "compiled network")->excludes(trace);
    add_input_options(command, options.input);
    command.add_option("--config", options.config,
                       "configuration by name or .yaml file (default: from the path or loadable)");
    command.add_option("--timing", options.timing, "off: cycles mean nothing")
        ->check(CLI::IsMember({"on", "off"}))
        ->capture_default_str();
    add_memory_options(command, options.memory);
    command.add_option("--runs", options.runs, "how many; more of them go on with a finished one")
        ->check(CLI::Range(1u, 10'000'000u))
        ->capture_default_str();
    command.add_option("--seed", options.seed, "the same seed gives the same runs")
        ->capture_default_str();
    command.add_option("--flips", options.flips, "bits to flip in each run")
        ->check(CLI::Range(1u, 1000u))
        ->capture_default_str();
    command
        .add_option("--inject", options.places,
                    "where: PLACE[,KEY=VALUE...] as of dla-vp trace --inject, without a time; one "
                    "of several is drawn each time (default: register, cbuf, accumulator, memory)")
        ->allow_extra_args(false);
    command.add_option("--cycles", options.cycles,
                       "FIRST..LAST to draw from (default: while any unit works)");
    command.add_option("-j,--jobs", options.jobs, "runs at the same time")
        ->check(CLI::Range(1u, 1024u))
        ->capture_default_str();
    command
        .add_option("--journal", options.journal,
                    "file of the finished runs; a campaign that was stopped goes on from it")
        ->capture_default_str();
    command.add_option("--json", options.json, "write all runs to this file, - standard output");
    command.add_option("--html", options.html, "write a page with picture and tables");
    command.add_option("--svg", options.svg, "write the picture alone");
}

}  // namespace

void add_campaign_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "campaign",
        "run a trace or network many times with flipped bits and tell what became of them");
    command->footer(
        "Example: dla-vp campaign --trace trace-tests/own/nv_full/pdp_max_pooling_int16 -j2 "
        "--html campaign.html\n"
        "         dla-vp campaign --loadable net.nvdla --runs 1000 --inject register,unit=SDP\n"
        "Each run is masked (all as without the flip), wrong output (and nobody told), detected\n"
        "(an error, a NaN counter, refused programming) or a hang. Exit code 0; 1: a run broke "
        "the\n"
        "platform itself; 2: could not run, or wrong command line.");
    add_options(*command, *options);
    command->callback([options, &exit_code] {
        if (options->trace.empty() == options->loadable.empty()) {
            fmt::print(stderr, "dla-vp campaign: one of --trace and --loadable is needed\n");
            exit_code = kCouldNotRun;
            return;
        }
        const auto code = Campaign(*options).run();
        if (!code) fmt::print(stderr, "dla-vp campaign: {}\n", code.error().message);
        exit_code = code ? *code : kCouldNotRun;
    });
}

}  // namespace dla::vp
