// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/guest.hpp"

#include <fmt/format.h>

#include "vp/boot/guest_archive.hpp"
#include "vp/program_output.hpp"
#include "vp/source_paths.hpp"

namespace dla::vp {
namespace {

namespace fs = std::filesystem;

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

// Of the guest's memory, which holds the copy twice for a moment.
std::uint64_t most_shared_bytes(const PlatformFile& platform) {
    constexpr unsigned kLinuxMib = 1024;  // what is above is for DMA
    return (std::uint64_t{std::min(platform.memory_mib, kLinuxMib)} << 20) / 4;
}

}  // namespace

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

bool is_repeatable(const BootOptions& options, const PlatformFile& platform) {
    return platform.quantum_us != 0 && !options.run.empty();
}

Result<void> give_orders(const BootOptions& options, const PlatformFile& platform,
                         const fs::path& folder, Guest& guest) {
    if (options.run.empty()) return {};
    fs::create_directory(folder / "control");
    if (is_repeatable(options, platform)) {
        GuestArchive archive(most_shared_bytes(platform));
        auto added = archive.add_file(options.run, "control/run");
        if (added && !options.share.empty()) added = archive.add_folder(options.share, "mnt");
        const std::string path = (folder / "initramfs").string();
        if (added) added = archive.write(path, guest.initramfs);
        guest.initramfs = path;
        return added;
    }
    std::error_code error;
    fs::copy_file(options.run, folder / "control" / "run", error);
    if (error) return fail(fmt::format("--run {}: {}", options.run, error.message()));
    return {};
}

}  // namespace dla::vp
