// SPDX-License-Identifier: Apache-2.0
// Convolution whose accumulator may saturate: MAC operation after MAC operation in the hardware's
// order, on the packed input. convolve() calls it where no bound excludes saturation; that is the
// case in feature layers only.
// spec: conv-pipeline.md sections 1 and 8.1.
#pragma once

#include "dla_tlm/csc/convolve.hpp"

namespace dla::csc {

void convolve_saturating(const ConvOp& op, const InputLayer& input, const WeightPanel& panel,
                         unsigned batch, LineRange lines, const SumLines& sums, WorkerPool* pool);

}  // namespace dla::csc
