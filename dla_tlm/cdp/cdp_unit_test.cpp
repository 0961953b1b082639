// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdp/cdp_unit.hpp"

#include "dla_tlm/cdp/cdp_decode.hpp"
#include "testing/unit_bench.hpp"

using namespace dla;
using namespace dla::cdp;
using testing::UnitBench;
using testing::UnitProgram;

namespace {

constexpr std::uint32_t kSrc = 0x1000;
constexpr std::uint32_t kDst = 0x80000;
constexpr std::uint32_t kWriteLe = 0x20000;
constexpr std::uint32_t kWriteLo = 0x30000;

// 4x3 pixels of nv_small, 12 channels in two surfaces.
struct CdpBench : UnitBench {
    explicit CdpBench(TimingMode mode = {})
        : UnitBench(*builtin_config("nv_small"), mode),
          reader_unit("CDP_RDMA", context()),
          unit("CDP", reader_unit, context()),
          reader("reader", reader_unit),
          cdp("cdp", unit) {
        for (std::size_t i = 0; i < 0x1000; ++i)
            memory.bytes()[kSrc + i] = static_cast<std::uint8_t>(i * 29);
    }

    void load_tables() {
        cdp.set("S_LUT_ACCESS_CFG", kWriteLe);
        for (std::uint32_t i = 0; i < lut::kLeEntries; ++i)
            cdp.set("S_LUT_ACCESS_DATA", tables.le[i] = static_cast<std::int16_t>(3000 - 20 * i));
        cdp.set("S_LUT_ACCESS_CFG", kWriteLo);
        for (std::uint32_t i = 0; i < lut::kLoEntries; ++i)
            cdp.set("S_LUT_ACCESS_DATA", tables.lo[i] = static_cast<std::int16_t>(2000 - 7 * i));
    }
    void program_layer() {
        cdp.set("S_LUT_INFO", 0x00060000);
        cdp.set("D_FUNC_BYPASS", 0);
        cdp.set("D_DST_BASE_ADDR_LOW", kDst);
        cdp.set("D_DST_LINE_STRIDE", 32);
        cdp.set("D_DST_SURFACE_STRIDE", 96);
        cdp.set("D_DST_DMA_CFG", 1);
        cdp.set("D_DATA_FORMAT", 0);
        cdp.set("D_LRN_CFG", 1);
        cdp.set("D_DATOUT_SHIFTER", 11);
        cdp.set("D_PERF_ENABLE", 2);
    }
    void program_reader() {
        reader.set("D_DATA_CUBE_WIDTH", 3);
        reader.set("D_DATA_CUBE_HEIGHT", 2);
        reader.set("D_DATA_CUBE_CHANNEL", 11);
        reader.set("D_SRC_BASE_ADDR_LOW", kSrc);
        reader.set("D_SRC_LINE_STRIDE", 64);
        reader.set("D_SRC_SURFACE_STRIDE", 256);
        reader.set("D_SRC_DMA_CFG", 1);
        reader.set("D_DATA_FORMAT", 0);
    }
    void start() {
        cdp.set("D_OP_ENABLE", 1);
        reader.set("D_OP_ENABLE", 1);
    }

    CdpCounts check_output(unsigned group) {
        const CdpRdmaOp source = decode_rdma(reader_unit.registers(), group);
        const CdpOp op = decode(unit.registers(), group, source, config);
        CdpCounts counts;
        std::vector<std::uint8_t> line(2 * 32);
        for (unsigned y = 0; y < 3; ++y) {
            normalize_reference(op, tables, {&memory.bytes()[kSrc + y * 64], 256}, 4, line.data(),
                                32, counts);
            for (unsigned surface = 0; surface < 2; ++surface) {
                CHECK(std::equal(line.begin() + surface * 32, line.begin() + surface * 32 + 32,
                                 &memory.bytes()[kDst + surface * 96 + y * 32]));
            }
        }
        return counts;
    }

    lut::Tables tables;
    CdpRdmaUnit reader_unit;
    CdpUnit unit;
    UnitProgram reader;
    UnitProgram cdp;
};

}  // namespace

TEST_CASE("a layer is normalised with the loaded tables, timed and counted") {
    CdpBench bench;
    bench.then([&] {
        bench.load_tables();
        bench.program_layer();
        bench.program_reader();
        bench.start();
        const std::uint64_t begin = bench.clock.now();
        bench.wait_interrupts(1);
        CHECK(bench.interrupts[0].source == InterruptSource::kCdp);
        const TimingConstants& t = bench.config.timing;
        CHECK(bench.interrupts[0].cycle - begin ==
              4 * 3 * 2 * 8 + t.cdp_constant + 4 * t.cdp_last_piece_cycles + 100);
        const CdpCounts counts = bench.check_output(0);
        CHECK(bench.cdp.get("D_PERF_LUT_HYBRID") == counts.lut_hybrid);
        CHECK(bench.cdp.get("D_PERF_LUT_UFLOW") == counts.lut_underflow);
        CHECK(bench.cdp.get("D_PERF_LUT_OFLOW") == counts.lut_overflow);
        CHECK(bench.cdp.get("D_PERF_LUT_LE_HIT") == counts.lut_le_hit);
        CHECK(bench.cdp.get("D_PERF_LUT_LO_HIT") == counts.lut_lo_hit);
        CHECK(counts.saturated > 0);
        CHECK(bench.cdp.get("D_OUT_SATURATION") == 0);
        CHECK(counts.lut_hybrid + counts.lut_le_hit > 0);
        CHECK(bench.reader.get("S_POINTER") == 0x10000);
        CHECK(bench.messages.empty());
    });
    bench.run();
}

