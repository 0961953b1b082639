// SPDX-License-Identifier: Apache-2.0
// Networks from loadable to output file on the simulated DLA.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "runtime/app/session.hpp"
#include "runtime/loadable/test_files.hpp"
#include "runtime/samples/samples.hpp"
#include "runtime/show/layers.hpp"
#include "testing/catch.hpp"
#include "vp/infer/host_platform.hpp"
#include "vp/infer/infer_checkpoint.hpp"
#include "vp/infer/infer_report.hpp"
#include "vp/infer/own_process.hpp"

using namespace dla;
using namespace dla::vp;
using runtime::Bytes;
using runtime::Dimg;

namespace {

HardwareConfig config(const std::string& name) {
    return builtin_config(name).value();
}

TimingMode without_timing() {
    TimingMode mode;
    mode.enabled = false;
    return mode;
}

const runtime::Sample& sample(std::string_view name) {
    static const auto samples = runtime::make_samples().value();
    for (const runtime::Sample& candidate : samples) {
        if (candidate.name == name) return candidate;
    }
    FAIL("no sample " << name);
    return samples[0];
}

// The difference between the sample's golden and what the DLA computes.
std::string run_sample(const runtime::Sample& wanted) {
    HostPlatform platform(config(wanted.config), without_timing());
    runtime::Runtime runtime(platform);
    runtime::Session session(runtime);
    auto done = session.load(runtime::write_loadable(wanted.loadable));
    if (done) done = session.set_input(wanted.input);
    if (done) done = session.run();
    if (!done) return done.error().message;
    return runtime::dimg_difference(session.output(0).value(), wanted.golden);
}

}  // namespace

TEST_CASE("pages are handed out first fit and come back") {
    BusMemory pages({.base = 0x1000, .bytes = 0x4000});
    CHECK(pages.take(1).value() == 0x1000);
    CHECK(pages.take(4097).value() == 0x2000);
    CHECK(pages.take(4096).value() == 0x4000);
    CHECK(pages.take(1).error().message ==
          "1 bytes in one piece do not fit into what is left of the 16384 bytes at 0x1000");
    pages.give_back(0x2000);
    CHECK(pages.take(8192).value() == 0x2000);
    CHECK(pages.size_at(0x2000) == 8192);
    CHECK(pages.size_at(0x3000) == 0);
}

TEST_CASE("every sample network gives its golden") {
    const auto samples = runtime::make_samples().value();
    for (const runtime::Sample& wanted : samples) {
        INFO(wanted.name);
        CHECK(in_own_process([&] { return run_sample(wanted); }) == "");
    }
}

TEST_CASE("layers are told with cycles, bytes and the CRC of their result") {
    const runtime::Sample& wanted = sample("pdp_max_nv_small");
    HostPlatform platform(config("nv_small"), {});
    runtime::Runtime runtime(platform);
    runtime::Session session(runtime);
    REQUIRE(session.load(runtime::write_loadable(wanted.loadable)).has_value());
    REQUIRE(session.set_input(wanted.input).has_value());
    REQUIRE(session.run().has_value());
    const auto lines = layer_lines(platform.runs(), config("nv_small"));
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].name == "task0-pdp0");
    CHECK(lines[0].cycles() > 0);
    CHECK(lines[0].bytes_read == 11 * 9 * 16);
    CHECK(lines[0].cost.work.primary.read == 11 * 9 * 16);
    CHECK(bound_of(lines[0].cost.parts) == Bound::kCompute);
    CHECK(lines[0].cost.parts.total() <= static_cast<double>(lines[0].cycles()));
    REQUIRE(lines[0].output != nullptr);
    CHECK(lines[0].output->array.data == wanted.golden.payload);
    CHECK(table(lines, config("nv_small")).find("max 3x3 stride 2x2") != std::string::npos);
    CHECK(json(lines, 5, config("nv_small"))
              .find("{\"name\": \"task0-pdp0\", \"unit\": \"PDP\", \"group\": 0, ") !=
          std::string::npos);
    const auto folder = std::filesystem::temp_directory_path() / "dla_infer_test";
    REQUIRE(dump_layers(lines, folder.string()).has_value());
    CHECK(compare_layers(lines, folder.string()).value().summary() == "all layers are equal\n");
    auto more = lines;
    more.push_back(lines[0]);
    more[1].name = "task0-pdp1";
    const auto some = compare_layers(more, folder.string());
    REQUIRE(some.has_value());
    CHECK(some->differences == "");
    CHECK(some->summary() ==
          "the compared layers are equal\n1 of 2 layers compared, no file of task0-pdp1\n");
    std::filesystem::remove_all(folder);
    CHECK_FALSE(compare_layers(lines, folder.string()).has_value());
}

