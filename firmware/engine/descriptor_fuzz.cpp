// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Any bytes as a task: the engine must end, and touch nothing outside the task's memories. The
// first byte chooses configuration and layout; the rest fills the lists, cut into equal pieces.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "firmware/testing/network_builder.hpp"
#include "firmware/testing/stub_dla.hpp"

namespace {

using namespace dla::firmware;
using namespace dla::firmware::testing;

constexpr int kOperations = 6;

const dla::HardwareConfig& hardware(bool full) {
    static const dla::HardwareConfig kFull = *dla::builtin_config("nv_full");
    static const dla::HardwareConfig kSmall = *dla::builtin_config("nv_small");
    return full ? kFull : kSmall;
}

// A legal network, over which the input is laid byte by byte, so that most of it stays legal.
void spoil(TaskPort& port, const std::uint8_t* data, std::size_t size) {
    for (std::size_t i = 0; i + 4 <= size; i += 4) {
        auto& bytes = port.memories[data[i] % NetworkBuilder::kInput].bytes;
        if (bytes.empty()) continue;
        const std::size_t at = (data[i + 1] | (std::size_t{data[i + 2]} << 8u)) % bytes.size();
        bytes[at] = data[i + 3];
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const bool full = (data[0] & 1u) != 0;
    NetworkBuilder network(hardware(full));
    for (int i = 0; i < kOperations; ++i) {
        const int types = full ? DLA_OP_TYPES : DLA_OP_CDP + 1;
        const int first = full ? 0 : DLA_OP_CONV;
        network.add(static_cast<dla_op_type>(first + i % (types - first)));
    }
    network.add_lut();
    network.network().stat_list_index = (data[0] & 4u) != 0 ? NetworkBuilder::kStatistics : -1;
    StubDla dla(hardware(full).address_map);
    dla.keep_log = false;
    network.fill(dla);
    spoil(dla, data + 1, size - 1);
    Engine engine(dla);
    const auto layout = (data[0] & 2u) != 0 ? DLA_LAYOUT_A : DLA_LAYOUT_B;
    if (!engine.execute(engine_config(hardware(full), layout))) return 0;
    for (int step = 0; step < 1000; ++step) {
        dla.finish_lowest();
        engine.handle_interrupt();
        const auto done = engine.process_events();
        if (!done || *done) break;
    }
    engine.clear();
    return 0;
}
