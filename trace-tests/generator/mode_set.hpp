// SPDX-License-Identifier: Apache-2.0
// Layers in the modes of the hardware that networks seldom use: every pixel format, every pooling
// kernel with every stride, all steps of SDP with all their operands, and so on.
#pragma once

#include <string>
#include <vector>

#include "trace-tests/generator/generated_layer.hpp"

namespace dla::trace {

// What the configuration has; each with a name of its own.
std::vector<LayerSpec> mode_set(const HardwareConfig& config);

// Convolutions one behind the other, without a reset and on both register groups in turn, that keep
// data and weights in CBUF and find them there in each of the sixteen ways.
struct Chain {
    std::string name;
    std::vector<LayerSpec> layers;
};
std::vector<Chain> reuse_chains(const HardwareConfig& config);
// The layers in their order; what one finds in CBUF is not in memory any more.
Result<std::vector<GeneratedLayer>> generate(const Chain& chain, const HardwareConfig& config);

}  // namespace dla::trace
