// SPDX-License-Identifier: Apache-2.0
#include "vp/trace_command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <memory>

#include "dla_tlm/common/hardware_config.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "vp/memory_options.hpp"
#include "vp/observe/sink_set.hpp"
#include "vp/terminal.hpp"
#include "vp/text_file.hpp"
#include "vp/thread_option.hpp"
#include "vp/trace_discovery.hpp"
#include "vp/trace_jobs.hpp"
#include "vp/trace_needs.hpp"
#include "vp/trace_report.hpp"
#include "vp/trace_run.hpp"

namespace dla::vp {
namespace {

using trace::Outcome;
using trace::Verdict;

struct Options {
    std::vector<std::string> paths;
    std::string config;
    unsigned jobs = 1;
    unsigned threads = 0;
    double timeout_s = 600;
    std::uint64_t hang_clocks = TraceRunOptions{}.hang_clocks;
    std::string timing = "on";
    MemoryOptions memory;
    std::string json;
    std::string junit;
    std::string markdown;
    std::string dump_dir;
    std::string layers_dir;
    std::string registers_dir;
    std::vector<std::string> sinks;
    std::string record;
    bool everywhere = false;
    bool list = false;
};

// From the child to the parent: verdict, cycles and detail.
std::string pack(const Outcome& outcome) {
    return fmt::format("{} {}\n{}", static_cast<int>(outcome.verdict), outcome.cycles,
                       outcome.detail);
}

Outcome unpack(const JobResult& result) {
    if (!result.failure.empty()) return {Verdict::kError, 0, result.failure};
    Outcome outcome;
    int verdict = 0;
    unsigned long long cycles = 0;
    if (std::sscanf(result.output.c_str(), "%d %llu", &verdict, &cycles) != 2)
        return {Verdict::kError, 0, "ended without a verdict"};
    outcome.verdict = static_cast<Verdict>(verdict);
    outcome.cycles = cycles;
    outcome.detail = result.output.substr(result.output.find('\n') + 1);
    return outcome;
}

class TraceCommand {
  public:
    explicit TraceCommand(const Options& options) : options_(options) {}

    int run() {
        const auto paths = find_traces(options_.paths);
        if (!paths) return refuse(paths.error().message);
        for (const std::string& path : *paths) {
            results_.push_back({name_of_trace(path), path, choose_configuration(path), {}, 0});
            if (options_.everywhere) add_other_configurations(path);
        }
        if (const auto loaded = load_configurations(); !loaded)
            return refuse(loaded.error().message);
        if (options_.list) return list();
        if (const auto legal = check_sinks(options_.sinks, results_.size()); !legal)
            return refuse(legal.error().message);
        play();
        fmt::print(people_, "{}\n", summary_of(results_));
        if (!options_.json.empty())
            if (const auto written = write_json(options_.json, results_); !written)
                return refuse(written.error().message);
        if (!options_.junit.empty())
            if (const auto written = write_junit(options_.junit, results_); !written)
                return refuse(written.error().message);
        if (!options_.markdown.empty())
            if (const auto written =
                    write_markdown(options_.markdown, markdown_command(), results_);
                !written)
                return refuse(written.error().message);
        return exit_code_of(results_);
    }

  private:
    static int refuse(const std::string& message) {
        fmt::print(stderr, "dla-vp trace: {}\n", message);
        return 2;
    }

    // What writes the page again; options that cannot change it are left out.
    std::string markdown_command() const {
        std::string command = "dla-vp trace";
        if (!options_.config.empty()) command += " --config " + options_.config;
        if (options_.everywhere) command += " --everywhere";
        if (options_.timing != "on") command += " --timing " + options_.timing;
        return fmt::format("{} --markdown {} {}", command, options_.markdown,
                           fmt::join(options_.paths, " "));
    }

    std::string choose_configuration(const std::string& path) const {
        if (!options_.config.empty()) return options_.config;
        return configuration_of(path, builtin_config_names());
    }

    // What cannot be read or names no configuration is reported by its own run.
    void add_other_configurations(const std::string& path) {
        const auto made_for = builtin_config(choose_configuration(path));
        if (!made_for) return;
        const auto trace = trace::load_trace(path, made_for->address_map);
        if (!trace) return;
        for (const std::string& name : builtin_config_names()) {
            const auto other = builtin_config(name);
            if (name != made_for->name && means_the_same(*trace, *made_for, *other))
                results_.push_back({name_of_trace(path), path, name, {}, 0});
        }
    }

