// SPDX-License-Identifier: Apache-2.0
// Sums that saturate, that need more than 32 bits, and that just do not.
#include <algorithm>
#include <random>

#include "dla_tlm/csc/convolve_test_run.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::csc;

namespace {

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

// Lines computed one after the other into the same sums.
void check_parts(const TestLayer& layer, const cacc::Accumulators& whole) {
    const auto bytes = layer.slices();
    const auto stream = layer.stream();
    InputLayer input;
    input.load(layer.op, views(bytes));
    WeightPanel panel;
    panel.load(layer.op, input, {0, layer.op.kernel_groups()}, stream);
    cacc::Accumulators sums;
    resize_for(layer.op, panel, {0, layer.op.out_height}, sums);
    for (unsigned y = layer.op.out_height; y-- > 0;)
        convolve_into(layer.op, input, panel, 0, {y, y + 1}, {sums, 0});
    for (std::size_t pixel = 0; pixel < whole.pixels(); ++pixel)
        CHECK(sums.value(pixel, 0) == whole.value(pixel, 0));
}

}  // namespace

TEST_CASE("int8 sums saturate at 34 bits, both ways and in the order of channel blocks") {
    check_saturation(Precision::kInt8, 32, -128, std::int64_t{1} << 33);
}

TEST_CASE("int16 sums saturate at 48 bits, both ways and in the order of channel blocks") {
    check_saturation(Precision::kInt16, 16, -32768, std::int64_t{1} << 47);
}

TEST_CASE("a sum of the accumulator's greatest value and one saturates") {
    for (const Precision precision : {Precision::kInt8, Precision::kInt16}) {
        const bool bytes = precision == Precision::kInt8;
        // 2^19 products of 2^14, 2^17 of 2^30.
        TestLayer layer = whole_cube(precision, bytes ? 32 : 8, bytes ? 512 : 2048, 1);
        std::fill(layer.data.begin(), layer.data.end(), bytes ? -128 : -32768);
        std::fill(layer.weights.begin(), layer.weights.end(), bytes ? -128 : -32768);
        const Run run = run_all(layer);
        CHECK(run.mode == SumMode::kSaturating);
        CHECK(run.sums.value(0, 0) == (std::int64_t{1} << (bytes ? 33 : 47)) - 1);
    }
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
    check_parts(layer, whole.sums);
}

TEST_CASE("a layer that might saturate takes strides, dilation, padding and batches as any other") {
    TestLayer layer = whole_cube(Precision::kInt16, 8, 2048 + 40, 3);
    ConvOp& op = layer.op;
    op.stride_x = 3;
    op.stride_y = 2;
    op.dilation_x = op.dilation_y = 2;
    op.pad_left = op.pad_top = 1;
    op.pad_value = -32768;
    op.out_width = op.out_height = 2;
    op.width = 17;
    op.height = 16;
    op.batches = 2;
    op.kernel_group = 2;
    op.channel_block = 32;
    layer.data.resize(std::size_t{2} * op.channels * op.width * op.height);
    std::mt19937 random(17);
    for (auto& value : layer.data)
        value = random() % 256 == 0 ? 32767 : -32768;
    // Kernel 2 goes beyond 48 bits, the others stay within.
    for (std::size_t i = 0; i < layer.weights.size(); ++i)
        layer.weights[i] = 3 * i < 2 * layer.weights.size() && random() % 3 == 0 ? 32767 : -32768;
    const auto bytes = layer.slices();
    const auto stream = layer.stream();
    for (const cmac::DotKernels* kernels : cmac::available_dot_kernels()) {
        InputLayer input(*kernels);
        input.load(op, views(bytes));
        WeightPanel panel;
        cacc::Accumulators sums;
        for (const GroupRange groups : {GroupRange{0, 2}, GroupRange{1, 1}}) {
            const std::size_t first = groups.first * op.kernel_group;
            const auto rest = std::span(stream).subspan(first * op.kernel_elements() * 2);
            panel.load(op, input, groups, rest);
            convolve(op, input, panel, 1, {0, 2}, sums);
            REQUIRE(panel.mode() == SumMode::kSaturating);
            cacc::Accumulators reference;
            convolve_reference(op, views(bytes), groups, rest, 1, {0, 2}, reference);
            for (unsigned pixel = 0; pixel < 4; ++pixel)
                for (std::size_t k = first; k < op.kernels; ++k) {
                    CHECK(sums.value(pixel, k - first) == reference.value(pixel, k - first));
                    if (k < 2)
                        CHECK(sums.value(pixel, k - first) ==
                              layer.expected(1, static_cast<unsigned>(k), pixel / 2, pixel % 2));
                }
        }
    }
}

