// SPDX-License-Identifier: Apache-2.0
// A fake DLA and a player for one trace text.
//
//   PlayerBench bench("wait\n", Dialect::kTxn);
//   bench.dla.layers[0xb038] = {.clocks = 100, .interrupt_bit = 0};
//   const Outcome outcome = bench.play();
#pragma once

#include <fmt/format.h>

#include "testing/catch.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "trace-tests/player/fake_dla.hpp"
#include "trace-tests/player/trace_player.hpp"
#include "trace-tests/test_folder.hpp"

namespace dla::trace {

struct PlayerBench {
    PlayerBench(const std::string& text, Dialect dialect)
        : dla("dla", dialect == Dialect::kTxn ? 0x0 : 0x1000),
          config(*builtin_config(dialect == Dialect::kTxn ? "nv_full" : "nv_small")),
          file(folder.write(dialect == Dialect::kTxn ? "t/input.txn" : "t/t.cfg", text)) {}

    Outcome play(const PlayerOptions& options = {}) {
        auto loaded = load_trace(file, config.address_map);
        if (!loaded) return {Verdict::kError, 0, loaded.error().message};
        trace = *loaded;
        TracePlayer player("player", trace, config, dla, options);
        player.bus().csb.bind(dla.csb);
        player.bus().irq.bind(irq);
        dla.irq.bind(irq);
        sc_core::sc_start();
        return player.outcome();
    }

    TestFolder folder;
    FakeDla dla;
    HardwareConfig config;
    std::string file;
    Trace trace;
    sc_core::sc_signal<bool> irq{"irq"};
};

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace dla::trace
