// SPDX-License-Identifier: Apache-2.0
// The program that runs in the guest: Linux, or the engine alone; and what it is told to do.
//
//   auto guest = guest_of(options, platform);
//   if (auto told = give_orders(options, platform, folder, *guest); !told) ...
#pragma once

#include <filesystem>
#include <string>

#include "dla_tlm/common/result.hpp"
#include "vp/boot/boot_options.hpp"
#include "vp/boot/platform_file.hpp"

namespace dla::vp {

// What runs in the guest, and what GDB has to know about it.
struct Guest {
    std::string kernel;
    std::string initramfs;   // empty: none
    std::string task_image;  // of bare-metal firmware, empty: none
    GuestSymbols symbols{};
};

// Where kernel and initramfs are; assembled when the platform names none.
Result<Guest> guest_of(const BootOptions& options, const PlatformFile& platform);

// Whether the script and the shared folder come with the initramfs, so that nothing of the host's
// pace shows in the guest while the script runs.
bool is_repeatable(const BootOptions& options, const PlatformFile& platform);

// Puts the script of --run where the guest finds it: below folder/control, for a run that repeats
// itself into the initramfs. Without --run nothing happens.
Result<void> give_orders(const BootOptions& options, const PlatformFile& platform,
                         const std::filesystem::path& folder, Guest& guest);

}  // namespace dla::vp
