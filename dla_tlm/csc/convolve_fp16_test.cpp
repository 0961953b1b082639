// SPDX-License-Identifier: Apache-2.0
// Random fp16 layers: convolve_fp16 against the reference MAC, one operation after the other.
// DLA_CONV_LAYERS=10000 in the environment tries that many layers per mode.
#include "dla_tlm/csc/convolve_fp16.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "dla_tlm/cacc/cacc_fp16.hpp"
#include "dla_tlm/csc/conv_test_layer.hpp"
#include "dla_tlm/csc/winograd_transform.hpp"
#include "testing/catch.hpp"

namespace dla::csc {
namespace {

using Lanes = std::vector<std::uint16_t>;

std::int32_t random_fp16(std::mt19937& random, bool nan) {
    const auto kind = random() % 50;
    auto bits = static_cast<std::uint16_t>(random());
    if (kind < 40) {
        bits = static_cast<std::uint16_t>((bits & 0x83ff) | ((11 + random() % 6) << 10));
    } else if (kind < 44) {
        bits = static_cast<std::uint16_t>(bits & 0x8000);
    } else if (!nan || kind < 49) {
        bits = static_cast<std::uint16_t>((bits & 0x83ff) | ((random() % 31) << 10));
    }
    return static_cast<std::int16_t>(bits);
}

TestLayer fp16_layer(std::mt19937& random, TestShape shape, bool nan) {
    shape.precision = Precision::kInt16;
    shape.magnitude = Magnitude::kFull;
    TestLayer layer = random_layer(random, "nv_full", shape);
    const ConvMode mode = shape.mode;
    layer.op.precision = Precision::kFp16;
    for (std::int32_t& x : layer.data)
        x = random_fp16(random, nan);
    for (std::int32_t& w : layer.weights)
        w = shape.sparse && random() % 3 != 0 ? 0 : random_fp16(random, nan);
    if (mode != ConvMode::kWinograd) layer.op.pad_value = random_fp16(random, false);
    return layer;
}

struct Pixel {
    unsigned batch;
    unsigned kernel;
    unsigned y;
    unsigned x;
};

std::uint16_t input_at(const TestLayer& layer, const Pixel& p, unsigned c, unsigned r, unsigned s) {
    const ConvOp& op = layer.op;
    const long x = long{p.x} * op.stride_x + long{s} * op.dilation_x - op.pad_left;
    const long y = long{p.y} * op.stride_y + long{r} * op.dilation_y - op.pad_top;
    const bool inside = x >= 0 && x < layer.columns() && y >= 0 && y < op.height;
    return static_cast<std::uint16_t>(
        inside ? layer.at(p.batch, c, static_cast<unsigned>(y), static_cast<unsigned>(x))
               : op.pad_value);
}

// Lanes of the MAC operation of one channel block, rows [r, r_end) and column s.
void direct_step(const TestLayer& layer, const Pixel& p, unsigned first, unsigned r, unsigned r_end,
                 unsigned s, cacc::Fp48& sum) {
    const ConvOp& op = layer.op;
    const bool image = op.mode == ConvMode::kImage;
    Lanes data;
    Lanes weights;
    for (unsigned row = r; row < r_end; ++row) {
        for (unsigned c = first; c < std::min(first + 64, op.weight_channels); ++c) {
            const unsigned channel = image ? c % op.channels : c;
            const unsigned column = image ? c / op.channels : s;
            data.push_back(input_at(layer, p, channel, row, column));
            weights.push_back(
                static_cast<std::uint16_t>(layer.weight(p.kernel, channel, row, column)));
        }
    }
    cacc::accumulate(sum, cmac::fp16_mac(data, weights));
}

std::uint32_t expected_direct(const TestLayer& layer, const Pixel& p) {
    const ConvOp& op = layer.op;
    cacc::Fp48 sum;
    for (unsigned first = 0; first < op.weight_channels; first += 64) {
        for (unsigned r = 0; r < op.kernel_height; r += op.row_extension) {
            const unsigned r_end = std::min(r + op.row_extension, op.kernel_height);
            for (unsigned s = 0; s < op.kernel_width; ++s)
                direct_step(layer, p, first, r, r_end, s, sum);
        }
    }
    return cacc::to_fp32(sum);
}

std::uint32_t expected_winograd(const TestLayer& layer, const Pixel& p) {
    cacc::Fp48 sum;
    for (unsigned first = 0; first < layer.op.channels; first += 4) {
        Lanes tile;
        Lanes weights;
        for (unsigned i = 0; i < 16; ++i) {
            for (unsigned c = first; c < first + 4; ++c) {
                tile.push_back(static_cast<std::uint16_t>(
                    layer.at(0, c, p.y / 2 * 2 + i / 4, p.x / 2 * 2 + i % 4)));
                weights.push_back(
                    static_cast<std::uint16_t>(layer.weight(p.kernel, c, i / 4, i % 4)));
            }
        }
        auto* bytes = reinterpret_cast<std::uint8_t*>(tile.data());
        const std::span<std::uint8_t, kWinogradTileBytes> whole(bytes, kWinogradTileBytes);
        winograd_transform(Precision::kFp16, 0, whole, whole);
        const auto terms = cmac::fp16_mac_winograd(std::span<std::uint16_t, 64>(tile),
                                                   std::span<std::uint16_t, 64>(weights));
        cacc::accumulate(sum, terms[p.y % 2 * 2 + p.x % 2]);
    }
    return cacc::to_fp32(sum);
}

// Outputs of one group that differ from the reference, among a sample of them.
unsigned differences(const TestLayer& layer, const Fp16Group& group, LineRange lines,
                     std::span<const std::int32_t> values) {
    const ConvOp& op = layer.op;
    const unsigned lanes = op.lanes_per_surface();
    unsigned count = 0;
    for (std::size_t i = 0; i < values.size(); i += 1 + values.size() / 500) {
        const auto lane = static_cast<unsigned>(i % lanes);
        const auto pixel = static_cast<unsigned>(i / lanes);
        const Pixel place{group.batch, group.group * op.kernel_group + lane,
                          lines.first + pixel / op.out_width, pixel % op.out_width};
        std::uint32_t expected = 0;
        if (lane < op.group_kernels(group.group))
            expected = op.mode == ConvMode::kWinograd ? expected_winograd(layer, place)
                                                      : expected_direct(layer, place);
        if (static_cast<std::uint32_t>(values[i]) != expected) ++count;
    }
    return count;
}

void check_layer(const TestLayer& layer, std::mt19937& random) {
    const ConvOp& op = layer.op;
    const auto bytes = layer.slices();
    const auto stream = fetched_stream(layer);
    InputLayer input;
    input.load(op, views(bytes));
    const auto number = static_cast<unsigned>(random() % op.kernel_groups());
    REQUIRE(stream.size() == op.kernels * op.kernel_elements() * 2);
    const std::size_t first = number * op.kernel_group * op.kernel_elements() * 2;
    const Fp16Group group{number, std::span(stream).subspan(first), op.batches - 1};
    const unsigned unit = op.lines_per_slice();
    const auto start = static_cast<unsigned>(random() % (op.out_height / unit)) * unit;
    const LineRange lines{start, op.out_height};
    const std::size_t size =
        std::size_t{lines.end - lines.first} * op.out_width * op.lanes_per_surface();
    constexpr std::int32_t kUntouched = 0x5a5a5a5a;
    std::vector<std::int32_t> values(2 * size, kUntouched);
    convolve_fp16(op, input, group, lines, std::span(values).first(size));
    INFO(layer.describe());
    CHECK(differences(layer, group, lines, std::span(values).first(size)) == 0);
    CHECK(std::ranges::count(std::span(values).subspan(size), kUntouched) ==
          static_cast<std::ptrdiff_t>(size));
}

// One line of a 1x1 convolution.
TestLayer line_layer(std::mt19937& random, unsigned width) {
    TestLayer layer = fp16_layer(random, {ConvMode::kFeature, {}, {}}, false);
    ConvOp& op = layer.op;
    op.kernel_width = op.kernel_height = layer.kernel_columns = 1;
    op.stride_x = op.stride_y = op.batches = 1;
    op.pad_left = op.pad_top = 0;
    op.width = op.out_width = width;
    op.height = op.out_height = 1;
    layer.data.resize(std::size_t{op.channels} * width);
    for (std::int32_t& x : layer.data)
        x = random_fp16(random, false);
    layer.weights.resize(std::size_t{op.kernels} * op.channels);
    return layer;
}

void check_workers(const TestLayer& layer, unsigned workers) {
    WorkerPool pool(workers);
    const auto bytes = layer.slices();
    const auto stream = layer.stream();
    InputLayer input;
    input.load(layer.op, views(bytes));
    const LineRange lines{0, layer.op.out_height};
    std::vector<std::int32_t> one(std::size_t{layer.op.out_height} * layer.op.out_width * 16);
    std::vector<std::int32_t> several(one.size());
    convolve_fp16(layer.op, input, {0, stream, 0}, lines, one);
    convolve_fp16(layer.op, input, {0, stream, 0}, lines, several, &pool);
    CAPTURE(workers, layer.op.out_width);
    CHECK(one == several);
}

}  // namespace

TEST_CASE("fp16 convolution accumulates in the hardware's order, bit for bit") {
    constexpr unsigned kLayers = 40;
    std::mt19937 random(3);
    std::vector<TestShape> shapes;
    for (const ConvMode mode : {ConvMode::kFeature, ConvMode::kImage, ConvMode::kWinograd})
        for (const bool sparse : {false, true})
            shapes.push_back({.mode = mode, .precision = {}, .magnitude = {}, .sparse = sparse});
    shapes.push_back(
        {.mode = ConvMode::kFeature, .precision = {}, .magnitude = {}, .batched = true});
    for (const TestShape& shape : shapes)
        for (unsigned i = 0; i < layer_count(kLayers); ++i)
            check_layer(fp16_layer(random, shape, i % 4 == 0), random);
}

TEST_CASE(
    "fp16 outputs that just miss or just fill a block are written once, and nothing behind them") {
    std::mt19937 random(5);
    for (const unsigned width : {63u, 64u, 65u})
        check_layer(line_layer(random, width), random);
}

TEST_CASE("a worker pool does not change fp16 results") {
    std::mt19937 random(4);
    for (const unsigned workers : {2u, 3u}) {
        for (const ConvMode mode : {ConvMode::kFeature, ConvMode::kWinograd})
            check_workers(fp16_layer(random, {mode, {}, {}}, false), workers);
        for (const unsigned width : {1u, 2u, 49u, 64u, 129u})
            check_workers(line_layer(random, width), workers);
    }
}

}  // namespace dla::csc
