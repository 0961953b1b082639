// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_timing.hpp"

#include "testing/catch.hpp"

using namespace dla;
using namespace dla::sdp;

namespace {

const HardwareConfig& nv_small() {
    static const HardwareConfig config = *builtin_config("nv_small");
    return config;
}

SdpLayer cube16() {
    SdpLayer layer{};
    layer.pixels = 256;
    layer.surfaces = 2;
    return layer;
}

}  // namespace

TEST_CASE("the specification's SDP example takes 4254 cycles") {
    CHECK(sdp_from_memory(cube16(), nv_small(), {}).done == 4254);
}

TEST_CASE("stages and memory operands of SDP add their cycles") {
    SdpLayer layer = cube16();
    layer.stages[0] = {.active = true, .alu = true, .multiplier = true};
    layer.stages[1] = {.active = true, .multiplier = true, .operand_beats = 2};
    CHECK(sdp_from_memory(layer, nv_small(), {}).done == 4254 + 7 + 5 + 3);
}

// Cycles of golden layers of nv_large: min_reg, both_cvt, lut_oor, mul_all_lut, prelu.
TEST_CASE("operations, operands, converters and tables of EW add what they add on RTL") {
    const HardwareConfig large = *builtin_config("nv_large");
    const auto done = [&](unsigned pixels, unsigned surfaces, const SdpStage& ew) {
        SdpLayer layer{.pixels = pixels, .surfaces = surfaces, .height = 4};
        layer.stages[kElementWise] = ew;
        return sdp_from_memory(layer, large, {}).done;
    };
    SdpStage both{.active = true, .alu = true, .multiplier = true};
    CHECK(done(16, 1, {.active = true, .alu = true}) == 286);
    CHECK(done(20, 2, both) == 480);
    CHECK(done(30, 2, {.active = true, .lut = true}) == 646);
    CHECK(done(20, 2, {.active = true, .multiplier = true, .operand_beats = 2}) == 480);
    both.operand_beats = 80;
    both.per_element = both.paired = true;
    CHECK(done(20, 2, both) == 483);
    both.converted = true;
    CHECK(done(20, 2, both) == 485);
    both.converted = false;
    both.lut = true;
    CHECK(done(30, 2, both) == 658);
}

TEST_CASE("lookup counters see all clocks of EW but the first and the last few") {
    const HardwareConfig large = *builtin_config("nv_large");
    SdpLayer layer{.pixels = 30, .surfaces = 2, .height = 5};
    CHECK(lookup_idle_clocks(layer, large, 1000).before == 0);
    SdpStage& ew = layer.stages[kElementWise];
    ew = {.active = true, .alu = true};
    CHECK(lookup_idle_clocks(layer, large, 1000).before == 986);
    CHECK(lookup_idle_clocks(layer, large, 1000).after == 0);
    ew.lut = true;
    CHECK(lookup_idle_clocks(layer, large, 1000).before == 986 - 480 - 12);
    CHECK(lookup_idle_clocks(layer, large, 1000).after == 12);
    CHECK(lookup_idle_clocks(layer, large, 100).before == 0);
    CHECK(lookup_idle_clocks(layer, nv_small(), 1000).before == 0);
}

TEST_CASE("a memory slower than the prefetch depth sets the rate of SDP") {
    const HardwareConfig master = *builtin_config("nv_small_master");
    const MemoryTiming slow{.read_latency = 200, .write_latency = 200};
    // 63 refills of eight beats, 214 cycles each, and a last one.
    CHECK(sdp_from_memory(cube16(), master, slow).done == 63 * 214 + 64 + 54 + 400);
}

TEST_CASE("output atoms rise to the last output") {
    const SdpSchedule run = sdp_from_memory(cube16(), nv_small(), {});
    CHECK(run.output_at(1) < run.output_at(256));
    CHECK(run.output_at(512) == run.last_output);
    CHECK(run.done == run.last_output + 13 + 50);
}

TEST_CASE("on the fly SDP ends a fixed time after CACC, earlier when PDP takes over") {
    SdpLayer layer = cube16();
    CHECK(sdp_done_after_cacc(1000, layer, nv_small(), {}) == 1000 + 21 + 50);
    layer.stages[1].active = true;
    CHECK(sdp_done_after_cacc(1000, layer, nv_small(), {}) == 1000 + 21 + 6 + 50);
    layer.stages[1].active = false;
    layer.to_pdp = true;
    CHECK(sdp_done_after_cacc(1000, layer, nv_small(), {}) == 1008);
}

TEST_CASE("per-element operands slow the pixels down where memory is far") {
    SdpLayer layer = cube16();
    CHECK(memory_cycles_per_pixel(layer, nv_small(), {}) == 0);
    layer.stages[0] = {.active = true, .alu = true, .operand_beats = 512, .per_element = true};
    CHECK(memory_cycles_per_pixel(layer, nv_small(), {}) == 64.0 / 160);
    CHECK(memory_cycles_per_pixel(layer, nv_small(), {.outstanding = 4}) == 51.0 / 4);
    CHECK(operand_beats_ahead(layer, nv_small()) == 148);
}

TEST_CASE("an active EW unit sets the rate of SDP where it is the narrower one") {
    const HardwareConfig large = *builtin_config("nv_large");
    SdpLayer layer = cube16();
    CHECK(sdp_cycles_per_atom(layer, large) == 2);
    layer.stages[kElementWise] = {.active = true, .alu = true};
    CHECK(sdp_cycles_per_atom(layer, large) == 8);
}

TEST_CASE("a memory of little bandwidth slows output as well as operands") {
    const HardwareConfig large = *builtin_config("nv_large");
    SdpLayer layer = cube16();
    const MemoryTiming narrow{.shared_interval = 3};
    CHECK(memory_cycles_per_pixel(layer, large, narrow) == 3);
    layer.stages[0] = {.active = true, .alu = true, .operand_beats = 512, .per_element = true};
    CHECK(memory_cycles_per_pixel(layer, large, narrow) == 6);
    CHECK(sdp_from_memory(cube16(), large, narrow).done >= 2 * 512 * 3);
}
