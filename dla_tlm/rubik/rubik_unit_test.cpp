// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/rubik/rubik_unit.hpp"

#include "testing/unit_bench.hpp"

using namespace dla;
using namespace dla::rubik;
using testing::UnitBench;
using testing::UnitProgram;

namespace {

constexpr std::uint32_t kSrc = 0x1000;
constexpr std::uint32_t kDst = 0x40000;

struct RubikBench : UnitBench {
    explicit RubikBench(TimingMode mode = {})
        : UnitBench(*builtin_config("nv_full"), mode),
          unit("RBK", context()),
          rubik("rubik", unit) {
        for (std::size_t i = 0; i < 0x8000; ++i)
            memory.bytes()[kSrc + i] = static_cast<std::uint8_t>(i * 31 + i / 256);
        std::fill_n(memory.bytes().begin() + kDst, 0x8000, std::uint8_t{0xa5});
    }

    std::uint8_t src(std::size_t offset) { return memory.bytes()[kSrc + offset]; }
    std::uint8_t dst(std::size_t offset) { return memory.bytes()[kDst + offset]; }

    // mode and precision as in D_MISC_CFG, 5x3 pixels
    void program(std::uint32_t misc, std::uint32_t in_channels, std::uint32_t out_channels) {
        rubik.set("D_MISC_CFG", misc);
        rubik.set("D_DATAIN_SIZE_0", 0x00020004);
        rubik.set("D_DATAIN_SIZE_1", in_channels - 1);
        rubik.set("D_DATAOUT_SIZE_1", out_channels - 1);
        rubik.set("D_DAIN_RAM_TYPE", 1);
        rubik.set("D_DAOUT_RAM_TYPE", 1);
        rubik.set("D_DAIN_ADDR_LOW", kSrc);
        rubik.set("D_DAOUT_ADDR_LOW", kDst);
    }

    // 18 channels of int16
    void program_split() {
        program(0x101, 18, 18);
        rubik.set("D_DAIN_LINE_STRIDE", 0xa0);
        rubik.set("D_DAIN_SURF_STRIDE", 0x200);
        rubik.set("D_DAOUT_LINE_STRIDE", 0x40);
        rubik.set("D_DAOUT_PLANAR_STRIDE", 0x100);
    }

    RubikUnit unit;
    UnitProgram rubik;
};

// The largest lines that registers can tell: 8 MiB each, 32 of them for a line of the input.
void contract_the_largest(TimingMode mode) {
    RubikBench bench(mode);
    bench.then([&] {
        bench.program(0x000, 0x2000, 32);
        bench.rubik.set("D_DATAIN_SIZE_0", 0x1fff1fff);
        bench.rubik.set("D_DECONV_STRIDE", 0x001f001f);
        bench.rubik.set("D_OP_ENABLE", 1);
        bench.wait_cycles(500);
        CHECK(bench.memory.moved() > 0);
        CHECK(bench.memory.moved() < 16 << 20);
    });
    bench.run();
}
}  // namespace

TEST_CASE("a contraction of 3x2 interleaves its blocks, through the helper strides") {
    RubikBench bench;
    bench.then([&] {
        bench.program(0x000, 64 * 6, 64);  // two output surfaces, six blocks
        bench.rubik.set("D_DECONV_STRIDE", 0x00010002);
        bench.rubik.set("D_DAIN_LINE_STRIDE", 0xa0);
        bench.rubik.set("D_DAIN_SURF_STRIDE", 0x200);
        bench.rubik.set("D_CONTRACT_STRIDE_0", 0x400);
        bench.rubik.set("D_DAOUT_LINE_STRIDE", 0x200);
        bench.rubik.set("D_CONTRACT_STRIDE_1", 0x400);
        bench.rubik.set("D_DAOUT_SURF_STRIDE", 0x1000);
        bench.rubik.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        CHECK(bench.interrupts[0].source == InterruptSource::kRubik);
        for (unsigned o = 0; o < 2; ++o) {
            for (unsigned y = 0; y < 6; ++y) {
                for (unsigned x = 0; x < 15; ++x) {
                    const unsigned block = (y % 2) * 3 + x % 3;
                    const std::size_t from =
                        (block * 2 + o) * 0x200 + (y / 2) * 0xa0 + (x / 3) * 32;
                    const std::size_t to = o * 0x1000 + y * 0x200 + x * 32;
                    REQUIRE(bench.dst(to) == bench.src(from));
                    REQUIRE(bench.dst(to + 31) == bench.src(from + 31));
                }
                REQUIRE(bench.dst(o * 0x1000 + y * 0x200 + 15 * 32) == 0xa5);
            }
        }
        CHECK(bench.messages.empty());
    });
    bench.run();
}

