// SPDX-License-Identifier: Apache-2.0
// Layers in the modes of the hardware that networks seldom use: every pixel format, every pooling
// kernel with every stride, all steps of SDP with all their operands, and so on.
#pragma once

#include <vector>

#include "trace-tests/generator/layer_spec.hpp"

namespace dla::trace {

// What the configuration has; each with a name of its own.
std::vector<LayerSpec> mode_set(const HardwareConfig& config);

}  // namespace dla::trace
