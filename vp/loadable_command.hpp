// SPDX-License-Identifier: Apache-2.0
// `dla-vp loadable show`: what a loadable holds, in words or as a graph.
#pragma once

#include <CLI/CLI.hpp>

namespace dla::vp {

void add_loadable_command(CLI::App& app, int& exit_code);

}  // namespace dla::vp
