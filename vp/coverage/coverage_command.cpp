// SPDX-License-Identifier: Apache-2.0
#include "vp/coverage/coverage_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "runtime/app/session.hpp"
#include "runtime/loadable/file_bytes.hpp"
#include "vp/coverage/collector.hpp"
#include "vp/coverage/coverage_report.hpp"
#include "vp/infer/host_platform.hpp"
#include "vp/infer/network_input.hpp"
#include "vp/terminal.hpp"
#include "vp/text_file.hpp"
#include "vp/trace_discovery.hpp"
#include "vp/trace_jobs.hpp"
#include "vp/trace_run.hpp"

namespace dla::vp {
namespace {

using namespace coverage;
namespace fs = std::filesystem;

constexpr int kSomeFailed = 1;
constexpr int kCouldNotRun = 2;

struct Options {
    std::vector<std::string> paths;
    std::vector<std::string> merge;
    std::string config;
    std::vector<std::string> legal_on;
    unsigned jobs = 1;
    double timeout_s = 600;
    std::string json;
    std::string html;
    std::string markdown;
    bool holes = false;
};

struct Item {
    std::string path;
    bool network;
    std::string config;  // empty: the loadable tells
};

Result<HardwareConfig> named_config(const std::string& name) {
    const bool file = name.ends_with(".yaml") || name.find('/') != std::string::npos;
    return file ? load_config(name) : builtin_config(name);
}

std::vector<std::string> loadables_below(const std::string& path) {
    std::vector<std::string> found;
    if (fs::is_regular_file(path) && path.ends_with(".nvdla")) found.push_back(path);
    if (!fs::is_directory(path)) return found;
    for (const auto& entry : fs::recursive_directory_iterator(path))
        if (entry.is_regular_file() && entry.path().extension() == ".nvdla")
            found.push_back(entry.path().string());
    std::ranges::sort(found);
    return found;
}

class Coverage {
  public:
    explicit Coverage(const Options& options) : options_(options) {}

    Result<int> run() {
        auto model = Model::load(coverage_yaml(), "coverage.yaml");
        if (!model) return tl::unexpected(model.error());
        model_ = std::move(*model);
        if (auto found = find_items(); !found) return tl::unexpected(found.error());
        for (const std::string& file : options_.merge)
            if (auto merged = merge(file); !merged) return tl::unexpected(merged.error());
        play();
        return report();
    }

  private:
    Result<void> find_items() {
        for (const std::string& path : options_.paths) {
            if (std::error_code code; !fs::exists(path, code))
                return fail(path + ": no such file or folder");
            const auto loadables = loadables_below(path);
            for (const std::string& file : loadables)
                items_.push_back({file, true, options_.config});
            if (fs::is_regular_file(path) && !loadables.empty()) continue;
            const auto traces = find_traces({path});
            if (!traces && loadables.empty())
                return fail(path +
                            ": neither a trace nor a loadable (.nvdla), nor a folder of them");
            if (!traces) continue;
            for (const std::string& file : *traces)
                items_.push_back({file, false,
                                  options_.config.empty()
                                      ? configuration_of(file, builtin_config_names())
                                      : options_.config});
        }
        if (items_.empty() && options_.merge.empty())
            return fail("no paths and no --merge: nothing to look at");
        return {};
    }

    Result<void> merge(const std::string& file) {
        std::ifstream in(file);
        if (!in) return fail(file + ": cannot be opened");
        std::stringstream text;
        text << in.rdbuf();
        auto collected = Collected::parse(text.str(), file);
        if (!collected) return tl::unexpected(collected.error());
        collected_.add(*collected);
        return {};
    }

    // What the run used as JSON, or "!" and why it does not count.
    std::string run_one(std::size_t index) const {
        const Item& item = items_[index];
        Collector collector(model_);
        const std::string why =
            item.network ? run_network(item, collector) : run_trace_of(item, collector);
        return why.empty() ? collector.collected().json() : "!" + why;
    }

    static std::string run_trace_of(const Item& item, Collector& collector) {
        if (item.config.empty()) return "the path names no configuration; choose one with --config";
        const auto config = named_config(item.config);
        if (!config) return config.error().message;
        TraceRunOptions options{.timing = {.enabled = false, .threads = 1}};
        options.before = [&](Platform& platform) { collector.watch(platform.dla()); };
        const trace::Outcome outcome = run_trace(item.path, *config, options);
        if (outcome.verdict == trace::Verdict::kPass) return "";
        return fmt::format("{}: {}", name_of(outcome.verdict), outcome.detail);
    }

