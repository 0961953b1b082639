// SPDX-License-Identifier: Apache-2.0
// Weights of kernel groups in CBUF, plain and compressed, over layers that release, keep and reuse
// them: against the plain stream, with groups that do not end at a byte of the mask.
#include "dla_tlm/csc/weight_reader.hpp"

#include <algorithm>
#include <random>

#include "dla_tlm/csc/conv_test_layer.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::csc;

namespace {

using Bytes = std::vector<std::byte>;

constexpr std::size_t kMost = 99;

void put(cbuf::StreamRegion& region, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto room = std::as_writable_bytes(region.room(bytes.size()));
        REQUIRE_FALSE(room.empty());
        std::ranges::copy(bytes.first(room.size()), room.begin());
        region.append(room.size());
        bytes = bytes.subspan(room.size());
    }
}

std::size_t whole_entries(std::size_t bytes) {
    return (bytes + 127) / 128 * 128;
}

// One layer of three kernel groups, the last one smaller, and its weights as memory holds them.
struct Layer {
    TestLayer test;
    Bytes plain;
    Bytes stored;
    Bytes masks;
    std::vector<std::uint32_t> group_bytes;

    Layer(std::mt19937& random, Precision precision, bool compressed)
        : Layer(random, precision, compressed, 11, 5 + 2 * static_cast<unsigned>(random() % 8)) {}

    Layer(std::mt19937& random, Precision precision, bool compressed, unsigned kernels,
          unsigned channels) {
        ConvOp& op = test.op;
        op.precision = precision;
        op.kernels = op.out_channels = kernels;
        op.kernel_group = kernels / 3 + 1;
        op.kernel_width = test.kernel_columns = 3;
        op.channels = op.weight_channels = test.kernel_channels = channels;
        op.channel_block = 64;
        op.compressed = compressed;
        test.weights.resize(op.kernels * op.kernel_elements());
        for (auto& weight : test.weights)
            weight = random() % 3 == 0 ? 0 : static_cast<std::int32_t>(random() % 250) - 125;
        plain = test.stream();
        stored = plain;
        if (!compressed) return;
        CompressedWeights weights = compress(test);
        stored = std::move(weights.stored);
        masks = std::move(weights.mask);
        group_bytes = std::move(weights.group_bytes);
    }

    std::size_t elements(unsigned groups) const {
        return std::min(groups * test.op.kernel_group, test.op.kernels) * test.op.kernel_elements();
    }
    std::size_t stored_bytes(unsigned groups) const {
        if (!test.op.compressed) return elements(groups) * test.op.element_bytes();
        std::size_t bytes = 0;
        for (unsigned group = 0; group < groups; ++group)
            bytes += group_bytes[group];
        return bytes;
    }
    std::size_t mask_bytes(unsigned groups) const {
        return test.op.compressed ? (elements(groups) + 7) / 8 : 0;
    }
    Bytes expected(unsigned first, unsigned count) const {
        const std::size_t size = test.op.element_bytes();
        const auto at = [&](unsigned groups) {
            return plain.begin() + static_cast<std::ptrdiff_t>(elements(groups) * size);
        };
        return {at(first), at(first + count)};
    }
};

struct Bench {
    cbuf::Cbuf cbuf{builtin_config("nv_full").value().cbuf};
    WeightReader reader{cbuf};

    Bench() { new_layout(); }
    void new_layout() { cbuf.set_layout({.data_banks = 1, .weight_banks = 1}); }

    // As CDMA leaves it: whole entries, the last one filled up with what nobody may read.
    void fetch(const Layer& layer) {
        for (auto [region, bytes] :
             {std::pair{&cbuf.weights(), layer.stored}, std::pair{&cbuf.masks(), layer.masks}}) {
            bytes.resize(whole_entries(bytes.size()), std::byte{0xee});
            put(*region, bytes);
        }
    }
    Bytes read(unsigned first, unsigned count) {
        const auto bytes = reader.read({first, count});
        return {bytes.begin(), bytes.end()};
    }

    // Reads and releases all groups; what is in CBUF afterwards must be gone or kept.
    void run(const Layer& layer) {
        const ConvOp& op = layer.test.op;
        reader.begin_layer(op, layer.group_bytes);
        const std::size_t weights = cbuf.weights().available();
        const std::size_t masks = cbuf.masks().available();
        REQUIRE(reader.present(0, kMost) == 3);
        CHECK(reader.present(1, 1) == 1);
        CHECK(reader.present(2, kMost) == 1);
        CHECK(read(0, 3) == layer.expected(0, 3));
        for (unsigned group = 0; group < 3; ++group) {
            CHECK(read(group, 1) == layer.expected(group, 1));
            CHECK(read(group, 3 - group) == layer.expected(group, 3 - group));
            reader.release(group);
            if (op.skip_weight_release) continue;
            CHECK(cbuf.weights().available() == weights - layer.stored_bytes(group + 1));
            CHECK(cbuf.masks().available() ==
                  masks - (op.compressed ? layer.elements(group + 1) / 8 : 0));
            CHECK(reader.present(group + 1, kMost) == 2 - group);
        }
        reader.end_layer();
        const bool kept = op.skip_weight_release;
        CHECK(cbuf.weights().available() ==
              weights - (kept ? 0 : whole_entries(layer.stored.size())));
        CHECK(cbuf.masks().available() == masks - (kept ? 0 : whole_entries(layer.masks.size())));
    }
};

}  // namespace

