// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

#include "dla_tlm/core/hang_explanation.hpp"
#include "qemu-bridge/systemc_side/qemu_bridge.hpp"
#include "qemu-bridge/test/fake_qemu.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::bridge;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kVersionAddress = 0x0;  // GLB of nv_full
constexpr std::uint32_t kVersion = 0x00303031;

struct SocketPath {
    SocketPath() {
        char pattern[] = "/tmp/dla-bridge-XXXXXX";
        folder = mkdtemp(pattern);
        path = folder + "/socket";
    }
    ~SocketPath() { rmdir(folder.c_str()); }
    std::string folder;
    std::string path;
};

// The platform's side of a handshake with a peer that tells `change`.
std::string refusal(const std::function<void(FakeQemu&)>& change) {
    const SocketPath place;
    auto listener = BridgeListener::open(place.path);
    REQUIRE(listener);
    FakeQemu qemu;
    change(qemu);
    qemu.connect(place.path);
    const auto channel = listener->accept(5s);
    const dla_bridge_welcome welcome = qemu.welcome();
    CHECK((welcome.status == DLA_BRIDGE_ACCEPTED) == channel.has_value());
    return channel ? "" : channel.error().message;
}

// An nv_full DLA behind a bridge; body is the guest, in a thread of its own.
// sink: hears the DLA's events. told: what the bridge's watchdog is to call.
// ready: gets the bridge before the run.
std::string run_guest(FakeQemu& qemu, const std::function<void()>& body, EventSink* sink = nullptr,
                      const std::function<void(Dla&)>& told = {},
                      const std::function<void(const QemuBridge&)>& ready = {}) {
    const SocketPath place;
    auto listener = BridgeListener::open(place.path);
    REQUIRE(listener);
    qemu.connect(place.path);
    auto channel = listener->accept(5s);
    REQUIRE(channel);
    std::vector<BridgeChannel> channels;
    channels.push_back(std::move(*channel));
    QemuBridge bridge("bridge", std::move(channels));
    Dla dla0("dla0", *builtin_config("nv_full"));
    sc_core::sc_signal<bool> irq("irq");
    bridge.attach(0, dla0, irq);
    if (sink != nullptr) dla0.events().attach(*sink);
    if (told) bridge.watch(20ms, [&](unsigned) { told(dla0); });
    if (ready) ready(bridge);
    std::thread guest([&] {
        body();
        qemu.hang_up();
    });
    sc_core::sc_start();
    guest.join();
    return bridge.error();
}

void copy_by_bdma(FakeQemu& qemu) {
    const auto write = [&](std::uint32_t address, std::uint32_t value) {
        qemu.transact(DLA_BRIDGE_WRITE, address, value);
    };
    write(0x4000, FakeQemu::kRamBase);
    write(0x4008, FakeQemu::kRamBase + 0x1000);
    write(0x4010, 1);
    write(0x4014, 3);
    write(0x4030, 1);
    write(0x4034, 1);
}

// Everything the model does, with its cycle.
class Diary : public EventSink {
  public:
    void on_csb(const CsbEvent& e) override { note("csb", e.cycle, e.address, e.value); }
    void on_interrupt(const InterruptEvent& e) override {
        note("interrupt", e.cycle, e.status, e.level);
    }
    void on_operation_begin(const OperationEvent& e) override {
        note("begin", e.begin, e.group, e.bytes);
    }
    void on_operation_end(const OperationEvent& e) override {
        note("end", e.end, e.group, e.bytes);
    }
    std::string text;

  private:
    void note(const char* what, std::uint64_t cycle, std::uint64_t a, std::uint64_t b) {
        text += fmt::format("{} {} {} {}\n", cycle, what, a, b);
    }
};

