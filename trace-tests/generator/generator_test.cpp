// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <map>

#include "testing/catch.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "trace-tests/generator/generated_layer.hpp"
#include "trace-tests/generator/layout.hpp"
#include "trace-tests/generator/own_traces.hpp"
#include "trace-tests/generator/random.hpp"
#include "trace-tests/generator/reference.hpp"
#include "trace-tests/test_folder.hpp"

namespace dla::trace {
namespace {

const HardwareConfig& config(const char* name) {
    static std::map<std::string, HardwareConfig> configs;
    return configs.try_emplace(name, *builtin_config(name)).first->second;
}

std::string refusal(const LayerSpec& spec, const char* name = "nv_full") {
    const auto layer = generate(spec, config(name));
    return layer ? "" : layer.error().message;
}

}  // namespace

TEST_CASE("random numbers are the same on every machine") {
    Random random(1);
    CHECK(random.next() == 0x910a2dec89025cc1u);
    Random small(7);
    for (int i = 0; i < 1000; ++i) {
        const auto value = small.signed_bits(8);
        REQUIRE(value >= -128);
        REQUIRE(value <= 127);
    }
}

TEST_CASE("rounding is to nearest, ties away from zero") {
    CHECK(divide_rounded(5, 1) == 3);
    CHECK(divide_rounded(-5, 1) == -3);
    CHECK(divide_rounded(-6, 2) == -2);
    CHECK(divide_rounded(7, 2) == 2);
    CHECK(divide_rounded(-3, 1) == -2);
    CHECK(divide_rounded(9, 0) == 9);
    CHECK(clamp_bits(200, 8) == 127);
    CHECK(clamp_bits(-200, 8) == -128);
}

TEST_CASE("the reference convolution adds what lies under the kernel, padding included") {
    LayerSpec spec;
    spec.pad = 1;
    spec.pad_value = 10;
    spec.stride = 2;
    Cube input(3, 3, 1);
    for (unsigned i = 0; i < 9; ++i)
        input.at(i % 3, i / 3, 0) = i + 1;
    Kernels ones(1, 3, 3, 1);
    for (auto& w : ones.values)
        w = 1;
    const Cube sums = convolve(input, ones, spec);
    REQUIRE(sums.width == 2);
    CHECK(sums.at(0, 0, 0) == 1 + 2 + 4 + 5 + 5 * 10);
    CHECK(sums.at(1, 1, 0) == 5 + 6 + 8 + 9 + 5 * 10);
    spec.pad = 0;
    spec.stride = 1;
    spec.dilation = 2;
    Kernels corners(1, 2, 2, 1);
    corners.at(0, 0, 0, 0) = 1;
    corners.at(0, 1, 1, 0) = 100;
    CHECK(convolve(input, corners, spec).at(0, 0, 0) == 1 + 900);
}

TEST_CASE("the reference average rounds width and height one after the other") {
    LayerSpec spec;
    spec.method = PoolingMethod::kAverage;
    Cube input(3, 3, 1);
    input.at(0, 0, 0) = 100;
    CHECK(pool(input, spec).at(0, 0, 0) == 11);  // 33.3 -> 33, 11.0
    spec.kernel_width = 2;
    spec.kernel_height = 2;
    spec.pad = 1;
    spec.pad_value = -4;
    spec.stride = 4;
    Cube corner(1, 1, 1);
    corner.at(0, 0, 0) = 23;
    CHECK(pool(corner, spec).at(0, 0, 0) == 3);  // (23 - 12) / 2 = 5.5 -> 6, 3
}

TEST_CASE("maximum and minimum never see the padding") {
    LayerSpec spec;
    spec.pad = 1;
    spec.stride = 1;
    Cube input(1, 1, 1);
    input.at(0, 0, 0) = -5;
    CHECK(pool(input, spec).at(0, 0, 0) == -5);
    spec.method = PoolingMethod::kMin;
    input.at(0, 0, 0) = 5;
    CHECK(pool(input, spec).at(0, 0, 0) == 5);
}

TEST_CASE("post processing clips, adds the shifted bias, rectifies, scales and saturates") {
    PostProcessing post;
    post.clip_truncate = 1;
    post.bias = {3, 0};
    post.bias_shift = 2;
    post.output_shift = 1;
    Cube input(1, 1, 2);
    input.at(0, 0, 0) = -15;   // -7.5 -> -8, +12 = 4, 2
    input.at(0, 0, 1) = 5000;  // 2500, 1250, 127
    CHECK(post_process(input, post).at(0, 0, 0) == 2);
    CHECK(post_process(input, post).at(0, 0, 1) == 127);
    input.at(0, 0, 1) = -5000;
    post.relu = true;
    CHECK(post_process(input, post).at(0, 0, 1) == 0);
}

TEST_CASE("cubes lie in memory as surfaces of atoms") {
    Cube cube(3, 2, 10);
    cube.at(2, 1, 9) = 0x55;
    Bytes bytes;
    put_cube(cube, cube_layout(config("nv_small"), Precision::kInt8, cube), bytes);
    CHECK(bytes[89] == 0x55);
    CHECK(bytes.size() == 96);
    bytes.clear();
    put_cube(cube, cube_layout(config("nv_full"), Precision::kInt16, cube), bytes);
    CHECK(bytes[178] == 0x55);
}

TEST_CASE("weights lie in kernel groups and channel blocks without holes") {
    Kernels kernels(10, 3, 3, 10);
    kernels.at(9, 1, 0, 9) = 0x55;
    const Bytes bytes = weight_bytes(kernels, config("nv_small"), Precision::kInt8);
    CHECK(bytes.size() == 1024);
    CHECK(bytes[871] == 0x55);
}

TEST_CASE("CBUF entries of a line follow the width of an entry") {
    CHECK(entries_per_slice(config("nv_full"), Precision::kInt16, Cube(8, 8, 32)) == 4);
    CHECK(entries_per_slice(config("nv_full"), Precision::kInt16, Cube(19, 19, 64)) == 19);
    CHECK(entries_per_slice(config("nv_full"), Precision::kInt8, Cube(9, 1, 32)) == 3);
    CHECK(entries_per_slice(config("nv_full"), Precision::kInt8, Cube(9, 1, 96)) == 9);
    CHECK(entries_per_slice(config("nv_small"), Precision::kInt8, Cube(5, 1, 20)) == 15);
}

TEST_CASE("what a layer cannot be is refused in words") {
    LayerSpec spec;
    spec.stride = 2;
    CHECK(refusal(spec).find("is not covered exactly") != std::string::npos);
    spec.stride = 1;
    spec.precision = Precision::kInt16;
    CHECK(refusal(spec, "nv_small") == "nv_small has no int16; legal is int8");
    spec.precision = Precision::kFp16;
    spec.bias = true;
    CHECK(refusal(spec).find("leave nothing to round: without bias") != std::string::npos);
    CHECK(refusal(spec, "nv_small") == "nv_small has no fp16; legal is int8");
    spec.bias = false;
    spec.precision = Precision::kInt8;
    spec.pixel_format = 36;
    CHECK(refusal(spec) == "pixel format is 36, legal is 0 to 35");
    spec.pixel_format = kNoPixels;
    spec.kernels = 0;
    CHECK(refusal(spec) == "kernels is 0, legal is 1 to 8192");
    spec.kernels = 16;
    spec.width = 1000;
    spec.height = 200;
    CHECK(refusal(spec).find("banks of CBUF") != std::string::npos);
    spec = {};
    spec.kind = LayerKind::kCopy;
    CHECK(refusal(spec, "nv_small") == "nv_small has no BDMA");
    CHECK(refusal(spec).find("multiples of 32") != std::string::npos);
    spec = {};
    spec.memory = Memory::kSecondary;
    CHECK(refusal(spec, "nv_small") == "nv_small has no second memory; legal is --memory pri");
}

TEST_CASE("every own trace loads in both dialects and is the same each time") {
    const TestFolder folder;
    for (const OwnTrace& own : own_traces()) {
        INFO(own.spec.name);
        const auto layer = generate(own.spec, config("nv_full"));
        REQUIRE(layer);
        const std::string place = folder.path() + "/" + own.spec.name;
        REQUIRE(write_traces(*layer, own.spec, config("nv_full"), place, DialectChoice::kBoth));
        const auto txn = load_trace(place + "/input.txn", regs::AddressMap::kNvFull);
        CHECK(txn);
        const auto cfg =
            load_trace(place + "/" + own.spec.name + ".cfg", regs::AddressMap::kNvFull);
        CHECK(cfg);
        if (!own.committed) continue;
        for (const char* file : {"input.txn", "input.dat", "output_before.dat", "output.dat"}) {
            const std::string kept = "trace-tests/own/nv_full/" + own.spec.name + "/" + file;
            if (!std::filesystem::exists(place + "/" + file)) continue;
            CHECK(read_text(kept) == read_text(place + "/" + file));
        }
    }
}

}  // namespace dla::trace
