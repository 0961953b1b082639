// SPDX-License-Identifier: Apache-2.0
// What the unit counts, keeps between layers and reports.
#include "dla_tlm/sdp/sdp_unit_bench.hpp"

using namespace dla;
using namespace dla::sdp;

TEST_CASE("Statistics appear when the layer ends and only where enabled") {
    SdpBench bench;
    bench.then([&] {
        bench.program_layer();
        bench.sdp.set("D_CVT_SCALE", 0x7fff);
        bench.sdp.set("D_PERF_ENABLE", 4);
        bench.program_reader();
        bench.enable_both();
        CHECK(bench.sdp.get("D_PERF_OUT_SATURATION") == 0);
        bench.wait_interrupts(1);
        // 3 * 0x7fff is above 17 bits, so is everything larger.
        CHECK(bench.sdp.get("D_PERF_OUT_SATURATION") == bench.cube_bytes());
        CHECK(bench.sdp.get("D_STATUS") == 1);
        CHECK(bench.sdp.get("D_STATUS_NAN_OUTPUT_NUM") == 0);
    });
    bench.run();
}

TEST_CASE("Readers count their stalls only on demand") {
    SdpBench bench;
    bench.then([&] {
        for (const std::uint32_t count : {0u, 1u}) {
            bench.sdp.set("S_POINTER", count);
            bench.reader.set("S_POINTER", count);
            bench.program_layer();
            bench.program_reader();
            bench.reader.set("D_BRDMA_CFG", 0x32);  // ALU, one byte per element
            bench.reader.set("D_BS_BASE_ADDR_LOW", kSrc);
            bench.reader.set("D_BS_LINE_STRIDE", kSide * bench.atom());
            bench.reader.set("D_BS_SURFACE_STRIDE", kSide * kSide * bench.atom());
            bench.sdp.set("D_DP_BS_ALU_CFG", 1);
            bench.reader.set("D_PERF_ENABLE", count);
            bench.enable_both();
        }
        bench.wait_interrupts(2);
        // 16 lines of 8 beats each; the last request waits for twice 80 beats at the port.
        CHECK(bench.reader.get("D_PERF_MRDMA_READ_STALL") == 2 * 80 + 2 - 15);
        CHECK(bench.reader.get("D_PERF_BRDMA_READ_STALL") == 2 * 80 + 2 - 15);
        CHECK(bench.reader.get("D_PERF_NRDMA_READ_STALL") == 0);
        bench.reader.set("S_POINTER", 0);
        CHECK(bench.reader.get("D_PERF_MRDMA_READ_STALL") == 0);
        CHECK(bench.messages.empty());
    });
    bench.run();
}

