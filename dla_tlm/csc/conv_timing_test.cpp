// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/conv_timing.hpp"

#include <algorithm>
#include <vector>

#include "dla_tlm/sdp/sdp_timing.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::csc;

namespace {

const HardwareConfig& nv_small() {
    static const HardwareConfig config = *builtin_config("nv_small");
    return config;
}

// The worked example of the timing specification, section 9.
ConvLayer worked_example() {
    ConvLayer layer{};
    layer.width = layer.height = layer.out_width = layer.out_height = 12;
    layer.channels = layer.kernels = 16;
    layer.kernel_width = layer.kernel_height = 3;
    layer.kernels_per_group = 8;
    layer.weight_bytes = 16 * 144;
    return layer;
}

// Every stripe asked for alone, so that nothing can be skipped.
Cycles deliver_in_pieces(const ConvLayer& layer, const HardwareConfig& config,
                         std::uint64_t piece) {
    ConvPipeline pipeline(layer, config);
    const ConvAmounts amounts = conv_amounts(layer, config);
    for (unsigned group = 0; group < amounts.groups; ++group) {
        pipeline.begin_group(group, 100, 100);
        for (std::uint64_t done = 0; done < amounts.pixels; done += piece) {
            pipeline.deliver(std::min(piece, amounts.pixels - done));
        }
    }
    return pipeline.last_delivery();
}

}  // namespace

TEST_CASE("the worked example of the timing specification comes out to the cycle") {
    const ConvCycles cycles = conv_cycles(worked_example(), nv_small(), {});
    CHECK(cycles.data_done == 675);
    CHECK(cycles.weight_done == 672);
    CHECK(cycles.first_mac == 707);
    CHECK(cycles.cacc_done == 6035);
    CHECK(sdp::sdp_done_after_cacc(cycles.cacc_done, {}, nv_small(), {}) == 6106);
}

TEST_CASE("feature stripes are full until fewer than two are left") {
    ConvLayer layer = worked_example();
    layer.out_height = 1;
    const auto stripes = [&](unsigned width) {
        layer.out_width = width;
        StripeCutter cutter(layer, nv_small().timing);
        cutter.begin_group();
        std::vector<std::uint64_t> pieces;
        while (cutter.pixels_left() > 0)
            pieces.push_back(cutter.take());
        return pieces;
    };
    CHECK(stripes(5) == std::vector<std::uint64_t>{5});
    CHECK(stripes(16) == std::vector<std::uint64_t>{16});
    CHECK(stripes(31) == std::vector<std::uint64_t>{8, 8, 15});
    CHECK(stripes(32) == std::vector<std::uint64_t>{16, 16});
    CHECK(stripes(41) == std::vector<std::uint64_t>{16, 8, 8, 9});
}

TEST_CASE("image stripes do not cross output lines") {
    ConvLayer layer = worked_example();
    layer.image = true;
    layer.out_width = 20;
    layer.out_height = 2;
    StripeCutter cutter(layer, nv_small().timing);
    cutter.begin_group();
    CHECK(cutter.take() == 16);
    CHECK(cutter.take() == 4);
    CHECK(cutter.take() == 16);
    CHECK(cutter.take() == 4);
    CHECK(cutter.pixels_left() == 0);
}

TEST_CASE("large layers delivered in one call take as long as in single lines") {
    ConvLayer layer = worked_example();
    for (const unsigned kernel : {1u, 3u}) {
        for (const bool image : {false, true}) {
            for (const unsigned width : {23u, 64u, 224u}) {
                layer.image = image;
                layer.kernel_width = layer.kernel_height = kernel;
                layer.out_width = layer.out_height = width;
                const std::uint64_t group = std::uint64_t{width} * width;
                for (const char* name : {"nv_small", "nv_small_256", "nv_large"}) {
                    const HardwareConfig config = *builtin_config(name);
                    CAPTURE(kernel, image, width, name);
                    CHECK(deliver_in_pieces(layer, config, group) ==
                          deliver_in_pieces(layer, config, 5));
                }
            }
        }
    }
}

TEST_CASE("delivery times of lines rise and end with CACC's done") {
    const ConvLayer layer = worked_example();
    const ConvFetch fetch(layer, nv_small(), {});
    ConvPipeline pipeline(layer, nv_small());
    Cycles last = 0;
    for (unsigned group = 0; group < 2; ++group) {
        pipeline.begin_group(group, fetch.data_done(), fetch.group_in_cbuf(group));
        for (unsigned line = 0; line < 12; ++line) {
            const Cycles delivered = pipeline.deliver(12);
            CHECK(delivered > last);
            last = delivered;
        }
    }
    CHECK(last == pipeline.last_delivery());
    CHECK(last == 6035);
}