    // Each configuration once, before any process is split off.
    Result<void> load_configurations() {
        for (const TraceResult& result : results_) {
            const std::string& name = result.config;
            if (name.empty() || configs_.count(name) != 0) continue;
            const bool file = name.ends_with(".yaml") || name.find('/') != std::string::npos;
            auto config = file ? load_config(name) : builtin_config(name);
            if (!config) return fail(config.error().message);
            if (const auto mode = timing_mode(options_.memory, *config); !mode)
                return fail(mode.error().message);
            configs_.emplace(name, *config);
        }
        return {};
    }

    int list() const {
        for (const TraceResult& result : results_)
            fmt::print("{:<20} {:<40} {}\n", result.config.empty() ? "?" : result.config,
                       result.name, result.path);
        return 0;
    }

    std::string run_one(std::size_t index) const {
        const TraceResult& result = results_[index];
        if (result.config.empty())
            return pack(
                {Verdict::kError, 0, "the path names no configuration; choose one with --config"});
        const HardwareConfig& config = configs_.at(result.config);
        auto timing = timing_mode(options_.memory, config);
        if (!timing) return pack({Verdict::kError, 0, timing.error().message});
        timing->enabled = options_.timing == "on";
        timing->threads = threads_per_run(options_.threads, options_.jobs);
        TraceRunOptions run{.timing = *timing,
                            .hang_clocks = options_.hang_clocks,
                            .dump_folder = {},
                            .sinks = options_.sinks,
                            .record = options_.record,
                            .name = fmt::format("{}.{}", config.name, result.name)};
        if (!options_.dump_dir.empty())
            run.dump_folder = fmt::format("{}/{}/{}", options_.dump_dir, config.name, result.name);
        if (!options_.layers_dir.empty())
            run.layers_file =
                fmt::format("{}/{}/{}.csv", options_.layers_dir, config.name, result.name);
        if (!options_.registers_dir.empty())
            run.registers_file =
                fmt::format("{}/{}/{}.csv", options_.registers_dir, config.name, result.name);
        return pack(run_trace(result.path, config, run));
    }

    void play() {
        Progress progress("traces", results_.size());
        run_jobs(
            results_.size(), {.parallel = options_.jobs, .timeout_s = options_.timeout_s},
            [this](std::size_t index) { return run_one(index); },
            [&](std::size_t index, const JobResult& job) {
                TraceResult& result = results_[index];
                result.outcome = unpack(job);
                result.wall_s = job.wall_s;
                progress.hide();
                fmt::print(people_, "{}\n", line_of(result, takes_colours(people_)));
                std::fflush(people_);
                progress.show(index + 1);
            });
    }

    const Options& options_;
    std::FILE* const people_ = stream_for_people(options_.json);
    std::vector<TraceResult> results_;
    std::map<std::string, HardwareConfig> configs_;
};

}  // namespace

void add_trace_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("trace", "play register traces and give a verdict each");
    command->footer(
        "Example: dla-vp trace trace-tests/own -j2 --json results.json\n"
        "Exit code 0: all pass, or are unsupported by their configuration; 1: some fail or hang;\n"
        "2: some cannot be run, or wrong command line.");
    command->add_option("paths", options->paths, "trace files (.txn, .cfg) or folders with them")
        ->required();
    command->add_option("--config", options->config,
                        "configuration by name or .yaml file (default: from the path)");
    command->add_option("-j,--jobs", options->jobs, "traces at the same time")
        ->check(CLI::Range(1u, 1024u))
        ->capture_default_str();
    command->add_option("--timing", options->timing, "off: results only, time means nothing")
        ->check(CLI::IsMember({"on", "off"}))
        ->capture_default_str();
    add_threads_option(*command, options->threads);
    add_memory_options(*command, options->memory);
    command->add_option("--timeout", options->timeout_s, "wall time limit per trace in s, 0: none")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command
        ->add_option("--hang-clocks", options->hang_clocks,
                     "core clocks without any progress that count as a hang")
        ->capture_default_str();
    command->add_option("--json", options->json,
                        "write the results to this file, - for standard output");
    command->add_option("--junit", options->junit, "write the results to this file as JUnit XML");
    command->add_option("--markdown", options->markdown,
                        "write a table of verdicts and cycles to this file");
    command->add_option("--dump-dir", options->dump_dir,
                        "write every checked memory region below this folder");
    command->add_option("--layers-dir", options->layers_dir,
                        "write a CSV with every unit operation of each trace below this folder");
    command->add_option(
        "--registers-dir", options->registers_dir,
        "write a CSV with every result register after each trace below this folder");
    command
        ->add_flag("--everywhere", options->everywhere,
                   "also on every other built-in configuration where the trace means the same")
        ->excludes("--config");
    add_sink_options(*command, options->sinks);
    add_record_option(*command, options->record);
    command->add_flag("--list", options->list, "only list the traces and their configurations");
    command->callback([options, &exit_code] { exit_code = TraceCommand(*options).run(); });
}

}  // namespace dla::vp
