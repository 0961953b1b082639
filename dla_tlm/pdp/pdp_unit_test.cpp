// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/pdp/pdp_unit.hpp"

#include "dla_tlm/pdp/pdp_decode.hpp"
#include "testing/unit_bench.hpp"

using namespace dla;
using namespace dla::pdp;
using testing::UnitBench;
using testing::UnitProgram;

namespace {

constexpr std::uint32_t kSrc = 0x1000;
constexpr std::uint32_t kDst = 0x80000;
constexpr std::size_t kLinkChunks = 4;

// 8x8 pixels of nv_small, 2x2 max stride 2, 16 channels in two surfaces.
struct PdpBench : UnitBench {
    explicit PdpBench(const char* configuration = "nv_small", TimingMode mode = {})
        : UnitBench(*builtin_config(configuration), mode),
          link("SDP to PDP", waits, kLinkChunks),
          reader_unit("PDP_RDMA", context()),
          unit("PDP", reader_unit, link, context()),
          reader("reader", reader_unit),
          pdp("pdp", unit) {
        for (std::size_t i = 0; i < 0x10000; ++i)
            memory.bytes()[kSrc + i] = static_cast<std::uint8_t>(i * 7 + i / 64);
    }

    unsigned atom() const { return config.memory_atom_bytes; }

    void program_layer(bool on_the_fly = false, std::uint32_t dst = kDst) {
        pdp.set("D_DATA_CUBE_IN_WIDTH", 7);
        pdp.set("D_DATA_CUBE_IN_HEIGHT", 7);
        pdp.set("D_DATA_CUBE_IN_CHANNEL", 2 * atom() - 1);
        pdp.set("D_DATA_CUBE_OUT_WIDTH", 3);
        pdp.set("D_DATA_CUBE_OUT_HEIGHT", 3);
        pdp.set("D_DATA_CUBE_OUT_CHANNEL", 2 * atom() - 1);
        pdp.set("D_OPERATION_MODE_CFG", on_the_fly ? 0x01 : 0x11);
        pdp.set("D_POOLING_KERNEL_CFG", 0x00110101);
        pdp.set("D_DST_BASE_ADDR_LOW", dst);
        pdp.set("D_DST_LINE_STRIDE", 4 * atom());
        pdp.set("D_DST_SURFACE_STRIDE", 4 * 4 * atom());
        pdp.set("D_DST_RAM_CFG", 1);
        pdp.set("D_DATA_FORMAT", 0);
    }
    void program_reader() {
        reader.set("D_DATA_CUBE_IN_WIDTH", 7);
        reader.set("D_DATA_CUBE_IN_HEIGHT", 7);
        reader.set("D_DATA_CUBE_IN_CHANNEL", 2 * atom() - 1);
        reader.set("D_SRC_BASE_ADDR_LOW", kSrc);
        reader.set("D_SRC_LINE_STRIDE", 8 * atom());
        reader.set("D_SRC_SURFACE_STRIDE", 64 * atom());
        reader.set("D_SRC_RAM_CFG", 1);
    }

    std::vector<std::uint8_t> expected_surface(unsigned surface) {
        const PdpOp op = decode(unit.registers(), 0, config);
        std::vector<std::uint8_t> out(16 * atom());
        pool_lines_reference(op, {&memory.bytes()[kSrc + surface * 64 * atom()], 8 * atom()}, 0, 4,
                             out.data(), 4 * atom());
        return out;
    }
    bool output_is_right(std::uint32_t dst = kDst) {
        for (unsigned surface = 0; surface < 2; ++surface) {
            const auto expected = expected_surface(surface);
            const auto* found = &memory.bytes()[dst + surface * expected.size()];
            if (!std::equal(expected.begin(), expected.end(), found)) return false;
        }
        return true;
    }

    PoolingLink link;
    PdpRdmaUnit reader_unit;
    PdpUnit unit;
    UnitProgram reader;
    UnitProgram pdp;
};

}  // namespace