// A guest with a clock of its own: copies in both groups, polled, ticks between, interrupts taken.
// The host's pace, different for every seed, must not matter.
std::string diary_of_synchronised_run(unsigned seed) {
    FakeQemu qemu;
    qemu.hello.synchronised = 1;
    Diary diary;
    const std::string error = run_guest(
        qemu,
        [&] {
            std::mt19937 pace(seed);
            std::uint64_t now = 0;
            const auto access = [&](std::uint32_t op, std::uint32_t address, std::uint32_t value) {
                std::this_thread::sleep_for(std::chrono::microseconds(pace() % 300));
                return qemu.transact(op, address, value, now += 700);
            };
            for (std::uint32_t round = 0; round < 10; ++round) {
                access(DLA_BRIDGE_WRITE, 0x4000, FakeQemu::kRamBase);
                access(DLA_BRIDGE_WRITE, 0x4008, FakeQemu::kRamBase + 0x1000 * round);
                access(DLA_BRIDGE_WRITE, 0x4010, 15 + round);
                access(DLA_BRIDGE_WRITE, 0x4014, 3);
                access(DLA_BRIDGE_WRITE, 0x4030, 1);
                access(DLA_BRIDGE_WRITE, 0x4034, 1);
                access(DLA_BRIDGE_WRITE, 0x4030, 1);
                access(DLA_BRIDGE_WRITE, 0x4038, 1);
                unsigned taken = 0;
                for (int i = 0; i < 20; ++i) {
                    access(DLA_BRIDGE_TICK, 0, 0);
                    diary.text += fmt::format("guest at {}: wire {}\n", now, qemu.irq());
                    if (!qemu.irq()) continue;
                    const std::uint32_t status = access(DLA_BRIDGE_READ, 0xc, 0);
                    access(DLA_BRIDGE_WRITE, 0xc, status);
                    diary.text += fmt::format("guest at {}: status {}\n", now, status);
                    taken += static_cast<unsigned>(std::popcount(status));
                }
                if (taken != 2) diary.text += "an interrupt is missing\n";
            }
        },
        &diary);
    return diary.text + error;
}

// body's result, from a process of its own: SystemC elaborates once per process.
std::string in_child(const std::function<std::string()>& body) {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const pid_t child = fork();
    if (child == 0) {
        const std::string text = body();
        for (std::size_t done = 0; done < text.size();) {
            const ssize_t n = write(ends[1], text.data() + done, text.size() - done);
            if (n <= 0) break;
            done += static_cast<std::size_t>(n);
        }
        _exit(0);
    }
    close(ends[1]);
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = read(ends[0], buffer.data(), buffer.size())) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(n));
    close(ends[0]);
    waitpid(child, nullptr, 0);
    return text;
}

// What the platform says of a peer that sends this.
std::string error_after(const dla_bridge_request& request) {
    FakeQemu qemu;
    return run_guest(qemu, [&] {
        qemu.push(request);
        std::this_thread::sleep_for(100ms);
    });
}

}  // namespace

TEST_CASE("a peer that does not fit is refused with the reason") {
    CHECK(refusal([](FakeQemu&) {}).empty());
    CHECK(refusal([](FakeQemu& q) { q.hello.magic = 1; }).find("not the QEMU-side device") !=
          std::string::npos);
    CHECK(refusal([](FakeQemu& q) { q.hello.version = 9; }).find("version 9") != std::string::npos);
    CHECK(refusal([](FakeQemu& q) { q.hello.ring_bytes = 4; }).find("ring_bytes is 4") !=
          std::string::npos);
    CHECK(refusal([](FakeQemu& q) { q.hello.index = 4; }).find("index is 4") != std::string::npos);
    CHECK(refusal([](FakeQemu& q) { q.hello.ram_count = 0; }).find("ram_count is 0") !=
          std::string::npos);
    CHECK(refusal([](FakeQemu& q) { q.descriptors = 3; }).find("3 file descriptors") !=
          std::string::npos);
    CHECK(refusal([](FakeQemu& q) { q.hello.ram[0].size = 1ull << 40; }).find("announced") !=
          std::string::npos);
    CHECK(refusal([](FakeQemu& q) { q.hello.ram[0].file_offset = ~0ull; }).find("announced") !=
          std::string::npos);
    CHECK(refusal([](FakeQemu& q) { q.hello.ram[0].guest_address = ~0ull; }).find("wraps") !=
          std::string::npos);
    CHECK(refusal([](FakeQemu& q) { q.sealed_ram = false; }).find("not sealed") !=
          std::string::npos);
}

TEST_CASE("the socket is private to the user and goes away with the listener") {
    const SocketPath place;
    {
        auto listener = BridgeListener::open(place.path);
        REQUIRE(listener);
        struct stat status {};
        REQUIRE(stat(place.path.c_str(), &status) == 0);
        CHECK((status.st_mode & 077) == 0);
    }
    CHECK(access(place.path.c_str(), F_OK) != 0);
    CHECK_FALSE(BridgeListener::open("/no/such/folder/socket"));
    CHECK_FALSE(BridgeListener::open(std::string(200, 'x')));
}

