// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// A task as one run of bytes, for a fuzzer to change: flags, the number of addresses, and per
// address the size of its memory and the bytes it begins with (the rest is zero).
//
//   Bytes seed = task_file(load_task(loadable, task), kFullConfiguration);
//   const TaskFileFlags flags = read_task_file(seed, port);   // any bytes at all
#pragma once

#include <cstdint>
#include <span>

#include "firmware/testing/test_task.hpp"

namespace dla::firmware::testing {

struct TaskFileFlags {
    bool full = false;  // nv_full, else nv_small
    bool old_layout = false;
};

// Keeps the contents of memories with descriptors; of the others (weights) only the size.
runtime::Bytes task_file(const runtime::Loadable& loadable, std::size_t task, bool full);

// Fills the port's memories and addresses with what the bytes say, up to 4 MiB.
TaskFileFlags read_task_file(std::span<const std::uint8_t> bytes, TaskPort& port);

}  // namespace dla::firmware::testing