TEST_CASE("Operands on the fly wait until CACC delivers") {
    SdpBench bench;
    bench.then([&] {
        bench.program_layer(kFlying);
        bench.program_reader(kFlying);
        bench.reader.set("D_BRDMA_CFG", 0x34);  // ALU and MUL, one byte each per element
        bench.reader.set("D_BS_LINE_STRIDE", 2 * kSide * bench.atom());
        bench.reader.set("D_BS_SURFACE_STRIDE", 2 * kSide * kSide * bench.atom());
        bench.sdp.set("D_DP_BS_ALU_CFG", 1);
        bench.reader.set("D_PERF_ENABLE", 1);
        bench.enable_both();
        for (unsigned surface = 0; surface < 2; ++surface)
            bench.from_cacc.put(bench.accumulators(surface, 0, kSide, 10'000 * (surface + 1)),
                                "CACC", 0);
        bench.wait_interrupts(1);
        // 16 lines of 16 beats: of 160 beats before the last request 167 fit ahead, all at once
        CHECK(bench.reader.get("D_PERF_BRDMA_READ_STALL") == 160 - 15);
        CHECK(bench.reader.get("D_PERF_MRDMA_READ_STALL") == 0);
    });
    bench.run();
}

TEST_CASE("fp16 input statistics belong to SDP_RDMA") {
    SdpBench bench("nv_full");
    bench.then([&] {
        std::fill_n(bench.memory.bytes().begin() + kSrc, 0x4000, std::uint8_t{0});
        bench.memory.bytes()[kSrc] = 1;
        bench.memory.bytes()[kSrc + 1] = 0x7e;      // NaN
        bench.memory.bytes()[kSrc + 0x801] = 0xfc;  // infinity
        bench.program_layer();
        bench.sdp.set("D_DATA_CUBE_CHANNEL", 31);
        bench.sdp.set("D_DATA_FORMAT", 0xa);
        bench.sdp.set("D_DP_BS_CFG", 1);
        bench.sdp.set("D_PERF_ENABLE", 8);
        bench.program_reader(0xa8);
        bench.reader.set("D_DATA_CUBE_CHANNEL", 31);
        bench.reader.set("D_PERF_ENABLE", 2);
        bench.enable_both();
        bench.wait_interrupts(1);
        CHECK(bench.reader.get("D_STATUS_NAN_INPUT_NUM") == 1);
        CHECK(bench.reader.get("D_STATUS_INF_INPUT_NUM") == 1);
        CHECK(bench.sdp.get("D_STATUS_NAN_OUTPUT_NUM") == 1);
        CHECK(bench.sdp.get("D_STATUS_NAN_INPUT_NUM") == 0);
        CHECK(bench.memory.bytes()[kDst + 0x801] == 0xfb);  // largest finite
    });
    bench.run();
}

TEST_CASE("Lookup tables load through the register port and survive save and restore") {
    SdpBench bench("nv_large");
    bench.then([&] {
        bench.sdp.set("S_LUT_ACCESS_CFG", 0x20000);
        for (std::uint32_t i = 0; i < 65; ++i)
            bench.sdp.set("S_LUT_ACCESS_DATA", i * 2);
        bench.sdp.set("S_LUT_ACCESS_CFG", 5);
        CHECK(bench.sdp.get("S_LUT_ACCESS_DATA") == 10);
        CHECK(bench.sdp.get("S_LUT_ACCESS_DATA") == 12);
        CHECK(bench.sdp.get("S_LUT_ACCESS_CFG") == 7);
        StateSaver saved;
        bench.unit.visit_state(saved);
        bench.unit.reset_unit();
        bench.sdp.set("S_LUT_ACCESS_CFG", 5);
        CHECK(bench.sdp.get("S_LUT_ACCESS_DATA") == 0);
        StateLoader loader(saved.items());
        bench.unit.visit_state(loader);
        CHECK(loader.error().empty());
        bench.sdp.set("S_LUT_ACCESS_CFG", 5);
        CHECK(bench.sdp.get("S_LUT_ACCESS_DATA") == 10);
    });
    bench.run();
}

namespace {

constexpr std::uint32_t kTablesOnly = 0x12;  // EW: ALU and multiplier bypassed
constexpr std::uint32_t kSumOnly = 0x58;     // EW: multiplier and tables bypassed

// Everything is below both tables.
void enable_lookups(SdpBench& bench, std::uint32_t group, std::uint32_t ew_config) {
    bench.sdp.set("S_POINTER", group);
    bench.reader.set("S_POINTER", group);
    bench.program_layer();
    bench.sdp.set("D_DP_EW_CFG", ew_config);
    bench.sdp.set("D_DP_EW_ALU_CFG", 0);
    bench.sdp.set("D_PERF_ENABLE", 2);
    bench.program_reader();
    bench.enable_both();
}

}  // namespace

TEST_CASE("Lookups are counted on every clock, also those of the layer before") {
    SdpBench bench("nv_large");
    bench.then([&] {
        constexpr std::uint32_t kLanes = 4;
        bench.sdp.set("S_LUT_CFG", 1);
        bench.sdp.set("S_LUT_LE_START", 1000);
        bench.sdp.set("S_LUT_LO_START", 1000);
        enable_lookups(bench, 0, kTablesOnly);
        bench.wait_interrupts(1);
        // Twelve clocks behind the last element show it again, those before the first one nothing.
        CHECK(bench.sdp.get("D_PERF_LUT_UFLOW") == bench.cube_bytes() + 12 * kLanes);
        const std::uint32_t before = bench.sdp.get("D_PERF_LUT_HYBRID");
        CHECK(before > 50 * kLanes);
        CHECK(before < 150 * kLanes);
        CHECK(before % kLanes == 0);
        StateSaver saved;
        bench.unit.visit_state(saved);
        bench.unit.reset_unit();
        StateLoader loader(saved.items());
        bench.unit.visit_state(loader);
        enable_lookups(bench, 1, kSumOnly);
        bench.wait_interrupts(2);
        CHECK(bench.sdp.get("D_PERF_LUT_UFLOW") > bench.cube_bytes() + 50 * kLanes);
        CHECK(bench.sdp.get("D_PERF_LUT_HYBRID") == 0);
        CHECK(bench.sdp.get("D_PERF_LUT_LE_HIT") == 0);
    });
    bench.run();
}

TEST_CASE("With timing off lookups are counted once per element") {
    SdpBench bench("nv_large", {.enabled = false});
    bench.then([&] {
        bench.sdp.set("S_LUT_CFG", 1);
        bench.sdp.set("S_LUT_LE_START", 1000);
        bench.sdp.set("S_LUT_LO_START", 1000);
        enable_lookups(bench, 0, kTablesOnly);
        bench.wait_interrupts(1);
        CHECK(bench.sdp.get("D_PERF_LUT_UFLOW") == bench.cube_bytes());
        CHECK(bench.sdp.get("D_PERF_LUT_HYBRID") == 0);
    });
    bench.run();
}

TEST_CASE("Where there is no lookup table its port stores nothing") {
    SdpBench bench;
    bench.then([&] {
        bench.sdp.set("S_LUT_ACCESS_CFG", 0x20000);
        bench.sdp.set("S_LUT_ACCESS_DATA", 7);
        bench.sdp.set("S_LUT_ACCESS_CFG", 0);
        CHECK(bench.sdp.get("S_LUT_ACCESS_DATA") == 0);
    });
    bench.run();
}

TEST_CASE("A LUT write into a running layer is reported") {
    SdpBench bench("nv_large");
    bench.then([&] {
        bench.program_layer();
        bench.program_reader();
        bench.enable_both();
        bench.sdp.set("S_LUT_ACCESS_CFG", 0x20000);
        CHECK(bench.reported("S_LUT_ACCESS"));
        bench.wait_interrupts(1);
    });
    bench.run();
}

TEST_CASE("An impossible layer is reported and hangs with its reason") {
    SdpBench bench;
    bench.then([&] {
        bench.program_layer();
        bench.sdp.set("D_DATA_FORMAT", 5);
        bench.program_reader();
        bench.enable_both();
        bench.wait_cycles(3000);
        CHECK(bench.interrupts.empty());
        CHECK(bench.reported("PROC_PRECISION is 1 (int16), which nv_small does not process"));
        CHECK(bench.waits_for("SDP: a legal configuration"));
    });
    bench.run();
}

TEST_CASE("The second memory of a build without one never answers") {
    SdpBench bench;
    bench.then([&] {
        bench.program_layer();
        bench.program_reader();
        bench.reader.set("D_SRC_DMA_CFG", 0);
        bench.enable_both();
        bench.wait_cycles(3000);
        CHECK(bench.interrupts.empty());
        CHECK(bench.reported("SRC_RAM_TYPE"));
        CHECK(bench.waits_for("SDP_RDMA: an answer from the second memory"));
    });
    bench.run();
}

TEST_CASE("Chunks of another cube than the programmed one are reported") {
    SdpBench bench;
    bench.then([&] {
        bench.program_layer(kFlying);
        bench.sdp.set("D_OP_ENABLE", 1);
        AccumulatorChunk chunk = bench.accumulators(0, 0, 2, 100);
        chunk.values = {chunk.values.pixel(0), 15, bench.atom(), bench.atom()};
        bench.from_cacc.put(std::move(chunk), "CACC", 0);
        bench.wait_cycles(3000);
        CHECK(bench.reported("CACC delivers 120 values"));
        CHECK(bench.waits_for("SDP: the layer of CACC"));
    });
    bench.run();
}

TEST_CASE("Operands that memory delivers slowly hold the accumulators back") {
    SdpBench bench;
    bench.then([&] {
        bench.program_layer(kFlying);
        bench.sdp.set("D_DP_BS_ALU_CFG", 1);
        bench.program_reader(kFlying);
        bench.reader.set("D_BRDMA_CFG", 0x32);  // per element
        bench.reader.set("D_BS_BASE_ADDR_LOW", kOperands);
        bench.reader.set("D_BS_LINE_STRIDE", kSide * bench.atom());
        bench.reader.set("D_BS_SURFACE_STRIDE", kSide * kSide * bench.atom());
        bench.timing.primary.read_latency = 5000;
        bench.enable_both();
        for (unsigned surface = 0; surface < 2; ++surface)
            bench.from_cacc.put(bench.accumulators(surface, 0, kSide, 100), "CACC", 0);
        bench.wait_interrupts(1);
        // 128 pixels of one beat, 160 beats in flight per round trip.
        CHECK(bench.interrupts[0].cycle > 100 + 128 * 5014 / 160);
    });
    bench.run();
}

TEST_CASE("A layer of SDP_RDMA that reads nothing ends by itself") {
    SdpBench bench;
    bench.then([&] {
        bench.program_reader(kFlying);
        bench.reader.set("D_OP_ENABLE", 1);
        bench.wait_cycles(10);
        CHECK(bench.reader.get("D_OP_ENABLE") == 0);
        CHECK(bench.interrupts.empty());
    });
    bench.run();
}
