// SPDX-License-Identifier: Apache-2.0
// dla-vp state show FILE, dla-vp state compare FILE FILE.
#pragma once

#include <CLI/CLI.hpp>

namespace dla::vp {

void add_state_command(CLI::App& app, int& exit_code);

}  // namespace dla::vp
