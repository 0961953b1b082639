// SPDX-License-Identifier: Apache-2.0
// dla-vp tracegen: writes traces of single layers with goldens. docs/trace-formats.md.
#pragma once

#include <CLI/CLI.hpp>

namespace dla::vp {

// exit_code: set when the command ran.
void add_tracegen_command(CLI::App& app, int& exit_code);

}  // namespace dla::vp
