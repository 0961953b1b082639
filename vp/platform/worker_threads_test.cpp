// SPDX-License-Identifier: Apache-2.0
// Convolutions that are worth threads, with ReLU and, of integers, bias: bits, counters and cycles
// are the same however many there are.
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "testing/catch.hpp"
#include "testing/csb_driver.hpp"
#include "trace-tests/generator/generated_layer.hpp"

using namespace dla;
using testing::CsbDriver;

namespace {

constexpr std::array kThreads{1u, 2u, 3u};

struct Outcome {
    std::vector<std::uint64_t> ends;  // cycle of each layer's interrupt
    std::vector<std::uint32_t> saturated;
    bool operator==(const Outcome&) const = default;
};

// The same layer once in each group, one after the other.
struct Machine {
    Machine(unsigned threads, bool timing, const trace::GeneratedLayer& generated)
        : platform(sc_core::sc_gen_unique_name("platform"), *builtin_config("nv_full"),
                   mode(threads, timing)),
          driver(sc_core::sc_gen_unique_name("driver")),
          layer(generated) {
        driver.bind(platform);
        driver.then([this] { run(); });
        for (const trace::Image& image : layer.inputs)
            std::ranges::copy(
                image.bytes,
                platform.main_memory().bytes(image.address, image.bytes.size()).begin());
    }

    static TimingMode mode(unsigned threads, bool timing) {
        TimingMode result;
        result.threads = threads;
        result.enabled = timing;
        return result;
    }

    void run() {
        for (unsigned group = 0; group < 2; ++group) {
            constexpr std::uint32_t kSlot = 0xfff;
            constexpr std::uint32_t kPointer = 4;
            for (const auto& [address, value, mask] : layer.program.writes())
                driver.write(address, (address & kSlot) == kPointer ? group : value);
            driver.write(layer.program.address("GLB", "S_INTR_MASK"), ~3u);
            for (const trace::Start& start : layer.starts)
                driver.write(layer.program.address(start.unit, start.reg), 1);
            driver.wait_interrupt();
            outcome.ends.push_back(platform.dla().clock().now());
            outcome.saturated.push_back(
                driver.read(layer.program.address("CACC", "D_OUT_SATURATION")));
            outcome.saturated.push_back(
                driver.read(layer.program.address("SDP", "D_PERF_OUT_SATURATION")));
            driver.write(layer.program.address("GLB", "S_INTR_STATUS"), ~0u);
        }
    }

    bool output_is_right() {
        for (const trace::Image& image : layer.outputs)
            if (!std::ranges::equal(platform.main_memory().bytes(image.address, image.bytes.size()),
                                    image.bytes))
                return false;
        return true;
    }

    vp::Platform platform;
    CsbDriver driver;
    const trace::GeneratedLayer& layer;
    Outcome outcome;
};

trace::LayerSpec layer_of(Precision precision) {
    return {.precision = precision,
            .width = 16,
            .height = 16,
            .channels = 64,
            .kernels = 72,
            .pad = 1,
            .bias = precision != Precision::kFp16,
            .relu = true,
            .seed = 7};
}

// Input, sums and results that are worth threads by themselves.
trace::LayerSpec many_lines(Precision precision) {
    trace::LayerSpec spec = layer_of(precision);
    spec.width = 48;
    spec.height = 47;
    spec.kernels = 40;
    spec.kernel_width = spec.kernel_height = 1;
    spec.pad = 0;
    return spec;
}

// Weights that are worth threads, group by group through a small part of CBUF.
trace::LayerSpec many_weights(Precision precision) {
    trace::LayerSpec spec = layer_of(precision);
    spec.width = spec.height = 5;
    spec.channels = 256;
    spec.kernels = 128;
    return spec;
}

void compare_threads(const trace::LayerSpec& spec) {
    trace::GeneratedLayer layer = trace::generate(spec, *builtin_config("nv_full")).value();
    layer.program.set("SDP", "D_PERF_ENABLE", {{"PERF_SAT_EN", 1}});
    std::vector<std::unique_ptr<Machine>> machines;
    for (const bool timing : {true, false})
        for (const unsigned threads : kThreads)
            machines.push_back(std::make_unique<Machine>(threads, timing, layer));
    sc_core::sc_start();
    for (std::size_t i = 0; i < machines.size(); ++i) {
        INFO("machine " << i);
        CHECK(machines[i]->output_is_right());
        CHECK((machines[i]->outcome == machines[i - i % kThreads.size()]->outcome));
    }
}

}  // namespace

TEST_CASE("int8 convolutions end alike with any number of threads") {
    compare_threads(layer_of(Precision::kInt8));
}

TEST_CASE("int16 convolutions end alike with any number of threads") {
    compare_threads(layer_of(Precision::kInt16));
}

TEST_CASE("fp16 convolutions end alike with any number of threads") {
    compare_threads(layer_of(Precision::kFp16));
}

TEST_CASE("threads that share the lines of a large cube change nothing, int8") {
    compare_threads(many_lines(Precision::kInt8));
}

TEST_CASE("threads that share the lines of a large cube change nothing, int16") {
    compare_threads(many_lines(Precision::kInt16));
}

TEST_CASE("threads that share the kernels of large weights change nothing, int8") {
    compare_threads(many_weights(Precision::kInt8));
}

TEST_CASE("threads that share the kernels of large weights change nothing, int16") {
    compare_threads(many_weights(Precision::kInt16));
}

TEST_CASE("threads that share the kernels of large weights change nothing, fp16") {
    compare_threads(many_weights(Precision::kFp16));
}
