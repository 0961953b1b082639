// SPDX-License-Identifier: Apache-2.0
#include "runtime/image/image.hpp"

#include <filesystem>

#include "runtime/image/half.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"

using namespace dla::runtime;

namespace {

Bytes text(const std::string& string) {
    return {string.begin(), string.end()};
}

}  // namespace

TEST_CASE("fp16 of the CPU side rounds ties away from zero") {
    CHECK(float_to_half(2049.0f) == float_to_half(2050.0f));
    CHECK(float_to_half(-2049.0f) == float_to_half(-2050.0f));
    CHECK(float_to_half(1.0f) == 0x3c00);
    CHECK(float_to_half(65504.0f) == 0x7bff);
    CHECK(float_to_half(65520.0f) == 0x7c00);
    CHECK(float_to_half(0.0f) == 0);
    CHECK(float_to_half(-0.0f) == 0x8000);
    CHECK(float_to_half(std::ldexp(1.0f, -24)) == 1);
    CHECK(float_to_half(std::ldexp(1.0f, -25)) == 1);
    CHECK(float_to_half(std::ldexp(0.99f, -25)) == 0);
}

TEST_CASE("every fp16 number survives the way to float and back") {
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        if ((half & 0x7c00) == 0x7c00 && (half & 0x3ff) != 0) continue;
        REQUIRE(float_to_half(half_to_float(half)) == half);
    }
}

TEST_CASE("a PGM picture is read with comments in its header") {
    const auto image = decode_pgm(text("P5 # grey\n2 # width\n3\n255\nabcdef"));
    REQUIRE(image.has_value());
    CHECK(image->width == 2);
    CHECK(image->height == 3);
    CHECK(image->at(1, 2, 0) == 'f');
    CHECK(decode_pgm(encode_pgm(*image))->pixels == image->pixels);
}

TEST_CASE("a damaged PGM picture is refused in words") {
    CHECK(decode_pgm(text("P6 1 1 255 a")).error().message ==
          "not a binary PGM picture: it does not begin with P5");
    CHECK(decode_pgm(text("P5 2 2 255 abc")).error().message ==
          "the PGM picture has 3 bytes of pixels, 2x2 needs 4");
    CHECK(decode_pgm(text("P5 2 2 65535 abc")).error().message ==
          "the PGM picture has maximum value 65535, legal is 255");
    CHECK(decode_pgm(text("P5 99999999999 2 255 abc"))
              .error()
              .message.starts_with("the PGM picture is "));
}

TEST_CASE("a damaged JPEG picture is refused in words") {
    CHECK(decode_jpeg(text("no picture"))
              .error()
              .message.starts_with("the JPEG picture is damaged: "));
    CHECK_FALSE(decode_jpeg({}).has_value());
}

TEST_CASE("fp16 tensors hold pixels less the mean, divided") {
    const Image image{.width = 1, .height = 1, .channels = 1, .pixels = {101}};
    Tensor tensor{.name = "data", .data_type = DataType::kHalf, .pixel_format = kPixelFeature};
    tensor.stride = {2, 32, 32};
    Bytes buffer(32, 0);
    REQUIRE(fill_tensor(image, tensor, {.normalize = 2, .mean = {1}}, buffer).has_value());
    CHECK((buffer[0] | buffer[1] << 8) == float_to_half(50.0f));
}

TEST_CASE("an image of another size is refused in words") {
    const Image image{.width = 2, .height = 1, .channels = 1, .pixels = {1, 2}};
    Tensor tensor{.name = "data", .data_type = DataType::kInt8, .pixel_format = kPixelA8B8G8R8};
    Bytes buffer(32, 0);
    CHECK(fill_tensor(image, tensor, {}, buffer).error().message ==
          "the image is 2x1, input tensor 'data' takes 1x1");
}

TEST_CASE("input buffers equal those bound on the reference hardware") {
    unsigned compared = 0;
    for (const std::string& path : files_below("../shared/golden/networks", "input.bin")) {
        const auto folder = std::filesystem::path(path).parent_path();
        INFO(folder.string());
        const auto loadables = files_below(folder.string(), ".nvdla");
        REQUIRE(loadables.size() == 1);
        const auto loadable = read_loadable_file(loadables[0]);
        REQUIRE(loadable.has_value());
        const auto grey = folder / "image.pgm";
        const auto image =
            read_image((std::filesystem::exists(grey) ? grey : folder / "image.jpg").string());
        REQUIRE(image.has_value());
        const std::size_t memory = bindable_memories(*loadable, kMemoryInput)[0];
        Bytes buffer(loadable->memories[memory].size, 0);
        const Tensor& tensor = loadable->tensors[loadable->memories[memory].tensor_desc_id];
        REQUIRE(fill_tensor(*image, tensor, {}, buffer).has_value());
        CHECK(buffer == file_bytes(path));
        ++compared;
    }
    WARN(compared << " input buffers compared");
}
