// SPDX-License-Identifier: Apache-2.0
#include "vp/trace_command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <memory>

#include "dla_tlm/common/hardware_config.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "vp/inject/inject_options.hpp"
#include "vp/memory_options.hpp"
#include "vp/monitor/monitor_options.hpp"
#include "vp/observe/sink_set.hpp"
#include "vp/own_file.hpp"
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
    RecordOption record;
    CheckpointOptions checkpoint;
    monitor::MonitorOptions monitor;
    inject::InjectOptions inject;
    bool everywhere = false;
    bool layers = false;
    bool list = false;
};

// From the child to the parent: verdict, cycles, lengths of three texts, then these and the detail.
std::string pack(const Outcome& outcome, const LayerTexts& texts = {}) {
    return fmt::format("{} {} {} {} {}\n{}{}{}{}", static_cast<int>(outcome.verdict),
                       outcome.cycles, texts.table.size(), texts.summary.size(), texts.json.size(),
                       texts.table, texts.summary, texts.json, outcome.detail);
}

Outcome unpack(const JobResult& result, LayerTexts& texts) {
    if (!result.failure.empty()) return {Verdict::kError, 0, result.failure};
    Outcome outcome;
    int verdict = 0;
    unsigned long long cycles = 0;
    std::size_t table = 0;
    std::size_t summary = 0;
    std::size_t json = 0;
    const std::string& text = result.output;
    if (std::sscanf(text.c_str(), "%d %llu %zu %zu %zu", &verdict, &cycles, &table, &summary,
                    &json) != 5)
        return {Verdict::kError, 0, "ended without a verdict"};
    outcome.verdict = static_cast<Verdict>(verdict);
    outcome.cycles = cycles;
    const std::size_t begin = text.find('\n') + 1;
    texts = {text.substr(begin, table), text.substr(begin + table, summary),
             text.substr(begin + table + summary, json)};
    outcome.detail = text.substr(begin + table + summary + json);
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
        if (const auto legal = check_checkpoint(); !legal) return refuse(legal.error().message);
        if (!options_.monitor.socket.empty() && results_.size() > 1 &&
            file_for(options_.monitor.socket, "") == options_.monitor.socket)
            return refuse(
                fmt::format("--monitor {}: {} runs would use the same socket; put %n, the "
                            "name of the run, into it",
                            options_.monitor.socket, results_.size()));
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
            if (const auto legal = inject::injected_run(options_.inject, *config, ""); !legal)
                return fail(legal.error().message);
            configs_.emplace(name, *config);
        }
        return {};
    }

    // Several runs need files of their own.
    Result<void> check_checkpoint() const {
        const CheckpointOptions& files = options_.checkpoint;
        if (files.save_at != 0 && files.save.empty())
            return fail("--save-at needs --save FILE for the state");
        for (const auto& [option, file] :
             {std::pair{"--save", files.save}, std::pair{"--restore", files.restore},
              std::pair{"--inject-log", options_.inject.log}})
            if (results_.size() > 1 && !file.empty() && file_for(file, "") == file)
                return fail(
                    fmt::format("{} {}: {} runs have files of their own; put %n, the name "
                                "of the run, into it",
                                option, file, results_.size()));
        return {};
    }

    int list() const {
        for (const TraceResult& result : results_)
            fmt::print(people_, "{:<20} {:<40} {}\n", result.config.empty() ? "?" : result.config,
                       result.name, result.path);
        if (options_.json.empty()) return 0;
        const auto written = write_list_json(options_.json, results_);
        return written ? 0 : refuse(written.error().message);
    }

    std::string run_one(std::size_t index) const {
        const TraceResult& result = results_[index];
        if (result.config.empty())
            return pack(
                {Verdict::kError, 0,
                 fmt::format("no folder of the path is named like a configuration; choose one with "
                             "--config, there are {}",
                             fmt::join(builtin_config_names(), ", "))});
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
        run.checkpoint = options_.checkpoint;
        run.checkpoint.save = file_for(options_.checkpoint.save, run.name);
        run.checkpoint.restore = file_for(options_.checkpoint.restore, run.name);
        run.monitor = {file_for(options_.monitor.socket, run.name), options_.monitor.hold};
        run.inject = *inject::injected_run(options_.inject, config, run.name);
        for (const std::string& folder :
             {options_.dump_dir, options_.layers_dir, options_.registers_dir}) {
            if (folder.empty()) continue;
            const auto inside = stays_below(folder, {config.name, result.name});
            if (!inside) return pack({Verdict::kError, 0, inside.error().message});
        }
        if (!options_.dump_dir.empty())
            run.dump_folder = fmt::format("{}/{}/{}", options_.dump_dir, config.name, result.name);
        if (!options_.layers_dir.empty())
            run.layers_file =
                fmt::format("{}/{}/{}.csv", options_.layers_dir, config.name, result.name);
        if (!options_.registers_dir.empty())
            run.registers_file =
                fmt::format("{}/{}/{}.csv", options_.registers_dir, config.name, result.name);
        LayerTexts texts;
        const Outcome outcome = run_trace(result.path, config, run, &texts);
        return pack(outcome, texts);
    }

    void play() {
        // Who watches a run may hold it as long as he likes.
        const double limit_s = options_.monitor.socket.empty() ? options_.timeout_s : 0;
        Progress progress("traces", results_.size());
        run_jobs(
            results_.size(), {.parallel = options_.jobs, .timeout_s = limit_s},
            [this](std::size_t index) { return run_one(index); },
            [&](std::size_t index, const JobResult& job) {
                TraceResult& result = results_[index];
                result.outcome = unpack(job, result.layers);
                result.wall_s = job.wall_s;
                if (const auto found = configs_.find(result.config); found != configs_.end())
                    result.clock_mhz = found->second.clock_mhz;
                progress.hide();
                fmt::print(people_, "{}\n", line_of(result, takes_colours(people_)));
                if (options_.layers || results_.size() == 1)
                    fmt::print(people_, "{}{}", result.layers.table, result.layers.summary);
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
                        "write the results, or the --list, to this file, - for standard output");
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
    command->add_flag("--layers", options->layers,
                      "print what every layer cost and what bounded it (always for one trace)");
    add_sink_options(*command, options->sinks);
    add_record_options(*command, options->record);
    command->add_option("--save", options->checkpoint.save,
                        "write the state at the end, or at --save-at; %n is the run's name");
    command->add_option("--save-at", options->checkpoint.save_at,
                        "save before the first statement of this line of the trace or a later one");
    command->add_option("--restore", options->checkpoint.restore,
                        "go on from this file of --save; %n is the run's name");
    command->add_flag("--list-idle", options->checkpoint.list_idle,
                      "tell the lines before which the DLA has become idle");
    monitor::add_monitor_options(*command, options->monitor);
    inject::add_inject_options(*command, options->inject);
    command->add_flag("--list", options->list, "only list the traces and their configurations");
    command->callback([options, &exit_code] { exit_code = TraceCommand(*options).run(); });
}

}  // namespace dla::vp
