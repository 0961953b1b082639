// SPDX-License-Identifier: Apache-2.0
// Corners that random layers do not reach: saturating accumulators, chunks of several planes,
// compression, Winograd against direct convolution, line ranges.
#include <algorithm>
#include <random>

#include "dla_tlm/csc/conv_test_layer.hpp"
#include "dla_tlm/csc/convolve.hpp"
#include "dla_tlm/csc/convolve_reference.hpp"
#include "dla_tlm/csc/weight_stream.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::csc;

namespace {

struct Run {
    cacc::Accumulators sums;
    SumMode mode;
};

Run run_fast(const TestLayer& layer, LineRange lines, GroupRange groups,
             const cmac::DotKernels& kernels = cmac::best_dot_kernels()) {
    const auto bytes = layer.slices();
    const auto stream = layer.stream();
    const std::size_t size = layer.op.element_bytes();
    const std::size_t group = layer.op.kernel_group * layer.op.kernel_elements() * size;
    InputLayer input(kernels);
    input.load(layer.op, views(bytes));
    WeightPanel panel;
    panel.load(layer.op, input, groups, std::span(stream).subspan(groups.first * group));
    Run run;
    convolve(layer.op, input, panel, 0, lines, run.sums);
    run.mode = panel.mode();
    return run;
}

Run run_all(const TestLayer& layer, const cmac::DotKernels& kernels = cmac::best_dot_kernels()) {
    return run_fast(layer, {0, layer.op.out_height}, {0, layer.op.kernel_groups()}, kernels);
}

cacc::Accumulators run_reference(const TestLayer& layer) {
    const auto bytes = layer.slices();
    const auto stream = layer.stream();
    cacc::Accumulators sums;
    convolve_reference(layer.op, views(bytes), {0, layer.op.kernel_groups()}, stream, 0,
                       {0, layer.op.out_height}, sums);
    return sums;
}

// One output whose kernel covers the whole cube.
TestLayer whole_cube(Precision precision, unsigned side, unsigned channels, unsigned kernels) {
    TestLayer layer;
    ConvOp& op = layer.op;
    const HardwareConfig config = builtin_config("nv_full").value();
    op.precision = precision;
    op.width = op.height = op.kernel_width = op.kernel_height = side;
    op.channels = op.weight_channels = channels;
    op.kernels = op.out_channels = kernels;
    op.channel_block = config.atomic_c;
    op.kernel_group = config.kernels_per_group(precision);
    op.atom_bytes = config.memory_atom_bytes;
    op.entry_bytes = config.cbuf.entry_bytes;
    layer.kernel_columns = side;
    layer.kernel_channels = channels;
    layer.data.resize(std::size_t{side} * side * channels);
    layer.weights.resize(layer.data.size() * kernels);
    return layer;
}

void check_saturation(Precision precision, unsigned side, std::int32_t least, std::int64_t limit) {
    constexpr unsigned kChannels = 1024;
    TestLayer layer = whole_cube(precision, side, kChannels, 3);
    const std::size_t plane = std::size_t{side} * side;
    std::fill(layer.data.begin(), layer.data.end(), least);
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
        const std::size_t kernel = i / (plane * kChannels);
        const std::size_t channel = i / plane % kChannels;
        const bool last_block = channel >= kChannels - 64;
        // Kernel 0 up, kernel 1 down, kernel 2 up and then back in the last channel block.
        const bool up = kernel == 0 || (kernel == 2 && !last_block);
        layer.weights[i] = up ? least : -(least + 1);
    }
    const std::int64_t back =
        std::int64_t{least} * (least + 1) * 64 * static_cast<std::int64_t>(plane);
    for (const cmac::DotKernels* kernels : cmac::available_dot_kernels()) {
        const Run run = run_all(layer, *kernels);
        CHECK(run.mode == SumMode::kSaturating);
        CHECK(run.sums.value(0, 0) == limit - 1);
        CHECK(run.sums.value(0, 1) == -limit);
        CHECK(run.sums.value(0, 2) == limit - 1 - back);
    }
    const cacc::Accumulators reference = run_reference(layer);
    CHECK(reference.value(0, 0) == limit - 1);
    CHECK(reference.value(0, 1) == -limit);
    CHECK(reference.value(0, 2) == limit - 1 - back);
}

}  // namespace

TEST_CASE("int8 sums saturate at 34 bits, both ways and in the order of channel blocks") {
    check_saturation(Precision::kInt8, 32, -128, std::int64_t{1} << 33);
}

TEST_CASE("int16 sums saturate at 48 bits, both ways and in the order of channel blocks") {
    check_saturation(Precision::kInt16, 16, -32768, std::int64_t{1} << 47);
}

