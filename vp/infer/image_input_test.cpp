// SPDX-License-Identifier: Apache-2.0
// Pictures from the command line into a network and through it, bytes made by libjpeg itself.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "runtime/image/half.hpp"
#include "runtime/loadable/file_bytes.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"
#include "testing/jpeg_file.hpp"
#include "vp/infer/host_platform.hpp"
#include "vp/infer/network_input.hpp"
#include "vp/infer/own_process.hpp"

using namespace dla;
using namespace dla::vp;
using runtime::Bytes;

namespace {

namespace fs = std::filesystem;

class Folder {
  public:
    Folder() : path_(fs::temp_directory_path() / fmt::format("image-input-{}", getpid())) {
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    std::string file(const std::string& name, const Bytes& bytes) const {
        const std::string path = (path_ / name).string();
        REQUIRE(runtime::write_file(path, bytes));
        return path;
    }

  private:
    fs::path path_;
};

// As after `dla-vp infer`.
NetworkInput parsed(const std::string& arguments) {
    CLI::App app;
    NetworkInput input;
    add_input_options(app, input);
    app.parse(arguments);
    return input;
}

// The bytes of the network's result, or what is wrong; in a process of its own.
std::string result_of(const std::string& network, const NetworkInput& input) {
    return in_own_process([&] {
        TimingMode timing;
        timing.enabled = false;
        HostPlatform platform(*builtin_config("nv_full"), timing);
        runtime::Runtime runtime(platform);
        runtime::Session session(runtime);
        auto done =
            session.load(runtime::file_bytes(fmt::format("loadables/{0}/{0}.nvdla", network)));
        if (done) done = set_input(input, session);
        if (done) done = session.run();
        if (!done) return done.error().message;
        const Bytes payload = session.output(0)->payload;
        return "result: " + std::string(payload.begin(), payload.end());
    });
}

// Input memory of a 24x16 picture of four fp16 channels, from the formula alone. Colours: blue,
// green, red.
Bytes fp16_input(const JpegPicture& picture, int normalize, const std::vector<float>& mean) {
    Bytes bytes;
    for (unsigned y = 0; y < picture.height; ++y) {
        for (unsigned x = 0; x < picture.width; ++x) {
            for (unsigned c = 0; c < 4; ++c) {
                const bool there = c < picture.channels;
                const unsigned from = picture.channels == 3 ? 2 - c : c;
                const float less = c < mean.size() ? mean[c] : 0.0f;
                const float value = there ? (static_cast<float>(picture.at(x, y, from)) - less) /
                                                static_cast<float>(normalize)
                                          : 0.0f;
                const std::uint16_t bits = runtime::float_to_half(value);
                bytes.push_back(static_cast<std::uint8_t>(bits));
                bytes.push_back(static_cast<std::uint8_t>(bits >> 8));
            }
        }
    }
    return bytes;
}

}  // namespace

TEST_CASE("a JPEG picture goes through a network less its means, divided") {
    const Folder folder;
    const JpegPicture grey = grey_blocks(24, 16);
    const JpegPicture colour = decoded_by_libjpeg(encode_jpeg(colour_blocks(24, 16)));
    struct Case {
        const JpegPicture& picture;
        Bytes file;
        std::string options;
        int normalize;
        std::vector<float> mean;
    };
    const std::vector<Case> cases = {
        {grey, encode_jpeg(grey), "", 1, {}},
        {grey, encode_jpeg(grey), " --normalize 3 --mean 100.5", 3, {100.5f}},
        {grey, encode_jpeg(grey, {.progressive = true}), " --normalize 255", 255, {}},
        {colour,
         encode_jpeg(colour_blocks(24, 16)),
         " --normalize 17 --mean 10,20.25,-30",
         17,
         {10.0f, 20.25f, -30.0f}},
        {colour,
         encode_jpeg(colour_blocks(24, 16), {.progressive = true}),
         " --mean 104,117,123,7",
         1,
         {104.0f, 117.0f, 123.0f, 7.0f}},
    };
    for (const Case& it : cases) {
        INFO(it.picture.channels << " channels" << it.options);
        const std::string picture = folder.file("picture.jpg", it.file);
        const std::string bytes =
            folder.file("bytes", fp16_input(it.picture, it.normalize, it.mean));
        const std::string from_picture =
            result_of("image_fp16_nv_full", parsed("--image " + picture + it.options));
        CHECK(from_picture.starts_with("result: "));
        CHECK(from_picture == result_of("image_fp16_nv_full", parsed("--input " + bytes)));
    }
}

TEST_CASE("a picture that does not suit the network is refused in words") {
    const Folder folder;
    const Bytes sound = encode_jpeg(grey_blocks(24, 16));
    const auto refusal = [&](const std::string& name, const Bytes& file) {
        return result_of("image_fp16_nv_full", parsed("--image " + folder.file(name, file)));
    };
    CHECK(refusal("wide.jpg", encode_jpeg(grey_blocks(25, 16)))
              .ends_with("the image is 25x16, input tensor 'data' takes 24x16"));
    CHECK(refusal("cut.JPG", {sound.begin(), sound.end() - 40})
              .ends_with("cut.JPG: the JPEG picture is damaged: Premature end of JPEG file"));
    CHECK(refusal("picture.png", sound)
              .ends_with("picture.png: a picture's name must end in .pgm, .jpg or .jpeg"));
}

TEST_CASE("options of the input that contradict each other are refused") {
    CHECK_THROWS_AS(parsed("--image a.jpg --input b"), CLI::ExcludesError);
    CHECK_THROWS_AS(parsed("--input b --mean 1"), CLI::RequiresError);
    CHECK_THROWS_AS(parsed("--normalize 2"), CLI::RequiresError);
    CHECK_THROWS_AS(parsed("--image a.jpg --normalize 0"), CLI::ValidationError);
    CHECK_THROWS_AS(parsed("--image a.jpg --normalize 256"), CLI::ValidationError);
    CHECK_THROWS_AS(parsed("--image a.jpg --mean 1,2,3,4,5"), CLI::ArgumentMismatch);
    CHECK_THROWS_AS(parsed("--image a.jpg --mean 1,x"), CLI::ConversionError);
}

TEST_CASE("what does not come to the network is said") {
    const runtime::Image colour{.width = 1, .height = 1, .channels = 3, .pixels = {1, 2, 3}};
    const runtime::Image grey{.width = 1, .height = 1, .channels = 1, .pixels = {1}};
    runtime::Tensor tensor{.name = "data", .data_type = runtime::DataType::kHalf};
    const NetworkInput plain;
    const NetworkInput divided{.image = "a.pgm", .normalize = 2};
    const auto about = [&](const runtime::Image& image, const NetworkInput& input, int channels) {
        tensor.c = channels;
        return remarks(input, image, tensor);
    };
    using Words = std::vector<std::string>;
    CHECK(about(colour, divided, 3) == Words{});
    CHECK(about(grey, plain, 4) == Words{});
    CHECK(about(colour, plain, 1) ==
          Words{"the picture has 3 channels, input 'data' takes the first 1"});
    CHECK(about(grey, plain, 3) ==
          Words{"the picture has 1 channels, input 'data' has 3; the rest is 0"});
    tensor.data_type = runtime::DataType::kInt8;
    CHECK(about(grey, divided, 4) ==
          Words{"input 'data' is int8: --normalize and --mean have no effect"});
}
