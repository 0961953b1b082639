// SPDX-License-Identifier: Apache-2.0
// JPEG pictures made by libjpeg: what comes back, and what is refused.
#include <cstdlib>

#include "runtime/image/image.hpp"
#include "testing/catch.hpp"
#include "testing/jpeg_file.hpp"

using namespace dla::runtime;
using dla::blocks;
using dla::colour_blocks;
using dla::encode_jpeg;
using dla::grey_blocks;
using dla::JpegPicture;

namespace {

std::string refusal(const Bytes& file) {
    const auto image = decode_jpeg(file);
    return image ? "" : image.error().message;
}

}  // namespace

TEST_CASE("a grey JPEG picture has one channel and its pixels, whatever its size") {
    for (const auto& [width, height] : {std::pair{24u, 16u}, {8u, 8u}, {1u, 1u}, {29u, 13u}}) {
        const JpegPicture picture = grey_blocks(width, height);
        for (const bool progressive : {false, true}) {
            INFO(width << "x" << height << (progressive ? ", progressive" : ""));
            const auto image = decode_jpeg(encode_jpeg(picture, {.progressive = progressive}));
            REQUIRE(image.has_value());
            CHECK(image->width == width);
            CHECK(image->height == height);
            CHECK(image->channels == 1);
            CHECK(image->pixels == picture.pixels);
        }
    }
}

TEST_CASE("a colour JPEG picture comes as blue, green, red") {
    const JpegPicture picture = colour_blocks(16, 8);
    const Bytes file = encode_jpeg(picture);
    const auto image = decode_jpeg(file);
    REQUIRE(image.has_value());
    CHECK(image->channels == 3);
    for (unsigned x = 0; x < 16; ++x) {
        for (unsigned c = 0; c < 3; ++c)  // the way over luminance rounds
            CHECK(std::abs(image->at(x, 3, c) - picture.at(x, 3, 2 - c)) <= 2);
    }
    const JpegPicture theirs = dla::decoded_by_libjpeg(file);
    for (unsigned x = 0; x < 16; ++x) {
        for (unsigned c = 0; c < 3; ++c)
            CHECK(image->at(x, 5, c) == theirs.at(x, 5, 2 - c));
    }
    const auto progressive = decode_jpeg(encode_jpeg(picture, {.progressive = true}));
    REQUIRE(progressive.has_value());
    CHECK(progressive->pixels == image->pixels);
}

TEST_CASE("a JPEG picture that ends early is refused, wherever it ends") {
    for (const bool progressive : {false, true}) {
        const Bytes file = encode_jpeg(colour_blocks(24, 16), {.progressive = progressive});
        for (std::size_t size = 0; size < file.size(); ++size) {
            INFO(size << " of " << file.size());
            CHECK(refusal({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)})
                      .starts_with("the JPEG picture is damaged: "));
        }
    }
}

TEST_CASE("any byte of a JPEG picture may be wrong: words or a picture, nothing worse") {
    const Bytes file = encode_jpeg(colour_blocks(24, 16), {.progressive = true});
    unsigned refused = 0;
    for (std::size_t at = 0; at < file.size(); ++at) {
        for (const unsigned bit : {0u, 3u, 7u}) {
            Bytes damaged = file;
            damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ (1u << bit));
            if (!refusal(damaged).empty()) ++refused;
        }
    }
    CHECK(refused > file.size());
}

TEST_CASE("bytes too many between the markers of a JPEG picture harm nothing") {
    Bytes file = encode_jpeg(grey_blocks(24, 16));
    file.insert(file.end() - 2, {1, 2, 3});
    CHECK(refusal(file) == "");
    CHECK(decode_jpeg(file)->pixels == grey_blocks(24, 16).pixels);
}

TEST_CASE("a JPEG picture for printers is refused") {
    CHECK(refusal(encode_jpeg(blocks(8, 8, 4))) ==
          "the JPEG picture has 4 colour components, legal are 1 and 3");
}
