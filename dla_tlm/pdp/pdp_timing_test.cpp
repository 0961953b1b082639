// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/pdp/pdp_timing.hpp"

#include "testing/catch.hpp"

using namespace dla;
using namespace dla::pdp;

namespace {

const HardwareConfig& nv_small() {
    static const HardwareConfig config = *builtin_config("nv_small");
    return config;
}

PdpLayer pooling(unsigned size, unsigned kernel, unsigned stride, unsigned pad, unsigned out) {
    PdpLayer layer{};
    layer.strips = {{.in_width = size, .out_width = out}};
    layer.width = layer.height = size;
    layer.out_height = out;
    layer.surfaces = 2;
    layer.kernel_width = layer.kernel_height = kernel;
    layer.stride_x = layer.stride_y = stride;
    layer.pad_left = layer.pad_top = pad;
    return layer;
}

}  // namespace

TEST_CASE("pooling without padding takes a fixed time per input atom") {
    CHECK(pdp_from_memory(pooling(16, 2, 2, 0, 8), nv_small(), {}).done == 512 * 8 + 63 + 100);
}

TEST_CASE("rows that only bottom padding completes are worked off after the input") {
    const PdpLayer layer = pooling(16, 5, 1, 2, 16);
    const PdpWork work = pdp_work(layer, nv_small());
    CHECK(work.flush == 2 * 16 * 8);
    CHECK(work.cycles > 512 * 8 + work.flush);
}

TEST_CASE("on the fly PDP follows SDP atom by atom") {
    const PdpLayer layer = pooling(16, 2, 2, 0, 8);
    PdpStream stream(layer, nv_small());
    CHECK(stream.accept(16, 1000) == 1000);
    CHECK(stream.accept(16, 1016) == 1000 + 16 * 8);  // SDP was faster than PDP
    CHECK(stream.accept(480, 9000) == 9000);
    CHECK(stream.done({}) == 9000 + 27 + 50);
}

TEST_CASE("shared columns of strips are read twice") {
    PdpLayer whole = pooling(16, 3, 1, 0, 14);
    PdpLayer split = whole;
    split.strips = {{.in_width = 9, .out_width = 7}, {.in_width = 9, .out_width = 7}};
    CHECK(pdp_work(split, nv_small()).atoms == pdp_work(whole, nv_small()).atoms + 2 * 2 * 16);
}
