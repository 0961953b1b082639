// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Any bytes as a task (task_file.hpp): the engine must end, and touch nothing outside the task's
// memories. make-fuzz-seeds writes the tasks of real loadables to begin with.
#include <cstddef>
#include <cstdint>

#include "firmware/testing/stub_dla.hpp"
#include "firmware/testing/task_file.hpp"

namespace {

const dla::HardwareConfig& hardware(bool full) {
    static const dla::HardwareConfig kFull = *dla::builtin_config("nv_full");
    static const dla::HardwareConfig kSmall = *dla::builtin_config("nv_small");
    return full ? kFull : kSmall;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dla::firmware;
    const bool full = size > 0 && (data[0] & 1u) != 0;
    testing::StubDla dla(hardware(full).address_map);
    dla.keep_log = false;
    const testing::TaskFileFlags flags = testing::read_task_file({data, size}, dla);
    Engine engine(dla);
    const auto layout = flags.old_layout ? DLA_LAYOUT_A : DLA_LAYOUT_B;
    if (!engine.execute(engine_config(hardware(flags.full), layout))) return 0;
    for (int step = 0; step < 1000; ++step) {
        dla.finish_lowest();
        engine.handle_interrupt();
        const auto done = engine.process_events();
        if (!done || *done) break;
    }
    engine.clear();
    return 0;
}