TEST_CASE("a layer from memory is pooled, timed and ends both units") {
    PdpBench bench;
    bench.then([&] {
        bench.program_layer();
        bench.program_reader();
        bench.pdp.set("D_OP_ENABLE", 1);
        bench.reader.set("D_OP_ENABLE", 1);
        CHECK(bench.pdp.get("S_STATUS") == 1);
        const std::uint64_t begin = bench.clock.now();
        bench.wait_interrupts(1);
        CHECK(bench.interrupts[0].source == InterruptSource::kPdp);
        CHECK(bench.interrupts[0].group == 0);
        // Two surfaces of 64 atoms, 8 cycles each, the constant, and both memory latencies.
        const TimingConstants& t = bench.config.timing;
        CHECK(bench.interrupts[0].cycle - begin == 2 * 64 * 8 + t.pdp_constant + 100);
        CHECK(bench.output_is_right());
        for (UnitProgram* unit : {&bench.pdp, &bench.reader}) {
            CHECK(unit->get("D_OP_ENABLE") == 0);
            CHECK(unit->get("S_POINTER") == 0x10000);
            CHECK(unit->get("S_STATUS") == 0);
        }
        CHECK(bench.messages.empty());
        REQUIRE(bench.operations.size() == 1);
        CHECK(bench.operations[0].words.find("max 2x2") == 0);
    });
    bench.run();
}

TEST_CASE("the reader counts its stalls, per group and only on demand") {
    PdpBench bench;
    bench.then([&] {
        for (const std::uint32_t group : {0u, 1u}) {
            bench.pdp.set("S_POINTER", group);
            bench.reader.set("S_POINTER", group);
            bench.program_layer();
            bench.program_reader();
            bench.reader.set("D_PERF_ENABLE", 1 - group);
            bench.pdp.set("D_OP_ENABLE", 1);
            bench.reader.set("D_OP_ENABLE", 1);
        }
        bench.wait_interrupts(2);
        // 16 lines of 8 beats; beat 80 leaves when beat 17 is worked off: 50 + 17 * 8 - 15
        bench.reader.set("S_POINTER", 0);
        CHECK(bench.reader.get("D_PERF_READ_STALL") == 171);
        CHECK(bench.pdp.get("D_PERF_WRITE_STALL") == 0);
        bench.reader.set("S_POINTER", 1);
        CHECK(bench.reader.get("D_PERF_READ_STALL") == 0);
    });
    bench.run();
}

TEST_CASE("without direct access to memory the result is the same") {
    PdpBench bench;
    bench.memory.allow_views(false);
    bench.then([&] {
        bench.program_layer();
        bench.program_reader();
        bench.reader.set("D_OP_ENABLE", 1);
        bench.pdp.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        CHECK(bench.output_is_right());
    });
    bench.run();
}

TEST_CASE("with timing off the bits are the same after a token time") {
    PdpBench bench("nv_small", {.enabled = false});
    bench.then([&] {
        bench.program_layer();
        bench.program_reader();
        bench.reader.set("D_OP_ENABLE", 1);
        bench.pdp.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        CHECK(bench.interrupts[0].cycle == TimingMode::kTokenCycles);
        CHECK(bench.output_is_right());
    });
    bench.run();
}

TEST_CASE("PDP waits for its reader and the board says so") {
    PdpBench bench;
    bench.then([&] {
        bench.program_layer();
        bench.pdp.set("D_OP_ENABLE", 1);
        bench.wait_cycles(5000);
        CHECK(bench.interrupts.empty());
        CHECK(bench.waits_for("PDP: a layer of PDP_RDMA, which is not enabled"));
        bench.program_reader();
        bench.reader.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        CHECK(bench.waits.entries().empty());
    });
    bench.run();
}