TEST_CASE("nobody connecting is an error, not a hang") {
    const SocketPath place;
    auto listener = BridgeListener::open(place.path);
    REQUIRE(listener);
    CHECK(listener->accept(10ms).error().message.find("10 ms") != std::string::npos);
}

TEST_CASE("guest accesses reach the registers, DMA reaches guest memory, the interrupt its wire") {
    FakeQemu qemu;
    const std::string error = run_guest(qemu, [&] {
        CHECK(qemu.transact(DLA_BRIDGE_READ, kVersionAddress) == kVersion);
        std::memset(qemu.ram(), 0x5a, 64);
        copy_by_bdma(qemu);
        CHECK(qemu.wait_irq(5000));
        CHECK(qemu.ram()[0x1000 + 63] == 0x5a);
        CHECK(qemu.ram()[0x1000 + 64] == 0);
        CHECK(qemu.transact(DLA_BRIDGE_READ, 0xc) == 0x40);
        qemu.transact(DLA_BRIDGE_WRITE, 0xc, 0x40);
        CHECK_FALSE(qemu.irq());  // lowered before the write's own answer
    });
    CHECK(error.empty());
}

TEST_CASE("a read is answered after every posted write before it") {
    FakeQemu qemu;
    run_guest(qemu, [&] {
        for (std::uint32_t i = 1; i <= 100; ++i) {
            qemu.transact(DLA_BRIDGE_POSTED_WRITE, 0x4000, i * 32);
            if (i % 10 == 0) CHECK(qemu.transact(DLA_BRIDGE_READ, 0x4000) == i * 32);
        }
    });
}

TEST_CASE("a reset of the guest resets the DLA, also in the middle of its work") {
    FakeQemu qemu;
    run_guest(qemu, [&] {
        copy_by_bdma(qemu);
        qemu.transact(DLA_BRIDGE_RESET, 0);
        CHECK(qemu.transact(DLA_BRIDGE_READ, 0x4040) == 0x114);
        CHECK(qemu.transact(DLA_BRIDGE_READ, 0xc) == 0);
        CHECK_FALSE(qemu.irq());
    });
}

// Counts what RUBIK moves, and notes how much that was when the bridge had answered so many
// accesses.
class FirstLine : public EventSink {
  public:
    explicit FirstLine(std::uint64_t accesses) : accesses_(accesses) {}
    void on_memory(const MemoryEvent& e) override {
        moved += e.size;
        if (moved_at_answer == 0 && bridge->accesses() >= accesses_) moved_at_answer = moved;
    }
    const QemuBridge* bridge = nullptr;
    std::uint64_t moved = 0;
    std::uint64_t moved_at_answer = 0;

  private:
    std::uint64_t accesses_;
};

// A contraction by 32 x 32 makes 32 lines of one: 256 MiB are written, in pieces of 256 KiB that
// cost no model time.
TEST_CASE("an access does not wait for a layer that does much in one cycle") {
    const bool second_memory = GENERATE(false, true);
    CAPTURE(second_memory);
    const std::string verdict = in_child([&] {
        constexpr std::uint32_t kRubik = 0x10000;
        constexpr std::uint64_t kPieceBytes = 256 * 1024;
        constexpr std::array kWrites{std::pair{0x14u, 0x1fffu}, std::pair{0x54u, 0x1f001fu},
                                     std::pair{0x08u, 1u}};
        FakeQemu qemu;
        FirstLine line(kWrites.size() + 2);
        run_guest(
            qemu,
            [&] {
                const std::uint32_t ram = second_memory ? 0 : 1;
                qemu.transact(DLA_BRIDGE_WRITE, kRubik + 0x10, ram);
                qemu.transact(DLA_BRIDGE_WRITE, kRubik + 0x30, ram);
                for (const auto& [offset, value] : kWrites)
                    qemu.transact(DLA_BRIDGE_WRITE, kRubik + offset, value);
            },
            &line, {}, [&](const QemuBridge& bridge) { line.bridge = &bridge; });
        if (line.moved < 2 * kPieceBytes) return fmt::format("only {} bytes moved", line.moved);
        return fmt::format("{}", line.moved_at_answer > 0 && line.moved_at_answer < kPieceBytes);
    });
    CHECK(verdict == "true");
}

