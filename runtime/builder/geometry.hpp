// SPDX-License-Identifier: Apache-2.0
// The numbers a compiler must work out for a configuration: cubes in memory, CBUF entries and
// banks, weight and operand streams. spec: data-formats.md sections 1, 3, 4, 8; conv-pipeline.md
// section 4.
//
//   FeatureShape cube = packed_feature(config, {.w = 8, .h = 8, .c = 16}, Precision::kInt8);
//   Bytes stream = pack_weights(config, Precision::kInt8, weights);
#pragma once

#include <cstdint>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

struct Shape {
    unsigned w = 1;
    unsigned h = 1;
    unsigned c = 1;
    bool operator==(const Shape&) const = default;
};

struct Strides {
    std::uint32_t line = 0;
    std::uint32_t surface = 0;
    std::uint32_t size = 0;  // of the whole cube
};

// A cube without gaps.
Strides packed_feature(const HardwareConfig& config, const Shape& shape, Precision precision);
// A pitch-linear picture of `channels` interleaved components; lines begin at multiples of 32.
Strides packed_image(const Shape& shape, Precision precision);

// CBUF entries of one input line.
unsigned feature_entries(const HardwareConfig& config, unsigned width, unsigned channels,
                         Precision precision);
unsigned image_entries(const HardwareConfig& config, unsigned padded_width, unsigned channels,
                       Precision precision);

// Weights in order k, c, r, s; int8, int16 or fp16 bits in 16-bit places.
struct Weights {
    unsigned k = 1;
    unsigned c = 1;
    unsigned r = 1;
    unsigned s = 1;
    std::vector<std::int16_t> values{};

    std::int16_t at(unsigned ik, unsigned ic, unsigned ir, unsigned is) const {
        return values[((std::size_t{ik} * c + ic) * r + ir) * s + is];
    }
    std::size_t bytes_per_kernel(Precision precision) const {
        return std::size_t{c} * r * s * bytes_per_element(precision);
    }
};

// The stream of a feature convolution, filled with zeros to whole CBUF entries. No further: what
// the kernels do not use stays in CBUF and comes first in the next layer.
Bytes pack_weights(const HardwareConfig& config, Precision precision, const Weights& weights);
// The same weights for a picture as input: every kernel row becomes s * c channels.
Weights flatten_rows(const Weights& weights);

// Kernels as the multipliers take them under Winograd: 4x4, channels filled to whole atoms,
// integers four times as large so that they stay integers. A stride folds the taps between its
// steps into channels of their own, so kernels of up to 3 * stride_x by 3 * stride_y become 3x3. An
// error where a kernel is larger or a value does not fit.
Result<Weights> winograd_kernels(const HardwareConfig& config, Precision precision,
                                 const Weights& weights, unsigned stride_x = 1,
                                 unsigned stride_y = 1);
Bytes pack_winograd(const HardwareConfig& config, Precision precision, const Weights& transformed);

struct CompressedWeights {
    Bytes stream;       // what is not zero
    Bytes mask;         // a bit per weight
    Bytes group_bytes;  // a word per kernel group
};
// `stream` is the packed form of the weights.
CompressedWeights compress_weights(const HardwareConfig& config, Precision precision,
                                   const Weights& weights, const Bytes& stream);

struct Banks {
    unsigned data = 0;
    unsigned weights = 0;
};
// Whole input cube in CBUF, as many weights as the rest but the reserved banks takes; an error
// where that cannot be.
Result<Banks> split_banks(const HardwareConfig& config, std::size_t data_entries,
                          std::size_t weight_bytes, std::size_t kernel_group_bytes,
                          unsigned reserved = 0);

// A per-kernel operand table: per channel the ALU value, the MUL value, or both in this order; an
// empty vector leaves that component out. Two bytes per value.
Bytes pack_operands(const HardwareConfig& config, Precision precision,
                    const std::vector<std::int16_t>& alu, const std::vector<std::int16_t>& mul);

// Elements of a cube (c, h, w order, 16-bit places) as they lie in memory, and back.
Bytes pack_feature(const HardwareConfig& config, const Shape& shape, Precision precision,
                   const std::vector<std::int16_t>& values);
std::vector<std::int16_t> unpack_feature(const HardwareConfig& config, const Shape& shape,
                                         Precision precision, const Bytes& memory);

}  // namespace dla::runtime
