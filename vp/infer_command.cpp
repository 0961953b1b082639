// SPDX-License-Identifier: Apache-2.0
#include "vp/infer_command.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>

#include "dla_tlm/common/guest_error_words.hpp"
#include "runtime/app/session.hpp"
#include "runtime/image/half.hpp"
#include "runtime/loadable/file_bytes.hpp"
#include "vp/infer/host_platform.hpp"
#include "vp/infer/infer_checkpoint.hpp"
#include "vp/infer/infer_report.hpp"
#include "vp/infer/network_input.hpp"
#include "vp/inject/inject_options.hpp"
#include "vp/memory_options.hpp"
#include "vp/monitor/monitor.hpp"
#include "vp/monitor/monitor_options.hpp"
#include "vp/observe/sink_set.hpp"
#include "vp/terminal.hpp"
#include "vp/text_file.hpp"
#include "vp/thread_option.hpp"

namespace dla::vp {
namespace {

constexpr int kFailed = 1;
constexpr int kBadInput = 2;

struct InferOptions {
    std::string loadable;
    NetworkInput input;
    bool rawdump = false;
    std::string output = "output.dimg";
    std::string config;
    std::string timing = "on";
    unsigned threads = 0;
    MemoryOptions memory;
    std::vector<std::string> sinks;
    RecordOption record;
    monitor::MonitorOptions monitor;
    std::string json;
    std::string dump_layers;
    std::string compare;
    InferCheckpointOptions checkpoint;
    inject::InjectOptions inject;
};

class GuestErrors : public EventSink {
  public:
    void on_guest_error(const GuestErrorEvent& event) override {
        fmt::print(stderr, "dla-vp: {}\n", words(event));
    }
    void on_guest_error_count(const GuestErrorCount& error) override {
        fmt::print(stderr, "dla-vp: {}{}\n", words(error.first), times_words(error.times));
    }
};

// The greatest of a list of scores.
std::string winner(const runtime::Dimg& dimg) {
    if (dimg.width != 1 || dimg.height != 1 || dimg.channel < 2) return {};
    const bool half = dimg.payload.size() == 2 * std::size_t{dimg.channel};
    const auto score = [&](std::size_t c) {
        return half ? runtime::half_to_float(static_cast<std::uint16_t>(
                          dimg.payload[2 * c] | dimg.payload[2 * c + 1] << 8))
                    : static_cast<float>(static_cast<std::int8_t>(dimg.payload[c]));
    };
    std::size_t best = 0;
    for (std::size_t c = 1; c < dimg.channel; ++c) {
        if (score(c) > score(best)) best = c;
    }
    return fmt::format(", greatest is channel {} ({:g})", best, score(best));
}

Result<void> write_outputs(const InferOptions& options, const runtime::Session& session) {
    for (int i = 0; i < session.num_outputs(); ++i) {
        const auto dimg = session.output(i);
        if (!dimg) return tl::unexpected(dimg.error());
        const std::string path = i == 0 ? options.output : fmt::format("{}.{}", options.output, i);
        const runtime::Bytes bytes = runtime::encode_dimg(*dimg);
        const std::string text = options.rawdump ? runtime::raw_dump(*dimg) + "\n"
                                                 : std::string(bytes.begin(), bytes.end());
        if (auto done = write_text(path, text); !done) return done;
        fmt::print(stream_for_people(options.json), "output {}: {}x{}x{} to {}{}\n", i, dimg->width,
                   dimg->height, dimg->channel, path, winner(*dimg));
    }
    return {};
}

// Prints the table; true where the layers equal those of --compare.
Result<bool> report(const InferOptions& options, const HostPlatform& platform,
                    const HardwareConfig& config) {
    const std::vector<LayerLine> lines = layer_lines(platform.runs(), config);
    const std::uint64_t cycles = total_cycles(platform.runs());
    const LayerTotals all = totals(lines, config);
    std::FILE* const people = stream_for_people(options.json);
    fmt::print(people, "{}{}\n{}", table(lines, config), all.summary(),
               calibration_notes(config, all.reasons()));
    fmt::print(people,
               "{} cycles, {:.3f} ms at {} MHz, from the first enable to the last interrupt\n",
               cycles, static_cast<double>(cycles) / config.clock_mhz / 1000.0, config.clock_mhz);
    if (!options.json.empty()) {
        auto written = write_text(options.json, json(lines, cycles, config));
        if (!written) return tl::unexpected(written.error());
    }
    if (!options.dump_layers.empty()) {
        auto written = dump_layers(lines, options.dump_layers);
        if (!written) return tl::unexpected(written.error());
    }
    if (options.compare.empty()) return true;
    const auto comparison = compare_layers(lines, options.compare);
    if (!comparison) return tl::unexpected(comparison.error());
    fmt::print(people, "{}", comparison->summary());
    return comparison->differences.empty();
}

Result<void> report_flips(const InferOptions& options, const inject::Injector* injector) {
    if (injector == nullptr) return {};
    fmt::print(stream_for_people(options.json), "{}\n", inject::in_words(injector->flips()));
    return inject::write_log(file_for(options.inject.log, "infer"), injector->flips());
}

void show_progress(HostPlatform& platform, std::optional<Progress>& progress) {
    platform.set_progress([&progress](std::size_t done, std::size_t all) {
        if (!progress) progress.emplace("layers", all);
        progress->show(done);
        if (done == all) progress.reset();
    });
}

Result<TimingMode> timing_of(const InferOptions& options, const HardwareConfig& config) {
    auto timing = timing_mode(options.memory, config);
    if (!timing) return timing;
    timing->enabled = options.timing == "on";
    timing->threads = threads_per_run(options.threads, 1);
    return timing;
}

// The network in memory with its input, or where a saved state left it.
Result<void> prepare(const InferOptions& options, const runtime::Bytes& file,
                     InferCheckpoint& checkpoint, runtime::Session& session) {
    if (auto loaded = session.load(file); !loaded) return loaded;
    if (auto restored = checkpoint.restore(); !restored) return restored;
    if (checkpoint.has_input() && !options.input.empty())
        return fail(options.checkpoint.restore +
                    ": the state is in the middle of a run; its input is there already");
    return set_input(options.input, session);
}

Result<int> infer(const InferOptions& options) {
    const auto file = runtime::read_file(options.loadable);
    if (!file) return tl::unexpected(file.error());
    const auto loadable = runtime::read_loadable(*file);
    if (!loadable) return fail(options.loadable + ": " + loadable.error().message);
    const auto config = config_for(options.config, *loadable);
    if (!config) return tl::unexpected(config.error());
    const auto timing = timing_of(options, *config);
    if (!timing) return tl::unexpected(timing.error());
    if (auto legal = check_sinks(options.sinks, 1); !legal) return tl::unexpected(legal.error());
    const auto injected = inject::injected_run(options.inject, *config, "infer");
    if (!injected) return tl::unexpected(injected.error());
    auto sinks = SinkSet::open(options.sinks, "infer", *config, options.record);
    if (!sinks) return tl::unexpected(sinks.error());
    HostPlatform platform(*config, *timing);
    const auto opened = monitor::Monitor::open(options.monitor, monitor::Gate::Pause::kBlock);
    if (!opened) return tl::unexpected(opened.error());
    sinks->attach(platform.dla().events());
    GuestErrors errors;
    platform.dla().events().attach_messages(errors);
    (*opened)->watch("", platform.dla());
    const auto injector = inject::start(platform.platform(), *injected);
    std::optional<Progress> progress;
    show_progress(platform, progress);
    auto checkpoint = InferCheckpoint::open(platform, *file, options.checkpoint);
    if (!checkpoint) return tl::unexpected(checkpoint.error());
    runtime::Runtime runtime(platform);
    runtime::Session session(runtime);
    if (auto ready = prepare(options, *file, **checkpoint, session); !ready)
        return tl::unexpected(ready.error());
    (*opened)->begin();
    const auto start = std::chrono::steady_clock::now();
    const auto done = session.run();
    progress.reset();
    platform.dla().events().tell_guest_error_counts();
    if (auto written = sinks->finish(); !written) return tl::unexpected(written.error());
    if (auto told = report_flips(options, injector.get()); !told)
        return tl::unexpected(told.error());
    if (!done) {
        fmt::print(stderr, "dla-vp infer: {}\n", done.error().message);
        return kFailed;
    }
    if (auto saved = checkpoint->get()->finish(); !saved) return tl::unexpected(saved.error());
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    const auto equal = report(options, platform, *config);
    if (!equal) return tl::unexpected(equal.error());
    fmt::print(stream_for_people(options.json), "simulated on {} in {:.2f} s\n", config->name,
               spent.count());
    if (auto written = write_outputs(options, session); !written) {
        return tl::unexpected(written.error());
    }
    return *equal ? 0 : kFailed;
}

void add_options(CLI::App& command, InferOptions& options) {
    command.add_option("--loadable", options.loadable, "the compiled network")->required();
    add_input_options(command, options.input);
    command.add_flag("--rawdump", options.rawdump, "write numbers as text instead of a DIMG file");
    command.add_option("--output", options.output, "where the result goes")->capture_default_str();
    command.add_option("--config", options.config,
                       "configuration by name or .yaml file; from the loadable if not given");
    command.add_option("--timing", options.timing, "off: same bits without counting cycles")
        ->check(CLI::IsMember({"on", "off"}))
        ->capture_default_str();
    add_threads_option(command, options.threads);
    add_memory_options(command, options.memory);
    add_sink_options(command, options.sinks);
    add_record_options(command, options.record);
    command.add_option("--save", options.checkpoint.save,
                       "write the state behind the last DLA task, or at --save-at");
    command.add_option("--save-at", options.checkpoint.save_at,
                       "save before this DLA task, counted from 0");
    command.add_option("--restore", options.checkpoint.restore,
                       "go on from this file of --save; behind the last task a new run begins");
    monitor::add_monitor_options(command, options.monitor);
    command.add_option("--json", options.json,
                       "layers and cycles as JSON to this file, - for standard output");
    command.add_option("--dump-layers", options.dump_layers,
                       "folder for each layer's result (.npy)");
    inject::add_inject_options(command, options.inject);
    command.add_option("--compare", options.compare, "folder of .npy files to compare layers with");
}

}  // namespace

void add_infer_command(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<InferOptions>();
    CLI::App* command = app.add_subcommand("infer", "run a compiled network on the simulated DLA");
    command->footer(
        "Example: dla-vp infer --loadable lenet.nvdla --image one.pgm --normalize 255\n"
        "Exit code 0, 1: the run failed or layers differ, 2: wrong input or command line.");
    add_options(*command, *options);
    command->callback([options, &exit_code] {
        const auto code = infer(*options);
        if (!code) fmt::print(stderr, "dla-vp infer: {}\n", code.error().message);
        exit_code = code ? *code : kBadInput;
    });
}

}  // namespace dla::vp
