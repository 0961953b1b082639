// SPDX-License-Identifier: Apache-2.0
// Shell completion, made from the command line's own description, so that it knows every command,
// option and listed value and never another.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

namespace dla::vp {

// Values that options take by name, which the description does not list: "--config" -> names.
using NamedValues = std::map<std::string, std::vector<std::string>>;

std::string bash_completion(const CLI::App& app, const NamedValues& named);
std::string zsh_completion(const CLI::App& app, const NamedValues& named);

// dla-vp completion bash|zsh.
void add_completion_command(CLI::App& app, int& exit_code);

}  // namespace dla::vp
