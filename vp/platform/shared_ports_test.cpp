// SPDX-License-Identifier: Apache-2.0
// BDMA and RUBIK of nv_full at once, through the sockets of a whole DLA: what they take from each
// other on a port.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "testing/catch.hpp"
#include "testing/csb_driver.hpp"

using namespace dla;
using namespace dla::testing;

namespace {

constexpr std::uint32_t kMain = 0x80000000;
constexpr std::uint32_t kSecond = 0x50000000;
constexpr std::uint64_t kBeat = 64;
constexpr std::uint64_t kCopyBytes = 64 * 1024;        // 1024 beats
constexpr std::uint64_t kReshapeBytes = 64 * 64 * 32;  // 2048 beats
constexpr std::uint64_t kCopyBeats = kCopyBytes / kBeat;
constexpr std::uint64_t kReshapeBeats = kReshapeBytes / kBeat;

bool near(double value, double expected, double margin) {
    return std::abs(value - expected) <= margin;
}

class SharedBench : public EventSink {
  public:
    explicit SharedBench(const TimingMode& timing = {})
        : platform("platform", *builtin_config("nv_full"), timing), driver("driver") {
        driver.bind(platform);
        platform.dla().events().attach(*this);
        for (const std::uint32_t base : {kMain, kSecond}) {
            auto bytes = memory(base).subspan(0, 0x40000);
            for (std::size_t i = 0; i < bytes.size(); ++i)
                bytes[i] = static_cast<std::uint8_t>((i * 2654435761u) >> 19);
        }
    }

    void set(const char* unit, const char* name, std::uint32_t value) {
        for (const RegisterInfo& info : platform.dla().unit(unit)->registers().table()) {
            if (std::strcmp(info.name, name) == 0)
                return driver.write(
                    static_cast<std::uint32_t>(regs::find_unit(unit)->base[0]) + info.offset,
                    value);
        }
        FAIL(name);
    }

    // Sixteen lines of 4 KiB inside one memory.
    void program_copy(std::uint32_t base = kMain) {
        set("BDMA", "CFG_SRC_ADDR_LOW", base);
        set("BDMA", "CFG_DST_ADDR_LOW", base + 0x100000);
        set("BDMA", "CFG_CMD", base == kMain ? 3 : 0);
        set("BDMA", "CFG_LINE", 4096 / 32 - 1);
        set("BDMA", "CFG_LINE_REPEAT", 15);
        set("BDMA", "CFG_SRC_LINE", 4096);
        set("BDMA", "CFG_DST_LINE", 4096);
        set("BDMA", "CFG_OP", 1);
    }
    // A contraction of one block of 64x64x32, which moves every byte once.
    void program_reshape() {
        set("RBK", "D_MISC_CFG", 0);  // int8
        set("RBK", "D_DATAIN_SIZE_0", 63 << 16 | 63);
        set("RBK", "D_DATAIN_SIZE_1", 31);
        set("RBK", "D_DATAOUT_SIZE_1", 31);
        set("RBK", "D_DAIN_RAM_TYPE", 1);
        set("RBK", "D_DAOUT_RAM_TYPE", 1);
        set("RBK", "D_DAIN_ADDR_LOW", kMain + 0x20000);
        set("RBK", "D_DAOUT_ADDR_LOW", kMain + 0x200000);
        set("RBK", "D_DAIN_LINE_STRIDE", 64 * 32);
        set("RBK", "D_DAIN_SURF_STRIDE", kReshapeBytes);
        set("RBK", "D_CONTRACT_STRIDE_0", kReshapeBytes);
        set("RBK", "D_DAOUT_LINE_STRIDE", 64 * 32);
        set("RBK", "D_CONTRACT_STRIDE_1", 64 * 32);
        set("RBK", "D_DAOUT_SURF_STRIDE", kReshapeBytes);
    }
    void start_copy() { set("BDMA", "CFG_LAUNCH0", 1); }
    void start_reshape() { set("RBK", "D_OP_ENABLE", 1); }

    // The next layers to end, after so many cycles at most.
    void wait_layers(std::size_t count) {
        for (unsigned step = 0; layers.size() < count && step < 1000; ++step)
            driver.wait_cycles(100);
        REQUIRE(layers.size() == count);
    }
    const OperationEvent& layer(const char* unit) const {
        const auto found = std::find_if(layers.rbegin(), layers.rend(), [&](const auto& event) {
            return std::strcmp(event.unit, unit) == 0;
        });
        REQUIRE(found != layers.rend());
        return *found;
    }
    std::uint64_t cycles(const char* unit) const { return layer(unit).end - layer(unit).begin; }

    std::span<std::uint8_t> memory(std::uint32_t base) {
        return platform.memory_at(base, 0x400000)->bytes(base, 0x400000);
    }
    bool moved(std::uint32_t base, std::uint32_t from, std::uint32_t to, std::uint64_t size) {
        const auto bytes = memory(base);
        return std::equal(&bytes[from], &bytes[from] + size, &bytes[to]);
    }

    void on_operation_end(const OperationEvent& event) override { layers.push_back(event); }

