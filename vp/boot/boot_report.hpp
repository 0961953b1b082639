// SPDX-License-Identifier: Apache-2.0
// How a boot ended and what its DLAs did, for people and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "vp/layer_report.hpp"

namespace dla::vp {

struct BootReport {
    std::vector<HardwareConfig> configs{};  // of the DLAs
    std::vector<LayerReport> layers{};      // of each DLA; empty when QEMU was not started
    std::optional<int> qemu_exit_code{};
    std::optional<int> guest_exit_code{};  // of the script of --run
    std::uint64_t accesses = 0;            // of the guest to registers
    double prepare_s = 0;                  // of the host, until QEMU starts
    double run_s = 0;                      // of the host, until QEMU has ended
    double model_s = 0;                    // simulated
};

// What the DLAs did, to stderr: stdout is the guest's console. layers: each of them.
void print_report(const BootReport& report, bool layers);

// exit_code: of dla-vp. error: why it could not run, or empty.
std::string json(const BootReport& report, int exit_code, const std::string& error);

}  // namespace dla::vp
