// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/bdma/bdma_unit.hpp"

#include "testing/unit_bench.hpp"

using namespace dla;
using namespace dla::testing;

namespace {

constexpr std::uint32_t kBothPrimary = 3;    // CFG_CMD: source and destination
constexpr std::uint32_t kToSecondary = 1;    // from the primary memory
constexpr std::uint32_t kFromSecondary = 2;  // to the primary memory
constexpr std::uint32_t kLine = 64;

class BdmaBench : public UnitBench {
  public:
    BdmaBench()
        : UnitBench(*builtin_config("nv_full")), bdma("BDMA", context()), program("program", bdma) {
        for (const Ram ram : {Ram::kPrimary, Ram::kSecondary})
            for (std::size_t i = 0; i < memory.bytes(ram).size() / 2; ++i)
                memory.bytes(ram)[i] = content(ram, i);
    }

    void push(std::uint32_t source, std::uint32_t destination, std::uint32_t command) {
        program.set("CFG_SRC_ADDR_LOW", source);
        program.set("CFG_DST_ADDR_LOW", destination);
        program.set("CFG_LINE", kLine / 32 - 1);
        program.set("CFG_CMD", command);
        program.set("CFG_OP", 1);
    }
    bool same(Ram from, std::size_t source, Ram to, std::size_t destination) {
        return std::equal(&memory.bytes(from)[source], &memory.bytes(from)[source] + kLine,
                          &memory.bytes(to)[destination]);
    }

    bdma::BdmaUnit bdma;
    UnitProgram program;

  private:
    // The memories differ at every place.
    static std::uint8_t content(Ram ram, std::size_t place) {
        const auto byte = static_cast<std::uint8_t>((place * 2654435761u) >> 19);
        return ram == Ram::kPrimary ? byte : static_cast<std::uint8_t>(~byte);
    }
};

constexpr std::uint32_t kSource = 0x1000;
constexpr std::uint32_t kDestination = 0xa0000;  // zero before the copy

}  // namespace

TEST_CASE("lines and surfaces repeat with their own strides on both sides") {
    BdmaBench bench;
    bench.then([&] {
        bench.program.set("CFG_LINE_REPEAT", 2);
        bench.program.set("CFG_SURF_REPEAT", 1);
        bench.program.set("CFG_SRC_LINE", 96);
        bench.program.set("CFG_DST_LINE", 128);
        bench.program.set("CFG_SRC_SURF", 0x400);
        bench.program.set("CFG_DST_SURF", 0x800);
        bench.push(kSource, kDestination, kBothPrimary);
        bench.program.set("CFG_LAUNCH0", 1);
        bench.wait_interrupts(1);
    });
    bench.run();
    for (std::size_t surface = 0; surface < 2; ++surface) {
        for (std::size_t line = 0; line < 3; ++line) {
            const std::size_t to = kDestination + surface * 0x800 + line * 128;
            CHECK(bench.same(Ram::kPrimary, kSource + surface * 0x400 + line * 96, Ram::kPrimary,
                             to));
            CHECK(bench.memory.bytes()[to + kLine] == 0);
        }
    }
    CHECK(bench.memory.bytes()[kDestination + 3 * 128] == 0);
}

TEST_CASE("a copy goes between the two memories in both directions") {
    BdmaBench bench;
    bench.then([&] {
        bench.push(kSource, kDestination, kToSecondary);
        bench.program.set("CFG_LAUNCH0", 1);
        bench.push(0x3000, kDestination, kFromSecondary);
        bench.program.set("CFG_LAUNCH1", 1);
        bench.wait_interrupts(2);
    });
    bench.run();
    CHECK(bench.same(Ram::kPrimary, kSource, Ram::kSecondary, kDestination));
    CHECK(bench.same(Ram::kSecondary, 0x3000, Ram::kPrimary, kDestination));
}

TEST_CASE("a group takes twenty operations, an operation more is lost and reported") {
    BdmaBench bench;
    constexpr std::uint32_t kFreeSlots = 0xff;
    bench.then([&] {
        for (std::uint32_t i = 0; i < 21; ++i) {
            CHECK((bench.program.get("STATUS") & kFreeSlots) == (i < 20 ? 20 - i : 0));
            bench.push(kSource + i * kLine, kDestination + i * kLine, kBothPrimary);
        }
        CHECK(bench.reported("CFG_OP"));
        bench.program.set("CFG_LAUNCH0", 1);
        bench.wait_interrupts(1);
        CHECK((bench.program.get("STATUS") & kFreeSlots) == 20);
    });
    bench.run();
    for (std::uint32_t i = 0; i < 20; ++i)
        CHECK(bench.same(Ram::kPrimary, kSource + i * kLine, Ram::kPrimary,
                         kDestination + i * kLine));
    CHECK(bench.memory.bytes()[kDestination + 20 * kLine] == 0);
}