TEST_CASE("every line of a layer that might saturate gets its own sums") {
    constexpr unsigned kChannels = 1024;
    TestLayer layer = whole_cube(Precision::kInt8, 32, kChannels, 1);
    layer.op.height = 34;
    layer.op.out_height = 3;
    layer.data.resize(std::size_t{34} * 32 * kChannels);
    std::mt19937 random(7);
    for (auto& value : layer.data)
        value = static_cast<std::int32_t>(random() % 256) - 128;
    std::fill(layer.weights.begin(), layer.weights.end(), -128);
    const Run whole = run_all(layer);
    const Run rest = run_fast(layer, {1, 3}, {0, 1});
    CHECK(whole.mode == SumMode::kSaturating);
    for (unsigned y = 0; y < 3; ++y)
        CHECK(whole.sums.value(y, 0) == layer.expected(0, 0, y, 0));
    for (unsigned y = 1; y < 3; ++y)
        CHECK(rest.sums.value(y - 1, 0) == whole.sums.value(y, 0));
}

TEST_CASE("int16 Winograd layers of many channels and middling numbers add up whole positions") {
    std::mt19937 random(13);
    TestLayer layer = random_layer(random, "nv_full", {ConvMode::kWinograd, Precision::kInt16, {}});
    ConvOp& op = layer.op;
    op.channels = op.weight_channels = layer.kernel_channels = 256;
    op.kernels = op.out_channels = 3;
    op.out_width = op.out_height = 4;
    op.width = op.height = 8;
    op.pra_truncate = 0;
    layer.data.resize(std::size_t{op.channels} * op.height * op.width);
    layer.weights.resize(std::size_t{op.kernels} * op.channels * 16);
    for (auto& value : layer.data)
        value = static_cast<std::int32_t>(random() % 4001) - 2000;
    for (auto& value : layer.weights)
        value = static_cast<std::int32_t>(random() % 401) - 200;
    for (const cmac::DotKernels* kernels : cmac::available_dot_kernels()) {
        const Run run = run_all(layer, *kernels);
        CHECK(run.mode == SumMode::kWide);
        for (unsigned k = 0; k < op.kernels; ++k)
            for (unsigned i = 0; i < 16; ++i)
                CHECK(run.sums.value(i, k) == layer.expected(0, k, i / 4, i % 4));
    }
}

TEST_CASE("sums beyond 32 bits that cannot saturate are added up in chunks") {
    TestLayer layer = whole_cube(Precision::kInt8, 16, 1024, 2);
    std::fill(layer.data.begin(), layer.data.end(), -128);
    std::fill(layer.weights.begin(), layer.weights.end(), -128);
    for (const cmac::DotKernels* kernels : cmac::available_dot_kernels()) {
        const Run run = run_all(layer, *kernels);
        CHECK(run.mode == SumMode::kWide);
        CHECK(run.sums.value(0, 1) == std::int64_t{1} << 32);
    }
}

TEST_CASE("int16 layers take the short way where their numbers allow it") {
    std::mt19937 random(5);
    const auto layer_with = [&](std::int32_t data, std::int32_t weight) {
        TestLayer layer = whole_cube(Precision::kInt16, 3, 200, 20);
        std::uniform_int_distribution<std::int32_t> x(-data, data);
        std::uniform_int_distribution<std::int32_t> w(-weight, weight);
        for (auto& value : layer.data)
            value = x(random);
        for (auto& value : layer.weights)
            value = w(random);
        return layer;
    };
    const struct {
        std::int32_t data, weight;
        SumMode mode;
    } kCases[] = {{300, 300, SumMode::kNarrow},
                  {3000, 3000, SumMode::kWide},  // one plane, few chunks
                  {32767, 32767, SumMode::kWide}};
    for (const auto& test : kCases) {
        const TestLayer layer = layer_with(test.data, test.weight);
        for (const cmac::DotKernels* kernels : cmac::available_dot_kernels()) {
            const Run run = run_all(layer, *kernels);
            CHECK(run.mode == test.mode);
            for (unsigned k = 0; k < 20; ++k)
                CHECK(run.sums.value(0, k) == layer.expected(0, k, 0, 0));
        }
    }
}

