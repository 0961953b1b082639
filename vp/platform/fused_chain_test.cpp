// SPDX-License-Identifier: Apache-2.0
// Convolution, SDP and PDP in one go, in both groups of every unit.
#include <algorithm>
#include <array>

#include "testing/catch.hpp"
#include "testing/csb_driver.hpp"
#include "vp/platform/fused_layer.hpp"

using namespace dla;
using testing::CsbDriver;

namespace {

constexpr std::array kChain{"CDMA", "CSC", "CMAC_A", "CMAC_B", "CACC", "SDP", "PDP"};
constexpr std::uint32_t kPooled[] = {0x90000000, 0x90100000};  // per group

// Three surfaces of nv_small; more lines than the links hold.
const trace::LayerSpec kSpec{
    .width = 8, .height = 8, .channels = 16, .kernels = 24, .pad = 1, .relu = true, .seed = 5};

void program(CsbDriver& driver, const trace::GeneratedLayer& layer, unsigned group) {
    constexpr std::uint32_t kSlot = 0xfff;
    constexpr std::uint32_t kPointer = 4;
    for (const auto& [address, value, mask] : layer.program.writes())
        driver.write(address, (address & kSlot) == kPointer ? group : value);
    for (auto unit = kChain.rbegin(); unit != kChain.rend(); ++unit)
        driver.write(layer.program.address(*unit, "D_OP_ENABLE"), 1);
}

bool pooled_is_right(vp::Platform& platform, const trace::GeneratedLayer& layer, unsigned group) {
    const trace::Bytes expected = testing::pooled(layer, kSpec, platform.dla().config());
    return std::ranges::equal(platform.main_memory().bytes(kPooled[group], expected.size()),
                              expected);
}

}  // namespace

TEST_CASE("convolution, SDP and PDP stream surfaces through their links, in both groups at once") {
    vp::Platform platform("platform", *builtin_config("nv_small"));
    CsbDriver driver("driver");
    driver.bind(platform);
    const HardwareConfig& config = platform.dla().config();
    const trace::GeneratedLayer layers[] = {testing::fused_layer(kSpec, config, kPooled[0]),
                                            testing::fused_layer(kSpec, config, kPooled[1])};
    for (const trace::Image& image : layers[0].inputs)
        std::ranges::copy(image.bytes,
                          platform.main_memory().bytes(image.address, image.bytes.size()).begin());
    driver.then([&] {
        program(driver, layers[0], 0);
        program(driver, layers[1], 1);
        for (const char* unit : kChain) {
            INFO(unit);
            CHECK(driver.read(layers[0].program.address(unit, "S_STATUS")) == 0x00020001);
        }
        driver.wait_cycles(100'000);
        for (const char* unit : kChain) {
            INFO(unit);
            CHECK(driver.read(layers[0].program.address(unit, "S_STATUS")) == 0);
        }
    });
    sc_core::sc_start();
    CHECK(pooled_is_right(platform, layers[0], 0));
    CHECK(pooled_is_right(platform, layers[0], 1));
}

TEST_CASE("a chain whose PDP is not enabled is explained by who waits for whom") {
    vp::Platform platform("platform", *builtin_config("nv_small"));
    CsbDriver driver("driver");
    driver.bind(platform);
    const trace::GeneratedLayer layer =
        testing::fused_layer(kSpec, platform.dla().config(), kPooled[0]);
    driver.then([&] {
        for (const auto& [address, value, mask] : layer.program.writes())
            driver.write(address, value);
        for (const char* unit : {"SDP", "CACC", "CMAC_B", "CMAC_A", "CSC", "CDMA"})
            driver.write(layer.program.address(unit, "D_OP_ENABLE"), 1);
        driver.wait_cycles(100'000);
    });
    sc_core::sc_start();
    const auto entries = platform.dla().waits().entries();
    const auto waits = [&](const char* unit, const char* link) {
        return std::ranges::any_of(entries, [&](const WaitBoard::Entry& entry) {
            return entry.unit == unit && entry.reason.find(link) != std::string::npos;
        });
    };
    CHECK(waits("SDP", "SDP to PDP"));
    CHECK(waits("CACC", "CACC to SDP"));
}