TEST_CASE("a split of int16 writes one padded line per plane") {
    RubikBench bench;
    bench.then([&] {
        bench.program_split();
        bench.rubik.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        for (unsigned c = 0; c < 18; ++c) {
            for (unsigned y = 0; y < 3; ++y) {
                for (unsigned i = 0; i < 32; ++i) {
                    const std::size_t from =
                        (c / 16) * 0x200 + y * 0xa0 + (i / 2) * 32 + (c % 16) * 2 + i % 2;
                    const std::uint8_t expected = i < 10 ? bench.src(from) : std::uint8_t{0};
                    REQUIRE(bench.dst(c * 0x100 + y * 0x40 + i) == expected);
                }
                REQUIRE(bench.dst(c * 0x100 + y * 0x40 + 32) == 0xa5);
            }
        }
        CHECK(bench.messages.empty());
    });
    bench.run();
}

TEST_CASE("a merge of int8 fills the missing channels of the last surface with zeros") {
    RubikBench bench({.enabled = false});
    bench.then([&] {
        bench.program(0x002, 35, 35);
        bench.rubik.set("D_DAIN_LINE_STRIDE", 0x40);
        bench.rubik.set("D_DAIN_PLANAR_STRIDE", 0xc0);
        bench.rubik.set("D_DAOUT_LINE_STRIDE", 0xa0);
        bench.rubik.set("D_DAOUT_SURF_STRIDE", 0x200);
        bench.rubik.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        CHECK(bench.interrupts[0].cycle == TimingMode::kTokenCycles);
        for (unsigned c = 0; c < 64; ++c) {
            for (unsigned y = 0; y < 3; ++y) {
                for (unsigned x = 0; x < 5; ++x) {
                    const std::uint8_t expected =
                        c < 35 ? bench.src(c * 0xc0 + y * 0x40 + x) : std::uint8_t{0};
                    REQUIRE(bench.dst((c / 32) * 0x200 + y * 0xa0 + x * 32 + c % 32) == expected);
                }
            }
        }
        CHECK(bench.messages.empty());
    });
    bench.run();
}

TEST_CASE("every precision is contracted, split and merged back by its element size") {
    RubikBench bench;
    bench.then([&] {
        unsigned done = 0;
        for (const std::uint32_t precision : {0U, 1U, 2U}) {
            const unsigned bytes = precision == 0 ? 1 : 2;
            const unsigned lanes = 32 / bytes;
            const unsigned channels = lanes + 3;
            const auto run = [&] {
                bench.rubik.set("D_OP_ENABLE", 1);
                bench.wait_interrupts(++done);
                bench.rubik.set("S_POINTER", done % 2);
            };
            bench.program(precision << 8 | 1, channels, channels);
            bench.rubik.set("D_DAIN_LINE_STRIDE", 0xa0);
            bench.rubik.set("D_DAIN_SURF_STRIDE", 0x200);
            bench.rubik.set("D_DAOUT_LINE_STRIDE", 0x40);
            bench.rubik.set("D_DAOUT_PLANAR_STRIDE", 0x100);
            run();
            for (unsigned c = 0; c < channels; ++c)
                for (unsigned i = 0; i < 3 * 5 * bytes; ++i) {
                    const unsigned y = i / (5 * bytes);
                    const unsigned x = i % (5 * bytes);
                    const std::size_t from = c / lanes * 0x200 + y * 0xa0 + x / bytes * 32 +
                                             c % lanes * bytes + x % bytes;
                    REQUIRE(bench.dst(c * 0x100 + y * 0x40 + x) == bench.src(from));
                }
            bench.program(precision << 8 | 2, channels, channels);
            bench.rubik.set("D_DAIN_ADDR_LOW", kDst);
            bench.rubik.set("D_DAIN_LINE_STRIDE", 0x40);
            bench.rubik.set("D_DAIN_PLANAR_STRIDE", 0x100);
            bench.rubik.set("D_DAOUT_ADDR_LOW", kDst + 0x6000);
            bench.rubik.set("D_DAOUT_LINE_STRIDE", 0xa0);
            bench.rubik.set("D_DAOUT_SURF_STRIDE", 0x200);
            run();
            for (unsigned i = 0; i < 3 * 5 * 32; ++i) {
                REQUIRE(bench.dst(0x6000 + i) == bench.src(i));
                const std::uint8_t tail = i % 32 < 3 * bytes ? bench.src(0x200 + i) : 0;
                REQUIRE(bench.dst(0x6200 + i) == tail);
            }
            bench.program(precision << 8, 2 * lanes, lanes);
            bench.rubik.set("D_DECONV_STRIDE", 1);
            bench.rubik.set("D_DAIN_LINE_STRIDE", 0xa0);
            bench.rubik.set("D_DAIN_SURF_STRIDE", 0x200);
            bench.rubik.set("D_CONTRACT_STRIDE_0", 0x200);
            bench.rubik.set("D_DAOUT_LINE_STRIDE", 0x140);
            bench.rubik.set("D_CONTRACT_STRIDE_1", 0x140);
            run();
            for (unsigned x = 0; x < 10; ++x)
                REQUIRE(bench.dst(x * 32 + 5) == bench.src(x % 2 * 0x200 + x / 2 * 32 + 5));
        }
        CHECK(bench.messages.empty());
    });
    bench.run();
}

