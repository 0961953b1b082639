// SPDX-License-Identifier: Apache-2.0
// What the sample networks must compute, written from the specification alone and without any code
// of the model (sdp.md, pdp.md, cdp.md, conv-pipeline.md). Values are exact in a double: integers,
// or fp16 data chosen so that nothing but the final conversion to fp16 rounds.
#pragma once

#include <functional>
#include <vector>

#include "runtime/builder/network_builder.hpp"

namespace dla::runtime::reference {

struct Cube {
    Shape shape{};
    std::vector<double> values{};  // c, h, w order

    double at(unsigned c, unsigned y, unsigned x) const {
        return values[(std::size_t{c} * shape.h + y) * shape.w + x];
    }
};

// The i-th of `parts` equal parts of the channels.
Cube channels(const Cube& cube, unsigned i, unsigned parts);
// Behind the channels of `cube`, which is empty or of the same width and height.
void append_channels(Cube& cube, const Cube& more);

Cube from_bits(const Shape& shape, Precision precision, const std::vector<std::int16_t>& bits);
std::vector<std::int16_t> to_bits(const Cube& cube, Precision precision);

Cube convolve(const Cube& src, const ConvolutionParameters& how, Precision precision);

using Operand = std::function<const Cube&(TensorId)>;
// X1, X2, Y and the output conversion. `lut`: of Y, linear only.
Cube post_process(const Cube& src, const SdpParameters& how, Precision precision,
                  const Operand& operand, const Lut* lut);

// Average: integers only.
Cube pool(const Cube& src, const PoolingParameters& how);
// Integers only, linear tables.
Cube normalize(const Cube& src, const NormalizationParameters& how, const Lut& lut,
               Precision precision);
Cube contract(const Cube& src, unsigned sx, unsigned sy);

}  // namespace dla::runtime::reference