TEST_CASE("a late consumer holds back delivery and, without credits, the MAC array") {
    const ConvLayer layer = worked_example();
    ConvPipeline free_running(layer, nv_small());
    ConvPipeline held(layer, nv_small());
    for (ConvPipeline* pipeline : {&free_running, &held})
        pipeline->begin_group(0, 100, 100);
    free_running.deliver(12);
    held.deliver(12);
    held.hold(20000);
    CHECK(held.deliver(12) >= 20000 + 12 * 9);
    held.deliver(120);
    free_running.deliver(132);
    CHECK(held.last_mac() > free_running.last_mac() + 15000);
}

TEST_CASE("a group waits for its weights, and one with fewer kernels for less loading") {
    const ConvLayer layer = worked_example();
    ConvPipeline pipeline(layer, nv_small());
    pipeline.begin_group(0, 100, 5000);
    CHECK(pipeline.first_mac() == 5000 + 15 + 8);
    CHECK(first_mac(layer, 1, 100, 5000) == 5000 + 15 + 2);
}

TEST_CASE("a second layer waits for the MAC array of the first") {
    const ConvLayer layer = worked_example();
    ConvPipeline first(layer, nv_small());
    for (unsigned group = 0; group < 2; ++group) {
        first.begin_group(group, 100, 100);
        first.deliver(144);
    }
    ConvPipeline second(layer, nv_small(), first);
    second.begin_group(0, 100, 100);
    CHECK(second.first_mac() == first.last_mac() + 16 + 49);
    CHECK(second.deliver(144) > first.last_delivery());
}

TEST_CASE("MAC cycles without limits are groups times operations times stripes") {
    CHECK(conv_mac_cycles(worked_example(), nv_small()) == 2 * 18 * 144);
    ConvLayer one_pixel = worked_example();
    one_pixel.out_width = one_pixel.out_height = 1;
    CHECK(conv_mac_cycles(one_pixel, nv_small()) == 2 * 18 * 8);
}

TEST_CASE("the parts of a convolution add up to its length and name what bounds it") {
    const auto bound = [](const ConvLayer& layer, const MemoryTiming& memory) {
        const ConvCycles cycles = conv_cycles(layer, nv_small(), memory);
        const Cycles end = sdp::sdp_done_after_cacc(cycles.cacc_done, {}, nv_small(), memory);
        const CycleParts parts = conv_parts(cycles, layer, nv_small(), memory, end);
        CHECK(to_cycles(parts.total()) == end);
        return bound_of(parts);
    };
    CHECK(bound(worked_example(), {}) == Bound::kCompute);
    ConvLayer pointwise = worked_example();
    pointwise.kernel_width = pointwise.kernel_height = 1;
    pointwise.weight_bytes = 256;
    CHECK(bound(pointwise, {}) == Bound::kOutput);
    ConvLayer fully_connected = worked_example();
    fully_connected.width = fully_connected.height = 3;
    fully_connected.channels = fully_connected.kernels = 64;
    fully_connected.out_width = fully_connected.out_height = 1;
    fully_connected.weight_bytes = 64 * 64 * 9;
    CHECK(bound(fully_connected, {.beat_interval = 4}) == Bound::kWeightFetch);
    ConvLayer one_kernel = pointwise;
    one_kernel.channels = 128;
    one_kernel.kernels = 1;
    one_kernel.weight_bytes = 128;
    CHECK(bound(one_kernel, {.beat_interval = 4}) == Bound::kDataFetch);
    ConvLayer tiny = pointwise;
    tiny.width = tiny.height = tiny.out_width = tiny.out_height = 1;
    CHECK(bound(tiny, {.read_latency = 500, .write_latency = 500}) == Bound::kLatency);
}

TEST_CASE("a convolution's work counts MACs and fetched bytes") {
    const LayerWork work = conv_work(worked_example(), nv_small());
    CHECK(work.macs == 144ull * 16 * 9 * 16);
    CHECK(work.primary.read == 2 * 288 * 8);
    CHECK(work.secondary.read == 0);
    CHECK(work.cbuf_bytes > work.primary.read);
    CHECK(conv_work(worked_example(), nv_small(), true, false).secondary.read == 288 * 8);
}

TEST_CASE("Winograd counts the products of the array: it never uses more than its peak") {
    const HardwareConfig nv_full = *builtin_config("nv_full");
    ConvLayer layer = worked_example();
    layer.winograd = true;
    layer.precision = Precision::kInt16;
    layer.channels = 64;
    layer.kernel_width = layer.kernel_height = 4;  // extended
    layer.kernels_per_group = nv_full.kernels_per_group(layer.precision);
    CHECK(conv_macs(layer) == 144ull * 16 * 64 * 4);
    const auto busy = static_cast<double>(conv_mac_cycles(layer, nv_full));
    CHECK(mac_utilisation(conv_work(layer, nv_full), busy, nv_full) <= 1);
}
