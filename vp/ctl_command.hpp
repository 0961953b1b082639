// SPDX-License-Identifier: Apache-2.0
// `dla-vp ctl`: commands to the monitor of a run.
#pragma once

#include <CLI/CLI.hpp>

namespace dla::vp {

void add_ctl_command(CLI::App& app, int& exit_code);

}  // namespace dla::vp
