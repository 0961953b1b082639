// SPDX-License-Identifier: Apache-2.0
// Goldens from the mathematical definition: plain loops over plain tensors, nothing shared with the
// model. spec: conv-pipeline.md 1 and 8.1, sdp.md 5 and 8, pdp.md 2 to 4.
#pragma once

#include <cstdint>
#include <vector>

#include "trace-tests/generator/layer_spec.hpp"
#include "trace-tests/generator/sdp_table.hpp"
#include "trace-tests/generator/tensor.hpp"

namespace dla::trace {

// v / 2^shift, to nearest, ties away from zero.
std::int64_t divide_rounded(std::int64_t value, unsigned shift);
std::int64_t clamp_bits(std::int64_t value, unsigned bits);

// Exact sums, before any truncation.
Cube convolve(const Cube& input, const Kernels& kernels, const LayerSpec& spec);

// The post-processing of one layer, in the order of the hardware's steps.
struct PostProcessing {
    unsigned clip_truncate = 0;      // accumulator to 32 bits
    std::vector<std::int64_t> bias;  // per channel, empty: none
    unsigned bias_shift = 0;
    bool relu = false;
    SdpTable table{};
    unsigned output_shift = 0;
    unsigned output_bits = 8;
};
Cube post_process(const Cube& input, const PostProcessing& post);

Cube pool(const Cube& input, const LayerSpec& spec);
// 65536 / kernel size, as the reciprocal registers hold it.
std::uint32_t reciprocal(unsigned kernel_size);

}  // namespace dla::trace
