// SPDX-License-Identifier: Apache-2.0
// dla-vp coverage: which of the hardware's modes traces, networks and boots have used.
#pragma once

#include <CLI/CLI.hpp>

namespace dla::vp {

void add_coverage_command(CLI::App& app, int& exit_code);

}  // namespace dla::vp
