// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/recorder.hpp"

#include "testing/catch.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "trace-tests/test_folder.hpp"

namespace dla::vp {
namespace {

using Bytes = std::vector<std::uint8_t>;

MemoryEvent access(std::uint64_t address, const Bytes& bytes, bool write) {
    return {0, "SDP", false, address, bytes.size(), write, bytes.data()};
}

template <class T>
std::vector<T> statements(const trace::Trace& trace) {
    std::vector<T> found;
    for (const auto& statement : trace.statements)
        if (const auto* action = std::get_if<T>(&statement.action)) found.push_back(*action);
    return found;
}

}  // namespace

TEST_CASE("memory is recorded only where it was read before it was written") {
    RecordedMemory memory;
    CHECK(memory.read(0x80000000, Bytes{1, 2, 3}).empty());
    memory.write(0x80010000, Bytes{4, 5});
    CHECK(memory.read(0x80010000, Bytes{4, 5}).empty());
    CHECK(memory.read(0x80020000, Bytes(64)).empty());  // a fresh memory is zero as well
    const auto initial = memory.initial();
    REQUIRE(initial.size() == 1);
    CHECK(initial[0].address == 0x80000000);
    CHECK(initial[0].bytes == Bytes{1, 2, 3});
    const auto written = memory.written();
    REQUIRE(written.size() == 1);
    CHECK(written[0].bytes == Bytes{4, 5});
}

TEST_CASE("regions join over small gaps and page borders") {
    RecordedMemory memory;
    CHECK(memory.read(0x80000ffe, Bytes{1, 2, 3, 4}).empty());
    memory.write(0x80001004, Bytes{7});
    CHECK(memory.read(0x80001006, Bytes{9}).empty());
    REQUIRE(memory.initial().size() == 1);
    CHECK(memory.initial()[0].bytes == Bytes{1, 2, 3, 4, 0, 0, 0, 0, 9});
}

TEST_CASE("what others change after the DLA saw it is told") {
    RecordedMemory memory;
    memory.write(0x80000000, Bytes{1, 2, 3, 4});
    const auto late = memory.read(0x80000000, Bytes{1, 9, 8, 4});
    REQUIRE(late.size() == 1);
    CHECK(late[0].address == 0x80000001);
    CHECK(late[0].bytes == Bytes{9, 8});
    CHECK(memory.read(0x80000000, Bytes{1, 9, 8, 4}).empty());
}

TEST_CASE("a record waits for interrupts before what came behind them") {
    const trace::TestFolder folder;
    const HardwareConfig config = *builtin_config("nv_full");
    Recorder recorder(config);
    recorder.on_csb({10, 0xb038, 1, true});
    recorder.on_memory(access(0x80000000, {1, 2}, false));
    recorder.on_memory(access(0x80001000, {3, 4}, true));
    recorder.on_interrupt({50, 1, 0, true});
    recorder.on_csb({60, 0x100c, 1, false});
    recorder.on_csb({61, 0x100c, 1, true});
    recorder.on_memory(access(0x80000000, {5, 2}, false));
    recorder.on_csb({70, 0xb038, 1, true});
    recorder.on_interrupt({90, 2, 0, true});
    REQUIRE(recorder.write(folder.path()));
    const auto trace = trace::load_trace(folder.path() + "/input.txn", regs::AddressMap::kNvFull);
    REQUIRE(trace);
    CHECK(statements<trace::WriteRegister>(*trace).size() == 3);
    const auto reads = statements<trace::ReadRegister>(*trace);
    REQUIRE(reads.size() == 2);
    CHECK(reads[0].mask == 1);
    CHECK(reads[1].mask == 2);
    CHECK(statements<trace::LoadMemory>(*trace).size() == 2);
    // Load, enable, wait, changed byte, clear, ...
    CHECK(std::holds_alternative<trace::LoadMemory>(trace->statements[5].action));
    CHECK(statements<trace::CompareMemory>(*trace).size() == 1);
}

TEST_CASE("a record keeps the clock of every access, waits in clocks when the bus is free") {
    const trace::TestFolder folder;
    const HardwareConfig config = *builtin_config("nv_full");
    Recorder recorder(config);
    recorder.on_csb({10, 0xb038, 1, true});
    recorder.on_interrupt({50, 1, 0, true});
    recorder.on_csb({60, 0xb038, 1, true});
    recorder.on_interrupt({90, 3, 0, true});
    REQUIRE(recorder.write(folder.path()));
    const auto trace = trace::load_trace(folder.path() + "/input.txn", regs::AddressMap::kNvFull);
    REQUIRE(trace);
    std::vector<std::uint64_t> clocks;
    for (const auto& mark : statements<trace::WaitClock>(*trace))
        clocks.push_back(mark.clock);
    CHECK(clocks == std::vector<std::uint64_t>{10, 51, 60, 91});
}

TEST_CASE("a cfg record expects interrupts and holds back what came behind them") {
    const trace::TestFolder folder;
    const std::string place = folder.path() + "/lenet";
    const HardwareConfig config = *builtin_config("nv_full");
    Recorder recorder(config);
    recorder.on_csb({10, 0xb038, 1, true});
    recorder.on_memory(access(0x80000000, {1, 2}, false));
    recorder.on_memory(access(0x80001000, {3, 4}, true));
    recorder.on_interrupt({50, 1, 0, true});
    recorder.on_csb({60, 0xc, 1, true});  // clears it: the player does that
    recorder.on_interrupt({60, 0, 0, false});
    recorder.on_csb({70, 0xd008, 1, true});
    REQUIRE(recorder.write(place, RecordDialect::kCfg));
    const auto trace = trace::load_trace(place + "/lenet.cfg", regs::AddressMap::kNvFull);
    INFO((trace ? "" : trace.error().message));
    REQUIRE(trace);
    CHECK(statements<trace::WriteRegister>(*trace).size() == 2);
    CHECK(statements<trace::ExpectInterrupt>(*trace).size() == 1);
    CHECK(statements<trace::CompareMemory>(*trace).size() == 1);
    CHECK(statements<trace::LoadMemory>(*trace).size() == 1);
    recorder.on_interrupt({80, 1, 0, true});
    recorder.on_interrupt({90, 1, 0, true});
    const auto refused = recorder.write(place, RecordDialect::kCfg);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("came again before software had cleared it") !=
          std::string::npos);
}

