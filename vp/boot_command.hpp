// SPDX-License-Identifier: Apache-2.0
// `dla-vp boot`: Linux on QEMU with the DLAs of a platform file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace dla::vp {

// qemu_arguments: what stood behind "--" on the command line.
void add_boot_command(CLI::App& app, const std::vector<std::string>& qemu_arguments,
                      int& exit_code);

}  // namespace dla::vp
