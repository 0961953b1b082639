// SPDX-License-Identifier: Apache-2.0
#include "runtime/samples/samples.hpp"

#include <algorithm>

#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"

using namespace dla::runtime;

TEST_CASE("the sample files are those that the generator makes") {
    const auto samples = make_samples();
    REQUIRE((samples ? "" : samples.error().message) == "");
    for (const Sample& sample : *samples) {
        INFO(sample.name);
        const std::string folder = "loadables/" + sample.name + "/";
        CHECK(file_bytes(folder + sample.name + ".nvdla") == write_loadable(sample.loadable));
        CHECK(file_bytes(folder + "golden.dimg") == encode_dimg(sample.golden));
        if (sample.picture) {
            CHECK(file_bytes(folder + "image.pgm") == encode_pgm(*sample.picture));
        } else {
            CHECK(file_bytes(folder + "input.bin") == sample.input);
        }
    }
}

TEST_CASE("goldens are not trivial") {
    const auto samples = make_samples().value();
    for (const Sample& sample : samples) {
        INFO(sample.name);
        const Bytes& payload = sample.golden.payload;
        const auto zeros = std::count(payload.begin(), payload.end(), 0);
        CHECK(zeros < static_cast<std::ptrdiff_t>(payload.size() * 9 / 10));
        const auto saturated = std::count(payload.begin(), payload.end(), 127) +
                               std::count(payload.begin(), payload.end(), 128);
        CHECK(saturated < static_cast<std::ptrdiff_t>(payload.size() / 2 + 1));
    }
}

TEST_CASE("the long chain has 200 layers that depend on each other") {
    const auto samples = make_samples().value();
    for (const Sample& sample : samples) {
        if (sample.name != "layers200_nv_small") continue;
        const auto task = decode_dla_task(sample.loadable, 0);
        REQUIRE(task.has_value());
        CHECK(task->operations.size() == 200);
        return;
    }
    FAIL("no such sample");
}
