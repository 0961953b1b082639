// SPDX-License-Identifier: Apache-2.0
// Winograd convolution by its definition: plain loops over plain tensors, nothing shared with the
// model. spec: conv-pipeline.md 9, data-formats.md 5.
#pragma once

#include "dla_tlm/common/hardware_config.hpp"
#include "trace-tests/generator/layer_spec.hpp"
#include "trace-tests/generator/layout.hpp"
#include "trace-tests/generator/tensor.hpp"

namespace dla::trace {

constexpr unsigned kWinogradTile = 4;

// What CDMA makes of the input: padded on all sides, strides folded into channels.
Cube winograd_extended(const Cube& input, const LayerSpec& spec);
// Of kernels that are 4x4 and transformed already; two columns and lines beyond the last tiles are
// not there.
Cube winograd_sums(const Cube& extended, const Kernels& kernels, const LayerSpec& spec);
// Kernel groups, four channels, kernels, rows, columns, channels; zeros up to a multiple of 128.
Bytes winograd_weight_bytes(const Kernels& kernels, const HardwareConfig& config,
                            Precision precision);

}  // namespace dla::trace