TEST_CASE("the reader counts its stalls, per group and only on demand") {
    CdpBench bench;
    bench.then([&] {
        for (const std::uint32_t group : {0u, 1u}) {
            bench.cdp.set("S_POINTER", group);
            bench.reader.set("S_POINTER", group);
            bench.program_layer();
            bench.program_reader();
            bench.reader.set("D_DATA_CUBE_HEIGHT", 15);
            bench.reader.set("D_PERF_ENABLE", 1 - group);
            bench.start();
        }
        bench.wait_interrupts(2);
        // 32 pieces of 4 beats; beat 104 leaves when beat 41 is worked off: 50 + 41 * 8 - 31
        bench.reader.set("S_POINTER", 0);
        CHECK(bench.reader.get("D_PERF_READ_STALL") == 347);
        bench.reader.set("S_POINTER", 1);
        CHECK(bench.reader.get("D_PERF_READ_STALL") == 0);
    });
    bench.run();
}

TEST_CASE("with timing off the bits are the same after a token time") {
    CdpBench bench({.enabled = false});
    bench.then([&] {
        bench.load_tables();
        bench.program_layer();
        bench.program_reader();
        bench.start();
        bench.wait_interrupts(1);
        CHECK(bench.interrupts[0].cycle == TimingMode::kTokenCycles);
        bench.check_output(0);
    });
    bench.run();
}

TEST_CASE("software gets its turn while the largest lines are normalised") {
    CdpBench bench({.enabled = false});
    bench.then([&] {
        bench.program_layer();
        bench.program_reader();
        bench.reader.set("D_DATA_CUBE_WIDTH", 0x1fff);
        bench.reader.set("D_DATA_CUBE_HEIGHT", 0x1fff);
        bench.reader.set("D_DATA_CUBE_CHANNEL", 0x1fff);  // 64 MiB a line
        bench.start();
        bench.wait_cycles(50);
        CHECK(bench.memory.moved() > 0);
        CHECK(bench.memory.moved() <= 2 << 20);
    });
    bench.run();
}

TEST_CASE("without direct access to memory the result is the same") {
    CdpBench bench;
    bench.memory.allow_views(false);
    bench.then([&] {
        bench.load_tables();
        bench.program_layer();
        bench.program_reader();
        bench.start();
        bench.wait_interrupts(1);
        bench.check_output(0);
    });
    bench.run();
}

TEST_CASE("tables outlive layers and serve both groups") {
    CdpBench bench;
    bench.then([&] {
        bench.load_tables();
        for (std::uint32_t group = 0; group < 2; ++group) {
            bench.cdp.set("S_POINTER", group);
            bench.reader.set("S_POINTER", group);
            bench.program_layer();
            bench.program_reader();
            bench.start();
        }
        bench.wait_interrupts(2);
        CHECK(bench.interrupts[1].group == 1);
        bench.check_output(1);
        // The second layer's reader prefetched: work, 23 cycles and a write latency apart.
        CHECK(bench.interrupts[1].cycle - bench.interrupts[0].cycle == 4 * 3 * 2 * 8 + 23 + 50);
    });
    bench.run();
}

TEST_CASE("the table port advances to the last entry and reads one behind") {
    CdpBench bench;
    bench.then([&] {
        bench.load_tables();
        CHECK(bench.cdp.get("S_LUT_ACCESS_CFG") == (kWriteLo | 256));
        bench.cdp.set("S_LUT_ACCESS_DATA", 0x1234);  // overwrites the last entry
        bench.cdp.set("S_LUT_ACCESS_CFG", 0x10000 | 254);
        bench.cdp.get("S_LUT_ACCESS_DATA");
        CHECK(bench.cdp.get("S_LUT_ACCESS_DATA") ==
              static_cast<std::uint16_t>(bench.tables.lo[255]));
        CHECK(bench.cdp.get("S_LUT_ACCESS_DATA") == 0x1234);
        CHECK(bench.cdp.get("S_LUT_ACCESS_CFG") == (0x10000 | 256));
    });
    bench.run();
}

TEST_CASE("saved state brings back registers and tables") {
    CdpBench bench;
    bench.then([&] {
        bench.load_tables();
        bench.program_layer();
        const auto items = [&] {
            StateSaver saver;
            bench.unit.visit_state(saver);
            return saver.items();
        };
        const auto saved = items();
        bench.unit.reset_unit();
        CHECK(items() != saved);
        StateLoader loader(saved);
        bench.unit.visit_state(loader);
        CHECK(loader.error().empty());
        CHECK(items() == saved);
    });
    bench.run();
}

TEST_CASE("CDP waits for its reader, and an illegal layer is told in words") {
    CdpBench bench;
    bench.then([&] {
        bench.program_layer();
        bench.cdp.set("D_DATA_FORMAT", 1);
        bench.cdp.set("D_OP_ENABLE", 1);
        bench.wait_cycles(5000);
        CHECK(bench.interrupts.empty());
        CHECK(bench.waits_for("CDP: a layer of CDP_RDMA, which is not enabled"));
        bench.program_reader();
        bench.reader.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        CHECK(bench.reported("CDP: D_DATA_FORMAT.INPUT_DATA_TYPE is 1 (int16)"));
    });
    bench.run();
}
