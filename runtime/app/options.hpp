// SPDX-License-Identifier: Apache-2.0
// Command line of the runtime application. spec: linux-interfaces.md section 3.
#pragma once

#include <string>
#include <vector>

#include "runtime/image/image.hpp"

namespace dla::runtime {

struct AppOptions {
    bool help = false;
    bool server = false;
    std::string input_path{};
    std::string loadable{};
    std::string image{};
    Preprocessing preprocessing{};
    bool rawdump = false;
};

// Errors name the option, what was found and what is legal.
Result<AppOptions> parse_options(const std::vector<std::string>& arguments);
std::string usage();

}  // namespace dla::runtime
