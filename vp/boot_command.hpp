// SPDX-License-Identifier: Apache-2.0
// `dla-vp boot`: Linux on QEMU with the DLAs of a platform file.
#pragma once

#include <CLI/CLI.hpp>

namespace dla::vp {

void add_boot_command(CLI::App& app, int& exit_code);

}  // namespace dla::vp
