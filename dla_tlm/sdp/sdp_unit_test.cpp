// SPDX-License-Identifier: Apache-2.0
// Layers through the unit: data, timing, links, interrupts.
#include "dla_tlm/sdp/sdp_unit_bench.hpp"

using namespace dla;
using namespace dla::sdp;

TEST_CASE("A layer from memory is processed, timed and ends both units") {
    SdpBench bench;
    bench.then([&] {
        bench.program_layer();
        bench.program_reader();
        bench.enable_both();
        CHECK(bench.sdp.get("S_STATUS") == 1);
        bench.wait_interrupts(1);
        CHECK(bench.interrupts[0].source == InterruptSource::kSdp);
        CHECK(bench.interrupts[0].group == 0);
        // Two surfaces of 64 atoms, 8 cycles each, one stage of one operation, the constant, both
        // latencies.
        const unsigned constant = bench.config.timing.sdp_constant;
        CHECK(bench.interrupts[0].cycle == 2 * 64 * 8 + constant + 5 + 100);
        CHECK(bench.output_is_source_plus(3));
        for (testing::UnitProgram* unit : {&bench.sdp, &bench.reader}) {
            CHECK(unit->get("D_OP_ENABLE") == 0);
            CHECK(unit->get("S_POINTER") == 0x10000);
        }
        CHECK(bench.messages.empty());
        REQUIRE(bench.operations.size() == 1);
        CHECK(bench.operations[0].words == "int8 8x8x16 from memory, X1 add, to memory");
        CHECK(bench.operations[0].bytes == 2 * bench.cube_bytes());
    });
    bench.run();
}

TEST_CASE("Without direct access to memory and without timing the bits are the same") {
    SdpBench bench("nv_small", {.enabled = false});
    bench.memory.allow_views(false);
    bench.then([&] {
        bench.program_layer();
        bench.program_reader();
        bench.enable_both();
        bench.wait_interrupts(1);
        CHECK(bench.interrupts[0].cycle == TimingMode::kTokenCycles);
        CHECK(bench.output_is_source_plus(3));
    });
    bench.run();
}

TEST_CASE("SDP waits for SDP_RDMA and the board says so") {
    SdpBench bench;
    bench.then([&] {
        bench.program_layer();
        bench.sdp.set("D_OP_ENABLE", 1);
        bench.wait_cycles(5000);
        CHECK(bench.interrupts.empty());
        CHECK(bench.waits_for("SDP: a layer of SDP_RDMA, which is not enabled"));
        bench.program_reader();
        bench.reader.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        CHECK(bench.waits.entries().empty());
    });
    bench.run();
}

TEST_CASE("A second layer in the other group follows with its start-up hidden") {
    SdpBench bench;
    bench.then([&] {
        for (std::uint32_t group = 0; group < 2; ++group) {
            bench.sdp.set("S_POINTER", group);
            bench.reader.set("S_POINTER", group);
            bench.program_layer(0, kDst + group * 0x4000);
            bench.program_reader();
            bench.enable_both();
        }
        CHECK(bench.sdp.get("S_STATUS") == 0x00020001);
        bench.wait_interrupts(2);
        CHECK(bench.interrupts[1].group == 1);
        CHECK(bench.interrupts[1].cycle - bench.interrupts[0].cycle == 2 * 64 * 8 + 20 + 50);
        CHECK(bench.output_is_source_plus(3));
        CHECK(bench.output_is_source_plus(3, kDst + 0x4000));
    });
    bench.run();
}

TEST_CASE("Accumulators from CACC go to memory without SDP_RDMA, whose group stays") {
    SdpBench bench;
    bench.then([&] {
        bench.program_layer(kFlying);
        bench.sdp.set("D_OP_ENABLE", 1);
        for (unsigned surface = 0; surface < 2; ++surface) {
            for (unsigned line = 0; line < kSide; line += 4)
                bench.from_cacc.put(bench.accumulators(surface, line, 4, 1000 * (surface + 1)),
                                    "CACC", 0);
        }
        bench.wait_interrupts(1);
        const TimingConstants& t = bench.config.timing;
        CHECK(bench.interrupts[0].cycle == 2000 + t.sdp_after_cacc + 6 + 50);
        CHECK(bench.memory.bytes()[kDst + 7] == 7 + 3);
        CHECK(bench.memory.bytes()[kDst + kSide * kSide * bench.atom()] == 1 + 3);
        CHECK(bench.sdp.get("S_POINTER") == 0x10000);
        CHECK(bench.reader.get("S_POINTER") == 0);
    });
    bench.run();
}

