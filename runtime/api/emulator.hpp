// SPDX-License-Identifier: Apache-2.0
// The operations of a network that the CPU computes: power and softmax. spec: loadable.md
// section 4.
#pragma once

#include <functional>
#include <span>

#include "runtime/loadable/descriptors.hpp"
#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

// The CPU's view of a position of the task's address list; empty where the CPU sees nothing.
using EmulatorMemory = std::function<std::span<std::uint8_t>(std::size_t position)>;

// Errors name the operation and what is wrong with it.
Result<void> run_emulator_task(const EmulatorTask& task, const EmulatorMemory& memory);

}  // namespace dla::runtime