TEST_CASE("both groups with their operations run one behind the other") {
    BdmaBench bench;
    bench.then([&] {
        for (unsigned group = 0; group < 2; ++group) {
            for (std::uint32_t i = 0; i < 10; ++i) {
                const std::uint32_t line = (group * 10 + i) * kLine;
                bench.push(kSource + line, kDestination + line, kBothPrimary);
            }
            bench.program.set(group == 0 ? "CFG_LAUNCH0" : "CFG_LAUNCH1", 1);
        }
        CHECK((bench.program.get("STATUS") >> 8) == 6);  // both groups busy, not idle
        bench.wait_interrupts(2);
        CHECK((bench.program.get("STATUS") >> 8) == 1);
    });
    bench.run();
    CHECK(bench.interrupts[0].group == 0);
    CHECK(bench.interrupts[1].group == 1);
    CHECK(bench.interrupts[1].cycle > bench.interrupts[0].cycle);
    for (std::uint32_t i = 0; i < 20; ++i)
        CHECK(bench.same(Ram::kPrimary, kSource + i * kLine, Ram::kPrimary,
                         kDestination + i * kLine));
    CHECK(bench.messages.empty());
}

TEST_CASE("stalls are counted for the group that waits, when counting is on") {
    BdmaBench bench;
    const auto copy_big = [&](unsigned group) {
        bench.program.set("CFG_SRC_ADDR_LOW", 0);
        bench.program.set("CFG_DST_ADDR_LOW", kDestination);
        bench.program.set("CFG_CMD", kBothPrimary);
        bench.program.set("CFG_LINE", 8192 / 32 - 1);
        bench.program.set("CFG_LINE_REPEAT", 7);
        bench.program.set("CFG_SRC_LINE", 8192);
        bench.program.set("CFG_DST_LINE", 8192);
        bench.program.set("CFG_OP", 1);
        bench.program.set(group == 0 ? "CFG_LAUNCH0" : "CFG_LAUNCH1", 1);
    };
    bench.then([&] {
        copy_big(0);
        bench.wait_interrupts(1);
        CHECK(bench.program.get("STATUS_GRP0_READ_STALL") == 0);
        bench.program.set("CFG_STATUS", 1);
        copy_big(1);
        bench.wait_interrupts(2);
        CHECK(bench.program.get("STATUS_GRP0_READ_STALL") == 0);
        CHECK(bench.program.get("STATUS_GRP1_READ_STALL") == 7 * 127);  // 128 beats of 64 bytes
        CHECK(bench.program.get("STATUS_GRP1_WRITE_STALL") == 0);
    });
    bench.run();
}

TEST_CASE(
    "a saved state brings back the stalls that were counted, and the next group counts its own") {
    BdmaBench bench;
    const auto copy_lines = [&](std::uint32_t lines) {
        bench.program.set("CFG_LINE_REPEAT", lines - 1);
        bench.program.set("CFG_SRC_LINE", 8192);
        bench.program.set("CFG_DST_LINE", 8192);
        bench.program.set("CFG_SRC_ADDR_LOW", kSource);
        bench.program.set("CFG_DST_ADDR_LOW", kDestination);
        bench.program.set("CFG_CMD", kBothPrimary);
        bench.program.set("CFG_LINE", 8192 / 32 - 1);
        bench.program.set("CFG_OP", 1);
    };
    bench.then([&] {
        bench.program.set("CFG_STATUS", 1);
        copy_lines(8);
        bench.program.set("CFG_LAUNCH0", 1);
        bench.wait_interrupts(1);
        copy_lines(4);  // pushed, not launched
        StateSaver saver;
        bench.bdma.visit_state(saver);
        bench.bdma.reset_unit();
        CHECK(bench.program.get("STATUS_GRP0_READ_STALL") == 0);
        StateLoader loader(saver.items());
        bench.bdma.visit_state(loader);
        CHECK(loader.error().empty());
        CHECK(bench.program.get("STATUS_GRP0_READ_STALL") == 7 * 127);
        bench.program.set("CFG_LAUNCH0", 1);
        bench.wait_interrupts(2);
        CHECK(bench.program.get("STATUS_GRP0_READ_STALL") == 3 * 127);
    });
    bench.run();
}

TEST_CASE("a launch without operations stays busy, and a second launch of it is refused") {
    BdmaBench bench;
    bench.then([&] {
        bench.program.set("CFG_LAUNCH0", 1);
        bench.wait_cycles(1000);
        CHECK((bench.program.get("STATUS") >> 9 & 1) == 1);
        CHECK(bench.reported("never ends"));
        bench.program.set("CFG_LAUNCH0", 1);
        CHECK(bench.reported("still busy"));
        CHECK(bench.interrupts.empty());
    });
    bench.run();
}
