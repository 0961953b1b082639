// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/monitor.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <thread>

#include "testing/catch.hpp"
#include "testing/csb_driver.hpp"
#include "vp/monitor/client.hpp"
#include "vp/monitor/cube.hpp"
#include "vp/monitor/memory_view.hpp"
#include "vp/monitor/parse.hpp"

using namespace dla;
using namespace dla::vp::monitor;
using testing::CsbDriver;

namespace {

constexpr std::uint64_t kSrc = 0x80001000;
constexpr std::uint64_t kDst = 0x80080000;

// nv_small with an 8x8x8 cube of counting bytes in memory, and a program that pools it 2x2.
struct MonitorBench {
    MonitorBench() : platform("platform", *builtin_config("nv_small")), driver("driver") {
        driver.bind(platform);
        const auto cube = platform.main_memory().bytes(kSrc, 512);
        for (std::size_t i = 0; i < cube.size(); ++i)
            cube[i] = static_cast<std::uint8_t>(i / 8);
    }

    void write(const char* unit, const char* name, std::uint32_t value) {
        const auto place = regs::find_register(regs::AddressMap::kNvSmall, unit, name);
        REQUIRE(place);
        driver.write(place->address, value);
    }
    void program() {
        for (const char* unit : {"PDP", "PDP_RDMA"}) {
            write(unit, "D_DATA_CUBE_IN_WIDTH", 7);
            write(unit, "D_DATA_CUBE_IN_HEIGHT", 7);
            write(unit, "D_DATA_CUBE_IN_CHANNEL", 7);
        }
        write("PDP", "D_DATA_CUBE_OUT_WIDTH", 3);
        write("PDP", "D_DATA_CUBE_OUT_HEIGHT", 3);
        write("PDP", "D_DATA_CUBE_OUT_CHANNEL", 7);
        write("PDP", "D_OPERATION_MODE_CFG", 0x11);
        write("PDP", "D_POOLING_KERNEL_CFG", 0x00110101);
        write("PDP", "D_DST_BASE_ADDR_LOW", kDst);
        write("PDP", "D_DST_LINE_STRIDE", 32);
        write("PDP", "D_DST_SURFACE_STRIDE", 128);
        write("PDP", "D_DST_RAM_CFG", 1);
        write("PDP_RDMA", "D_SRC_BASE_ADDR_LOW", kSrc);
        write("PDP_RDMA", "D_SRC_LINE_STRIDE", 64);
        write("PDP_RDMA", "D_SRC_SURFACE_STRIDE", 512);
        write("PDP_RDMA", "D_SRC_RAM_CFG", 1);
    }
    void run() {
        program();
        write("PDP_RDMA", "D_OP_ENABLE", 1);
        write("PDP", "D_OP_ENABLE", 1);
        driver.wait_interrupt();
    }

    vp::Platform platform;
    CsbDriver driver;
};

// The first of the parts that the text does not contain, with the text; "" where all are there.
std::string missing(const std::string& text, std::initializer_list<std::string> parts) {
    for (const std::string& part : parts)
        if (text.find(part) == std::string::npos) return "no '" + part + "' in: " + text;
    return "";
}

struct CommandsBench : MonitorBench {
    explicit CommandsBench(Gate::Pause pause = Gate::Pause::kFreeze) : gate(pause), commands(gate) {
        commands.watch("", platform.dla());
        commands.attach();
    }

    // Text of the answer; "error: ..." where the command is refused, "" while there is none.
    std::string ask(const std::string& line) {
        const auto text = std::make_shared<std::string>();
        commands.execute({.line = line}, [text](const Result<Reply>& reply) {
            *text = reply ? reply->text : "error: " + reply.error().message;
        });
        return *text;
    }
    std::string ask_json(const std::string& line) {
        std::string text;
        commands.execute({.line = line}, [&text](const Result<Reply>& reply) {
            text = reply ? boost::json::serialize(reply->data) : reply.error().message;
        });
        return text;
    }
    void then(const std::function<void()>& body) {
        driver.then(body);
        sc_core::sc_start();
    }

