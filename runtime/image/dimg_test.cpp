// SPDX-License-Identifier: Apache-2.0
#include "runtime/image/dimg.hpp"

#include <filesystem>

#include "runtime/image/half.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"

using namespace dla::runtime;

namespace {

Tensor feature(DataType type, std::uint8_t pixel_format, int w, int h, int c, unsigned line,
               unsigned surface) {
    Tensor tensor{.name = "out", .data_type = type, .pixel_format = pixel_format};
    tensor.w = w;
    tensor.h = h;
    tensor.c = c;
    tensor.stride = {1, line, surface};
    return tensor;
}

Bytes counting(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(i);
    return bytes;
}

}  // namespace

TEST_CASE("int8 features are packed from atoms of 32 and of 8 channels") {
    const Bytes buffer = counting(128);
    const auto x32 = make_dimg(feature(DataType::kInt8, kPixelFeature, 2, 1, 33, 64, 64), buffer);
    REQUIRE(x32.has_value());
    CHECK(x32->format == 40);
    CHECK(x32->payload[0] == 0);
    CHECK(x32->payload[1] == 32);       // x 1
    CHECK(x32->payload[2] == 1);        // c 1
    CHECK(x32->payload[2 * 32] == 64);  // c 32: second surface
    const auto x8 = make_dimg(feature(DataType::kInt8, kPixelFeatureX8, 2, 2, 9, 16, 32), buffer);
    REQUIRE(x8.has_value());
    CHECK(x8->format == 41);
    CHECK(x8->payload[1] == 8);
    CHECK(x8->payload[2] == 16);
    CHECK(x8->payload[4 * 8] == 32);
}

TEST_CASE("stable packing maps 32768 to 0 and NaN to 31744, and keeps negative zero") {
    Bytes buffer(32, 0);
    const std::uint16_t values[] = {0x7800, 0x7e01, 0x8000, 0x3c00};
    for (unsigned i = 0; i < 4; ++i) {
        buffer[2 * i] = static_cast<std::uint8_t>(values[i]);
        buffer[2 * i + 1] = static_cast<std::uint8_t>(values[i] >> 8);
    }
    const auto dimg = make_dimg(feature(DataType::kHalf, kPixelFeature, 1, 1, 4, 32, 32), buffer);
    REQUIRE(dimg.has_value());
    CHECK(dimg->format == 43);
    CHECK(dimg->payload == Bytes{0x00, 0x00, 0xc0, 0x77, 0x00, 0x80, 0x00, 0x3c});
    CHECK(raw_dump(*dimg) == "0 31744 -0 1 ");
}

TEST_CASE("a DIMG file is written and read back") {
    const Bytes buffer = counting(64);
    const auto dimg = make_dimg(feature(DataType::kInt8, kPixelFeature, 2, 1, 5, 64, 64), buffer);
    REQUIRE(dimg.has_value());
    const Bytes file = encode_dimg(*dimg);
    CHECK(file.size() == 36 + 10);
    const auto again = decode_dimg(file);
    REQUIRE(again.has_value());
    CHECK(again->line_stride == 64);
    CHECK(dimg_difference(*again, *dimg) == "");
}

TEST_CASE("a difference is told by channel, line and column") {
    const Bytes buffer = counting(64);
    const auto dimg = make_dimg(feature(DataType::kInt8, kPixelFeature, 2, 1, 5, 64, 64), buffer);
    Dimg other = *dimg;
    other.payload[5] = 99;
    CHECK(dimg_difference(*dimg, other) ==
          "1 of 10 bytes differ, first at channel 2, line 0, column 1: 0x22, expected 0x63");
}

TEST_CASE("a buffer too short for its tensor is refused in words") {
    const Bytes buffer = counting(63);
    const auto dimg = make_dimg(feature(DataType::kInt8, kPixelFeature, 2, 1, 32, 64, 64), buffer);
    REQUIRE_FALSE(dimg.has_value());
    CHECK(dimg.error().message ==
          "tensor 'out': 2x1x32 elements with line stride 64 and surface "
          "stride 64 end at byte 64, the buffer has 63");
}

TEST_CASE("output buffers of the reference hardware give the published files byte for byte") {
    unsigned compared = 0;
    for (const std::string& path : files_below("../shared/golden/networks", "output.dimg")) {
        const auto folder = std::filesystem::path(path).parent_path();
        INFO(folder.string());
        const auto loadable = read_loadable_file(files_below(folder.string(), ".nvdla").at(0));
        REQUIRE(loadable.has_value());
        const std::size_t memory = bindable_memories(*loadable, kMemoryOutput)[0];
        const Tensor& tensor = loadable->tensors[loadable->memories[memory].tensor_desc_id];
        const auto dimg = make_dimg(tensor, file_bytes((folder / "output.bin").string()));
        REQUIRE(dimg.has_value());
        CHECK(encode_dimg(*dimg) == file_bytes(path));
        ++compared;
    }
    WARN(compared << " output files compared");
}

TEST_CASE("the old nv_small goldens are the 32-channel formula over atoms of 8") {
    const auto path = "../shared/loadables/kmd/PDP_L0_0_small/PDP_L0_0_small_fbuf";
    if (!std::filesystem::exists(path)) {
        WARN("skipped: " << path << " not present");
        return;
    }
    // The pooling of this test is the identity, so its source is what the output holds.
    const auto loadable = read_loadable_file(path);
    REQUIRE(loadable.has_value());
    const auto dimg =
        make_dimg(loadable->tensors[0], initial_contents(*loadable, 4), Packing::kAsAtomsOf32);
    REQUIRE(dimg.has_value());
    const auto golden =
        decode_dimg(file_bytes("../shared/loadables/kmd/PDP_L0_0_small/o_000000.dimg"));
    REQUIRE(golden.has_value());
    CHECK(dimg_difference(*dimg, *golden) == "");
}
