// SPDX-License-Identifier: Apache-2.0
// The same results as convolve(), one MAC operation after the other in the hardware's order; slow.
// spec: conv-pipeline.md sections 1, 6, 8.1, 9.
//
//   convolve_reference(op, slices, {0, op.kernel_groups()}, stream, batch, lines, sums);
#pragma once

#include <cstddef>
#include <span>

#include "dla_tlm/cacc/accumulators.hpp"
#include "dla_tlm/csc/convolve.hpp"

namespace dla::csc {

// slices and stream as for InputLayer::load and WeightPanel::load.
void convolve_reference(const ConvOp& op, std::span<const Slice> slices, GroupRange groups,
                        std::span<const std::byte> stream, unsigned batch, LineRange lines,
                        cacc::Accumulators& sums);

}  // namespace dla::csc
