// SPDX-License-Identifier: Apache-2.0
#include "runtime/builder/geometry.hpp"

#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::runtime;

namespace {

HardwareConfig config(const std::string& name) {
    return builtin_config(name).value();
}

// 1, 2, 3, ... in k, c, r, s order.
Weights counted(unsigned k, unsigned c, unsigned r, unsigned s) {
    Weights weights{.k = k, .c = c, .r = r, .s = s};
    for (std::size_t i = 0; i < std::size_t{k} * c * r * s; ++i) {
        weights.values.push_back(static_cast<std::int16_t>(i));
    }
    return weights;
}

// The compilers' CBUF entries and weight sizes against ours, for every convolution of a file.
unsigned compare_entries(const std::string& path, const HardwareConfig& hardware) {
    const auto loadable = read_loadable_file(path);
    REQUIRE(loadable.has_value());
    unsigned compared = 0;
    for (std::size_t i = 0; i < loadable->tasks.size(); ++i) {
        if (loadable->tasks[i].interface != Interface::kDla) continue;
        const auto task = decode_dla_task(*loadable, i);
        for (const Operation& op : task->operations) {
            const auto* conv = std::get_if<Conv>(&op.body);
            if (!conv || conv->conv_mode == 1) continue;
            INFO(path << " operation " << op.common.index);
            const auto precision = static_cast<Precision>(conv->in_precision);
            const bool feature = conv->data_format == kPixelFeature;
            const unsigned width = conv->src.width + conv->pad_x_left + conv->pad_x_right;
            CHECK(conv->entry_per_slice ==
                  (feature
                       ? feature_entries(hardware, conv->src.width, conv->src.channel, precision)
                       : image_entries(hardware, width, conv->src.channel, precision)));
            const std::size_t entry = hardware.cbuf.entry_bytes;
            const std::size_t weights = std::size_t{conv->bytes_per_kernel} * conv->dst.channel;
            if (conv->weight_format == 0) {
                CHECK(conv->weight.size == (weights + entry - 1) / entry * entry);
            }
            ++compared;
        }
    }
    return compared;
}

}  // namespace

TEST_CASE("a feature cube without gaps has the strides of the format's examples") {
    const Shape shape{3, 2, 10};
    const Strides small = packed_feature(config("nv_small"), shape, Precision::kInt8);
    CHECK(small.line == 24);
    CHECK(small.surface == 48);
    CHECK(small.size == 96);
    const Strides full = packed_feature(config("nv_full"), shape, Precision::kInt16);
    CHECK(full.line == 96);
    CHECK(full.surface == 192);
    CHECK(full.size == 192);
}

TEST_CASE("feature elements lie where the format's examples say") {
    const Shape shape{3, 2, 10};
    std::vector<std::int16_t> values(60, 0);
    values[(9 * 2 + 1) * 3 + 2] = 77;  // c 9, h 1, w 2
    const auto small = config("nv_small");
    CHECK(pack_feature(small, shape, Precision::kInt8, values)[89] == 77);
    const auto full = config("nv_full");
    const Bytes memory = pack_feature(full, shape, Precision::kInt16, values);
    CHECK(memory[96 + 64 + 18] == 77);
    CHECK(unpack_feature(full, shape, Precision::kInt16, memory) == values);
}

TEST_CASE("weights are packed by kernel group and channel block") {
    Weights weights = counted(10, 10, 3, 3);
    for (auto& value : weights.values)
        value = 0;
    weights.values[((9 * 10 + 9) * 3 + 0) * 3 + 1] = 55;  // k 9, c 9, r 0, s 1
    const Bytes stream = pack_weights(config("nv_small"), Precision::kInt8, weights);
    CHECK(stream.size() == 904);
    CHECK(stream[871] == 55);
}

TEST_CASE("kernel groups of nv_full are half as large for 16-bit weights") {
    const Weights weights = counted(17, 1, 1, 1);
    const Bytes stream = pack_weights(config("nv_full"), Precision::kInt16, weights);
    CHECK(stream[2 * 16] == 16);  // kernel 16 begins the second group
    CHECK(pack_weights(config("nv_full"), Precision::kInt8, weights)[16] == 16);
}

TEST_CASE("image weights become width-one kernels of s * c channels") {
    const Weights weights = counted(1, 2, 1, 3);  // c 0: 0 1 2, c 1: 3 4 5
    const Weights flat = flatten_rows(weights);
    CHECK(flat.c == 6);
    CHECK(flat.s == 1);
    CHECK(flat.values == std::vector<std::int16_t>{0, 3, 1, 4, 2, 5});
}

TEST_CASE("operand tables interleave ALU and MUL values and fill the last atom") {
    const Bytes table = pack_operands(config("nv_small"), Precision::kInt8, {1, 2}, {3, 4});
    CHECK(table.size() == 8 * 4);
    CHECK(table[0] == 1);
    CHECK(table[2] == 3);
    CHECK(table[4] == 2);
    CHECK(table[6] == 4);
    CHECK(pack_operands(config("nv_full"), Precision::kInt8, {1}, {}).size() == 64);
    CHECK(pack_operands(config("nv_full"), Precision::kFp16, {1}, {}).size() == 32);
}

TEST_CASE("banks hold the whole input and what fits of the weights") {
    const auto small = config("nv_small");  // 32 banks of 4096 bytes
    CHECK(split_banks(small, 513, 4097, 100)->data == 2);
    CHECK(split_banks(small, 513, 4097, 100)->weights == 2);
    CHECK(split_banks(small, 30 * 512, 1 << 20, 100)->weights == 2);
    CHECK(split_banks(small, 32 * 512, 100, 100).error().message ==
          "the convolution needs 32 CBUF banks for its input and 1 for one kernel group, nv_small "
          "has 32");
}

TEST_CASE("CBUF entries and weight sizes agree with those of compiled loadables") {
    unsigned compared = 0;
    for (const std::string& path : files_below("../shared/golden/networks/nv_small", ".nvdla")) {
        compared += compare_entries(path, config("nv_small"));
    }
    for (const std::string& path : files_below("../shared/golden/networks/nv_large", ".nvdla")) {
        compared += compare_entries(path, config("nv_large"));
    }
    for (const std::string& path : files_below("../shared/loadables/compiled", ".nvdla")) {
        compared += compare_entries(path, config("nv_full"));
    }
    WARN(compared << " convolutions compared");
}
