// SPDX-License-Identifier: Apache-2.0
// Whole layers in the modes that networks seldom use, one after the other on one platform: every
// byte of the output against the generator's plain loops. And chains of layers that find data and
// weights in CBUF.
#include <algorithm>
#include <string>

#include "testing/catch.hpp"
#include "testing/csb_driver.hpp"
#include "trace-tests/generator/generated_layer.hpp"
#include "trace-tests/generator/mode_set.hpp"

using namespace dla;
using testing::CsbDriver;
using testing::GuestErrors;
using trace::GeneratedLayer;

namespace {

constexpr std::uint64_t kStepCycles = 2'000;
constexpr unsigned kMostSteps = 2'000;

class ModeBench {
  public:
    explicit ModeBench(const char* name)
        : config_(builtin_config(name).value()),
          platform_("platform", config_),
          driver_("driver"),
          errors_(platform_.dla().events()) {
        driver_.bind(platform_);
    }

    // How many layers were played.
    unsigned run() {
        driver_.then([&] {
            driver_.wait_cycles(10'000);  // CBUF is cleared
            for (const trace::LayerSpec& spec : trace::mode_set(config_)) {
                const auto layer = trace::generate(spec, config_);
                INFO(spec.name << ": " << (layer ? layer->words : layer.error().message));
                REQUIRE(layer);
                play(*layer);
                check(*layer);
                reset();
            }
            for (const trace::Chain& chain : trace::reuse_chains(config_))
                play_chain(chain);
        });
        sc_core::sc_start();
        return layers_;
    }

  private:
    std::span<std::uint8_t> place(std::uint64_t address, std::uint64_t size) {
        vp::Memory* memory = platform_.memory_at(address, size);
        REQUIRE(memory != nullptr);
        return memory->bytes(address, size);
    }

    void play(const GeneratedLayer& layer) {
        for (const trace::Image& image : layer.inputs)
            std::ranges::copy(image.bytes, place(image.address, image.bytes.size()).begin());
        for (const auto& write : layer.program.writes())
            driver_.write(write.address, write.value);
        std::uint32_t wanted = 0;
        for (const unsigned bit : layer.interrupts)
            wanted |= 1u << bit;
        for (const trace::Start& start : layer.starts)
            driver_.write(layer.program.address(start.unit, start.reg), 1);
        const std::uint32_t reg = layer.program.address("GLB", "S_INTR_STATUS");
        std::uint32_t status = 0;
        for (unsigned step = 0; step < kMostSteps && (status & wanted) != wanted; ++step) {
            driver_.wait_cycles(kStepCycles);
            status = driver_.read(reg);
        }
        CHECK((status & wanted) == wanted);
        driver_.write(reg, 0xffffffff);
        for (const trace::FinalRead& read : layer.final_reads)
            CHECK((driver_.read(layer.program.address(read.unit, read.reg)) & read.mask) ==
                  read.value);
        ++layers_;
    }

    // Each layer of the set with fresh groups.
    void reset() {
        platform_.dla().reset();
        driver_.wait_cycles(10'000);
    }

    void play_chain(const trace::Chain& chain) {
        const auto layers = trace::generate(chain, config_);
        INFO(chain.name << (layers ? "" : layers.error().message));
        REQUIRE(layers);
        for (std::size_t i = 0; i < layers->size(); ++i) {
            INFO("layer " << i << ": " << (*layers)[i].words);
            play((*layers)[i]);
            check((*layers)[i]);
        }
        reset();
    }

    void check(const GeneratedLayer& layer) {
        for (const trace::Image& golden : layer.outputs) {
            const auto got = place(golden.address, golden.bytes.size());
            const auto [expected, found] = std::ranges::mismatch(golden.bytes, got);
            const auto offset = expected - golden.bytes.begin();
            INFO("the first difference is at offset " << offset);
            CHECK(std::ranges::equal(golden.bytes, got));
        }
        for (const std::string& message : errors_.messages)
            FAIL_CHECK(message);
        errors_.messages.clear();
    }

    HardwareConfig config_;
    vp::Platform platform_;
    CsbDriver driver_;
    GuestErrors errors_;
    unsigned layers_ = 0;
};

}  // namespace

TEST_CASE("modes of nv_full") {
    CHECK(ModeBench("nv_full").run() > 500);
}
TEST_CASE("modes of nv_large") {
    CHECK(ModeBench("nv_large").run() > 100);
}
TEST_CASE("modes of nv_small") {
    CHECK(ModeBench("nv_small").run() > 100);
}
