// SPDX-License-Identifier: Apache-2.0
#include "runtime/show/show.hpp"

#include "runtime/image/dimg.hpp"
#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/loadable/test_files.hpp"
#include "runtime/show/layers.hpp"
#include "runtime/show/npy.hpp"
#include "testing/catch.hpp"

using namespace dla::runtime;

namespace {

constexpr const char* kTiny = "../shared/golden/networks/nv_small/tiny_nv_small_int8_fast-math/";

bool have(const std::string& path) {
    if (std::filesystem::exists(path)) return true;
    WARN("skipped: " << path << " not present");
    return false;
}

}  // namespace

TEST_CASE("CRC-32 is zlib's") {
    const std::string text = "123456789";
    CHECK(crc32({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}) == 0xcbf43926);
}

TEST_CASE("a convolution is named, described and counted") {
    Conv conv;
    conv.kernel_width_csc = conv.kernel_height_csc = 3;
    conv.kernel_channel_csc = 8;
    conv.pad_x_left = 1;
    conv.weight.size = 1152;
    conv.src = {.width = 16, .height = 16, .channel = 8};
    conv.dst = {.type = kOnTheFly, .width = 8, .height = 8, .channel = 16};
    const Operation op{.common = {.type = OpType::kConv}, .body = conv};
    CHECK(layer_name(op, 4) == "conv4");
    CHECK(operation_words(op) ==
          "3x3 stride 1x1 pad 1,0,0,0, 16x16x8 -> 8x8x16 (on the fly), "
          "int8, banks 0+0");
    CHECK(macs(op) == 8 * 8 * 16 * 9 * 8);
    CHECK(traffic(op, 8).read == 16 * 16 * 8 + 1152);
    CHECK(traffic(op, 32).read == 16 * 16 * 32 + 1152);
    CHECK(traffic(op, 8).written == 0);
}

TEST_CASE("a packed cube is what the reference hardware's CRC covers") {
    if (!have(kTiny)) return;
    const auto loadable =
        read_loadable_file(std::string(kTiny) + "tiny_nv_small_int8_fast-math.nvdla");
    REQUIRE(loadable.has_value());
    const auto task = decode_dla_task(*loadable, 0);
    REQUIRE(task.has_value());
    const Operation& last = task->operations.back();
    const Bytes packed =
        packed_cube(*destination(last), 1, 8, file_bytes(std::string(kTiny) + "output.bin"));
    CHECK(crc32(packed) == 0x479709d7);  // out_crc32 of cycles.json
}

TEST_CASE("every public loadable is described and drawn") {
    for (const std::string& path : all_loadables()) {
        INFO(path);
        const auto loadable = read_loadable_file(path);
        REQUIRE(loadable.has_value());
        const std::string text = describe(*loadable, true);
        CHECK(text.find("\ntask 0 on the ") != std::string::npos);
        CHECK(text.find("unknown") == std::string::npos);
        CHECK(dependency_graph(*loadable).ends_with("}\n"));
    }
}

TEST_CASE("a description tells operations and what they wait for") {
    if (!have(kTiny)) return;
    const auto loadable =
        read_loadable_file(std::string(kTiny) + "tiny_nv_small_int8_fast-math.nvdla");
    REQUIRE(loadable.has_value());
    const std::string text = describe(*loadable, false);
    CHECK(text.find("conv0    1x3 image format 12") != std::string::npos);
    CHECK(text.find("after sdp1 enabled") != std::string::npos);
    CHECK(text.find("data                 8x8x4 (w, h, c) int8 A8B8G8R8") != std::string::npos);
}

TEST_CASE("a layer array survives .npy and differences are told") {
    LayerArray array{.precision = kCodeFp16, .c = 2, .h = 1, .w = 2, .data = Bytes(8, 0)};
    array.data[5] = 0x3c;
    const Bytes file = encode_npy(array);
    CHECK((file.size() - 8) % 64 == 0);
    const auto again = decode_npy(file);
    REQUIRE(again.has_value());
    CHECK(array_difference(*again, array) == "");
    LayerArray other = array;
    other.data[7] = 0xbc;
    CHECK(array_difference(other, array) ==
          "1 of 4 elements differ, max error 1, cosine 0.707107, first at channel 1, line 0, "
          "column 1: -1, expected 0");
    CHECK_FALSE(decode_npy(Bytes(file.begin(), file.begin() + 20)).has_value());
}

TEST_CASE("a batch survives .npy with its images") {
    const LayerArray array{
        .precision = kCodeInt8, .n = 3, .c = 2, .h = 1, .w = 2, .data = Bytes(12, 7)};
    const auto again = decode_npy(encode_npy(array));
    REQUIRE(again.has_value());
    CHECK(again->n == 3);
    CHECK(array_difference(*again, array) == "");
    LayerArray other = array;
    other.data[11] = 8;
    CHECK(array_difference(other, array).find("first at image 2, channel 1, line 0, column 1") !=
          std::string::npos);
    other.n = 1;
    other.c = 6;
    CHECK(array_difference(other, array) == "6x1x2 |i1, expected 3x2x1x2 |i1");
    Bytes flat = encode_npy(array);
    std::string header(flat.begin(), flat.end());
    header.replace(header.find("3, 2, 1, 2"), 10, "12,       ");
    CHECK(decode_npy(Bytes(header.begin(), header.end())).error().message ==
          ".npy shape is (12,       ), legal are c, h, w and n, c, h, w");
}
