// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/player/player_test_bench.hpp"

namespace dla::trace {
namespace {

// nv_small addresses.
constexpr std::uint32_t kSdpEnable = 0x9038;
constexpr std::uint32_t kPdpEnable = 0xb008;
constexpr const char* kEnableSdp = "reg_write(NVDLA_SDP.D_OP_ENABLE_0, 1);\n";
constexpr const char* kEnablePdp = "reg_write(NVDLA_PDP.D_OP_ENABLE_0, 1);\n";

}  // namespace

TEST_CASE("a layer with an expected interrupt and a checksum passes") {
    PlayerBench bench(std::string("mem_init(pri_mem, 0x80000000, 0x10, ALL_ZERO);\n") + kEnableSdp +
                          "intr_notify(SDP_0, done);\n"
                          "check_crc(done, pri_mem, 0x80000000, 0x4, 0x2144df1c);\n"
                          "check_crc(done, pri_mem, 0x80000000, 0x8, 0xbd8c66c1);\n",
                      Dialect::kCfg);
    bench.dla.layers[kSdpEnable] = {
        .clocks = 70, .interrupt_bit = 0, .address = 0x80000004, .value = 1};
    const Outcome outcome = bench.play();
    CHECK(outcome.verdict == Verdict::kFail);  // the second checksum is that of other bytes
    CHECK(contains(outcome.detail,
                   "t.cfg:5: check_crc of 0x8 bytes at 0x80000000: expected "
                   "0xbd8c66c1, got 0x"));
    CHECK_FALSE(contains(outcome.detail, "t.cfg:4"));
    CHECK(outcome.cycles == 70);
}

TEST_CASE("a failing checksum is explained by a data file that has it") {
    PlayerBench bench(std::string(kEnableSdp) +
                          "intr_notify(SDP_0, done);\n"
                          "check_crc(done, pri_mem, 0x80000000, 0x4, 0x2144df1c);\n",
                      Dialect::kCfg);
    bench.folder.write("t/golden.dat", "{offset:0, size:4, payload:0}\n");
    bench.dla.layers[kSdpEnable] = {
        .clocks = 70, .interrupt_bit = 0, .address = 0x80000002, .value = 1};
    CHECK(contains(bench.play().detail,
                   "against golden.dat: 1 of 4 bytes differ, the first at 0x80000002"));
}

TEST_CASE("posted writes go out in file order, at the pace of the bus: 5, then 4 in 9 clocks") {
    std::string text;
    for (unsigned i = 0; i < 12; ++i)
        text += fmt::format("reg_write(NVDLA_{}.D_CYA_0, {});\n", i % 2 == 0 ? "CDP" : "PDP", i);
    PlayerBench bench(text, Dialect::kCfg);
    CHECK(bench.play().verdict == Verdict::kPass);
    REQUIRE(bench.dla.writes.size() == 12);
    for (unsigned i = 0; i < 12; ++i)
        CHECK(bench.dla.writes[i].second == i);
    CHECK(bench.dla.write_clocks ==
          std::vector<std::uint64_t>{0, 1, 2, 3, 4, 10, 11, 12, 13, 19, 20, 21});
}

TEST_CASE("while an interrupt is served, nothing else happens: 89 clocks") {
    std::string text = kEnableSdp;
    for (unsigned i = 0; i < 12; ++i)
        text += fmt::format("reg_write(NVDLA_PDP.D_CYA_0, {});\n", i);
    PlayerBench bench(text + "intr_notify(SDP_0, a);\ncheck_nothing(a);\n", Dialect::kCfg);
    bench.dla.layers[kSdpEnable] = {.clocks = 12, .interrupt_bit = 0};
    CHECK(bench.play().verdict == Verdict::kPass);
    // The line rises at 12; the bench clears it, then its queue is empty.
    const auto& writes = bench.dla.writes;
    std::vector<std::uint64_t> clocks;
    for (std::size_t i = 0; i < writes.size(); ++i)
        if (writes[i].first != bench.dla.glb_base + 0xc)
            clocks.push_back(bench.dla.write_clocks[i]);
    CHECK(clocks == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 10, 11, 12, 101, 102, 103, 104, 105});
}

TEST_CASE("marked accesses of all units come at their clocks") {
    PlayerBench bench(
        "reg_write(NVDLA_SDP.D_CVT_SCALE_0, 1);  //@300000\n"
        "reg_write(NVDLA_PDP.D_CYA_0, 2);  //@20\n"
        "poll_reg_equal(NVDLA_PDP.D_CYA_0, 2);  //@21\n"
        "reg_write(NVDLA_PDP.D_CYA_0, 3);  //@22\n",
        Dialect::kCfg);
    const Outcome outcome = bench.play();
    INFO(outcome.detail);
    CHECK(outcome.verdict == Verdict::kPass);
    CHECK(bench.dla.write_clocks == std::vector<std::uint64_t>{20, 22, 300000});
}

