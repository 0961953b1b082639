// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "testing/catch.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "trace-tests/test_folder.hpp"

namespace dla::trace {
namespace {

Result<Trace> parse(std::string_view text) {
    return parse_txn(text, "input.txn", regs::AddressMap::kNvFull);
}

template <class T>
T only(const std::string& text) {
    const auto trace = parse(text);
    REQUIRE(trace);
    REQUIRE(trace->statements.size() == 1);
    return std::get<T>(trace->statements[0].action);
}

std::string message(const std::string& text) {
    const auto trace = parse(text);
    REQUIRE_FALSE(trace);
    return trace.error().message;
}

constexpr const char* kLine32 =
    "0x00 0x01 0x02 0x03 0x04 0x05 0x06 0x07 0x08 0x09 0x0a 0x0b 0x0c 0x0d 0x0e 0x0f "
    "0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17 0x18 0x19 0x1a 0x1b 0x1c 0x1d 0x1e 0x1f\n";

}  // namespace

TEST_CASE("a txn register address is a word address with access bits above it") {
    const auto write = only<WriteRegister>("write_reg 0xffff100b 0xf0a5a500 #NVDLA_BDMA.X\n");
    CHECK(write.address == 0x402c);
    CHECK(write.value == 0xf0a5a500);
    CHECK_FALSE(write.posted);
    CHECK(only<WriteRegister>("write_reg 0x100b 0x1").posted);
}

TEST_CASE("a mark in the comment behind a command is its clock") {
    const auto trace = parse("write_reg 0x1 0x2 #@1234 GLB.X\nwrite_reg 0x1 0x2 #@home\n#@5\n");
    REQUIRE(trace);
    REQUIRE(trace->statements.size() == 3);
    CHECK(std::get<WaitClock>(trace->statements[0].action).clock == 1234);
    CHECK(std::holds_alternative<WriteRegister>(trace->statements[1].action));
}

TEST_CASE("txn accepts hexadecimal numbers only") {
    CHECK(message("write_reg 0xffff100b 12") ==
          "input.txn:1:22: found '12', expected the data, a hexadecimal 0x number of at most 32 "
          "bits");
    CHECK(message("write_reg 0xffff100b 0x1ffffffff").find("at most 32 bits") != std::string::npos);
    CHECK(message("write_reg 0xffff100b 0xzz").find("input.txn:1:22") == 0);
}

TEST_CASE("read_reg takes a mask, an optional comparison and an optional number of polls") {
    const auto plain = only<ReadRegister>("read_reg 0xffff0003 0x1 0x1");
    CHECK(plain.address == 0xc);
    CHECK(plain.polls == kDefaultPolls);
    const auto full = only<ReadRegister>("  read_reg 0xffff0003\t0xff >= 0x10 25  # comment");
    CHECK(full.compare == Compare::kGreaterEqual);
    CHECK(full.expected == 0x10);
    CHECK(full.polls == 25);
    CHECK(only<ReadRegister>("read_reg 0x3 0xff <= 0x10").compare == Compare::kLessEqual);
    CHECK(message("read_reg 0x3 0xff => 0x10").find("a comparison, ==, <= or >=") !=
          std::string::npos);
}

TEST_CASE("memory commands carry address, size, file and which memory") {
    const auto load = only<LoadMemory>("load_mem 0x50000000 0x1000 in.dat \r\n");
    CHECK(load.memory == Memory::kSecondary);
    CHECK(load.size == 0x1000);
    CHECK(only<CompareMemory>("dump_mem 0x80000000 0x20 out.dat").memory == Memory::kPrimary);
    CHECK(message("load_mem 0x80000000 0x20000000 in.dat").find("a size of 1 to 0x10000000") !=
          std::string::npos);
    CHECK(message("load_mem 0x80000000 0x0 in.dat").find("a size of 1") != std::string::npos);
    CHECK(message("load_mem 0x80000000 0x10 ../in.dat").find("a bare file name") !=
          std::string::npos);
    CHECK(message("load_mem 0x80000000 0x10").find("a bare file name") != std::string::npos);
}

TEST_CASE("the reserved 128-bit memory commands keep byte order and masks") {
    const auto trace = parse(
        "write_mem 0x80000000 0x00ff 0x0f0e0d0c0b0a09080706050403020100\n"
        "read_mem 0x80000000 0xff 0x100\n");
    REQUIRE(trace);
    const auto& write = std::get<WriteWord>(trace->statements[0].action);
    CHECK(write.byte_mask == 0xff);
    CHECK(trace->words[write.data][0] == 0);
    CHECK(trace->words[write.data][15] == 0xf);
    const auto& read = std::get<ReadWord>(trace->statements[1].action);
    CHECK(trace->words[read.bit_mask][0] == 0xff);
    CHECK(trace->words[read.expected][1] == 1);
}

TEST_CASE("wait may name a level and a signal") {
    only<WaitInterrupt>("wait");
    only<WaitInterrupt>("wait posedge dla_intr");
    CHECK(message("wait sometimes").find("high, low, posedge or negedge") != std::string::npos);
}

TEST_CASE("an unknown txn command is reported with its place and the legal ones") {
    CHECK(message("wait\n\n  waitt\n") ==
          "input.txn:3:3: found 'waitt', expected write_reg, read_reg, load_mem, dump_mem, wait, "
          "write_mem or read_mem");
    CHECK(message("wait\nwrite_reg 0x3 0x4 0x5").find("input.txn:2:19: found '0x5'") == 0);
}

TEST_CASE("plusargs set retries and tolerance, unknown options are the platform's") {
    const auto options = parse_options(
        "+read_reg_poll_retries=10 +continue_on_fail\n+mem_latency=50 +verbose\n", "plusargs.txt");
    REQUIRE(options);
    CHECK(options->poll_retries == 10);
    CHECK(options->continue_on_fail);
    const auto wrong = parse_options("+read_reg_poll_retries=many", "plusargs.txt");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message.find("plusargs.txt:1:24: found 'many'") == 0);
    CHECK_FALSE(parse_options("continue_on_fail", "plusargs.txt"));
}