    Gate gate;
    Commands commands;
};

// A private folder that is gone afterwards.
struct Folder {
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "monitor-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

}  // namespace

TEST_CASE("registers are shown with fields, named values and groups") {
    CommandsBench bench;
    bench.then([&] {
        CHECK(bench.ask("regs") == "every register has its power-on value\n");
        bench.program();
        CHECK(missing(bench.ask("regs pdp 0"), {"PDP.D_OPERATION_MODE_CFG[0]", "0x00000011",
                                                "FLYING_MODE=1 (OFF_FLYING)"}) == "");
        CHECK(bench.ask("regs pdp 0").find("S_STATUS") == std::string::npos);
        CHECK(missing(bench.ask("regs PDP"), {"PDP.S_STATUS", "D_POOLING_KERNEL_CFG[1]"}) == "");
        CHECK(missing(bench.ask("regs"), {"PDP_RDMA.D_SRC_LINE_STRIDE[0]"}) == "");
        CHECK(bench.ask("regs").find("SDP.") == std::string::npos);
        CHECK(missing(bench.ask_json("regs PDP 0"), {R"("register":"D_OPERATION_MODE_CFG")",
                                                     R"({"value":1,"name":"OFF_FLYING"})"}) == "");
    });
}

TEST_CASE("what is not legal is refused with a sentence that says what is") {
    CommandsBench bench;
    CHECK(missing(bench.ask("regs SDB"), {"nv_small has no unit 'SDB'; units are GLB, MCIF"}) ==
          "");
    CHECK(bench.ask("regs PDP 2") == "error: GROUP is '2', legal is a number from 0 to 1");
    CHECK(missing(bench.ask("regs GLB 0"), {"GLB has no register groups"}) == "");
    CHECK(missing(bench.ask("stat"), {"'stat' is not a command; commands are status"}) == "");
    CHECK(missing(bench.ask("status now"), {"takes nothing behind it"}) == "");
    CHECK(missing(bench.ask("mem 0x1000 16"), {"16 bytes at 0x1000 are not all memory"}) == "");
    CHECK(missing(bench.ask("mem 0x80000000 0"), {"SIZE is '0', legal is"}) == "");
    CHECK(missing(bench.ask("mem 0x80000000 16 second"), {"has no second memory"}) == "");
    CHECK(missing(bench.ask("mem cube 0x80000000 8x8 int8"), {"legal is WIDTHxHEIGHTxCHANNELS"}) ==
          "");
    CHECK(missing(bench.ask("mem cube 0x80000000 8x8x8 int4"), {"legal is int8, int16 or fp16"}) ==
          "");
    CHECK(missing(bench.ask("mem cube 0x80000000 8000x8000x8 int8"), {"channels=A..B"}) == "");
    CHECK(missing(bench.ask("mem cube 0x80000000 8x8x8 int8 channels=8"),
                  {"channels is '8', legal is a number from 0 to 7"}) == "");
    CHECK(missing(bench.ask("mem cube CSC src"), {"units with one are CDMA"}) == "");
    CHECK(missing(bench.ask("break-reg PDP"), {"UNIT.REGISTER"}) == "");
    CHECK(missing(bench.ask("break-reg PDP.FOO"), {"PDP has no register 'FOO'"}) == "");
    CHECK(missing(bench.ask("delete 3"), {"there is no register break 3"}) == "");
    CHECK(missing(bench.ask("interrupt FOO_0"), {"SDP, CDP, PDP"}) == "");
    CHECK(missing(bench.ask("cbuf 99"), {"BANK is '99', legal is a number from 0 to 31"}) == "");
    CHECK(missing(bench.ask("dla=1 status"), {"dla is '1', legal is a number from 0 to 0"}) == "");
    CHECK(missing(bench.ask("help"), {"mem cube ADDRESS"}) == "");
}

TEST_CASE("status tells the guest's last mistakes and how often each was made") {
    CommandsBench bench;
    EventStream& events = bench.platform.dla().events();
    for (unsigned i = 0; i < 9; ++i)
        events.guest_error({i, "PDP", fmt::format("mistake {}", i)}, fmt::format("{}", i));
    for (unsigned i = 0; i < 999; ++i)
        events.guest_error({100, "PDP", "mistake 8 again"}, "8");
    const std::string status = bench.ask("status");
    CHECK(missing(status, {"mistakes of the guest:\n  [1] PDP: mistake 1\n",
                           "  [8] PDP: mistake 8 (1000 times)\n"}) == "");
    CHECK(status.find("mistake 0") == std::string::npos);
    CHECK(missing(bench.ask_json("status"), {"mistake 8 (1000 times)"}) == "");
}

TEST_CASE("status and op tell what runs, who waits, what ended and what is not cleared") {
    CommandsBench bench;
    bench.then([&] {
        CHECK(missing(bench.ask("status"), {"nothing runs", "interrupt line low"}) == "");
        bench.program();
        bench.write("PDP", "D_OP_ENABLE", 1);
        bench.driver.wait_cycles(20);
        CHECK(missing(bench.ask("status"), {"PDP       group 0 since",
                                            "PDP       group 0 for a layer of PDP_RDMA"}) == "");
        CHECK(missing(bench.ask("op PDP"), {"max 2x2 stride 2x2"}) == "");
        bench.write("PDP_RDMA", "D_OP_ENABLE", 1);
        bench.driver.wait_interrupt();
        CHECK(missing(bench.ask("status"), {"interrupt line high, not cleared: PDP_0"}) == "");
        CHECK(missing(bench.ask("op"), {"no operation is enabled", "ended, newest last:"}) == "");
        CHECK(missing(bench.ask_json("status"), {R"("interrupt_line":true)"}) == "");
    });
}

TEST_CASE("an operation that began before anybody listened is read from the registers") {
    MonitorBench bench;
    Gate gate(Gate::Pause::kFreeze);
    Commands commands(gate);
    commands.watch("", bench.platform.dla());
    bench.driver.then([&] {
        bench.program();
        bench.write("PDP", "D_OP_ENABLE", 1);
        bench.driver.wait_cycles(20);
        commands.execute({.line = "op"}, [](const Result<Reply>& reply) {
            CHECK(missing(reply->text, {"max 2x2 stride 2x2"}) == "");
        });
    });
    sc_core::sc_start();
}

TEST_CASE("memory is shown as bytes and as the cube that a unit reads or writes") {
    CommandsBench bench;
    bench.then([&] {
        bench.run();
        CHECK(missing(bench.ask("mem 0x80001008 8"), {"0080001008  01 01 01 01 01 01 01 01"}) ==
              "");
        CHECK(missing(bench.ask("mem cube PDP src channels=0"),
                      {"8x8x8 int8 at 0x80001000",
                       "     8     9    10    11    12    13    14    15\n"}) == "");
        const std::string pooled = bench.ask("mem cube PDP dst 0 channels=7");
        CHECK(missing(pooled, {"4x4x8 int8 at 0x80080000, line stride 32",
                               "channel 7\n     9    11    13    15\n"}) == "");
        CHECK(bench.ask("mem cube 0x80080000 4x4x8 int8 channels=7") == pooled);
        CHECK(missing(bench.ask_json("mem cube PDP dst 0 channels=7"),
                      {R"("values":[[[9,11,13,15],)"}) == "");
    });
}

TEST_CASE("fp16 and int16 elements are shown as numbers") {
    const std::uint8_t bytes[] = {0x00, 0x3c, 0x00, 0xc0, 0, 0, 0, 0};  // 1.0, -2.0
    CubeInMemory cube{.channels = 2, .precision = Precision::kFp16, .atom_bytes = 8};
    CHECK(missing(cube_picture(cube, bytes, {})->text,
                  {"channel 0\n         1\nchannel 1\n        -2\n"}) == "");
    cube.precision = Precision::kInt16;
    CHECK(missing(cube_picture(cube, bytes, {})->text,
                  {"channel 0\n 15360\nchannel 1\n-16384\n"}) == "");
}

TEST_CASE("a register break stops before the write takes effect") {
    CommandsBench bench(Gate::Pause::kBlock);
    std::string at_stop;
    std::uint64_t stopped_at = 0;
    bench.then([&] {
        CHECK(missing(bench.ask("break-reg pdp.d_op_enable 1"),
                      {"stops when PDP.D_OP_ENABLE is written with 0x1"}) == "");
        CHECK(missing(bench.ask("breaks"), {"1: PDP.D_OP_ENABLE with 0x1"}) == "");
        bench.gate.on_next_stop(0, [&](const std::string& reason) {
            at_stop = reason;
            stopped_at = bench.platform.dla().clock().now();
            CHECK_FALSE(bench.platform.dla().unit("PDP")->registers().enabled(0));
            bench.gate.post([&] { bench.gate.resume(); });
        });
        bench.run();
        CHECK(missing(at_stop, {"0x00000001 is written to PDP.D_OP_ENABLE"}) == "");
        CHECK(bench.ask("delete 1") == "1 register break removed\n");
    });
    CHECK(stopped_at != 0);
}

TEST_CASE("step stops at the end of the next operation of the unit") {
    CommandsBench bench(Gate::Pause::kBlock);
    bench.then([&] {
        std::string reason;
        bench.commands.execute({.line = "step PDP"}, [&](const Result<Reply>& reply) {
            reason = reply->text;
            bench.gate.post([&] { bench.gate.resume(); });
        });
        bench.run();
        CHECK(missing(reason, {"PDP group 0 ended at cycle", "max 2x2"}) == "");
    });
}

TEST_CASE("with two DLAs every answer names the one it speaks of") {
    MonitorBench bench;
    vp::Platform second("second", *builtin_config("nv_full"));
    CsbDriver unused("unused");
    unused.bind(second);
    Gate gate(Gate::Pause::kBlock);
    Commands commands(gate);
    commands.watch("dla0", bench.platform.dla());
    commands.watch("dla1", second.dla());
    commands.attach();
    const auto ask = [&](const std::string& line) {
        std::string text;
        commands.execute({.line = line}, [&text](const Result<Reply>& reply) {
            text =
                reply ? reply->text + boost::json::serialize(reply->data) : reply.error().message;
        });
        return text;
    };
    std::string at_stop;
    bench.driver.then([&] {
        CHECK(missing(ask("status"), {"dla0, nv_small"}) == "");
        CHECK(missing(ask("dla=1 status"), {"dla1, nv_full"}) == "");
        CHECK(missing(ask("dla=2 status"), {"legal is a number from 0 to 1"}) == "");
        CHECK(missing(ask("dla=1 break-reg BDMA.CFG_LAUNCH0"),
                      {"stops when BDMA.CFG_LAUNCH0 of dla1 is written"}) == "");
        CHECK(missing(ask("break-reg PDP.D_OP_ENABLE"), {"PDP.D_OP_ENABLE of dla0"}) == "");
        CHECK(missing(ask("breaks"), {"1: BDMA.CFG_LAUNCH0 of dla1\n",
                                      "2: PDP.D_OP_ENABLE of dla0\n", R"("dla":"dla1")"}) == "");
        CHECK(ask("delete 2").starts_with("1 register break removed"));
        commands.execute({.line = "step PDP"}, [&](const Result<Reply>& reply) {
            at_stop = reply->text;
            gate.post([&] { gate.resume(); });
        });
        bench.run();
    });
    sc_core::sc_start();
    CHECK(missing(at_stop, {"PDP group 0 of dla0 ended at cycle"}) == "");
}

TEST_CASE("an injected interrupt is a done interrupt without its operation") {
    CommandsBench bench;
    bench.then([&] {
        CHECK(bench.ask("interrupt CACC_1") == "CACC_1 raised\n");
        bench.driver.wait_interrupt();
        CHECK(bench.platform.dla().glb().status() == 1u << 21);
        // The bench's nv_small has no BDMA that could raise it.
        CHECK(bench.ask("interrupt BDMA_0") == "error: nv_small has no BDMA, so no BDMA_0 either");
    });
}

TEST_CASE("CBUF is summarised and dumped bank by bank") {
    CommandsBench bench;
    CHECK(missing(bench.ask("cbuf"),
                  {"32 banks of 512 entries of 8 bytes", "no layer has used it"}) == "");
    CHECK(missing(bench.ask("cbuf 1"), {"0000001000  00 00"}) == "");
}

TEST_CASE("a debugger's stop freezes the DLA, asks for the guest and ends with its session") {
    CommandsBench bench;
    bench.then([&] {
        const auto quiet = [](const Result<Reply>&) {};
        bench.commands.execute({.line = "debugger", .session = 3}, quiet);
        bench.commands.execute({.line = "break-reg PDP.D_OP_ENABLE", .session = 3}, quiet);
        bench.write("PDP", "D_OP_ENABLE", 1);
        CHECK(bench.gate.take_guest_stop());
        CHECK(bench.gate.frozen());
        CHECK(missing(bench.ask("pause"), {"already stopped: break-reg 1"}) == "");
        bench.commands.execute({.line = "debugger", .session = 4}, [](const auto& reply) {
            CHECK(missing(reply.error().message, {"another debugger"}) == "");
        });
        bench.commands.end_session(3);
        CHECK_FALSE(bench.gate.frozen());
        CHECK(bench.ask("breaks") == "no register breaks\n");
    });
}

TEST_CASE("a run is asked, held and let go through its socket, which is private") {
    const Folder folder;
    const auto socket = folder.path / "run" / "socket";
    MonitorBench bench;
    auto monitor = Monitor::open({.socket = socket.string(), .hold = true}, Gate::Pause::kBlock);
    REQUIRE(monitor);
    (*monitor)->watch("", bench.platform.dla());
    struct stat status {};
    REQUIRE(stat(socket.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    REQUIRE(stat(socket.parent_path().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
    CHECK(missing(Monitor::open({.socket = socket.string()}, Gate::Pause::kBlock).error().message,
                  {"another run has its monitor there"}) == "");

    std::vector<std::string> answers;
    std::thread client([&] {
        for (const char* line : {"status", "json status", "regs SDB", "step PDP", "resume"}) {
            const auto answer = ask(socket, line);
            answers.push_back(answer ? answer->text : answer.error().message);
        }
    });
    bench.driver.then([&] { bench.run(); });
    (*monitor)->begin();
    sc_core::sc_start();
    client.join();
    REQUIRE(answers.size() == 5);
    CHECK(missing(answers[0], {"stopped: held at the start"}) == "");
    CHECK(missing(answers[1], {R"("stopped":"held at the start")"}) == "");
    CHECK(missing(answers[2], {"has no unit 'SDB'"}) == "");
    CHECK(missing(answers[3], {"PDP group 0 ended"}) == "");
    CHECK(answers[4] == "goes on\n");
    monitor->reset();
    CHECK(missing(ask(socket, "status").error().message, {"no run has its monitor there"}) == "");
}

TEST_CASE("who waits when the run ends is told so") {
    const Folder folder;
    const auto socket = folder.path / "socket";
    MonitorBench bench;
    auto monitor = Monitor::open({.socket = socket.string(), .hold = true}, Gate::Pause::kBlock);
    REQUIRE(monitor);
    (*monitor)->watch("", bench.platform.dla());
    std::string text;
    std::thread client([&] {  // "step" lets the held run go on; no operation of CDP ever ends
        const auto answer = ask(socket, "step CDP");
        text = answer ? answer->text : answer.error().message;
    });
    bench.driver.then([&] { bench.run(); });
    (*monitor)->begin();
    sc_core::sc_start();
    monitor->reset();
    client.join();
    CHECK(text == "the run has ended");
}

TEST_CASE("a folder that others can enter is refused") {
    const Folder folder;
    REQUIRE(chmod(folder.path.c_str(), 0755) == 0);
    CHECK(missing(Monitor::open({.socket = (folder.path / "s").string()}, Gate::Pause::kBlock)
                      .error()
                      .message,
                  {"is open to others (mode 0755)"}) == "");
    CHECK(missing(Monitor::open({.socket = "", .hold = true}, Gate::Pause::kBlock).error().message,
                  {"--hold needs --monitor"}) == "");
}
