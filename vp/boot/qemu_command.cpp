// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/qemu_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dla::vp {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kTaskImage = 0x48000000;  // where the aarch64 firmware looks for it

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

}  // namespace

QemuCommand command_of(const BootOptions& options, const PlatformFile& platform,
                       const std::vector<HardwareConfig>& configs, const fs::path& folder,
                       const Guest& guest, const std::string& device) {
    QemuCommand command;
    const bool preload = device.ends_with(".so");
    command.program = preload ? "qemu-system-aarch64" : device;
    command.preload = preload ? device : "";
    command.reads_input = !is_repeatable(options, platform);
    auto& a = command.arguments;
    a = {"-M",
         machine_of(platform, configs, (folder / "socket").string()),
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
    for (const auto& more : {guest_arguments(platform, guest), stub_arguments(options.gdb, folder)})
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
        add_shared_folder(a, "control", (folder / "control").string());
        a.insert(a.end(), {"-monitor", "none"});
    }
    a.insert(a.end(), platform.qemu_arguments.begin(), platform.qemu_arguments.end());
    a.insert(a.end(), options.qemu_arguments.begin(), options.qemu_arguments.end());
    return command;
}

}  // namespace dla::vp
