// SPDX-License-Identifier: Apache-2.0
#include "vp/boot_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>

#include "dla_tlm/core/hang_explanation.hpp"
#include "qemu-bridge/systemc_side/qemu_bridge.hpp"
#include "vp/boot/gdb_session.hpp"
#include "vp/boot/platform_file.hpp"
#include "vp/boot/qemu_process.hpp"
#include "vp/layer_report.hpp"
#include "vp/memory_options.hpp"
#include "vp/monitor/monitor.hpp"
#include "vp/monitor/monitor_options.hpp"
#include "vp/observe/sink_set.hpp"
#include "vp/program_output.hpp"
#include "vp/source_paths.hpp"
#include "vp/thread_option.hpp"

namespace dla::vp {
namespace {

namespace fs = std::filesystem;

constexpr int kCouldNotRun = 2;
constexpr const char* kGdbRun = "boot";           // monitor of a run with --gdb that names none
constexpr std::uint64_t kTaskImage = 0x48000000;  // where the aarch64 firmware looks for it
constexpr auto kConnectPatience = std::chrono::seconds(60);

struct BootOptions {
    std::string platform_path;
    std::vector<std::string> configs;
    std::vector<std::string> settings;
    std::string share;
    std::string run;
    int forward_port = 0;
    bool print_config = false;
    unsigned threads = 0;
    std::string timing = "on";
    MemoryOptions memory;
    bool layers = false;
    double hang_seconds = 5;
    std::vector<std::string> qemu_arguments;
    std::vector<std::string> sinks;
    RecordOption record;
    std::string baremetal;  // task image
    monitor::MonitorOptions monitor;
    GdbOptions gdb;
    std::string symbols;
};

// What runs in the guest, and what GDB has to know about it.
struct Guest {
    std::string kernel;
    std::string initramfs;   // empty: none
    std::string task_image;  // of bare-metal firmware, empty: none
    GuestSymbols symbols{};
};

// The guest's mistakes, each once and not too many of a unit.
class Messages : public EventSink {
  public:
    void on_guest_error(const GuestErrorEvent& event) override {
        constexpr unsigned kMost = 20;
        // A guest that probes all addresses must not hide what it does to registers.
        const bool address = event.message.find("no register at") != std::string::npos;
        unsigned& told = told_[{event.unit, address}];
        if (told == kMost) return;
        fmt::print(stderr, "dla-vp: [{}] {}: {}\n", event.cycle, event.unit, event.message);
        if (++told == kMost)
            fmt::print(stderr,
                       "dla-vp: more of {} like this is not shown; --trace log=FILE has it\n",
                       event.unit);
    }

