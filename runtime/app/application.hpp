// SPDX-License-Identifier: Apache-2.0
// The runtime application over any Runtime: one network on one picture, or the server.
#pragma once

#include "runtime/api/runtime.hpp"
#include "runtime/app/options.hpp"

namespace dla::runtime {

// Writes output.dimg into the working folder. Prints what the application is known to print.
Result<void> run_application(Runtime& runtime, const AppOptions& options);

}  // namespace dla::runtime