TEST_CASE("Operands from memory join accumulators from CACC") {
    SdpBench bench;
    bench.then([&] {
        for (unsigned i = 0; i < 2 * bench.atom(); ++i)
            bench.memory.bytes()[kOperands + i] = static_cast<std::uint8_t>(-static_cast<int>(i));
        bench.program_layer(kFlying);
        bench.sdp.set("D_DP_BS_ALU_CFG", 1);
        bench.program_reader(kFlying);
        bench.reader.set("D_BRDMA_CFG", 0x22);  // ALU, one byte, per channel, main memory
        bench.reader.set("D_BS_BASE_ADDR_LOW", kOperands);
        bench.enable_both();
        for (unsigned surface = 0; surface < 2; ++surface)
            bench.from_cacc.put(bench.accumulators(surface, 0, kSide, 100), "CACC", 0);
        bench.wait_interrupts(1);
        // Element 3 of surface 1: 3 + 1 - (atom + 3).
        const std::uint8_t* surface = &bench.memory.bytes()[kDst + kSide * kSide * bench.atom()];
        CHECK(static_cast<std::int8_t>(surface[3]) == 1 - static_cast<int>(bench.atom()));
        CHECK(bench.reader.get("S_POINTER") == 0x10000);
    });
    bench.run();
}

TEST_CASE("Every batch goes to its own place") {
    SdpBench bench("nv_full");
    bench.then([&] {
        bench.program_layer(kFlying | (1U << 8));
        bench.sdp.set("D_DST_BATCH_STRIDE", 0x8000);
        bench.sdp.set("D_OP_ENABLE", 1);
        for (unsigned batch = 0; batch < 2; ++batch) {
            for (unsigned surface = 0; surface < 2; ++surface)
                bench.from_cacc.put(bench.accumulators(surface, 0, kSide, 100, batch), "CACC", 0);
        }
        bench.wait_interrupts(1);
        CHECK(bench.memory.bytes()[kDst + 5] == 8);
        CHECK(bench.memory.bytes()[kDst + 0x8000 + 5] == 8);
    });
    bench.run();
}

TEST_CASE("On the way to PDP chunks carry atoms and nothing is written") {
    SdpBench bench;
    bench.then([&] {
        bench.program_layer(kToPdp);
        bench.program_reader();
        bench.enable_both();
        std::vector<std::uint8_t> atoms;
        std::uint64_t ready = 0;
        for (bool last = false; !last;) {
            const PoolingChunk chunk = bench.to_pdp.get("PDP", 0);
            CHECK(chunk.ready_cycle > ready);
            ready = chunk.ready_cycle;
            last = chunk.last;
            atoms.insert(atoms.end(), chunk.atoms.begin(), chunk.atoms.end());
        }
        bench.wait_interrupts(1);
        CHECK(atoms.size() == bench.cube_bytes());
        CHECK(atoms[200] == bench.memory.bytes()[kSrc + 200] + 3);
        CHECK(bench.memory.bytes()[kDst] == 0);
        CHECK(bench.sdp.get("D_STATUS") == 0);
    });
    bench.run();
}

TEST_CASE("A comparison writes nothing and sets the status flag") {
    SdpBench bench("nv_large");
    bench.then([&] {
        std::fill_n(bench.memory.bytes().begin() + kSrc, 0x4000, std::uint8_t{9});
        for (std::uint32_t group = 0; group < 2; ++group) {
            bench.sdp.set("S_POINTER", group);
            bench.reader.set("S_POINTER", group);
            bench.program_layer();
            bench.sdp.set("D_DP_EW_CFG", 0x5c);  // ALU compares; multiplier and LUT bypassed
            bench.sdp.set("D_DP_EW_ALU_CFG", 0);
            bench.sdp.set("D_DP_EW_ALU_SRC_VALUE", group == 0 ? 12 : 13);
            bench.program_reader();
            bench.enable_both();
        }
        bench.wait_interrupts(2);
        bench.sdp.set("S_POINTER", 0);
        CHECK(bench.sdp.get("D_STATUS") == 0);
        bench.sdp.set("S_POINTER", 1);
        CHECK(bench.sdp.get("D_STATUS") == 1);
        CHECK(bench.memory.bytes()[kDst] == 0);
    });
    bench.run();
}