    static std::string run_network(const Item& item, Collector& collector) {
        const auto file = runtime::read_file(item.path);
        if (!file) return file.error().message;
        const auto loadable = runtime::read_loadable(*file);
        if (!loadable) return loadable.error().message;
        const auto config = config_for(item.config, *loadable);
        if (!config) return config.error().message;
        HostPlatform platform(*config, {.enabled = false, .threads = 1});
        collector.watch(platform.dla());
        runtime::Runtime runtime(platform);
        runtime::Session session(runtime);
        if (auto loaded = session.load(*file); !loaded) return loaded.error().message;
        const auto done = session.run();
        return done ? "" : done.error().message;
    }

    void play() {
        Progress progress("runs", items_.size());
        run_jobs(
            items_.size(), {.parallel = options_.jobs, .timeout_s = options_.timeout_s},
            [this](std::size_t i) { return run_one(i); },
            [&](std::size_t i, const JobResult& job) {
                progress.show(i + 1);
                std::string why = job.failure;
                if (why.empty() && job.output.starts_with('!')) why = job.output.substr(1);
                if (why.empty()) {
                    const auto used = Collected::parse(job.output, items_[i].path);
                    if (used)
                        collected_.add(*used);
                    else
                        why = used.error().message;
                }
                if (why.empty()) return;
                progress.hide();
                ++failed_;
                fmt::print(stderr, "dla-vp coverage: {} is left out: {}\n", items_[i].path,
                           why.substr(0, why.find('\n')));
            });
    }

    Result<View> view() const {
        View view{model_, collected_, {}};
        std::vector<std::string> names = options_.legal_on;
        if (names.empty())
            for (const auto& [name, counts] : collected_.configs)
                names.push_back(name);
        for (const std::string& name : names) {
            const auto config = named_config(name);
            if (!config)
                return fail(fmt::format("{}; --on CONFIGURATION names what to compare with",
                                        config.error().message));
            view.configs.push_back(*config);
        }
        return view;
    }

    std::string command() const {
        std::string text = "dla-vp coverage";
        for (const std::string& file : options_.merge)
            text += " --merge " + file;
        for (const std::string& name : options_.legal_on)
            text += " --on " + name;
        return fmt::format("{} --markdown {} {}", text, options_.markdown,
                           fmt::join(options_.paths, " "));
    }

    Result<int> report() const {
        const auto shown = view();
        if (!shown) return tl::unexpected(shown.error());
        fmt::print(people_, "{}", table(*shown, options_.holes));
        for (const auto& [file, text] :
             {std::pair{options_.json, collected_.json()}, std::pair{options_.html, html(*shown)},
              std::pair{options_.markdown, markdown(*shown, command())}})
            if (!file.empty())
                if (auto written = write_text(file, text); !written)
                    return tl::unexpected(written.error());
        return failed_ == 0 ? 0 : kSomeFailed;
    }

    const Options& options_;
    std::FILE* const people_ = stream_for_people(options_.json);
    Model model_;
    std::vector<Item> items_;
    Collected collected_;
    std::size_t failed_ = 0;
};

}  // namespace

void add_coverage_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "coverage", "tell which modes of the hardware traces, networks and boots have used");
    command->footer(
        "Example: dla-vp coverage trace-tests loadables -j2 --holes --html coverage.html\n"
        "         dla-vp coverage --merge boot.json --merge traces.json\n"
        "Runs that do not pass are left out. Exit code 0; 1: some were left out; 2: could not "
        "run,\n"
        "or wrong command line.");
    command->add_option("paths", options->paths,
                        "traces (.txn, .cfg; recorded ones too), loadables (.nvdla), or folders");
    command
        ->add_option("--merge", options->merge,
                     "add what --json of this command or boot --coverage wrote; may be repeated")
        ->allow_extra_args(false);
    command->add_option("--config", options->config,
                        "configuration of all runs (default: from the path or loadable)");
    command
        ->add_option("--on", options->legal_on,
                     "compare with the modes of this configuration; may be repeated (default: "
                     "those that ran)")
        ->allow_extra_args(false);
    command->add_option("-j,--jobs", options->jobs, "runs at the same time")
        ->check(CLI::Range(1u, 1024u))
        ->capture_default_str();
    command->add_option("--timeout", options->timeout_s, "wall time limit per run in s, 0: none")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command->add_flag("--holes", options->holes, "print every mode that was never used");
    command->add_option("--json", options->json,
                        "write all counts to this file, - standard output");
    command->add_option("--html", options->html, "write a page of all modes");
    command->add_option("--markdown", options->markdown, "write totals and holes as tables");
    command->callback([options, &exit_code] {
        const auto code = Coverage(*options).run();
        if (!code) fmt::print(stderr, "dla-vp coverage: {}\n", code.error().message);
        exit_code = code ? *code : kCouldNotRun;
    });
}

}  // namespace dla::vp
