// SPDX-License-Identifier: Apache-2.0
// `dla-vp infer`: a compiled network on the simulated DLA, without an operating system.
#pragma once

#include <CLI/CLI.hpp>

namespace dla::vp {

void add_infer_command(CLI::App& app, int& exit_code);

}  // namespace dla::vp
