// SPDX-License-Identifier: Apache-2.0
// `dla-vp gdb`: GDB on the guest of a run that was started with --gdb.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace dla::vp {

// gdb_arguments: what stood behind "--" on the command line.
void add_gdb_command(CLI::App& app, const std::vector<std::string>& gdb_arguments, int& exit_code);

}  // namespace dla::vp
