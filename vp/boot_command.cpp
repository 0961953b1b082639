// SPDX-License-Identifier: Apache-2.0
#include "vp/boot_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "dla_tlm/common/guest_error_words.hpp"
#include "dla_tlm/core/hang_explanation.hpp"
#include "qemu-bridge/systemc_side/qemu_bridge.hpp"
#include "vp/boot/boot_disturbance.hpp"
#include "vp/boot/boot_options.hpp"
#include "vp/boot/boot_report.hpp"
#include "vp/boot/gdb_session.hpp"
#include "vp/boot/guest.hpp"
#include "vp/boot/guest_exit.hpp"
#include "vp/boot/platform_file.hpp"
#include "vp/boot/qemu_command.hpp"
#include "vp/boot/qemu_process.hpp"
#include "vp/memory_options.hpp"
#include "vp/monitor/monitor.hpp"
#include "vp/monitor/monitor_options.hpp"
#include "vp/observe/sink_set.hpp"
#include "vp/program_output.hpp"
#include "vp/source_paths.hpp"
#include "vp/text_file.hpp"
#include "vp/thread_option.hpp"

namespace dla::vp {
namespace {

namespace fs = std::filesystem;

constexpr int kCouldNotRun = 2;
constexpr const char* kGdbRun = "boot";  // monitor of a run with --gdb that names none
constexpr auto kConnectPatience = std::chrono::seconds(60);

// The guest's mistakes, each once and not too many of a unit.
class Messages : public EventSink {
  public:
    void on_guest_error(const GuestErrorEvent& event) override {
        constexpr unsigned kMost = 20;
        // A guest that probes all addresses must not hide what it does to registers.
        const bool address = event.message.find("no register at") != std::string::npos;
        unsigned& told = told_[{event.unit, address}];
        if (told == kMost) return;
        fmt::print(stderr, "dla-vp: {}\n", words(event));
        if (++told == kMost)
            fmt::print(stderr,
                       "dla-vp: more of {} like this is not shown; --trace log=FILE has it\n",
                       event.unit);
    }
    void on_guest_error_count(const GuestErrorCount& error) override { counts_.push_back(error); }
    // Those made most often; a guest can make as many mistakes as there are addresses.
    void tell_counts() {
        constexpr std::size_t kMost = 20;
        std::ranges::stable_sort(counts_, std::greater{}, &GuestErrorCount::times);
        for (const auto& [first, times] : std::span(counts_).first(std::min(kMost, counts_.size())))
            fmt::print(stderr, "dla-vp: {}{}\n", words(first), times_words(times));
        if (counts_.size() > kMost)
            fmt::print(stderr,
                       "dla-vp: {} more were made more than once; --trace log=FILE has them\n",
                       counts_.size() - kMost);
    }

