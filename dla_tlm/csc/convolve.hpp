// SPDX-License-Identifier: Apache-2.0
// Convolution of integer layers: the finished CACC sums of some output lines and kernel groups.
// spec: conv-pipeline.md sections 1, 6, 8.1, 9.
//
//   InputLayer input(cmac::best_dot_kernels());
//   input.load(op, slices);
//   WeightPanel panel;
//   panel.load(op, input, {group, 1}, stream);
//   cacc::Accumulators sums;
//   convolve(op, input, panel, batch, {y, y + lines}, sums);
//   saturated += cacc::deliver(sums, 0, lanes, clip_truncate, values);
//
// Precondition: why_not(op, config) is empty and precision is int8 or int16.
#pragma once

#include "dla_tlm/cacc/accumulators.hpp"
#include "dla_tlm/common/worker_pool.hpp"
#include "dla_tlm/csc/conv_op.hpp"
#include "dla_tlm/csc/input_layer.hpp"
#include "dla_tlm/csc/weight_panel.hpp"

namespace dla::csc {

// Output lines [first, end); Winograd: multiples of 4.
struct LineRange {
    unsigned first;
    unsigned end;
};

// sums gets (end - first) * out_width pixels and the panel's kernels. pool: null for one thread.
void convolve(const ConvOp& op, const InputLayer& input, const WeightPanel& panel, unsigned batch,
              LineRange lines, cacc::Accumulators& sums, WorkerPool* pool = nullptr);

// Sums of output lines from first_line on.
struct SumLines {
    cacc::Accumulators& sums;
    unsigned first_line;
};

void resize_for(const ConvOp& op, const WeightPanel& panel, LineRange lines,
                cacc::Accumulators& sums);

// Only `lines` of sums that are large enough; several threads may compute different ones.
void convolve_into(const ConvOp& op, const InputLayer& input, const WeightPanel& panel,
                   unsigned batch, LineRange lines, const SumLines& sums,
                   WorkerPool* pool = nullptr);

}  // namespace dla::csc