TEST_CASE("steps are long while cycles cost the host little and short while they cost much") {
    StepLength step;
    CHECK(step.cycles() == StepLength::kLongest);
    for (int i = 0; i < 30; ++i)
        step.took(std::chrono::nanoseconds(step.cycles() * 100));  // 100 ns a cycle
    CHECK(step.cycles() * 100 <= 20'000);
    CHECK(step.cycles() * 100 > 5'000);
    for (int i = 0; i < 30; ++i)
        step.took(1s);
    CHECK(step.cycles() == StepLength::kShortest);
    for (int i = 0; i < 30; ++i)
        step.took(1us);
    CHECK(step.cycles() == StepLength::kLongest);
}

TEST_CASE("in synchronised mode the model stands where the guest's clock stands") {
    FakeQemu qemu;
    qemu.hello.synchronised = 1;
    run_guest(qemu, [&] {
        copy_by_bdma(qemu);
        for (int i = 0; i < 3; ++i)
            CHECK(qemu.transact(DLA_BRIDGE_READ, 0xc, 0, 1) == 0);
        qemu.transact(DLA_BRIDGE_TICK, 0, 0, 1'000'000);
        CHECK(qemu.irq());
    });
}

TEST_CASE("a DLA asks for the guest's time while it works and not while it rests") {
    FakeQemu qemu;
    qemu.hello.synchronised = 1;
    run_guest(qemu, [&] {
        CHECK(qemu.transact(DLA_BRIDGE_READ, kVersionAddress) == kVersion);
        CHECK(qemu.ring().moving == 0);
        copy_by_bdma(qemu);
        CHECK(qemu.ring().moving == 1);
        qemu.transact(DLA_BRIDGE_TICK, 0, 0, 100);
        CHECK(qemu.ring().moving == 1);
        // At rest not before the interrupt has risen.
        for (std::uint64_t now = 110; qemu.ring().moving != 0; now += 10) {
            CHECK_FALSE(qemu.irq());
            qemu.transact(DLA_BRIDGE_TICK, 0, 0, now);
        }
        CHECK(qemu.irq());
    });
}

TEST_CASE("two synchronised runs have the same accesses, interrupts and cycles") {
    const std::string first = in_child([] { return diary_of_synchronised_run(1); });
    const std::string second = in_child([] { return diary_of_synchronised_run(2); });
    CHECK(first.find("wire true") != std::string::npos);
    CHECK(first.find("missing") == std::string::npos);
    CHECK(first.find(" end ") != std::string::npos);
    CHECK(first == second);
}

TEST_CASE("an unknown operation ends the bridge with the reason") {
    CHECK(error_after({77, 1, 0, 0, 0}).find("op is 77") != std::string::npos);
}

TEST_CASE("a wrong sequence number ends the bridge with the reason") {
    CHECK(error_after({1, 5, 0, 0, 0}).find("sequence is 5") != std::string::npos);
}

TEST_CASE("an address outside the window ends the bridge with the reason") {
    CHECK(error_after({1, 1, 0x40000, 0, 0}).find("0x40000") != std::string::npos);
}

TEST_CASE("an unaligned address ends the bridge with the reason") {
    CHECK(error_after({1, 1, 0x3, 0, 0}).find("0x3") != std::string::npos);
}

TEST_CASE("a ring index out of range ends the bridge with the reason") {
    FakeQemu qemu;
    const std::string error = run_guest(qemu, [&] {
        qemu.ring().head = 100'000;
        qemu.push({1, 1, 0, 0, 0});
        std::this_thread::sleep_for(100ms);
    });
    CHECK(error.find("ring head") != std::string::npos);
}

TEST_CASE("a DLA that waits for the guest is told once, with the reason") {
    FakeQemu qemu;
    std::vector<std::string> reasons;
    const auto error = run_guest(
        qemu,
        [&] {
            std::this_thread::sleep_for(100ms);          // an idle DLA is no hang
            qemu.transact(DLA_BRIDGE_WRITE, 0x4034, 1);  // BDMA.CFG_LAUNCH0, nothing pushed
            qemu.transact(DLA_BRIDGE_WRITE, 0xb038, 1);  // SDP.D_OP_ENABLE
            std::this_thread::sleep_for(300ms);
        },
        nullptr, [&](Dla& dla0) { reasons.push_back(explain_hang(dla0)); });
    CHECK(error.empty());
    REQUIRE(reasons.size() == 1);
    INFO(reasons[0]);
    CHECK(reasons[0].find("SDP group 0 waits for ") != std::string::npos);
    CHECK(reasons[0].find("BDMA group 0 was launched without an operation") != std::string::npos);
}