TEST_CASE("three stripes that share columns give the whole layer and read those columns twice") {
    PdpBench bench;
    bench.then([&] {
        const auto run = [&](std::uint32_t group, std::uint32_t splits) {
            bench.pdp.set("S_POINTER", group);
            bench.reader.set("S_POINTER", group);
            const std::uint32_t dst = kDst + group * 0x1000;
            bench.program_layer(false, dst);
            bench.program_reader();
            // 3x2 kernels, one column and two lines on: 6x4 outputs.
            bench.pdp.set("D_POOLING_KERNEL_CFG", 0x00100102);
            bench.reader.set("D_POOLING_KERNEL_CFG", 0x02);
            bench.pdp.set("D_DATA_CUBE_OUT_WIDTH", 5);
            bench.pdp.set("D_DST_LINE_STRIDE", 6 * bench.atom());
            bench.pdp.set("D_DST_SURFACE_STRIDE", 6 * 4 * bench.atom());
            bench.pdp.set("D_OPERATION_MODE_CFG", 0x11 | splits << 8);
            bench.reader.set("D_OPERATION_MODE_CFG", splits);
            // 4, 2 and 2 columns in, 2 each out
            for (UnitProgram* unit : {&bench.pdp, &bench.reader})
                unit->set("D_PARTIAL_WIDTH_IN", 3 | 1 << 10 | 1 << 20);
            bench.pdp.set("D_PARTIAL_WIDTH_OUT", 1 | 1 << 10 | 1 << 20);
            const std::uint64_t begin = bench.clock.now();
            bench.pdp.set("D_OP_ENABLE", 1);
            bench.reader.set("D_OP_ENABLE", 1);
            bench.wait_interrupts(group + 1);
            return bench.clock.now() - begin;
        };
        const std::uint64_t whole = run(0, 0);
        const std::uint64_t striped = run(1, 2);
        CHECK(striped > whole + 2 * 8 * 4 * 8 - 50);  // four columns of two surfaces again
        CHECK(striped < whole + 2 * 8 * 4 * 8 + 150);
        const auto& bytes = bench.memory.bytes();
        const std::ptrdiff_t size = 2 * 6 * 4 * bench.atom();
        CHECK(std::equal(&bytes[kDst], &bytes[kDst] + size, &bytes[kDst + 0x1000]));
        CHECK(bytes[kDst + 0x1000] != 0);
        CHECK(bench.messages.empty());
    });
    bench.run();
}

TEST_CASE("two layers in both groups run one after the other") {
    PdpBench bench;
    bench.then([&] {
        for (std::uint32_t group = 0; group < 2; ++group) {
            bench.pdp.set("S_POINTER", group);
            bench.reader.set("S_POINTER", group);
            bench.program_layer(false, kDst + group * 0x1000);
            bench.program_reader();
            bench.pdp.set("D_OP_ENABLE", 1);
            bench.reader.set("D_OP_ENABLE", 1);
        }
        CHECK(bench.pdp.get("S_STATUS") == 0x00020001);
        bench.wait_interrupts(2);
        CHECK(bench.interrupts[0].group == 0);
        CHECK(bench.interrupts[1].group == 1);
        // The second layer's reader prefetched: work, 24 cycles and a write latency apart.
        CHECK(bench.interrupts[1].cycle - bench.interrupts[0].cycle == 2 * 64 * 8 + 24 + 50);
        CHECK(bench.output_is_right(kDst));
        CHECK(bench.output_is_right(kDst + 0x1000));
    });
    bench.run();
}

TEST_CASE("fp16 statistics appear when the layer ends") {
    PdpBench bench("nv_full");
    bench.then([&] {
        std::fill_n(bench.memory.bytes().begin() + kSrc, 0x10000, std::uint8_t{0});
        bench.memory.bytes()[kSrc] = 0x01;  // NaN 0x7e01 in pixel 0
        bench.memory.bytes()[kSrc + 1] = 0x7e;
        bench.memory.bytes()[kSrc + 32 * 5 + 1] = 0xfc;  // -infinity in pixel 5
        bench.program_layer();
        bench.program_reader();
        bench.pdp.set("D_DATA_FORMAT", 2);
        bench.reader.set("D_DATA_FORMAT", 2);
        bench.pdp.set("D_DATA_CUBE_IN_CHANNEL", 31);
        bench.pdp.set("D_DATA_CUBE_OUT_CHANNEL", 31);
        bench.reader.set("D_DATA_CUBE_IN_CHANNEL", 31);
        bench.reader.set("D_OP_ENABLE", 1);
        bench.pdp.set("D_OP_ENABLE", 1);
        CHECK(bench.pdp.get("D_NAN_INPUT_NUM") == 0);
        bench.wait_interrupts(1);
        CHECK(bench.pdp.get("D_NAN_INPUT_NUM") == 1);
        CHECK(bench.pdp.get("D_INF_INPUT_NUM") == 1);
        CHECK(bench.pdp.get("D_NAN_OUTPUT_NUM") == 1);
        CHECK(bench.messages.empty());
    });
    bench.run();
}

