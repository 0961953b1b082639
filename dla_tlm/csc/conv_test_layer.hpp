// SPDX-License-Identifier: Apache-2.0
// Random legal convolution layers for tests: logical tensors, the bytes that CBUF would hold, and
// the result straight from the mathematical definition (spec: conv-pipeline.md section 1), all
// written without the layout functions under test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "dla_tlm/csc/conv_op.hpp"
#include "dla_tlm/csc/input_layer.hpp"

namespace dla::csc {

struct TestLayer {
    ConvOp op;
    unsigned kernel_columns = 1;        // image: S; else kernel_width
    unsigned kernel_channels = 1;       // channels of the logical kernel
    unsigned line_pixels = 0;           // image: pixels of a CBUF line, padding included
    std::vector<std::int32_t> data;     // [n][c][y][x]; image: [c][y][x] with x padded
    std::vector<std::int32_t> weights;  // [k][c][r][s]

    std::int32_t& at(unsigned n, unsigned c, unsigned y, unsigned x) {
        return data[((std::size_t{n} * op.channels + c) * op.height + y) * columns() + x];
    }
    std::int32_t at(unsigned n, unsigned c, unsigned y, unsigned x) const {
        return data[((std::size_t{n} * op.channels + c) * op.height + y) * columns() + x];
    }
    std::int32_t weight(unsigned k, unsigned c, unsigned r, unsigned s) const {
        return weights[((std::size_t{k} * kernel_channels + c) * op.kernel_height + r) *
                           kernel_columns +
                       s];
    }
    unsigned columns() const { return op.mode == ConvMode::kImage ? line_pixels : op.width; }

    std::vector<std::vector<std::byte>> slices() const;  // in the order of InputLayer::load
    std::vector<std::byte> stream() const;               // all groups, uncompressed
    // Exact sum, no saturation. Winograd: from the matrices, with op.pra_truncate.
    std::int64_t expected(unsigned n, unsigned k, unsigned oy, unsigned ox) const;

    std::string describe() const;

  private:
    std::int64_t expected_direct(unsigned n, unsigned k, unsigned oy, unsigned ox) const;
    std::int64_t expected_winograd(unsigned k, unsigned oy, unsigned ox) const;
};

// How large the numbers of a layer are.
enum class Magnitude { kSmall, kFull, kExtreme };

struct TestShape {
    ConvMode mode;
    Precision precision;
    Magnitude magnitude;
    bool batched = false;  // several batch items for sure
    bool sparse = false;   // two of three weights are zero
};

// A layer's weights as memory holds them compressed (WMB, weights, WGS).
struct CompressedWeights {
    std::vector<std::byte> mask;
    std::vector<std::byte> stored;
    std::vector<std::uint32_t> group_bytes;
};
CompressedWeights compress(const TestLayer& layer);

// Sizes, strides, padding and numbers at random; legal for the named built-in configuration.
TestLayer random_layer(std::mt19937& random, const std::string& config, const TestShape& shape);
void fill_random(std::mt19937& random, Magnitude magnitude, TestLayer& layer);

// Weights of the whole layer as CSC reads them: compressed ones through CBUF's weight and mask
// banks, group by group.
std::vector<std::byte> fetched_stream(const TestLayer& layer);

// How many random layers a test tries: DLA_CONV_LAYERS in the environment, else `usual`.
unsigned layer_count(unsigned usual);

std::vector<Slice> views(const std::vector<std::vector<std::byte>>& slices);

}  // namespace dla::csc
