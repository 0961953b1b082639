// SPDX-License-Identifier: Apache-2.0
// The input of a network from the command line: a picture or raw bytes.
//
//   NetworkInput input;  add_input_options(*command, input);
//   if (auto set = set_input(input, session); !set) ...
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "runtime/app/session.hpp"

namespace dla::vp {

struct NetworkInput {
    std::string image{};
    std::string bytes{};  // file of input 0, instead of a picture
    int normalize = 1;
    std::vector<float> mean{};

    bool preprocesses() const { return normalize != 1 || !mean.empty(); }
    bool empty() const { return image.empty() && bytes.empty(); }
    std::string words() const;  // everything that changes the input
};

void add_input_options(CLI::App& command, NetworkInput& input);
Result<void> set_input(const NetworkInput& input, runtime::Session& session);
// What of the input does not come to the network, a sentence each; nothing of it is an error.
std::vector<std::string> remarks(const NetworkInput& input, const runtime::Image& image,
                                 const runtime::Tensor& tensor);

}  // namespace dla::vp
