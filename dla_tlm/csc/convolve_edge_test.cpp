// SPDX-License-Identifier: Apache-2.0
// Corners that random layers do not reach: sizes, line ranges, Winograd against direct convolution,
// compression.
#include <algorithm>
#include <array>
#include <random>

#include "dla_tlm/csc/convolve_test_run.hpp"
#include "dla_tlm/csc/layout.hpp"
#include "dla_tlm/csc/weight_stream.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::csc;

TEST_CASE("lines that fill the cache are taken one by one, or two and then the rest") {
    std::mt19937 random(23);
    for (const unsigned columns : {33u, 13u}) {
        TestLayer layer = whole_cube(Precision::kInt8, 1, 8192, 1);
        layer.op.width = layer.op.out_width = columns;
        layer.op.height = layer.op.out_height = 3;
        layer.data.resize(std::size_t{columns} * 3 * 8192);
        for (auto* numbers : {&layer.data, &layer.weights})
            for (auto& value : *numbers)
                value = static_cast<std::int32_t>(random() % 256) - 128;
        const Run run = run_all(layer);
        for (unsigned i = 0; i < 3 * columns; ++i)
            CHECK(run.sums.value(i, 0) == layer.expected(0, 0, i / columns, i % columns));
        const Run rest = run_fast(layer, {1, 3}, {0, 1});
        for (unsigned i = 0; i < 2 * columns; ++i)
            CHECK(rest.sums.value(i, 0) == run.sums.value(i + columns, 0));
    }
}

TEST_CASE("every count of channels gives the sums of the definition") {
    std::mt19937 random(29);
    for (const cmac::DotKernels* kernels : cmac::available_dot_kernels()) {
        // These keep what earlier layers left in them.
        InputLayer input(*kernels);
        WeightPanel panel;
        cacc::Accumulators sums;
        for (unsigned i = 0; i < 280; ++i) {
            const unsigned channels = 1 + i / 2;
            TestLayer layer =
                whole_cube(i % 2 == 0 ? Precision::kInt8 : Precision::kInt16, 1, channels, 16);
            ConvOp& op = layer.op;
            op.height = op.out_width = op.out_height = 3;
            op.pad_left = op.pad_top = 1;
            op.pad_value = 77;
            if (channels % 4 < 2) op.entry_bytes = 32;
            op.width = 1 + channels % 3;
            layer.data.resize(std::size_t{channels} * 3 * op.width);
            for (auto* numbers : {&layer.data, &layer.weights})
                for (auto& value : *numbers)
                    value = static_cast<std::int32_t>(random() % 256) - 128;
            const auto bytes = layer.slices();
            input.load(op, views(bytes));
            panel.load(op, input, {0, op.kernel_groups()}, layer.stream());
            convolve(op, input, panel, 0, {0, 3}, sums);
            std::size_t wrong = 0;
            for (unsigned pixel = 0; pixel < 9; ++pixel)
                for (unsigned k = 0; k < 16; ++k)
                    if (sums.value(pixel, k) != layer.expected(0, k, pixel / 3, pixel % 3)) ++wrong;
            INFO(channels << " channels, " << kernels->name);
            CHECK(wrong == 0);
        }
    }
}

TEST_CASE("a line of an image takes the entries that hold its elements") {
    for (const Precision precision : {Precision::kInt8, Precision::kInt16}) {
        ConvOp op = whole_cube(precision, 1, 1, 1).op;
        op.mode = ConvMode::kImage;
        for (std::uint64_t elements = 1; elements < 300; ++elements) {
            std::uint64_t entries = 0;
            while (entries * op.entry_bytes < elements * op.element_bytes())
                ++entries;
            CHECK(entries_per_slice(op, elements) == entries);
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
            if (op.batches != 1) continue;
            const unsigned unit = op.lines_per_slice();
            const LineRange lines{op.out_height > unit ? unit : 0, op.out_height};
            const unsigned group = op.kernel_groups() - 1;
            const unsigned first_kernel = group * op.kernel_group;
            const Run part = run_fast(layer, lines, {group, 1});
            const auto bytes = layer.slices();
            const auto stream = layer.stream();
            cacc::Accumulators reference;
            convolve_reference(op, views(bytes), {group, 1},
                               std::span(stream).subspan(first_kernel * op.kernel_elements()), 0,
                               lines, reference);
            for (const auto* sums :
                 std::array<const cacc::Accumulators*, 2>{&part.sums, &reference}) {
                REQUIRE(sums->kernels() == op.kernels - first_kernel);
                REQUIRE(sums->pixels() == (lines.end - lines.first) * op.out_width);
                for (unsigned pixel = 0; pixel < sums->pixels(); ++pixel)
                    for (unsigned k = first_kernel; k < op.kernels; ++k)
                        CHECK(sums->value(pixel, k - first_kernel) ==
                              layer.expected(0, k, lines.first + pixel / op.out_width,
                                             pixel % op.out_width));
            }
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

TEST_CASE("decompression equals one element after the other, wherever mask and elements end") {
    std::mt19937 random(9);
    for (unsigned round = 0; round < 3000; ++round) {
        const unsigned size = 1 + round % 2;
        std::vector<std::byte> mask(random() % 40);
        for (auto& byte : mask)
            byte = static_cast<std::byte>(random() % 4 == 0 ? 0xff : random());
        const std::uint64_t first = random() % 70;
        std::vector<std::byte> stored(random() % 200);
        for (auto& byte : stored)
            byte = static_cast<std::byte>(random());
        const std::size_t elements = random() % 260;
        std::vector<std::byte> expected(elements * size);
        std::size_t used = 0;
        for (std::size_t i = 0; i < elements; ++i) {
            const std::uint64_t bit = first + i;
            if (bit / 8 >= mask.size() ||
                (mask[bit / 8] >> (bit % 8) & std::byte{1}) == std::byte{0})
                continue;
            if (used + size > stored.size()) break;
            std::copy_n(&stored[used], size, &expected[i * size]);
            used += size;
        }
        std::vector<std::byte> plain(elements * size, std::byte{0xee});
        CHECK(decompress(mask, first, stored, plain, size) == used);
        CHECK(plain == expected);
    }
}
