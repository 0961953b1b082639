// SPDX-License-Identifier: Apache-2.0
// Convolution of fp16 layers: delivered outputs of some lines of one kernel group, in the order of
// accumulation that the hardware has. spec: conv-pipeline.md sections 1, 7, 8.2, 9.
//
//   InputLayer input;
//   input.load(op, slices);
//   std::vector<std::int32_t> values(lines * op.out_width * op.lanes_per_surface());
//   convolve_fp16(op, input, {group, stream_of_the_group, batch}, {y, y + lines}, values);
//
// Precondition: why_not(op, config) is empty and precision is fp16.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dla_tlm/common/worker_pool.hpp"
#include "dla_tlm/csc/conv_op.hpp"
#include "dla_tlm/csc/convolve.hpp"
#include "dla_tlm/csc/input_layer.hpp"

namespace dla::csc {

struct Fp16Group {
    unsigned group;
    std::span<const std::byte> stream;  // the group's weights, uncompressed; even address
    unsigned batch;
};

// values[((line - lines.first) * out_width + column) * lanes + kernel of the group]: fp32 bits, 0
// beyond the kernels. pool: null for one thread.
void convolve_fp16(const ConvOp& op, const InputLayer& input, const Fp16Group& group,
                   LineRange lines, std::span<std::int32_t> values, WorkerPool* pool = nullptr);

}  // namespace dla::csc
