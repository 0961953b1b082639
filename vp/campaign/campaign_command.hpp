// SPDX-License-Identifier: Apache-2.0
// dla-vp campaign: the command line of fault injection campaigns.
#pragma once

#include <CLI/CLI.hpp>

namespace dla::vp {

void add_campaign_command(CLI::App& app, int& exit_code);

}  // namespace dla::vp