TEST_CASE("a kernel group is present once its last weight and mask bit are in CBUF") {
    std::mt19937 random(1);
    for (const bool compressed : {false, true}) {
        const Layer layer(random, Precision::kInt8, compressed);
        const auto groups_within = [](std::size_t bytes, const auto& needed) {
            unsigned groups = 0;
            while (groups < 3 && needed(groups + 1) <= bytes)
                ++groups;
            return groups;
        };
        Bench bench;
        put(bench.cbuf.masks(), layer.masks);
        bench.reader.begin_layer(layer.test.op, layer.group_bytes);
        for (std::size_t bytes = 0; bytes < layer.stored.size();) {
            put(bench.cbuf.weights(), std::span(layer.stored).subspan(bytes, 1));
            const unsigned groups =
                groups_within(++bytes, [&](unsigned n) { return layer.stored_bytes(n); });
            CHECK(bench.reader.present(0, kMost) == groups);
            CHECK(bench.reader.present(0, 1) == std::min(groups, 1U));
        }
        if (!compressed) continue;
        Bench masks_last;
        put(masks_last.cbuf.weights(), layer.stored);
        masks_last.reader.begin_layer(layer.test.op, layer.group_bytes);
        for (std::size_t bytes = 0; bytes < layer.masks.size();) {
            put(masks_last.cbuf.masks(), std::span(layer.masks).subspan(bytes, 1));
            CHECK(masks_last.reader.present(0, kMost) ==
                  groups_within(++bytes, [&](unsigned n) { return layer.mask_bytes(n); }));
        }
    }
}

TEST_CASE("layers in a row find their own weights, whether those before released or kept theirs") {
    std::mt19937 random(2);
    for (const Precision precision : {Precision::kInt8, Precision::kInt16})
        for (unsigned round = 0; round < 20; ++round) {
            Bench bench;
            for (unsigned step = 0; step < 12; ++step) {
                Layer layer(random, precision, random() % 2 == 0);
                Layer next(random, precision, random() % 2 == 0);
                bench.fetch(layer);
                // Kept by one layer, used again by some, then released or left for the next one.
                const auto uses = static_cast<unsigned>(random() % 3);
                layer.test.op.skip_weight_release = uses != 0;
                bench.run(layer);
                for (unsigned use = 1; use <= uses; ++use) {
                    layer.test.op.weight_reuse = true;
                    layer.test.op.skip_weight_release = use != uses || random() % 2 == 0;
                    if (use == uses) bench.fetch(next);
                    bench.run(layer);
                }
                if (uses != 0) bench.run(next);
                CHECK(bench.cbuf.weights().available() == 0);
                CHECK(bench.cbuf.masks().available() == 0);
            }
        }
}

TEST_CASE("weights and masks that fill entries take those, one byte more takes another") {
    std::mt19937 random(4);
    const auto check = [&](bool compressed, unsigned kernels, unsigned channels,
                           std::size_t bytes) {
        const Layer layer(random, Precision::kInt8, compressed, kernels, channels);
        REQUIRE((compressed ? layer.masks : layer.stored).size() == bytes);
        const Layer next(random, Precision::kInt8, true);
        Bench bench;
        bench.fetch(layer);
        bench.fetch(next);
        bench.run(layer);
        bench.run(next);
    };
    check(false, 32, 4, 3 * 128);
    check(false, 43, 1, 129);
    check(true, 32, 32, 3 * 128);
    check(true, 38, 9, 129);
}

TEST_CASE("weights kept over a new layout or a reset are forgotten") {
    std::mt19937 random(3);
    for (const bool by_reset : {false, true}) {
        Layer kept(random, Precision::kInt8, true);
        kept.test.op.skip_weight_release = true;
        const Layer next(random, Precision::kInt8, true);
        Bench bench;
        bench.fetch(kept);
        bench.run(kept);
        bench.new_layout();
        by_reset ? bench.reader.reset() : bench.reader.forget_kept();
        bench.fetch(next);
        bench.run(next);
        CHECK(bench.cbuf.weights().available() == 0);
        CHECK(bench.cbuf.masks().available() == 0);
    }
}
