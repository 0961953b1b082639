// SPDX-License-Identifier: Apache-2.0
#include "testing/catch.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "trace-tests/test_folder.hpp"

namespace dla::trace {
namespace {

Result<Trace> parse(std::string_view text) {
    return parse_cfg(text, "t.cfg", regs::AddressMap::kNvSmall);
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

}  // namespace

TEST_CASE("cfg registers are named by unit and register") {
    const auto write = only<WriteRegister>("reg_write(NVDLA_SDP.D_OP_ENABLE_0, 0x1);");
    CHECK(write.address == 0x9038);
    CHECK(write.posted);
    CHECK(only<WriteRegister>("reg_write( NVDLA_CDMA.D_DAIN_ADDR_LOW_0_0 , 16 ) ; // x").value ==
          16);
    CHECK(
        message("reg_write(NVDLA_SDP.D_NONE_0, 0x1);") ==
        "t.cfg:1:11: found 'NVDLA_SDP.D_NONE_0', expected NVDLA_SDP.REGISTER_0 with a register of "
        "this unit (docs/registers)");
    CHECK(message("reg_write(NVDLA_FOO.D_NONE_0, 0x1);").find("a unit of this address map") !=
          std::string::npos);
    CHECK(message("reg_write(SDP.D_OP_ENABLE_0, 0x1);").find("a unit of this address map") !=
          std::string::npos);
}

TEST_CASE("a mark in the comment behind an access is its clock") {
    const auto trace = parse(
        "reg_write(NVDLA_SDP.D_OP_ENABLE_0, 1);  //@1234\n"
        "reg_write(NVDLA_SDP.D_OP_ENABLE_0, 1); //@home\n");
    REQUIRE(trace);
    REQUIRE(trace->statements.size() == 3);
    const auto& mark = std::get<WaitClock>(trace->statements[0].action);
    CHECK(mark.clock == 1234);
    CHECK(mark.slot == 9);
    CHECK(std::holds_alternative<WriteRegister>(trace->statements[1].action));
}

TEST_CASE("cfg polls have no limit, checks no repetition") {
    CHECK(only<ReadRegister>("poll_reg_equal(NVDLA_CDMA.S_CBUF_FLUSH_STATUS_0,0x1);").polls ==
          kUnlimitedPolls);
    CHECK(only<ReadRegister>("reg_read_check(NVDLA_GLB.S_INTR_MASK_0, 0);").polls == 0);
    only<RecordRegister>("reg_read(NVDLA_GLB.S_INTR_MASK_0, label);");
}

TEST_CASE("cfg interrupts are named in any letter case, the name may be missing") {
    CHECK(only<ExpectInterrupt>("intr_notify(SDP_0, a);").bit == std::uint8_t{0});
    CHECK(only<ExpectInterrupt>("intr_notify(cdma_wt_1, a);").bit == std::uint8_t{19});
    CHECK_FALSE(only<ExpectInterrupt>("intr_notify(a);").bit);
    CHECK(message("intr_notify(SDP_2, a);").find("an interrupt: SDP, CDP") != std::string::npos);
}

TEST_CASE("cfg memory statements take both memories, patterns and optional ids") {
    const auto fill = only<FillMemory>("mem_init(sec_mem, 0x50000000, 0x100, ADDR);");
    CHECK(fill.memory == Memory::kSecondary);
    CHECK(fill.pattern == Pattern::kAddress);
    CHECK(fill.trigger == kNoId);
    CHECK(only<FillMemory>("mem_init(pri_mem, 0, \"f.dat\", ONES, id);").trigger == 0);
    const auto load = only<LoadMemory>("mem_load(1, 0x80000000, \"f.dat\", go);");
    CHECK(load.memory == Memory::kPrimary);
    CHECK(load.trigger == 0);
    CHECK(message("mem_init(pri_mem, 0, 0x100, ZERO);").find("a pattern: ALL_ZERO") !=
          std::string::npos);
    CHECK(message("mem_load(pri_mem, 0, f.dat);").find("a file name in double quotes") !=
          std::string::npos);
    CHECK(message("mem_load(pri_mem, 0, \"f.dat);").find("a closing quote") != std::string::npos);
    CHECK(message("mem_init(pri_mem, 0, 0x80000000, ONES);").find("a size of 1 to") !=
          std::string::npos);
    CHECK(
        parse("mem_reserve(pri_mem, 0, 0x100);\nmem_release(pri_mem, 0, x);")->statements.empty());
}

TEST_CASE("cfg checks need whole words") {
    const auto crc = only<CheckCrc>("check_crc(id, 1, 0xa0000040, 0x1400, 0xf480b323);");
    CHECK(crc.crc == 0xf480b323);
    CHECK(crc.memory == Memory::kPrimary);
    CHECK(message("check_crc(id, 1, 0xa0000041, 0x1400, 0);").find("multiple of 4") !=
          std::string::npos);
    CHECK(message("check_crc(id, 1, 0xa0000040, 0x1401, 0);").find("multiple of 4") !=
          std::string::npos);
    only<CompareMemory>("check_file(id, pri_mem, 0, 8, \"golden.dat\");");
    only<CheckNothing>("check_nothing(id);");
}

TEST_CASE("cfg lines that are no statements are refused with their place") {
    CHECK(message("// fine\n\n reg_writ(a, b);").find("t.cfg:3:2: found 'reg_writ', expected ") ==
          0);
    CHECK(message("check_nothing(a)") == "t.cfg:1:17: found the end of the line, expected ';'");
    CHECK(message("check_nothing(a); junk").find("end of the line or // comment") !=
          std::string::npos);
    CHECK(message("check_nothing a;").find("expected '('") != std::string::npos);
}

TEST_CASE("a cfg trace that waits for an id nobody triggers is refused") {
    const TestFolder folder;
    const std::string path = folder.write("t.cfg", "check_nothing(done);\n");
    CHECK(load_trace(path, regs::AddressMap::kNvSmall).error().message ==
          path + ":1: waits for 'done', which no sync_notify or intr_notify names");
    folder.write("t.cfg", "sync_wait(NVDLA_CSC, go);\nsync_notify(NVDLA_CACC, go);\n");
    CHECK(load_trace(path, regs::AddressMap::kNvSmall));
}

TEST_CASE("the extent of a cfg data file is the size of its load") {
    const TestFolder folder;
    const std::string path = folder.write("t.cfg",
                                          "mem_load(pri_mem, 0x80000000, \"in.dat\");\n"
                                          "mem_init(pri_mem, 0x90000000, \"in.dat\", ONES);\n"
                                          "intr_notify(SDP_0, done);\n");
    folder.write("in.dat", "{offset:0x10, size:4, payload:1 2}\n");
    const auto trace = load_trace(path, regs::AddressMap::kNvSmall);
    REQUIRE(trace);
    CHECK(std::get<LoadMemory>(trace->statements[0].action).size == 0x14);
    CHECK(std::get<FillMemory>(trace->statements[1].action).size == 0x14);
}

}  // namespace dla::trace
