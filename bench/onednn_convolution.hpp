// SPDX-License-Identifier: Apache-2.0
// The same layer by oneDNN (int8 data and weights, int32 results), for comparison.
#pragma once

#include "bench/bench_layers.hpp"

namespace dla::bench {

// Seconds of one execution; reorders are done beforehand.
double onednn_seconds(const BenchLayer& layer, unsigned threads);

}  // namespace dla::bench
