// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/format/trace_writer.hpp"

#include "testing/catch.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "trace-tests/test_folder.hpp"

namespace dla::trace {

TEST_CASE("a written txn trace loads with the same commands") {
    const TestFolder folder;
    const std::vector<std::uint8_t> bytes = {1, 2, 3, 4};
    TxnWriter out(folder.path() + "/foo", regs::AddressMap::kNvFull);
    out.comment("test");
    out.load(0x80000000, bytes, "in.dat");
    out.write(0xb038, 1);
    out.read(0xb038, 1, 1);
    out.wait();
    out.dump(0x50000000, bytes, "out.dat");
    REQUIRE(out.finish("input.txn"));
    const std::string text = read_text(folder.path() + "/foo/input.txn");
    CHECK(text.find("write_reg 0xffff2c0e 0x00000001 #SDP.D_OP_ENABLE\n") != std::string::npos);
    const auto trace = load_trace(folder.path() + "/foo/input.txn", regs::AddressMap::kNvFull);
    REQUIRE(trace);
    REQUIRE(trace->statements.size() == 5);
    CHECK(std::get<WriteRegister>(trace->statements[1].action).address == 0xb038);
    CHECK(std::get<CompareMemory>(trace->statements[4].action).memory == Memory::kSecondary);
}

TEST_CASE("a written cfg trace loads with the same statements") {
    const TestFolder folder;
    const std::vector<std::uint8_t> bytes = {1, 2, 3, 4};
    CfgWriter out(folder.path(), regs::AddressMap::kNvSmall);
    out.comment("test");
    out.load(Memory::kPrimary, 0x80000000, bytes, "in.dat");
    out.fill_zero(Memory::kSecondary, 0x50000000, 0x100);
    out.write(0x9038, 1);
    out.poll_equal(0x300c, 1);
    out.read_check(0x1004, 0);
    out.sync_notify("CACC", "go");
    out.sync_wait("CSC", "go");
    out.expect_interrupt(16, "done");
    out.check_crc("done", Memory::kPrimary, 0x80000000, bytes);
    out.check_file("done", Memory::kPrimary, 0x80000000, bytes, "golden.dat");
    out.check_nothing("done");
    REQUIRE(out.finish("t.cfg"));
    const auto trace = load_trace(folder.path() + "/t.cfg", regs::AddressMap::kNvSmall);
    REQUIRE(trace);
    REQUIRE(trace->statements.size() == 11);
    CHECK(std::get<WriteRegister>(trace->statements[2].action).address == 0x9038);
    CHECK(std::get<ExpectInterrupt>(trace->statements[7].action).bit == std::uint8_t{16});
}

TEST_CASE("a writer without a place to write says so at the end") {
    TxnWriter out("/proc/no/such/place", regs::AddressMap::kNvFull);
    out.wait();
    CHECK_FALSE(out.finish("input.txn"));
}

}  // namespace dla::trace
