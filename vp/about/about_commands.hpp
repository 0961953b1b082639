// SPDX-License-Identifier: Apache-2.0
// dla-vp doctor and dla-vp version.
#pragma once

#include <CLI/CLI.hpp>

namespace dla::vp {

void add_doctor_command(CLI::App& app, int& exit_code);
void add_version_command(CLI::App& app, int& exit_code);

}  // namespace dla::vp
