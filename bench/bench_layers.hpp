// SPDX-License-Identifier: Apache-2.0
// Convolution layers of a ResNet-50 and other numbers that the benchmarks share.
//
//   for (const BenchLayer& layer : kResnetLayers) rate(layer.macs(), seconds_per_run(...));
#pragma once

#include <array>

#include "bench/seconds_per_run.hpp"

namespace dla::bench {

struct BenchLayer {
    const char* name;
    unsigned size;  // width and height of the input
    unsigned channels;
    unsigned kernels;
    unsigned kernel;  // width and height
    unsigned stride;
    bool image;

    unsigned padding() const { return kernel / 2; }
    unsigned out_size() const { return (size + 2 * padding() - kernel) / stride + 1; }
    double macs() const {
        return 1.0 * out_size() * out_size() * kernels * channels * kernel * kernel;
    }
};

inline constexpr std::array kResnetLayers{
    BenchLayer{"conv1 7x7/2 3-64 @224", 224, 3, 64, 7, 2, true},
    BenchLayer{"res2 1x1 64-64 @56", 56, 64, 64, 1, 1, false},
    BenchLayer{"res2 3x3 64-64 @56", 56, 64, 64, 3, 1, false},
    BenchLayer{"res2 1x1 64-256 @56", 56, 64, 256, 1, 1, false},
    BenchLayer{"res2 1x1 256-64 @56", 56, 256, 64, 1, 1, false},
    BenchLayer{"res3 3x3/2 128-128 @56", 56, 128, 128, 3, 2, false},
    BenchLayer{"res3 3x3 128-128 @28", 28, 128, 128, 3, 1, false},
    BenchLayer{"res3 1x1 512-128 @28", 28, 512, 128, 1, 1, false},
    BenchLayer{"res3 1x1 128-512 @28", 28, 128, 512, 1, 1, false},
    BenchLayer{"res4 3x3 256-256 @14", 14, 256, 256, 3, 1, false},
    BenchLayer{"res4 1x1 1024-256 @14", 14, 1024, 256, 1, 1, false},
    BenchLayer{"res4 1x1 256-1024 @14", 14, 256, 1024, 1, 1, false},
    BenchLayer{"res5 3x3 512-512 @7", 7, 512, 512, 3, 1, false},
    BenchLayer{"res5 1x1 2048-512 @7", 7, 2048, 512, 1, 1, false},
};

}  // namespace dla::bench