// The builder puts the images of a batch behind each other as channels, so that the golden of the
// network is that of all its images.
TEST_CASE("the result of a batched layer is that of all its images") {
    const runtime::Sample& wanted = sample("batch_int8_nv_full");
    HostPlatform platform(config("nv_full"), without_timing());
    runtime::Runtime runtime(platform);
    runtime::Session session(runtime);
    REQUIRE(session.load(runtime::write_loadable(wanted.loadable)).has_value());
    REQUIRE(session.set_input(wanted.input).has_value());
    REQUIRE(session.run().has_value());
    const auto lines = layer_lines(platform.runs(), config("nv_full"));
    const auto sdp = std::ranges::find(lines, "SDP", &LayerLine::unit);
    REQUIRE(sdp != lines.end());
    const LayerOutput* output = sdp->output;
    REQUIRE(output != nullptr);
    CHECK(output->array.n == 3);
    CHECK(output->array.c == 64);
    CHECK(output->array.data == wanted.golden.payload);
    CHECK(output->crc32 == runtime::crc32(wanted.golden.payload));
}

TEST_CASE("a network runs again and again") {
    const runtime::Sample& wanted = sample("pdp_min_nv_small");
    HostPlatform platform(config("nv_small"), without_timing());
    runtime::Runtime runtime(platform);
    runtime::Session session(runtime);
    REQUIRE(session.load(runtime::write_loadable(wanted.loadable)).has_value());
    REQUIRE(session.set_input(wanted.input).has_value());
    for (unsigned run = 0; run < 3; ++run) {
        REQUIRE(session.run().has_value());
        CHECK(runtime::dimg_difference(session.output(0).value(), wanted.golden) == "");
    }
    CHECK(platform.runs().size() == 3);
}

TEST_CASE("what the firmware refuses is said once, with operation and limit") {
    const runtime::Sample& wanted = sample("conv_fp16_nv_full");
    HostPlatform platform(config("nv_large"), without_timing());
    runtime::Runtime runtime(platform);
    runtime::Session session(runtime);
    REQUIRE(session.load(runtime::write_loadable(wanted.loadable)).has_value());
    REQUIRE(session.set_input(wanted.input).has_value());
    const auto done = session.run();
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().message ==
          "task 0: firmware error -3 in execute: CONV operation 0, ROI 0: in_precision is 2, which "
          "this hardware does not have");
}

namespace {

// What a run leaves: its output, and cycles from the first enable to the last interrupt.
std::string told(const runtime::Session& session, const HostPlatform& platform) {
    const TaskRun& run = platform.runs().back();
    return fmt::format("{:08x} in {} cycles", runtime::crc32(session.output(0).value().payload),
                       run.report.last_interrupt - run.report.first_enable);
}

// Some runs of a sample in this process, from a state or to one.
std::string run_with(const runtime::Sample& wanted, const InferCheckpointOptions& options,
                     unsigned runs) {
    HostPlatform platform(config(wanted.config), {});
    const auto file = runtime::write_loadable(wanted.loadable);
    auto checkpoint = InferCheckpoint::open(platform, file, options);
    if (!checkpoint) return checkpoint.error().message;
    runtime::Runtime runtime(platform);
    runtime::Session session(runtime);
    auto done = session.load(file);
    if (done) done = checkpoint->get()->restore();
    if (done && !checkpoint->get()->has_input()) done = session.set_input(wanted.input);
    for (unsigned i = 0; done && i < runs; ++i) {
        platform.begin_run();
        done = session.run();
    }
    if (done) done = checkpoint->get()->finish();
    return done ? told(session, platform) : done.error().message;
}

}  // namespace

TEST_CASE("a restored network runs as if nothing had happened") {
    const auto state =
        (std::filesystem::temp_directory_path() / fmt::format("dla_infer_{}.state", getpid()))
            .string();
    const auto run = [](const runtime::Sample& wanted, const InferCheckpointOptions& options,
                        unsigned runs) {
        return in_own_process([&] { return run_with(wanted, options, runs); });
    };
    for (const char* name : {"fused_nv_small", "conv_int16_nv_full", "cdp_int16_nv_full"}) {
        INFO(name);
        const runtime::Sample& wanted = sample(name);
        const std::string once = run(wanted, {}, 1);
        CHECK(once.find(" cycles") != std::string::npos);
        CHECK(run(wanted, {.save = state}, 1) == once);
        CHECK(run(wanted, {.restore = state}, 1) == run(wanted, {}, 2));
        CHECK(run(wanted, {.save = state, .save_at = 0}, 1) == once);
        CHECK(run(wanted, {.restore = state}, 1) == once);
        CHECK(run(wanted, {.save = state, .save_at = 7}, 1) ==
              "--save-at 7: the network has no such DLA task");
    }
    CHECK(
        run(sample("pdp_max_nv_small"), {.restore = state}, 1)
            .find("the state was saved on another configuration: name is nv_full, here nv_small") !=
        std::string::npos);
    CHECK(run(sample("conv_int16_nv_full"), {.restore = state}, 1)
              .find("the state is of a network") != std::string::npos);
    std::filesystem::remove(state);
}
