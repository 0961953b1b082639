// SPDX-License-Identifier: Apache-2.0
// Convolution, SDP and PDP in one go, in both groups of every unit.
#include <algorithm>
#include <array>

#include "testing/catch.hpp"
#include "testing/csb_driver.hpp"
#include "trace-tests/generator/generated_layer.hpp"

using namespace dla;
using testing::CsbDriver;

namespace {

constexpr std::array kChain{"CDMA", "CSC", "CMAC_A", "CMAC_B", "CACC", "SDP", "PDP"};
constexpr std::uint32_t kPooled[] = {0x90000000, 0x90100000};  // per group
constexpr unsigned kSize = 8;                                  // of the convolution's output
constexpr unsigned kPooledSize = kSize / 2;

// Three surfaces of nv_small; more lines than the links hold.
trace::GeneratedLayer fused_layer(const HardwareConfig& config, unsigned group) {
    const trace::LayerSpec spec{.width = kSize,
                                .height = kSize,
                                .channels = 16,
                                .kernels = 24,
                                .pad = 1,
                                .relu = true,
                                .seed = 5};
    auto layer = trace::generate(spec, config).value();
    trace::RegisterProgram& p = layer.program;
    const std::uint32_t line = kPooledSize * config.memory_atom_bytes;
    p.set("SDP", "D_FEATURE_MODE_CFG", {{"FLYING_MODE", 1}, {"OUTPUT_DST", 1}});
    p.set("PDP", "S_POINTER", 0);
    p.set("PDP", "D_DATA_CUBE_IN_WIDTH", kSize - 1);
    p.set("PDP", "D_DATA_CUBE_IN_HEIGHT", kSize - 1);
    p.set("PDP", "D_DATA_CUBE_IN_CHANNEL", spec.kernels - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_WIDTH", kPooledSize - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_HEIGHT", kPooledSize - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_CHANNEL", spec.kernels - 1);
    p.set("PDP", "D_OPERATION_MODE_CFG", 1);            // max, on the fly
    p.set("PDP", "D_POOLING_KERNEL_CFG", 0x00110101u);  // 2x2, stride 2
    p.set("PDP", "D_DST_BASE_ADDR_LOW", kPooled[group]);
    p.set("PDP", "D_DST_LINE_STRIDE", line);
    p.set("PDP", "D_DST_SURFACE_STRIDE", line * kPooledSize);
    p.set("PDP", "D_DST_RAM_CFG", 1);
    p.set("PDP", "D_DATA_FORMAT", 0);
    return layer;
}

void program(CsbDriver& driver, const trace::GeneratedLayer& layer, unsigned group) {
    constexpr std::uint32_t kSlot = 0xfff;
    constexpr std::uint32_t kPointer = 4;
    for (const auto& [address, value, mask] : layer.program.writes())
        driver.write(address, (address & kSlot) == kPointer ? group : value);
    for (auto unit = kChain.rbegin(); unit != kChain.rend(); ++unit)
        driver.write(layer.program.address(*unit, "D_OP_ENABLE"), 1);
}

// 2x2 maxima of the convolution's golden, surface by surface.
bool pooled_is_right(vp::Platform& platform, const trace::GeneratedLayer& layer, unsigned group) {
    const unsigned atom = platform.dla().config().memory_atom_bytes;
    const auto& in = layer.outputs[0].bytes;
    const auto out = platform.main_memory().bytes(kPooled[group], in.size() / 4);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t lane = i % atom;
        const std::size_t x = i / atom % kPooledSize;
        const std::size_t y = i / atom / kPooledSize;  // surfaces have twice the lines too
        std::int8_t most = -128;
        for (std::size_t k = 0; k < 4; ++k) {
            const std::size_t pixel = (2 * y + k / 2) * kSize + 2 * x + k % 2;
            most = std::max(most, static_cast<std::int8_t>(in[pixel * atom + lane]));
        }
        if (out[i] != static_cast<std::uint8_t>(most)) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("convolution, SDP and PDP stream surfaces through their links, in both groups at once") {
    vp::Platform platform("platform", *builtin_config("nv_small"));
    CsbDriver driver("driver");
    driver.bind(platform);
    const HardwareConfig& config = platform.dla().config();
    const trace::GeneratedLayer layers[] = {fused_layer(config, 0), fused_layer(config, 1)};
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
    const trace::GeneratedLayer layer = fused_layer(platform.dla().config(), 0);
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