    vp::Platform platform;
    CsbDriver driver;
    std::vector<OperationEvent> layers;
};

}  // namespace

TEST_CASE("two units that fill the port take longer together than alone, and not than in turn") {
    SharedBench bench;
    bench.driver.then([&] {
        bench.program_copy();
        bench.start_copy();
        bench.wait_layers(1);
        bench.program_reshape();
        bench.start_reshape();
        bench.wait_layers(2);
        const std::uint64_t copy = bench.cycles("BDMA");
        const std::uint64_t reshape = bench.cycles("RBK");
        CHECK(bench.layer("BDMA").parts.shared_with.empty());
        CHECK(bench.layer("RBK").parts.shared_port == 0);

        for (unsigned run = 0; run < 2; ++run) {
            std::ranges::fill(bench.memory(kMain).subspan(0x100000), std::uint8_t{0});
            const std::size_t before = bench.layers.size();
            bench.program_copy();
            bench.set("RBK", "S_POINTER", 1 - run);
            bench.program_reshape();
            bench.start_copy();
            bench.start_reshape();
            bench.wait_layers(before + 2);
            const OperationEvent& one = bench.layer("BDMA");
            const OperationEvent& other = bench.layer("RBK");
            // The copy has half of the port all the time, the other then speeds up again.
            CHECK(bench.cycles("BDMA") >= copy + kCopyBeats - 20);
            CHECK(bench.cycles("BDMA") <= copy + kCopyBeats);
            CHECK(bench.cycles("RBK") >= reshape + kCopyBeats - 20);
            CHECK(bench.cycles("RBK") <= reshape + kCopyBeats);
            const std::uint64_t together =
                std::max(one.end, other.end) - std::min(one.begin, other.begin);
            CHECK(together <= copy + reshape);
            CHECK(one.work.primary.total() == 2 * kCopyBytes);
            CHECK(other.work.primary.total() == 2 * kReshapeBytes);
            CHECK(together >= kCopyBeats + kReshapeBeats);  // a beat per cycle and direction
            CHECK(one.parts.shared_with.words() == "RUBIK");
            CHECK(other.parts.shared_with.words() == "BDMA");
            CHECK(near(one.parts.total(), static_cast<double>(bench.cycles("BDMA")), 2));
            CHECK(near(other.parts.total(), static_cast<double>(bench.cycles("RBK")), 2));
            CHECK(bench.moved(kMain, 0, 0x100000, kCopyBytes));
            CHECK(bench.moved(kMain, 0x20000, 0x200000, kReshapeBytes));
        }
    });
    sc_core::sc_start();
}

TEST_CASE("weights of MCIF and the limit of open reads decide who gets how much") {
    SharedBench bench;
    bench.driver.then([&] {
        bench.set("MCIF", "CFG_RD_WEIGHT_0", 3);  // BDMA
        bench.set("MCIF", "CFG_WR_WEIGHT_0", 3);
        bench.program_copy();
        bench.program_reshape();
        bench.start_copy();
        bench.start_reshape();
        bench.wait_layers(2);
        CHECK(near(bench.layer("BDMA").parts.shared_port, kCopyBeats / 0.75 - kCopyBeats, 20));
        // One open read: a beat in 50 + 3 cycles.
        bench.set("MCIF", "CFG_OUTSTANDING_CNT", 0xff00);
        bench.program_copy();
        bench.start_copy();
        bench.wait_layers(3);
        CHECK(near(static_cast<double>(bench.cycles("BDMA")), kCopyBeats * 53.0, 200));
    });
    sc_core::sc_start();
}

TEST_CASE("units on different ports do not disturb each other") {
    SharedBench bench;
    bench.driver.then([&] {
        bench.program_copy(kSecond);
        bench.program_reshape();
        bench.start_copy();
        bench.start_reshape();
        bench.wait_layers(2);
        CHECK(bench.layer("BDMA").parts.shared_with.empty());
        CHECK(bench.layer("RBK").parts.shared_with.empty());
        CHECK(bench.moved(kSecond, 0, 0x100000, kCopyBytes));
    });
    sc_core::sc_start();
}

TEST_CASE("with timing off nobody waits for a port") {
    TimingMode off;
    off.enabled = false;
    SharedBench bench(off);
    bench.driver.then([&] {
        bench.program_copy();
        bench.program_reshape();
        bench.start_copy();
        bench.start_reshape();
        bench.wait_layers(2);
        CHECK(bench.layer("BDMA").parts.shared_with.empty());
        CHECK(bench.moved(kMain, 0x20000, 0x200000, kReshapeBytes));
    });
    sc_core::sc_start();
}

TEST_CASE("a reset in the middle frees the port") {
    SharedBench bench;
    bench.driver.then([&] {
        bench.program_copy();
        bench.program_reshape();
        bench.start_copy();
        bench.start_reshape();
        bench.driver.wait_cycles(300);
        bench.platform.dla().reset();
        bench.program_reshape();
        bench.start_reshape();
        bench.wait_layers(1);
        CHECK(bench.layer("RBK").parts.shared_with.empty());
        CHECK(bench.moved(kMain, 0x20000, 0x200000, kReshapeBytes));
    });
    sc_core::sc_start();
}