  private:
    std::map<std::pair<std::string, bool>, unsigned> told_;
    std::vector<GuestErrorCount> counts_;
};

Result<PlatformFile> platform_of(const BootOptions& options) {
    auto platform = options.platform_path.empty() ? Result<PlatformFile>(PlatformFile{})
                                                  : PlatformFile::load(options.platform_path);
    if (!platform) return platform;
    if (!options.configs.empty()) platform->dlas = options.configs;
    for (const std::string& setting : options.settings) {
        if (sets_memory(setting)) continue;
        if (auto set = platform->set(setting); !set) return fail(set.error().message);
    }
    return platform;
}

Result<std::vector<HardwareConfig>> configs_of(const PlatformFile& platform) {
    std::vector<HardwareConfig> configs;
    for (const std::string& name : platform.dlas) {
        auto config = name.ends_with(".yaml") ? load_config(name) : builtin_config(name);
        if (!config) return fail(config.error().message);
        configs.push_back(*config);
    }
    return configs;
}

// One per DLA: a memory's bandwidth is in bytes, a port's in beats.
Result<std::vector<TimingMode>> timing_of(const BootOptions& options,
                                          const std::vector<HardwareConfig>& configs) {
    MemoryOptions memory = options.memory;
    for (const std::string& setting : options.settings)
        if (sets_memory(setting)) memory.settings.push_back(setting);
    std::vector<TimingMode> modes;
    for (const HardwareConfig& config : configs) {
        auto mode = timing_mode(memory, config);
        if (!mode) return tl::unexpected(mode.error());
        mode->enabled = options.timing == "on";
        mode->threads = threads_per_run(options.threads, 1);
        modes.push_back(*mode);
    }
    return modes;
}

Result<std::vector<bridge::BridgeChannel>> connect(bridge::BridgeListener& listener,
                                                   QemuProcess& qemu, std::size_t count) {
    std::vector<std::optional<bridge::BridgeChannel>> found(count);
    const auto deadline = std::chrono::steady_clock::now() + kConnectPatience;
    for (std::size_t i = 0; i < count;) {
        auto channel = listener.accept(std::chrono::milliseconds(200));
        if (channel && channel->index() < count && !found[channel->index()]) {
            found[channel->index()] = std::move(*channel);
            ++i;
        } else if (channel) {
            return fail(fmt::format("QEMU connects DLA {} twice or too many", channel->index()));
        } else if (!qemu.running()) {
            return fail(
                fmt::format("QEMU ended with exit code {} before it connected", qemu.wait()));
        } else if (std::chrono::steady_clock::now() > deadline) {
            return fail(channel.error().message);
        }
    }
    std::vector<bridge::BridgeChannel> channels;
    for (auto& channel : found)
        channels.push_back(std::move(*channel));
    return channels;
}

// One set of sinks per DLA; their run's name is dla0, dla1, ...
Result<std::vector<SinkSet>> sinks_of(const BootOptions& options,
                                      const std::vector<HardwareConfig>& configs) {
    if (auto legal = check_sinks(options.sinks, configs.size()); !legal)
        return tl::unexpected(legal.error());
    std::vector<SinkSet> sets;
    for (std::size_t i = 0; i < configs.size(); ++i) {
        auto set =
            SinkSet::open(options.sinks, fmt::format("dla{}", i), configs[i], options.record);
        if (!set) return tl::unexpected(set.error());
        sets.push_back(std::move(*set));
    }
    return sets;
}

// Monitor and GDB's script while the guest runs.
struct Observers {
    std::unique_ptr<monitor::Monitor> monitor;
    std::optional<GdbScript> script;
};

Result<Observers> observe(const BootOptions& options, bridge::QemuBridge& bridge,
                          const std::vector<std::unique_ptr<Dla>>& dlas, const std::string& stub,
                          const GuestSymbols& symbols) {
    auto opened = monitor::Monitor::open(options.monitor, monitor::Gate::Pause::kFreeze);
    if (!opened) return tl::unexpected(opened.error());
    Observers observers{std::move(*opened), {}};
    if (options.monitor.socket.empty()) return observers;
    for (std::size_t i = 0; i < dlas.size(); ++i)
        observers.monitor->watch(dlas.size() == 1 ? "" : fmt::format("dla{}", i), *dlas[i]);
    bridge.control(observers.monitor->gate());
    observers.monitor->begin();
    if (!options.gdb.enabled) return observers;
    auto script = GdbScript::write(options.monitor.socket, stub, symbols);
    if (!script) return tl::unexpected(script.error());
    observers.script.emplace(std::move(*script));
    fmt::print(stderr, "dla-vp: attach GDB with: dla-vp gdb{}\n",
               options.monitor.socket == kGdbRun ? "" : " " + options.monitor.socket);
    return observers;
}

// The guest's DLAs from elaboration to QEMU's end; the reason if that was not orderly.
std::string simulate(std::vector<bridge::BridgeChannel> channels,
                     const std::vector<TimingMode>& timing, const BootOptions& options,
                     std::vector<SinkSet>& sinks, BootReport& report, const std::string& stub,
                     const GuestSymbols& symbols, BootDisturbance& disturbance) {
    bridge::QemuBridge bridge("bridge", std::move(channels));
    Messages messages;
    std::vector<std::unique_ptr<Dla>> dlas;
    std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> wires;
    for (unsigned i = 0; i < bridge.size(); ++i) {
        dlas.push_back(
            std::make_unique<Dla>(fmt::format("dla{}", i).c_str(), report.configs[i], timing[i]));
        wires.push_back(
            std::make_unique<sc_core::sc_signal<bool>>(fmt::format("irq{}_wire", i).c_str()));
        dlas.back()->events().attach_messages(messages);
        sinks[i].attach(dlas.back()->events());
        dlas.back()->events().attach(report.layers[i]);
        bridge.attach(i, *dlas.back(), *wires.back());
        disturbance.watch(i, *dlas.back());
    }
    bridge.watch(
        std::chrono::milliseconds(std::llround(options.hang_seconds * 1000)), [&](unsigned i) {
            fmt::print(stderr, "dla-vp: DLA {} has not moved for {} s at clock {}: {}\n", i,
                       options.hang_seconds, dlas[i]->clock().now(), explain_hang(*dlas[i]));
        });
    const auto observers = observe(options, bridge, dlas, stub, symbols);
    if (!observers) return observers.error().message;
    sc_core::sc_start();
    report.accesses = bridge.accesses();
    report.model_s = sc_core::sc_time_stamp().to_seconds();
    for (const auto& dla : dlas)
        dla->events().tell_guest_error_counts();
    messages.tell_counts();
    const auto written = disturbance.finish();
    return bridge.error().empty() && !written ? written.error().message : bridge.error();
}

Result<int> guest_exit_code(const PrivateFolder& folder, int qemu_code) {
    const auto code = guest_exit_in(folder.path() / "control" / "exit");
    if (code) return *code;
    return fail(fmt::format("QEMU ended with exit code {} before the guest's script gave a result",
                            qemu_code));
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// From QEMU's start to its end; the exit code of dla-vp.
Result<int> run_guest(const BootOptions& options, const PrivateFolder& folder,
                      const QemuCommand& command, const GuestSymbols& symbols,
                      const std::vector<TimingMode>& timing, std::vector<SinkSet>& sinks,
                      BootReport& report, BootDisturbance& disturbance) {
    const auto start = std::chrono::steady_clock::now();
    auto listener = bridge::BridgeListener::open((folder.path() / "socket").string());
    if (!listener) return tl::unexpected(listener.error());
    auto qemu = QemuProcess::start(command);
    if (!qemu) return tl::unexpected(qemu.error());
    auto channels = connect(*listener, *qemu, report.configs.size());
    if (!channels) return tl::unexpected(channels.error());
    for (const HardwareConfig& config : report.configs)
        report.layers.emplace_back(config, options.layers || !options.json.empty());
    const std::string why = simulate(std::move(*channels), timing, options, sinks, report,
                                     stub_of(options.gdb, folder.path()), symbols, disturbance);
    print_report(report, options.layers);
    for (SinkSet& set : sinks)
        if (const auto written = set.finish(); !written) return tl::unexpected(written.error());
    if (!why.empty()) return fail(why);
    const int code = qemu->wait();
    report.qemu_exit_code = code;
    report.run_s = seconds_since(start);
    if (options.run.empty())
        return code == 0 ? Result<int>(0) : fail(fmt::format("QEMU ended with exit code {}", code));
    const auto of_script = guest_exit_code(folder, code);
    if (of_script) report.guest_exit_code = *of_script;
    return of_script;
}

Result<int> boot(const BootOptions& options, BootReport& report) {
    const auto start = std::chrono::steady_clock::now();
    const auto platform = platform_of(options);
    if (!platform) return tl::unexpected(platform.error());
    if (options.print_config) {
        fmt::print("{}", platform->print());
        return 0;
    }
    if (options.json == "-")
        return fail("--json -: standard output is the guest's console; name a file");
    const auto configs = configs_of(*platform);
    if (!configs) return tl::unexpected(configs.error());
    report.configs = *configs;
    const auto timing = timing_of(options, *configs);
    if (!timing) return tl::unexpected(timing.error());
    if (!options.share.empty() && !fs::is_directory(options.share))
        return fail(fmt::format("--share {}: no such folder", options.share));
    auto sinks = sinks_of(options, *configs);
    if (!sinks) return tl::unexpected(sinks.error());
    auto disturbance = BootDisturbance::open(options.inject, options.coverage, *configs);
    if (!disturbance) return tl::unexpected(disturbance.error());
    const PrivateFolder folder;
    auto guest = guest_of(options, *platform);
    if (!guest) return tl::unexpected(guest.error());
    if (const auto told = give_orders(options, *platform, folder.path(), *guest); !told)
        return tl::unexpected(told.error());
    const auto device = platform->qemu.empty()
                            ? program_output(script_path("qemu-device").string(), {})
                            : Result<std::string>(platform->qemu);
    if (!device) return tl::unexpected(device.error());
    report.prepare_s = seconds_since(start);
    return run_guest(options, folder,
                     command_of(options, *platform, *configs, folder.path(), *guest, *device),
                     guest->symbols, *timing, *sinks, report, *disturbance);
}

// The exit code; with --json also into the file, however it ended.
int boot_and_report(const BootOptions& options) {
    BootReport report;
    const auto code = boot(options, report);
    const std::string error = code ? "" : code.error().message;
    if (!code) fmt::print(stderr, "dla-vp boot: {}\n", error);
    const int exit_code = code ? *code : kCouldNotRun;
    if (options.json.empty() || options.json == "-" || options.print_config) return exit_code;
    const auto written = write_text(options.json, json(report, exit_code, error));
    if (!written) fmt::print(stderr, "dla-vp boot: {}\n", written.error().message);
    return written ? exit_code : kCouldNotRun;
}

}  // namespace

void add_boot_command(CLI::App& app, const std::vector<std::string>& qemu_arguments,
                      int& exit_code) {
    auto options = std::make_shared<BootOptions>();
    options->qemu_arguments = qemu_arguments;
    CLI::App* command = app.add_subcommand("boot", "boot Linux on QEMU with DLAs attached");
    command->footer(
        "Example: dla-vp boot --config nv_small --share .\n"
        "         dla-vp boot --run test.sh --share out\n"
        "What follows -- goes to QEMU. In the console ctrl-a x ends the session.\n"
        "Exit code 0; that of the script of --run; 2: could not boot, or wrong command line.");
    command->add_option("--platform", options->platform_path, "platform file (configs/platforms)")
        ->check(CLI::ExistingFile);
    command->add_option("--config", options->configs,
                        "configurations of the DLAs, instead of the platform's");
    command
        ->add_option(
            "--set", options->settings,
            "change one value of the platform, KEY=VALUE, or of a memory, memory.latency=200")
        ->take_all();
    command->add_option("--share", options->share, "host folder that the guest sees as /mnt");
    command
        ->add_option("--run", options->run, "shell script to run in the guest instead of a console")
        ->check(CLI::ExistingFile);
    command
        ->add_option("--forward", options->forward_port,
                     "host port that leads to the guest's port 6666")
        ->check(CLI::Range(1, 65535));
    command->add_flag("--print-config", options->print_config, "print the platform and end");
    add_threads_option(*command, options->threads);
    command
        ->add_option("--timing", options->timing,
                     "off: layers take a token time, the fastest run with the same bits")
        ->check(CLI::IsMember({"on", "off"}))
        ->capture_default_str();
    add_memory_choice(*command, options->memory);
    command->add_flag("--layers", options->layers,
                      "at the end, print what every layer cost and what bounded it");
    command->add_option("--json", options->json,
                        "at the end, exit codes, times and what every layer cost, to this file");
    command
        ->add_option("--hang-seconds", options->hang_seconds,
                     "explain a DLA that has work but has stood still for so long; 0: never")
        ->check(CLI::Range(0.0, 86400.0))
        ->capture_default_str();
    add_sink_options(*command, options->sinks);
    add_record_options(*command, options->record);
    command
        ->add_option("--baremetal", options->baremetal,
                     "instead of Linux, the engine alone runs this task (dla-task-image)")
        ->check(CLI::ExistingFile);
    inject::add_inject_options(*command, options->inject);
    command->add_option("--coverage", options->coverage,
                        "write the modes of the hardware that the guest used, for dla-vp coverage "
                        "--merge");
    monitor::add_monitor_options(*command, options->monitor);
    CLI::Option* gdb =
        command
            ->add_option("--gdb", options->gdb.port,
                         "let `dla-vp gdb` attach to the guest; a port of 127.0.0.1 for other GDBs")
            ->expected(0, 1)
            ->check(CLI::Range(1, 65535));
    command->add_flag("--gdb-wait", options->gdb.wait,
                      "as --gdb, and the guest waits for GDB before its first instruction");
    command
        ->add_option("--symbols", options->symbols,
                     "for --gdb: ELF file with the symbols of a kernel of your own")
        ->check(CLI::ExistingFile);
    command->callback([options, gdb, &exit_code] {
        options->gdb.enabled = gdb->count() != 0 || options->gdb.wait;
        if (options->gdb.enabled && options->monitor.socket.empty())
            options->monitor.socket = kGdbRun;
        exit_code = boot_and_report(*options);
    });
}

}  // namespace dla::vp
