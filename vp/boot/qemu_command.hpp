// SPDX-License-Identifier: Apache-2.0
// QEMU's command line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "vp/boot/boot_options.hpp"
#include "vp/boot/guest.hpp"
#include "vp/boot/platform_file.hpp"
#include "vp/boot/qemu_process.hpp"

namespace dla::vp {

// folder: the run's own, with the socket and the guest's orders. device: what scripts/qemu-device
// printed, or a QEMU that has the device.
QemuCommand command_of(const BootOptions& options, const PlatformFile& platform,
                       const std::vector<HardwareConfig>& configs,
                       const std::filesystem::path& folder, const Guest& guest,
                       const std::string& device);

}  // namespace dla::vp