TEST_CASE("on the fly, output lines leave as soon as SDP delivered their input") {
    PdpBench bench;
    bench.then([&] {
        bench.program_layer(true);
        bench.pdp.set("D_OP_ENABLE", 1);
        bench.wait_cycles(100);
        CHECK(bench.waits_for("PDP: data from the link SDP to PDP"));
        const std::size_t line = 8 * bench.atom();
        for (unsigned i = 0; i < 16; i += 2) {
            const auto* first = &bench.memory.bytes()[kSrc + i * line];
            bench.link.put({.surface = i / 8,
                            .first_line = i % 8,
                            .lines = 2,
                            .atoms = {first, first + 2 * line},
                            .ready_cycle = bench.clock.now() + 200,
                            .last = i == 14},
                           "SDP", 0);
            if (i == 0) {
                bench.wait_cycles(300);
                const auto expected = bench.expected_surface(0);
                CHECK(std::equal(expected.begin(), expected.begin() + 4 * bench.atom(),
                                 &bench.memory.bytes()[kDst]));
            }
        }
        const std::uint64_t last = bench.clock.now() + 200;
        bench.wait_interrupts(1);
        CHECK(bench.output_is_right());
        CHECK(bench.interrupts[0].cycle > last);
        CHECK(bench.reader.get("S_POINTER") == 0);  // the reader takes no part
    });
    bench.run();
}

TEST_CASE("a cube that SDP does not deliver is told and stops, as hardware stops") {
    PdpBench bench;
    bench.then([&] {
        bench.program_layer(true);
        bench.pdp.set("D_OP_ENABLE", 1);
        bench.link.put({.surface = 0,
                        .first_line = 0,
                        .lines = 1,
                        .atoms = std::vector<std::uint8_t>(5 * 8),
                        .ready_cycle = 10,
                        .last = false},
                       "SDP", 0);
        bench.wait_cycles(5000);
        CHECK(bench.reported("PDP expects input lines of 8 atoms"));
        CHECK(bench.waits_for("SDP delivers 40 bytes for 1 lines"));
        CHECK(bench.interrupts.empty());
    });
    bench.run();
}

TEST_CASE("an illegal layer is reported in words and still completes") {
    PdpBench bench;
    bench.then([&] {
        bench.program_layer();
        bench.program_reader();
        bench.pdp.set("D_POOLING_PADDING_CFG", 0x3);
        bench.reader.set("D_DATA_CUBE_IN_HEIGHT", 6);
        bench.reader.set("D_OP_ENABLE", 1);
        bench.pdp.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        CHECK(bench.reported("PDP: PAD_LEFT is 3 with KERNEL_WIDTH 2"));
        CHECK(bench.reported("DATA_CUBE_IN_HEIGHT is 7 in PDP_RDMA and 8 in PDP"));
    });
    bench.run();
}

TEST_CASE("a source in a memory that does not exist is never answered") {
    PdpBench bench;
    bench.then([&] {
        bench.program_layer();
        bench.program_reader();
        bench.reader.set("D_SRC_RAM_CFG", 0);
        bench.reader.set("D_OP_ENABLE", 1);
        bench.pdp.set("D_OP_ENABLE", 1);
        bench.wait_cycles(5000);
        CHECK(bench.interrupts.empty());
        CHECK(bench.waits_for("PDP_RDMA: an answer from the second memory"));
    });
    bench.run();
}

TEST_CASE("a reset in the middle of a layer leaves the unit ready for another") {
    PdpBench bench;
    bench.then([&] {
        bench.program_layer();
        bench.program_reader();
        bench.reader.set("D_OP_ENABLE", 1);
        bench.pdp.set("D_OP_ENABLE", 1);
        bench.wait_cycles(200);
        bench.reader_unit.reset_unit();
        bench.unit.reset_unit();
        bench.wait_cycles(5000);
        CHECK(bench.interrupts.empty());
        bench.program_layer();
        bench.program_reader();
        bench.reader.set("D_OP_ENABLE", 1);
        bench.pdp.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        CHECK(bench.output_is_right());
    });
    bench.run();
}
