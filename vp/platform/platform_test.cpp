// SPDX-License-Identifier: Apache-2.0
#include "vp/platform/platform.hpp"

#include "dla_tlm/core/dla.hpp"
#include "testing/catch.hpp"
#include "testing/csb_driver.hpp"

using namespace dla;
using testing::CsbDriver;

namespace {

constexpr std::uint32_t kVersion = 0x00303031;

HardwareConfig config_of(const char* name) {
    return *builtin_config(name);
}

}  // namespace

TEST_CASE("every register of every configuration resets, reads and masks as its table says") {
    // One configuration per process: SystemC elaborates once.
    for (const auto& name : builtin_config_names()) {
        const HardwareConfig config = config_of(name.c_str());
        auto* platform = new vp::Platform(name.c_str(), config);
        auto* driver = new CsbDriver((name + "_driver").c_str());
        driver->bind(*platform);
        driver->then([platform, driver, config] { testing::walk_registers(*driver, *platform); });
    }
    sc_core::sc_start();
}

TEST_CASE("slots without a unit read 0, swallow writes and answer") {
    vp::Platform platform("platform", config_of("nv_small"));
    CsbDriver driver("driver");
    driver.bind(platform);
    driver.then([&] {
        for (const std::uint32_t address : {0xf000u, 0x10000u, 0x11000u, 0xe000u, 0x3fffcu}) {
            driver.write(address, 0xffffffff);
            CHECK(driver.read(address) == 0);
        }
        CHECK(driver.read(0x1000) == kVersion);
        CHECK(driver.status(0x40000) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
        CHECK(driver.status(0x1001) == tlm::TLM_BURST_ERROR_RESPONSE);
    });
    sc_core::sc_start();
}

TEST_CASE("the interrupt line is the level of unmasked status bits") {
    vp::Platform platform("platform", config_of("nv_full"));
    CsbDriver driver("driver");
    driver.bind(platform);
    driver.then([&] {
        driver.write(0x8, 0x41);  // S_INTR_SET: SDP group 0, BDMA group 0
        CHECK(driver.read(0xc) == 0x41);
        driver.wait_cycles(10);
        CHECK(platform.irq().read());
        driver.write(0x4, 0x41);  // mask both
        driver.wait_cycles(1);
        CHECK_FALSE(platform.irq().read());
        driver.write(0x4, 0x40);  // unmask SDP: a set bit raises the line
        driver.wait_cycles(10);
        CHECK(platform.irq().read());
        driver.write(0xc, 0x1);
        driver.wait_cycles(1);
        CHECK_FALSE(platform.irq().read());
        CHECK(driver.read(0xc) == 0x40);
        CHECK(driver.read(0x8) == 0);
    });
    sc_core::sc_start();
}

TEST_CASE("builds without BDMA and RUBIK have no such interrupt bits") {
    vp::Platform platform("platform", config_of("nv_small"));
    CsbDriver driver("driver");
    driver.bind(platform);
    driver.then([&] {
        driver.write(0x1004, 0xffffffff);
        CHECK(driver.read(0x1004) == 0x003f003f);
        driver.write(0x1008, 0x3c0);
        CHECK(driver.read(0x100c) == 0);
    });
    sc_core::sc_start();
}

TEST_CASE("a DMA address outside memory is reported by unit and register and harms nothing") {
    vp::Platform platform("platform", config_of("nv_full"));
    CsbDriver driver("driver");
    driver.bind(platform);
    testing::GuestErrors errors(platform.dla().events());
    driver.then([&] {
        driver.write(0x4000, 0x1000);      // CFG_SRC_ADDR_LOW: nothing there
        driver.write(0x4008, 0x80000000);  // CFG_DST_ADDR_LOW
        driver.write(0x4014, 3);
        driver.write(0x4030, 1);
        driver.write(0x4034, 1);
        driver.wait_interrupt();
        CHECK(driver.read(0xc) == 0x40);
        REQUIRE(errors.messages.size() == 1);
        CHECK(errors.messages[0].find("CFG_SRC_ADDR") != std::string::npos);
        CHECK(errors.messages[0].find("0x1000") != std::string::npos);
    });
    sc_core::sc_start();
}

TEST_CASE("a place in memory counts as written, and is lent only while nobody watches") {
    vp::Platform platform("platform", config_of("nv_full"));
    CsbDriver driver("driver");
    driver.bind(platform);
    std::optional<testing::GuestErrors> watcher;
    driver.then([&] {
        MemoryInterfaces& memory = platform.dla().memory();
        const MemoryAccess access{MemoryClient::kSdp, Ram::kPrimary, 0x80000100, ""};
        const auto place = memory.place(access, 64);
        REQUIRE(place.size() == 64);
        CHECK(place.data() == platform.main_memory().bytes(0x80000100, 64).data());
        CHECK(memory.traffic(MemoryClient::kSdp, Ram::kPrimary).written_bytes == 64);
        CHECK(memory.place({MemoryClient::kSdp, Ram::kPrimary, 0x1000, ""}, 64).empty());
        CHECK(memory.place(access, 0).empty());
        watcher.emplace(platform.dla().events());
        CHECK(memory.place(access, 64).empty());
        CHECK(memory.traffic(MemoryClient::kSdp, Ram::kPrimary).written_bytes == 64);
    });
    sc_core::sc_start();
}

TEST_CASE("two DLAs in one process do not share anything") {
    vp::Platform first("first", config_of("nv_full"));
    vp::Platform second("second", config_of("nv_full"));
    CsbDriver driver("driver");
    CsbDriver other("other");
    driver.bind(first);
    other.bind(second);
    driver.then([&] {
        first.main_memory().bytes(0x80000000, 1)[0] = 7;
        driver.write(0x4000, 0x80000000);
        driver.write(0x4008, 0x80001000);
        driver.write(0x4014, 3);
        driver.write(0x4030, 1);
        driver.write(0x4034, 1);
        driver.wait_interrupt();
        CHECK(first.main_memory().bytes(0x80001000, 1)[0] == 7);
        CHECK(second.main_memory().bytes(0x80001000, 1)[0] == 0);
        CHECK_FALSE(second.irq().read());
    });
    other.then([&] { CHECK(other.read(0x4000) == 0); });
    sc_core::sc_start();
}

TEST_CASE("a reset brings back the power-on state, also in the middle of a copy") {
    vp::Platform platform("platform", config_of("nv_full"));
    CsbDriver driver("driver");
    driver.bind(platform);
    driver.then([&] {
        driver.write(0x4000, 0x80000000);
        driver.write(0x4008, 0x80001000);
        driver.write(0x4010, 0x1fff);
        driver.write(0x4018, 0xffff);
        driver.write(0x4014, 3);
        driver.write(0x4030, 1);
        driver.write(0x4034, 1);
        driver.wait_cycles(1000);
        CHECK((driver.read(0x4040) & 0x200) != 0);
        platform.dla().reset();
        CHECK(driver.read(0x4040) == 0x114);
        CHECK(driver.read(0x4000) == 0);
        driver.wait_cycles(10'000);
        CHECK(driver.read(0xc) == 0);
    });
    sc_core::sc_start();
}