TEST_CASE("a reset begins the record anew") {
    const trace::TestFolder folder;
    const HardwareConfig config = *builtin_config("nv_full");
    Recorder recorder(config);
    recorder.on_csb({10, 0xb038, 1, true});
    recorder.on_memory(access(0x80000000, {3, 4}, true));
    recorder.on_reset(20);
    recorder.on_memory(access(0x80000000, {3, 4}, false));
    recorder.on_csb({30, 0xd008, 1, true});
    recorder.on_interrupt({50, 16, 0, true});
    REQUIRE(recorder.write(folder.path()));
    const auto trace = trace::load_trace(folder.path() + "/input.txn", regs::AddressMap::kNvFull);
    INFO((trace ? "" : trace.error().message));
    REQUIRE(trace);
    CHECK(statements<trace::WriteRegister>(*trace).size() == 1);
    CHECK(statements<trace::LoadMemory>(*trace).size() == 1);
    CHECK(statements<trace::CompareMemory>(*trace).empty());
}

TEST_CASE("memory at an address that the dialect gives to the other one is refused") {
    const trace::TestFolder folder;
    const HardwareConfig config = *builtin_config("nv_full");
    Recorder recorder(config);
    recorder.on_memory(access(0x50000000, {1}, true));
    const auto written = recorder.write(folder.path());
    REQUIRE_FALSE(written);
    CHECK(written.error().message.find("main memory is used at 0x50000000") != std::string::npos);
}

}  // namespace dla::vp