TEST_CASE("a poll holds back its own unit only") {
    PlayerBench bench(
        "poll_reg_equal(NVDLA_CDMA.S_CBUF_FLUSH_STATUS_0, 1);\n"
        "reg_write(NVDLA_CDMA.D_CYA_0, 1);\nreg_write(NVDLA_PDP.D_CYA_0, 2);\n",
        Dialect::kCfg);
    bench.dla.scripted[0x300c] = {0, 0, 1};
    CHECK(bench.play().verdict == Verdict::kPass);
    REQUIRE(bench.dla.writes.size() == 2);
    CHECK(bench.dla.writes[0].second == 2);
    CHECK(bench.dla.write_clocks[1] == 2 * (14 + 55) + 14);
}

TEST_CASE("sync ids order the queues of different units and stay triggered") {
    PlayerBench bench(
        "sync_wait(NVDLA_CSC, go);\nreg_write(NVDLA_CSC.D_CYA_0, 1);\n"
        "reg_write(NVDLA_CACC.D_CYA_0, 2);\nsync_notify(NVDLA_CACC, go);\n"
        "sync_wait(NVDLA_CDMA, go);\nreg_write(NVDLA_CDMA.D_CYA_0, 3);\n",
        Dialect::kCfg);
    CHECK(bench.play().verdict == Verdict::kPass);
    std::vector<std::uint32_t> values;
    for (const auto& [address, value] : bench.dla.writes)
        values.push_back(value);
    CHECK(values == std::vector<std::uint32_t>{2, 1, 3});
}

TEST_CASE("interrupts may come one place earlier than expected, not two") {
    const std::string text = std::string(kEnableSdp) + kEnablePdp +
                             "intr_notify(SDP_1, a);\nintr_notify(SDP_0, b);\n"
                             "check_nothing(a);\ncheck_nothing(b);\n";
    PlayerBench bench(text, Dialect::kCfg);
    bench.dla.layers[kSdpEnable] = {.clocks = 50, .interrupt_bit = 0};
    bench.dla.layers[kPdpEnable] = {.clocks = 500, .interrupt_bit = 1};
    CHECK(bench.play().verdict == Verdict::kPass);
}

TEST_CASE("an interrupt nobody expects fails the trace") {
    PlayerBench bench(std::string(kEnableSdp) + "intr_notify(PDP_0, a);\ncheck_nothing(a);\n",
                      Dialect::kCfg);
    bench.dla.layers[kSdpEnable] = {.clocks = 50, .interrupt_bit = 0};
    const Outcome outcome = bench.play();
    CHECK(outcome.verdict == Verdict::kFail);
    CHECK(contains(outcome.detail, "interrupt SDP_0 came unexpected"));
}

TEST_CASE("masked interrupts need no expectation, a nameless expectation takes any") {
    PlayerBench bench(std::string("reg_write(NVDLA_GLB.S_INTR_MASK_0, 0x10);\n") + kEnablePdp +
                          kEnableSdp + "intr_notify(a);\ncheck_nothing(a);\n",
                      Dialect::kCfg);
    bench.dla.layers[kPdpEnable] = {.clocks = 20, .interrupt_bit = 4};
    bench.dla.layers[kSdpEnable] = {.clocks = 50, .interrupt_bit = 0};
    CHECK(bench.play().verdict == Verdict::kPass);
}

TEST_CASE("memory statements with an id wait for it") {
    PlayerBench bench(std::string(kEnableSdp) +
                          "mem_load(pri_mem, 0x80000000, \"in.dat\", a);\n"
                          "intr_notify(SDP_0, a);\n"
                          "check_file(a, pri_mem, 0x80000000, 4, \"in.dat\");\n",
                      Dialect::kCfg);
    bench.folder.write("t/in.dat", "{offset:0, size:4, payload:1 2 3 4}\n");
    bench.dla.layers[kSdpEnable] = {
        .clocks = 50, .interrupt_bit = 0, .address = 0x80000000, .value = 77};
    CHECK(bench.play().verdict == Verdict::kPass);
}

TEST_CASE("a check whose interrupt never comes is a hang") {
    PlayerBench bench("intr_notify(SDP_0, a);\ncheck_nothing(a);\n", Dialect::kCfg);
    const Outcome outcome = bench.play();
    CHECK(outcome.verdict == Verdict::kHang);
    CHECK(contains(outcome.detail, "1 checks still wait for their interrupts"));
}

TEST_CASE("a poll that never holds is a hang, after more patience") {
    PlayerBench bench("poll_reg_equal(NVDLA_CDMA.S_CBUF_FLUSH_STATUS_0, 1);\n", Dialect::kCfg);
    const Outcome outcome = bench.play();
    CHECK(outcome.verdict == Verdict::kHang);
    CHECK(contains(outcome.detail, "t.cfg:1 at clock 1048576"));
}

TEST_CASE("a register check compares once, a register read is recorded") {
    PlayerBench bench(
        "reg_read_check(NVDLA_GLB.S_INTR_MASK_0, 5);\n"
        "reg_read(NVDLA_GLB.S_INTR_MASK_0, first);\n",
        Dialect::kCfg);
    const Outcome outcome = bench.play();
    CHECK(outcome.verdict == Verdict::kFail);
    CHECK(contains(outcome.detail, "read of GLB.S_INTR_MASK: expected 0x00000005, got 0x00000000"));
    CHECK(contains(outcome.detail, "first = 0x00000000 (GLB.S_INTR_MASK)"));
}

}  // namespace dla::trace
