// SPDX-License-Identifier: Apache-2.0
// The bare convolution kernels on one layer of nv_full: input and weights already laid out.
#pragma once

#include "bench/bench_layers.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/worker_pool.hpp"

namespace dla::bench {

struct KernelTimes {
    double convolve;  // seconds: packed operands to finished sums
    double input;     // CBUF slices to packed input
    double weights;   // weight stream to packed panel
    double deliver;   // sums to the chunk for SDP
};

enum class Range { kFull, kSmall };  // of the numbers

KernelTimes kernel_times(const BenchLayer& layer, Precision precision, Range range,
                         WorkerPool* pool);

// Multiply-adds per second of the best instruction on registers alone, one thread.
double peak_int8_rate();

}  // namespace dla::bench