TEST_CASE("loading a txn trace checks its data files before the run") {
    const TestFolder folder;
    const std::string path = folder.write(
        "foo/input.txn", "load_mem 0x80000000 0x20 in.dat\ndump_mem 0x80000000 0x20 in.dat\n");
    const auto missing = load_trace(path, regs::AddressMap::kNvFull);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message == folder.path() + "/foo/in.dat: No such file or directory");

    folder.write("foo/in.dat", "W=0x8\n" + std::string(kLine32));
    const auto trace = load_trace(path, regs::AddressMap::kNvFull);
    REQUIRE(trace);
    CHECK(trace->name == "foo");
    CHECK(trace->files[0].extent == 32);

    folder.write("foo/in.dat", "0x00 0x01\n");
    const auto cut = load_trace(path, regs::AddressMap::kNvFull);
    REQUIRE_FALSE(cut);
    CHECK(cut.error().message == path + ":1: 0x20 bytes wanted, but in.dat holds 0x2");
}

TEST_CASE("files that are no traces are refused in words") {
    const TestFolder folder;
    CHECK(load_trace(folder.path() + "/none.txn", regs::AddressMap::kNvFull)
              .error()
              .message.find("No such file") != std::string::npos);
    CHECK(load_trace(folder.path(), regs::AddressMap::kNvFull)
              .error()
              .message.find("must end in .txn or .cfg") != std::string::npos);
    const auto empty = folder.write("input.txn", "# nothing\n");
    CHECK(load_trace(empty, regs::AddressMap::kNvFull).error().message.find("no statement") !=
          std::string::npos);
}

TEST_CASE("statements stay small, so that long traces fit memory") {
    CHECK(sizeof(Statement) <= 56);
}

}  // namespace dla::trace
