// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// One way to spoil an operation, per check of the engine.
#pragma once

#include <functional>
#include <vector>

#include "firmware/testing/network_builder.hpp"

namespace dla::firmware::testing {

struct BadOperation {
    const char* config;
    dla_op_type type;
    std::function<void(NetworkBuilder&, union dla_operation&, union dla_surface&)> spoil;
    const char* sentence;  // of the refusal
};

const std::vector<BadOperation>& bad_operations();

}  // namespace dla::firmware::testing