TEST_CASE("line ranges and single kernel groups give the same sums as the whole layer") {
    std::mt19937 random(11);
    for (const ConvMode mode : {ConvMode::kFeature, ConvMode::kImage, ConvMode::kWinograd})
        for (int i = 0; i < 20; ++i) {
            TestLayer layer =
                random_layer(random, "nv_full", {mode, Precision::kInt8, Magnitude::kFull});
            const ConvOp& op = layer.op;
            const unsigned unit = op.lines_per_slice();
            const unsigned first = op.out_height > unit ? unit : 0;
            const unsigned group = op.kernel_groups() - 1;
            const Run part = run_fast(layer, {first, op.out_height}, {group, 1});
            for (unsigned y = first; y < op.out_height; ++y)
                for (unsigned x = 0; x < op.out_width; ++x)
                    for (unsigned k = group * op.kernel_group; k < op.kernels; ++k)
                        if (layer.op.batches == 1)
                            CHECK(part.sums.value((y - first) * op.out_width + x,
                                                  k - group * op.kernel_group) ==
                                  layer.expected(0, k, y, x));
        }
}

TEST_CASE("Winograd with exact kernels equals four times the direct 3x3 convolution") {
    std::mt19937 random(3);
    TestLayer layer = random_layer(random, "nv_full",
                                   {ConvMode::kWinograd, Precision::kInt16, Magnitude::kSmall});
    layer.op.pra_truncate = 0;
    const ConvOp& op = layer.op;
    std::uniform_int_distribution<std::int32_t> pick(-9, 9);
    // U = (2 G) g (2 G)': 4 times the transform, without fractions.
    constexpr int kG[4][3] = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};
    std::vector<std::int32_t> small(std::size_t{op.kernels} * op.channels * 9);
    for (auto& w : small)
        w = pick(random);
    for (std::size_t kc = 0; kc < std::size_t{op.kernels} * op.channels; ++kc)
        for (unsigned i = 0; i < 16; ++i) {
            std::int32_t u = 0;
            for (unsigned r = 0; r < 3; ++r)
                for (unsigned s = 0; s < 3; ++s)
                    u += kG[i / 4][r] * kG[i % 4][s] * small[kc * 9 + r * 3 + s];
            layer.weights[kc * 16 + i] = u;
        }
    const Run run = run_all(layer);
    std::size_t wrong = 0;
    for (unsigned y = 0; y < op.out_height; ++y)
        for (unsigned x = 0; x < op.out_width; ++x)
            for (unsigned k = 0; k < op.kernels; ++k) {
                std::int64_t direct = 0;
                for (unsigned c = 0; c < op.channels; ++c)
                    for (unsigned i = 0; i < 9; ++i)
                        direct += std::int64_t{layer.at(0, c, y + i / 3, x + i % 3)} *
                                  small[(std::size_t{k} * op.channels + c) * 9 + i];
                if (run.sums.value(y * op.out_width + x, k) != 4 * direct) ++wrong;
            }
    CHECK(wrong == 0);
}

TEST_CASE("decompression puts stored elements where the mask has ones") {
    // The example of data-formats.md section 7.
    const std::vector<std::byte> mask{std::byte{0x29}};
    const std::vector<std::byte> stored{std::byte{5}, std::byte{7}, std::byte{1}, std::byte{99}};
    std::vector<std::byte> plain(8, std::byte{0xee});
    CHECK(decompress(mask, 0, stored, plain, 1) == 3);
    const unsigned expected[] = {5, 0, 0, 7, 0, 1, 0, 0};
    for (std::size_t i = 0; i < 8; ++i)
        CHECK(std::to_integer<unsigned>(plain[i]) == expected[i]);
}

TEST_CASE("decompression of kernel groups one after the other restores the whole stream") {
    std::mt19937 random(8);
    for (const unsigned size : {1u, 2u}) {
        std::vector<std::byte> plain(size * 2001);
        std::vector<std::byte> mask(256);
        std::vector<std::byte> stored;
        for (std::size_t i = 0; i < 2001; ++i) {
            if (random() % 3 != 0) continue;
            mask[i / 8] |= static_cast<std::byte>(1U << (i % 8));
            for (unsigned b = 0; b < size; ++b) {
                plain[i * size + b] = static_cast<std::byte>(random());
                stored.push_back(plain[i * size + b]);
            }
        }
        std::vector<std::byte> restored(plain.size());
        std::size_t used = 0;
        for (std::size_t first = 0; first < 2001; first += 667)
            used += decompress(mask, first, std::span(stored).subspan(used),
                               std::span(restored).subspan(first * size, 667 * size), size);
        CHECK(used == stored.size());
        CHECK(restored == plain);
    }
}

TEST_CASE("a mask that promises more than is stored yields zeros") {
    const std::vector<std::byte> mask(2, std::byte{0xff});
    const std::vector<std::byte> stored{std::byte{1}, std::byte{2}, std::byte{3}};
    std::vector<std::byte> plain(12, std::byte{0xee});
    CHECK(decompress(mask, 10, stored, plain, 2) == 2);
    CHECK(plain[0] == std::byte{1});
    CHECK(plain[2] == std::byte{0});
    CHECK(plain[11] == std::byte{0});
}