TEST_CASE("software gets its turn while the largest lines are contracted") {
    contract_the_largest({});
}
TEST_CASE("software gets its turn while the largest lines are contracted with timing off") {
    contract_the_largest({.enabled = false});
}

TEST_CASE("a line that is contracted in pieces is whole") {
    RubikBench bench;
    bench.then([&] {
        constexpr unsigned kWidth = 0x800;  // of 32 bytes, eight times as wide afterwards
        constexpr std::uint32_t kFar = 0x60000;
        bench.memory.bytes().resize(4 << 20);
        for (std::size_t i = 0; i < 16 * kWidth * 32; ++i)
            bench.memory.bytes()[kFar + i] = static_cast<std::uint8_t>(i / 32 * 7 + i % 32);
        bench.program(0x000, 32 * 8, 32);
        bench.rubik.set("D_DATAIN_SIZE_0", kWidth - 1);
        bench.rubik.set("D_DECONV_STRIDE", 0x00000007);  // 512 KiB a line
        bench.rubik.set("D_DAIN_ADDR_LOW", kFar);
        bench.rubik.set("D_CONTRACT_STRIDE_0", kWidth * 32);
        bench.rubik.set("D_DAOUT_ADDR_LOW", 0x200000);
        bench.rubik.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        for (unsigned x = 0; x < kWidth * 8; ++x) {
            const std::size_t from = kFar + (std::size_t{x % 8} * kWidth + x / 8) * 32;
            const auto* pixels = bench.memory.bytes().data();
            REQUIRE(std::equal(pixels + from, pixels + from + 32, pixels + 0x200000 + x * 32));
        }
    });
    bench.run();
}

TEST_CASE("stalls are counted on demand: reads wait for the port, writes where they are the more") {
    RubikBench bench;
    bench.then([&] {
        bench.program_split();
        bench.rubik.set("D_PERF_ENABLE", 1);
        bench.rubik.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        // 15 beats of 64 bytes in 6 requests, 27 beats out
        CHECK(bench.rubik.get("D_PERF_READ_STALL") == 21);
        CHECK(bench.rubik.get("D_PERF_WRITE_STALL") == 12);
    });
    bench.run();
}

TEST_CASE("inconsistent helper strides are reported, and used as hardware uses them") {
    RubikBench bench;
    bench.then([&] {
        bench.program(0x000, 64, 32);
        bench.rubik.set("D_DECONV_STRIDE", 0x00000001);
        bench.rubik.set("D_DAIN_LINE_STRIDE", 0xa0);
        bench.rubik.set("D_DAIN_SURF_STRIDE", 0x200);
        bench.rubik.set("D_CONTRACT_STRIDE_0", 0x800);
        bench.rubik.set("D_DAOUT_LINE_STRIDE", 0x200);
        bench.rubik.set("D_CONTRACT_STRIDE_1", 0x200);
        bench.rubik.set("D_OP_ENABLE", 1);
        bench.wait_interrupts(1);
        CHECK(bench.reported("RUBIK: D_CONTRACT_STRIDE_0 is 0x800"));
        CHECK(bench.dst(32) == bench.src(0x800));
    });
    bench.run();
}