TEST_CASE("a last block of few channels that might saturate ends at the last channel") {
    TestLayer layer = whole_cube(Precision::kInt8, 32, 520, 1);
    std::mt19937 random(19);
    for (auto& value : layer.data)
        value = static_cast<std::int32_t>(random() % 256) - 128;
    for (auto& value : layer.weights)
        value = random() % 2 == 0 ? 127 : -128;
    for (const cmac::DotKernels* kernels : cmac::available_dot_kernels()) {
        const Run run = run_all(layer, *kernels);
        CHECK(run.mode == SumMode::kSaturating);
        CHECK(run.sums.value(0, 0) == layer.expected(0, 0, 0, 0));
    }
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

TEST_CASE("int16 sums of one sign are exact wherever their chunks end") {
    std::mt19937 random(31);
    const auto pick = [&](unsigned count) { return static_cast<unsigned>(random() % count); };
    // 32640 = 256 * 128 - 128: both halves as great as they come.
    const auto magnitude = [&] {
        const std::int32_t great[] = {32767, 32640, 32640, 16384};
        return pick(2) == 0 ? great[pick(4)] : std::int32_t{1} << pick(15);
    };
    for (unsigned round = 0; round < 300; ++round) {
        const unsigned side = 1 + pick(4);
        const unsigned channels = 1 + pick(pick(3) == 0 ? 600 : 130);
        const unsigned kernels = 1 + pick(4);
        TestLayer layer = whole_cube(Precision::kInt16, side, channels, kernels);
        const std::int32_t sign = round % 2 == 0 ? 1 : -1;
        std::fill(layer.data.begin(), layer.data.end(), pick(2) == 0 ? -32768 : -magnitude());
        // A segment of a kernel: 64 channels at one place.
        const unsigned blocks = (channels + 63) / 64;
        std::vector<std::int32_t> segments(std::size_t{kernels} * blocks * side * side);
        const std::int32_t usual = magnitude();
        for (auto& weight : segments)
            weight = sign * (pick(8) == 0 ? magnitude() : usual);
        for (std::size_t i = 0; i < layer.weights.size(); ++i) {
            const std::size_t place = i % (side * side);
            const std::size_t channel = i / (side * side) % channels;
            const std::size_t kernel = i / (side * side) / channels;
            layer.weights[i] = segments[(kernel * blocks + channel / 64) * side * side + place];
        }
        for (const cmac::DotKernels* dot : cmac::available_dot_kernels()) {
            const Run run = run_all(layer, *dot);
            for (unsigned k = 0; k < kernels; ++k)
                CHECK(run.sums.value(0, k) == layer.expected(0, k, 0, 0));
        }
    }
}

TEST_CASE("int16 images whose rows just fit 32 bits are added up row by row") {
    TestLayer layer = whole_cube(Precision::kInt16, 32, 4, 1);
    ConvOp& op = layer.op;
    op.mode = ConvMode::kImage;
    op.kernel_width = 1;
    op.weight_channels = 32 * op.channels;
    layer.line_pixels = op.width;
    std::fill(layer.data.begin(), layer.data.end(), 4000);
    std::fill(layer.weights.begin(), layer.weights.end(), 3770);
    for (const cmac::DotKernels* kernels : cmac::available_dot_kernels())
        CHECK(run_all(layer, *kernels).sums.value(0, 0) == std::int64_t{4000} * 3770 * 128 * 32);
}

TEST_CASE("one great number among small ones makes int16 sums wide") {
    // 8191 * 7 * 2^15 fits 32 bits, with one number of 15 bits more it does not.
    for (const unsigned place : {0u, 8191u})
        for (const std::int32_t great : {32767, -32768}) {
            TestLayer layer = whole_cube(Precision::kInt16, 1, 8192, 1);
            std::fill(layer.data.begin(), layer.data.end(), great < 0 ? -7 : 7);
            std::fill(layer.weights.begin(), layer.weights.end(), -32768);
            layer.data[place] = great;
            CHECK(run_all(layer).sums.value(0, 0) == layer.expected(0, 0, 0, 0));
        }
}
