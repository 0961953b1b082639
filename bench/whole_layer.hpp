// SPDX-License-Identifier: Apache-2.0
// A layer on the whole platform: programmed over the CSB, data through CDMA and CBUF, results
// written by SDP.
#pragma once

#include <optional>

#include "bench/bench_layers.hpp"
#include "dla_tlm/common/hardware_config.hpp"

namespace dla::bench {

// Host time from the last OP_ENABLE to the interrupt, the best of several rounds each.
struct WholeLayerTime {
    double wall = 0;       // s
    double processor = 0;  // s of all threads
};
// None where the simulation failed.
std::optional<WholeLayerTime> whole_layer_time(const BenchLayer& layer, Precision precision,
                                               unsigned threads, bool timing);

}  // namespace dla::bench