  private:
    std::map<std::pair<std::string, bool>, unsigned> told_;
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

// The engine as a bare-metal program, built beside this one.
Result<Guest> baremetal_guest(const BootOptions& options, const PlatformFile& platform) {
    Guest guest;
    guest.kernel =
        platform.kernel.empty()
            ? (fs::read_symlink("/proc/self/exe").parent_path() / "firmware_aarch64.elf").string()
            : platform.kernel;
    if (!fs::exists(guest.kernel))
        return fail(fmt::format("{}: no such file; it is built where gcc-aarch64-linux-gnu is",
                                guest.kernel));
    guest.task_image = options.baremetal;
    guest.symbols.program = guest.kernel;
    return guest;
}

// Names of the kernel's functions: Debian's debug package where it was fetched, else what a boot
// told.
GuestSymbols symbols_of(const BootOptions& options, const PlatformFile& platform,
                        const std::string& folder) {
    GuestSymbols symbols{.program = options.symbols,
                         .module_folders = {folder, folder + "/root/lib/modules"},
                         .driver = folder + "/nvdla.ko"};
    if (!options.share.empty() && platform.driver.ends_with(".ko")) {
        symbols.driver = (fs::absolute(options.share) / platform.driver).string();
        symbols.module_folders.insert(symbols.module_folders.begin(),
                                      fs::path(symbols.driver).parent_path().string());
    }
    if (!symbols.program.empty() || !platform.kernel.empty()) return symbols;
    const std::string debug = folder + "/vmlinux";
    symbols.program = fs::exists(debug) ? debug : folder + "/kernel-symbols.elf";
    return symbols;
}

// Where kernel and initramfs are; assembled when the platform names none.
Result<Guest> guest_of(const BootOptions& options, const PlatformFile& platform) {
    if (!options.baremetal.empty()) return baremetal_guest(options, platform);
    if (!platform.kernel.empty() && !platform.initramfs.empty()) {
        for (const std::string& file : {platform.kernel, platform.initramfs}) {
            if (!fs::exists(file)) return fail(fmt::format("{}: no such file", file));
        }
        return Guest{platform.kernel, platform.initramfs, "", {.program = options.symbols}};
    }
    const bool names = options.gdb.enabled && options.symbols.empty() && platform.kernel.empty();
    auto folder =
        program_output(script_path("guest").string(),
                       names ? std::vector<std::string>{"--names"} : std::vector<std::string>{});
    if (!folder) return fail(folder.error().message);
    return Guest{
        .kernel = platform.kernel.empty() ? *folder + "/vmlinuz" : platform.kernel,
        .initramfs = platform.initramfs.empty() ? *folder + "/initramfs.gz" : platform.initramfs,
        .task_image = "",
        .symbols = symbols_of(options, platform, *folder)};
}

std::string machine_of(const PlatformFile& platform, const std::vector<HardwareConfig>& configs,
                       const std::string& socket) {
    std::vector<std::string> names;
    for (const HardwareConfig& config : configs)
        names.push_back(config.name);
    std::string machine =
        fmt::format("dla-vp,gic-version=3,memory-backend=ram,dlas={},dla-socket={}",
                    fmt::join(names, "+"), socket);
    machine += fmt::format(",dla-window={:#x},dla-interrupt={},dla-memory={:#x}", platform.window,
                           platform.interrupt, platform.dma_memory);
    if (platform.quantum_us != 0)
        machine += fmt::format(",dla-quantum-us={},dtb-randomness=off", platform.quantum_us);
    if (platform.posted_writes) machine += ",dla-posted=on";
    return machine;
}

void add_shared_folder(std::vector<std::string>& arguments, const std::string& tag,
                       const std::string& folder) {
    arguments.insert(arguments.end(),
                     {"-fsdev", fmt::format("local,id={},path={},security_model=none", tag, folder),
                      "-device", fmt::format("virtio-9p-device,fsdev={},mount_tag={}", tag, tag)});
}

// Kernel or firmware, as QEMU wants to hear of it.
std::vector<std::string> guest_arguments(const PlatformFile& platform, const Guest& guest) {
    std::vector<std::string> arguments{"-kernel", guest.kernel};
    if (!guest.task_image.empty())
        arguments.insert(
            arguments.end(),
            {"-semihosting-config", "enable=on,target=native", "-device",
             fmt::format("loader,force-raw=on,file={},addr={:#x}", guest.task_image, kTaskImage)});
    if (!guest.initramfs.empty())
        arguments.insert(
            arguments.end(),
            {"-initrd", guest.initramfs, "-append",
             fmt::format("console=ttyAMA0 rdinit=/init quiet loglevel=4 nokaslr dla.driver={} {}",
                         platform.driver, platform.append)});
    return arguments;
}

QemuCommand command_of(const BootOptions& options, const PlatformFile& platform,
                       const std::vector<HardwareConfig>& configs, const PrivateFolder& folder,
                       const Guest& guest, const std::string& device) {
    QemuCommand command;
    const bool preload = device.ends_with(".so");
    command.program = preload ? "qemu-system-aarch64" : device;
    command.preload = preload ? device : "";
    auto& a = command.arguments;
    a = {"-M",
         machine_of(platform, configs, (folder.path() / "socket").string()),
         "-cpu",
         platform.cpu,
         "-smp",
         std::to_string(platform.cpus),
         "-m",
         fmt::format("{}M", platform.memory_mib),
         "-object",
         fmt::format("memory-backend-memfd,id=ram,size={}M,share=on", platform.memory_mib),
         "-global",
         fmt::format("dla-bridge.spin={}", platform.spin),
         "-display",
         "none",
         "-serial",
         options.run.empty() ? "mon:stdio" : "stdio",
         "-action",
         "panic=exit-failure"};
    for (const auto& more :
         {guest_arguments(platform, guest), stub_arguments(options.gdb, folder.path())})
        a.insert(a.end(), more.begin(), more.end());
    if (platform.quantum_us != 0) {  // nothing of the host's clock in the guest: runs repeat
        a.insert(a.end(), {"-icount", "shift=3,sleep=off", "-rtc", "base=2020-01-01,clock=vm"});
    }
    if (options.forward_port != 0) {
        a.insert(a.end(), {"-netdev",
                           fmt::format("user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{}-:6666",
                                       options.forward_port),
                           "-device", "virtio-net-device,netdev=net"});
    } else {
        a.insert(a.end(), {"-net", "none"});
    }
    if (!options.share.empty()) add_shared_folder(a, "share", fs::absolute(options.share).string());
    if (!options.run.empty()) {
        add_shared_folder(a, "control", (folder.path() / "control").string());
        a.insert(a.end(), {"-monitor", "none"});
    }
    a.insert(a.end(), platform.qemu_arguments.begin(), platform.qemu_arguments.end());
    a.insert(a.end(), options.qemu_arguments.begin(), options.qemu_arguments.end());
    return command;
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
                     const std::vector<HardwareConfig>& configs,
                     const std::vector<TimingMode>& timing, const BootOptions& options,
                     std::vector<SinkSet>& sinks, std::vector<LayerReport>& reports,
                     const std::string& stub, const GuestSymbols& symbols) {
    bridge::QemuBridge bridge("bridge", std::move(channels));
    Messages messages;
    std::vector<std::unique_ptr<Dla>> dlas;
    std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> wires;
    for (unsigned i = 0; i < bridge.size(); ++i) {
        dlas.push_back(
            std::make_unique<Dla>(fmt::format("dla{}", i).c_str(), configs[i], timing[i]));
        wires.push_back(
            std::make_unique<sc_core::sc_signal<bool>>(fmt::format("irq{}_wire", i).c_str()));
        dlas.back()->events().attach_messages(messages);
        sinks[i].attach(dlas.back()->events());
        dlas.back()->events().attach(reports[i]);
        bridge.attach(i, *dlas.back(), *wires.back());
    }
    bridge.watch(
        std::chrono::milliseconds(std::llround(options.hang_seconds * 1000)), [&](unsigned i) {
            fmt::print(stderr, "dla-vp: DLA {} has not moved for {} s at clock {}: {}\n", i,
                       options.hang_seconds, dlas[i]->clock().now(), explain_hang(*dlas[i]));
        });
    const auto observers = observe(options, bridge, dlas, stub, symbols);
    if (!observers) return observers.error().message;
    sc_core::sc_start();
    return bridge.error();
}

// To stderr: stdout is the guest's console.
void print_reports(const std::vector<LayerReport>& reports, bool layers) {
    for (std::size_t i = 0; i < reports.size(); ++i) {
        if (reports[i].totals().layers() == 0) continue;
        fmt::print(stderr, "\ndla{}: {}{}", i, layers ? "\n" + reports[i].table() : "",
                   reports[i].summary());
    }
}

Result<int> guest_exit_code(const PrivateFolder& folder, int qemu_code) {
    std::ifstream file(folder.path() / "control" / "exit");
    int code = 0;
    if (!(file >> code)) {
        return fail(fmt::format(
            "QEMU ended with exit code {} before the guest's script gave a result", qemu_code));
    }
    return code;
}

Result<int> boot(const BootOptions& options) {
    const auto platform = platform_of(options);
    if (!platform) return fail(platform.error().message);
    if (options.print_config) {
        fmt::print("{}", platform->print());
        return 0;
    }
    const auto configs = configs_of(*platform);
    if (!configs) return fail(configs.error().message);
    const auto timing = timing_of(options, *configs);
    if (!timing) return fail(timing.error().message);
    if (!options.share.empty() && !fs::is_directory(options.share)) {
        return fail(fmt::format("--share {}: no such folder", options.share));
    }
    auto sinks = sinks_of(options, *configs);
    if (!sinks) return fail(sinks.error().message);
    const PrivateFolder folder;
    if (!options.run.empty()) {
        fs::create_directory(folder.path() / "control");
        std::error_code error;
        fs::copy_file(options.run, folder.path() / "control" / "run", error);
        if (error) return fail(fmt::format("--run {}: {}", options.run, error.message()));
    }
    const auto guest = guest_of(options, *platform);
    if (!guest) return fail(guest.error().message);
    const auto device = platform->qemu.empty()
                            ? program_output(script_path("qemu-device").string(), {})
                            : Result<std::string>(platform->qemu);
    if (!device) return fail(device.error().message);
    auto listener = bridge::BridgeListener::open((folder.path() / "socket").string());
    if (!listener) return fail(listener.error().message);
    auto qemu =
        QemuProcess::start(command_of(options, *platform, *configs, folder, *guest, *device));
    if (!qemu) return fail(qemu.error().message);
    auto channels = connect(*listener, *qemu, configs->size());
    if (!channels) return fail(channels.error().message);
    std::vector<LayerReport> reports;
    for (const HardwareConfig& config : *configs)
        reports.emplace_back(config, options.layers);
    const std::string why = simulate(std::move(*channels), *configs, *timing, options, *sinks,
                                     reports, stub_of(options.gdb, folder.path()), guest->symbols);
    print_reports(reports, options.layers);
    for (SinkSet& set : *sinks)
        if (const auto written = set.finish(); !written) return fail(written.error().message);
    if (!why.empty()) return fail(why);
    const int code = qemu->wait();
    if (!options.run.empty()) return guest_exit_code(folder, code);
    if (code != 0) return fail(fmt::format("QEMU ended with exit code {}", code));
    return 0;
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
        const auto code = boot(*options);
        if (!code) fmt::print(stderr, "dla-vp boot: {}\n", code.error().message);
        exit_code = code ? *code : kCouldNotRun;
    });
}

}  // namespace dla::vp
