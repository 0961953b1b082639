// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/player/player_test_bench.hpp"

namespace dla::trace {
namespace {

// nv_full: SDP D_OP_ENABLE is word 0x2c0e, S_INTR_STATUS word 3.
constexpr const char* kEnableSdp = "write_reg 0xffff2c0e 0x1\n";

std::string line_of(std::uint8_t first, const char* rest = "0x00") {
    std::string text = fmt::format("0x{:02x}", first);
    for (int i = 1; i < 32; ++i)
        text += std::string(" ") + rest;
    return text + "\n";
}

}  // namespace

TEST_CASE("a layer with wait, status check and dump passes and its clocks are counted") {
    PlayerBench bench(std::string("load_mem 0x80000000 0x20 in.dat\n") + kEnableSdp +
                          "wait\nread_reg 0xffff0003 0x1 0x1\nwrite_reg 0xffff0003 0x1\n"
                          "read_reg 0xffff0003 0xffffffff 0x0\ndump_mem 0x80000000 0x20 out.dat\n",
                      Dialect::kTxn);
    bench.folder.write("t/in.dat", line_of(1, "0x02"));
    bench.folder.write("t/out.dat", line_of(9, "0x02"));
    bench.dla.layers[0xb038] = {
        .clocks = 500, .interrupt_bit = 0, .address = 0x80000000, .value = 9};
    const Outcome outcome = bench.play();
    CHECK(outcome.detail.empty());
    CHECK(outcome.verdict == Verdict::kPass);
    CHECK(outcome.cycles == 500);
}

TEST_CASE("non-posted writes and reads take 14 clocks, posted writes 1") {
    PlayerBench bench(
        "write_reg 0xffff2c0f 0x1\nwrite_reg 0x00002c0f 0x2\nwrite_reg 0x00002c0f 0x3\n"
        "read_reg 0xffff2c0f 0xff 0x3\nwrite_reg 0xffff2c0f 0x4\n",
        Dialect::kTxn);
    CHECK(bench.play().verdict == Verdict::kPass);
    CHECK(bench.dla.write_clocks == std::vector<std::uint64_t>{0, 14, 15, 30});
}

TEST_CASE("marked accesses come at their clocks, whatever the answers take") {
    PlayerBench bench(
        "write_reg 0xffff2c0f 0x1 #@100 first\nread_reg 0xffff2c0f 0xff 0x1 #@101\n"
        "write_reg 0xffff2c0f 0x2 #@102\nread_reg 0xffff1403 0x1 0x1 #@200000\n"
        "write_reg 0xffff2c0f 0x3 #@200004\nwrite_reg 0xffff2c0f 0x4 #@7\n",
        Dialect::kTxn);
    bench.dla.scripted[0x500c] = {0, 0, 1};  // a poll that is late by two clocks
    const Outcome outcome = bench.play();
    INFO(outcome.detail);
    CHECK(outcome.verdict == Verdict::kPass);
    CHECK(bench.dla.write_clocks == std::vector<std::uint64_t>{100, 102, 200004, 200005});
}

TEST_CASE("a read repeats every 55 clocks until it matches") {
    PlayerBench bench("read_reg 0xffff1403 0x1 0x1\nwrite_reg 0xffff2c0f 0x1\n", Dialect::kTxn);
    bench.dla.scripted[0x500c] = {0, 0, 1};
    CHECK(bench.play().verdict == Verdict::kPass);
    CHECK(bench.dla.write_clocks == std::vector<std::uint64_t>{3 * 14 + 2 * 55});
}

TEST_CASE("a read that never matches fails after the retries and ends the run") {
    PlayerBench bench("read_reg 0xffff1403 0xf0 0x10\nwrite_reg 0xffff2c0f 0x1\n", Dialect::kTxn);
    bench.folder.write("t/plusargs.txt", "+read_reg_poll_retries=3\n");
    const Outcome outcome = bench.play();
    CHECK(outcome.verdict == Verdict::kFail);
    CHECK(contains(outcome.detail,
                   "input.txn:1: read of CDMA.S_CBUF_FLUSH_STATUS: expected 0x00000010 under mask "
                   "0x000000f0, got 0x00000000 (4 reads)"));
    CHECK(bench.dla.writes.empty());
}

TEST_CASE("continue_on_fail goes on after a failed read, the trace still fails") {
    PlayerBench bench("read_reg 0xffff1403 0xff 0x10\nwrite_reg 0xffff2c0f 0x1\n", Dialect::kTxn);
    bench.folder.write("t/plusargs.txt", "+read_reg_poll_retries=1 +continue_on_fail\n");
    CHECK(bench.play().verdict == Verdict::kFail);
    CHECK(bench.dla.writes.size() == 1);
}

TEST_CASE("comparisons other than equality hold for ranges") {
    PlayerBench bench(
        "read_reg 0xffff1403 0xff >= 0x10 0\nread_reg 0xffff1403 0xff <= 0x11 0\n"
        "read_reg 0xffff1403 0xff <= 0xf 2\n",
        Dialect::kTxn);
    bench.dla.scripted[0x500c] = {0x11};
    const Outcome outcome = bench.play();
    CHECK(outcome.verdict == Verdict::kFail);
    CHECK(contains(outcome.detail,
                   "input.txn:3: read of CDMA.S_CBUF_FLUSH_STATUS: expected <= "
                   "0x0000000f under mask 0x000000ff, got 0x00000011 (3 reads)"));
}

TEST_CASE("a wait without an interrupt to come is a hang with the watchdog's words") {
    PlayerBench bench("wait\n", Dialect::kTxn);
    const Outcome outcome = bench.play();
    CHECK(outcome.verdict == Verdict::kHang);
    CHECK(contains(outcome.detail,
                   "input.txn:1: wait for the interrupt line at clock 196608: SDP "
                   "waits for a test"));
}

TEST_CASE("a wait goes on at once while the line is high") {
    PlayerBench bench(std::string(kEnableSdp) + "wait\nwait\nwrite_reg 0xffff0003 0x1\n",
                      Dialect::kTxn);
    bench.dla.layers[0xb038] = {.clocks = 100, .interrupt_bit = 0};
    CHECK(bench.play().verdict == Verdict::kPass);
}

TEST_CASE("a DLA that moves for longer than the hang limit is a hang") {
    PlayerBench bench(std::string(kEnableSdp) + "wait\n", Dialect::kTxn);
    bench.dla.layers[0xb038] = {.clocks = 5'000'000, .interrupt_bit = 0};
    CHECK(bench.play({.hang_clocks = 2'000'000}).verdict == Verdict::kHang);
}

TEST_CASE("a layer longer than the default retries is still awaited") {
    PlayerBench bench(std::string(kEnableSdp) + "read_reg 0xffff0003 0x1 0x1\n", Dialect::kTxn);
    bench.dla.layers[0xb038] = {.clocks = 5'000'000, .interrupt_bit = 0};
    const Outcome outcome = bench.play();
    CHECK(outcome.verdict == Verdict::kPass);
    CHECK(outcome.cycles == 5'000'000);
}

TEST_CASE("the first difference is named by address and place in the cube") {
    // SDP writes 2 columns, 2 lines, 40 int8 channels (2 surfaces) to 0x80000000.
    PlayerBench bench(std::string("write_reg 0xffff2c0f 0x1\nwrite_reg 0xffff2c10 0x1\n"
                                  "write_reg 0xffff2c11 0x27\nwrite_reg 0xffff2c12 0x80000000\n"
                                  "write_reg 0xffff2c14 0x40\nwrite_reg 0xffff2c15 0x80\n"
                                  "write_reg 0xffff2c2d 0x1\n") +
                          kEnableSdp + "wait\ndump_mem 0x80000000 0x100 out.dat\n",
                      Dialect::kTxn);
    std::string zeros;
    for (int i = 0; i < 8; ++i)
        zeros += line_of(0);
    bench.folder.write("t/out.dat", zeros);
    bench.dla.layers[0xb038] = {
        .clocks = 50, .interrupt_bit = 0, .address = 0x800000e3, .value = 7};
    const Outcome outcome = bench.play({.dump_folder = bench.folder.path() + "/dump"});
    CHECK(outcome.verdict == Verdict::kFail);
    CHECK(
        contains(outcome.detail,
                 "out.dat: 1 of 256 bytes differ, the first at 0x800000e3 (offset 0xe3), layer 1, "
                 "SDP group 0: surface 1, line 1, column 1, lane 3 (channel 35): expected 0x00, "
                 "got 0x07"));
    CHECK(contains(read_text(bench.folder.path() + "/dump/memory_0x80000000_0x100.dat"), "0x07"));
}

TEST_CASE("write_mem and read_mem work on 128 bits under their masks") {
    PlayerBench bench(
        "write_mem 0x80000010 0x0003 0x11223344\nread_mem 0x80000010 0xffffffff 0x3344\n"
        "read_mem 0x80000010 0xff00 0x0\n",
        Dialect::kTxn);
    const Outcome outcome = bench.play();
    CHECK(outcome.verdict == Verdict::kFail);
    CHECK(contains(outcome.detail,
                   "input.txn:3: read_mem: 1 of 16 bytes differ, the first at "
                   "0x80000011"));
    CHECK_FALSE(contains(outcome.detail, "input.txn:2"));
}

TEST_CASE("memory outside the platform is an error of the trace") {
    PlayerBench bench("load_mem 0x90000000 0x20 in.dat\nwait\n", Dialect::kTxn);
    bench.folder.write("t/in.dat", line_of(1));
    const Outcome outcome = bench.play();
    CHECK(outcome.verdict == Verdict::kError);
    CHECK(contains(outcome.detail, "are not inside the platform's main memory"));
}

}  // namespace dla::trace
