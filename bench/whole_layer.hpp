// SPDX-License-Identifier: Apache-2.0
// A layer on the whole platform: programmed over the CSB, data through CDMA and CBUF, results
// written by SDP.
#pragma once

#include <optional>

#include "bench/bench_layers.hpp"

namespace dla::bench {

// Host seconds from the last OP_ENABLE to the interrupt; none where the simulation failed.
std::optional<double> whole_layer_seconds(const BenchLayer& layer, unsigned threads);

}  // namespace dla::bench
