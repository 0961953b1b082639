// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_unit.hpp"

#include "testing/unit_bench.hpp"

using namespace dla;
using namespace dla::sdp;
using testing::UnitBench;
using testing::UnitProgram;

namespace {

constexpr std::uint32_t kSrc = 0x1000;
constexpr std::uint32_t kOperands = 0x20000;
constexpr std::uint32_t kDst = 0x40000;
constexpr std::size_t kLinkChunks = 4;
constexpr unsigned kSide = 8;

// 8x8 pixels in two surfaces; X1 adds 3 unless a test says otherwise.
struct SdpBench : UnitBench {
    explicit SdpBench(const char* configuration = "nv_small", TimingMode mode = {})
        : UnitBench(*builtin_config(configuration), mode),
          from_cacc("CACC to SDP", waits, kLinkChunks),
          to_pdp("SDP to PDP", waits, kLinkChunks),
          reader_unit("SDP_RDMA", context()),
          unit("SDP", reader_unit, from_cacc, to_pdp, context()),
          reader("reader", reader_unit),
          sdp("sdp", unit) {
        for (std::size_t i = 0; i < 0x4000; ++i)
            memory.bytes()[kSrc + i] = static_cast<std::uint8_t>(i % 100);
    }

    unsigned atom() const { return config.memory_atom_bytes; }
    unsigned cube_bytes() const { return 2 * kSide * kSide * atom(); }

    void program_layer(std::uint32_t feature_mode = 0, std::uint32_t dst = kDst) {
        sdp.set("D_DATA_CUBE_WIDTH", kSide - 1);
        sdp.set("D_DATA_CUBE_HEIGHT", kSide - 1);
        sdp.set("D_DATA_CUBE_CHANNEL", 2 * atom() - 1);
        sdp.set("D_DST_BASE_ADDR_LOW", dst);
        sdp.set("D_DST_LINE_STRIDE", kSide * atom());
        sdp.set("D_DST_SURFACE_STRIDE", kSide * kSide * atom());
        sdp.set("D_DST_DMA_CFG", 1);
        sdp.set("D_DP_BS_CFG", 0x58);  // ALU sum; multiplier and ReLU bypassed
        sdp.set("D_DP_BS_ALU_SRC_VALUE", 3);
        sdp.set("D_DP_BN_CFG", 1);
        sdp.set("D_DP_EW_CFG", 1);
        sdp.set("D_CVT_SCALE", 1);
        sdp.set("D_FEATURE_MODE_CFG", feature_mode);
        sdp.set("D_DATA_FORMAT", 0);
    }
    void program_reader(std::uint32_t feature_mode = 0) {
        reader.set("D_DATA_CUBE_WIDTH", kSide - 1);
        reader.set("D_DATA_CUBE_HEIGHT", kSide - 1);
        reader.set("D_DATA_CUBE_CHANNEL", 2 * atom() - 1);
        reader.set("D_SRC_BASE_ADDR_LOW", kSrc);
        reader.set("D_SRC_LINE_STRIDE", kSide * atom());
        reader.set("D_SRC_SURFACE_STRIDE", kSide * kSide * atom());
        reader.set("D_SRC_DMA_CFG", 1);
        reader.set("D_BRDMA_CFG", 1);
        reader.set("D_NRDMA_CFG", 1);
        reader.set("D_ERDMA_CFG", 1);
        reader.set("D_FEATURE_MODE_CFG", feature_mode);
    }
    void enable_both() {
        reader.set("D_OP_ENABLE", 1);
        sdp.set("D_OP_ENABLE", 1);
    }

    AccumulatorChunk accumulators(unsigned surface, unsigned first_line, unsigned lines,
                                  std::uint64_t ready, unsigned batch = 0) const {
        AccumulatorChunk chunk{batch, surface, first_line, lines, {}, ready, false};
        for (unsigned i = 0; i < lines * kSide * atom(); ++i)
            chunk.values.push_back(static_cast<std::int32_t>(i % 50) + static_cast<int>(surface));
        return chunk;
    }

    bool output_is_source_plus(int offset, std::uint32_t dst = kDst) {
        for (unsigned i = 0; i < cube_bytes(); ++i) {
            if (memory.bytes()[dst + i] !=
                static_cast<std::uint8_t>(memory.bytes()[kSrc + i] + offset))
                return false;
        }
        return true;
    }

    AccumulatorLink from_cacc;
    PoolingLink to_pdp;
    SdpRdmaUnit reader_unit;
    SdpUnit unit;
    UnitProgram reader;
    UnitProgram sdp;
};

constexpr std::uint32_t kFlying = 1;
constexpr std::uint32_t kToPdp = 2;

}  // namespace

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
        for (UnitProgram* unit : {&bench.sdp, &bench.reader}) {
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
        const auto state = bench.unit.save_state();
        bench.unit.reset_unit();
        bench.sdp.set("S_LUT_ACCESS_CFG", 5);
        CHECK(bench.sdp.get("S_LUT_ACCESS_DATA") == 0);
        CHECK(bench.unit.restore_state(state));
        bench.sdp.set("S_LUT_ACCESS_CFG", 5);
        CHECK(bench.sdp.get("S_LUT_ACCESS_DATA") == 10);
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
        chunk.values.pop_back();
        bench.from_cacc.put(std::move(chunk), "CACC", 0);
        bench.wait_cycles(3000);
        CHECK(bench.reported("CACC delivers 127 values"));
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
