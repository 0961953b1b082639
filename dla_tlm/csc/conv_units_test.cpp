// SPDX-License-Identifier: Apache-2.0
// Whole layers from CDMA to CACC: order of enables, both groups, reuse, bank splits, hangs.
#include <algorithm>
#include <cstring>

#include "dla_tlm/csc/conv_unit_bench.hpp"

using namespace dla;
using namespace dla::testing;

namespace {

using Names = std::vector<std::string>;

std::vector<InterruptSource> sources(const ConvBench& bench) {
    std::vector<InterruptSource> result;
    for (const RaisedInterrupt& interrupt : bench.interrupts)
        result.push_back(interrupt.source);
    return result;
}

// Until so many layers have left CACC; CDMA may be far ahead.
void wait_layers(ConvBench& bench, std::ptrdiff_t count) {
    const auto done = [&] { return std::ranges::count(sources(bench), InterruptSource::kCacc); };
    while (done() < count)
        bench.wait_interrupts(bench.interrupts.size() + 1);
}

void check_order_of_enables(const Names& order) {
    ConvBench bench;
    bench.then([&] {
        bench.program({});
        for (const std::string& name : order) {
            bench.enable({name});
            bench.wait_cycles(3000);
        }
        bench.wait_interrupts(3);
    });
    bench.run();
    CHECK(bench.output_is_right(0, {}));
    CHECK(bench.messages.empty());
}

}  // namespace

TEST_CASE("a layer gives the same sums when the units are enabled from the back") {
    check_order_of_enables({"CACC", "CMAC_B", "CMAC_A", "CSC", "CDMA"});
}

TEST_CASE("a layer gives the same sums when the units are enabled from the front") {
    check_order_of_enables({"CDMA", "CSC", "CMAC_A", "CMAC_B", "CACC"});
}

TEST_CASE("both CDMA interrupts come before the one of CACC, all with time in between") {
    ConvBench bench;
    bench.then([&] {
        bench.program_and_enable({});
        bench.wait_interrupts(3);
    });
    bench.run();
    CHECK(sources(bench).back() == InterruptSource::kCacc);
    CHECK(bench.interrupts[2].cycle > bench.interrupts[1].cycle + 100);
    CHECK(bench.unit("CDMA").get("S_STATUS") == 0);
    CHECK(bench.unit("CACC").get("S_STATUS") == 0);
}

TEST_CASE("with timing off the interrupts still come one by one in their order") {
    TimingMode off;
    off.enabled = false;
    ConvBench bench("nv_small", off);
    bench.then([&] {
        bench.program_and_enable({});
        bench.wait_interrupts(3);
    });
    bench.run();
    CHECK(bench.output_is_right(0, {}));
    CHECK(sources(bench) == std::vector{InterruptSource::kCdmaData, InterruptSource::kCdmaWeight,
                                        InterruptSource::kCacc});
    CHECK(bench.interrupts[1].cycle >= bench.interrupts[0].cycle + 100);
    CHECK(bench.interrupts[2].cycle >= bench.interrupts[1].cycle + 100);
}

TEST_CASE("two layers in both groups run one behind the other") {
    ConvBench bench;
    const BenchLayer first{};
    const BenchLayer second{.width = 9, .channels = 13, .kernels = 11, .data = 0x9000};
    bench.then([&] {
        bench.program_and_enable(first, 0);
        bench.program_and_enable(second, 1);
        CHECK(bench.unit("CSC").get("S_STATUS") == 0x00020001);
        bench.wait_interrupts(6);
    });
    bench.run();
    CHECK(bench.output_is_right(0, first));
    CHECK(bench.output_is_right(1, second));
    CHECK(bench.interrupts.back().group == 1);
}

TEST_CASE("lines left by one layer are the first lines of the next that reuses them") {
    ConvBench bench;
    const BenchLayer first{.height = 10, .release = 8};
    BenchLayer second{.height = 8, .kept_lines = 2, .misc = kDataReuse};
    second.data = first.data + 0x10000;
    bench.then([&] {
        bench.program_and_enable(first, 0);
        bench.program_and_enable(second, 1);
        bench.wait_interrupts(6);
    });
    bench.run();
    CHECK(bench.output_is_right(0, first));
    std::vector<std::uint32_t> lines = bench.line_addresses(first);
    lines.erase(lines.begin(), lines.begin() + 8);
    for (const std::uint32_t line : bench.line_addresses(second))
        lines.push_back(line);
    CHECK(bench.output_is_right(1, second, lines, second.weights));
}

TEST_CASE("data and weights that were not released are used again without a fetch") {
    ConvBench bench;
    const BenchLayer first{.misc = kSkipDataRelease | kSkipWeightRelease};
    BenchLayer second{.misc = kDataReuse | kWeightReuse};
    second.data = 0x20000;  // never looked at
    second.weights = 0x60000;
    BenchLayer third{};
    third.data = 0x30000;
    bench.then([&] {
        bench.program_and_enable(first, 0);
        bench.program_and_enable(second, 1);
        bench.wait_interrupts(6);
        bench.program_and_enable(third, 0);
        bench.wait_interrupts(9);
    });
    bench.run();
    CHECK(bench.output_is_right(1, second, bench.line_addresses(first), first.weights));
    CHECK(bench.output_is_right(2, third));
    CHECK(bench.links.buffer.storage.weights().available() == 0);
}

TEST_CASE("four layers in a row reuse the lines and the weights of the one in front") {
    ConvBench bench;
    std::vector<BenchLayer> layers(4);
    layers[0] = {.height = 10, .release = 8, .misc = kSkipWeightRelease};
    for (unsigned i = 1; i < 4; ++i) {
        layers[i] = {.height = 8, .kept_lines = 2, .release = 8, .data = 0x1000 + i * 0x4000};
        layers[i].misc = kDataReuse | kWeightReuse | (i < 3 ? kSkipWeightRelease : 0);
        layers[i].weights = 0x60000;  // never looked at
    }
    bench.then([&] {
        for (unsigned i = 0; i < 4; ++i) {
            if (i >= 2) wait_layers(bench, i - 1);
            bench.program_and_enable(layers[i], i % 2);
        }
        bench.wait_interrupts(12);
    });
    bench.run();
    std::vector<std::uint32_t> lines = bench.line_addresses(layers[0]);
    CHECK(bench.output_is_right(0, layers[0]));
    for (unsigned i = 1; i < 4; ++i) {
        lines.erase(lines.begin(), lines.begin() + 8);
        for (const std::uint32_t line : bench.line_addresses(layers[i]))
            lines.push_back(line);
        CHECK(bench.output_is_right(i, layers[i], lines, layers[0].weights));
    }
    CHECK(bench.messages.empty());
    CHECK(bench.links.buffer.storage.weights().available() == 0);
}

TEST_CASE("the status of every unit tells running and pending groups apart") {
    ConvBench bench;
    const std::vector<std::string> units{"CDMA", "CSC", "CMAC_A", "CMAC_B", "CACC"};
    bench.then([&] {
        for (const std::string& unit : units)
            CHECK(bench.unit(unit).get("S_STATUS") == 0);
        bench.program_and_enable({}, 0);
        bench.program_and_enable({.data = 0x8000}, 1);
        for (const std::string& unit : units)
            CHECK(bench.unit(unit).get("S_STATUS") == 0x00020001);
        wait_layers(bench, 1);
        for (const char* unit : {"CSC", "CMAC_A", "CMAC_B", "CACC"})
            CHECK(bench.unit(unit).get("S_STATUS") == 0x00010000);
        wait_layers(bench, 2);
        for (const std::string& unit : units)
            CHECK(bench.unit(unit).get("S_STATUS") == 0);
    });
    bench.run();
}

TEST_CASE("a change of the bank split empties the buffer once the layer in front is through") {
    ConvBench bench;
    const BenchLayer first{.misc = kSkipDataRelease | kSkipWeightRelease};
    const BenchLayer second{.height = 9, .data = 0x8000, .data_banks = 7, .weight_banks = 2};
    bench.then([&] {
        bench.program_and_enable(first, 0);
        bench.program_and_enable(second, 1);
        bench.wait_interrupts(6);
    });
    bench.run();
    CHECK(bench.output_is_right(0, first));
    CHECK(bench.output_is_right(1, second));
}

TEST_CASE("weights larger than their banks stream through them group by group") {
    ConvBench bench;
    // 96 kernels of 32 channels, 3x3: 27648 bytes in four banks of 4096.
    const BenchLayer layer{.channels = 32, .kernels = 96};
    bench.then([&] {
        bench.program_and_enable(layer);
        bench.wait_interrupts(3);
    });
    bench.run();
    CHECK(bench.output_is_right(0, layer));
}

TEST_CASE("surplus weight bytes stay in CBUF and come first in the next layer") {
    ConvBench bench;
    // 11 kernels: 792 bytes, 99 entries; 896 are fetched.
    const BenchLayer first{.kernels = 11, .weight_bytes = 896};
    BenchLayer second{.kernels = 11};
    second.weights = 0x60000;
    bench.then([&] {
        bench.program_and_enable(first, 0);
        bench.wait_interrupts(3);
        bench.program_and_enable(second, 1);
        bench.wait_interrupts(6);
    });
    bench.run();
    CHECK(bench.output_is_right(0, first));
    CHECK_FALSE(bench.output_is_right(1, second));
    // What it saw: the surplus, then its own weights.
    auto& memory = bench.memory.bytes();
    std::vector<std::uint8_t> seen(&memory[first.weights + 792], &memory[first.weights + 896]);
    seen.insert(seen.end(), &memory[second.weights], &memory[second.weights + 792]);
    std::copy(seen.begin(), seen.end(), &memory[0x70000]);
    CHECK(bench.output_is_right(1, second, bench.line_addresses(second), 0x70000));
}

TEST_CASE("the watchdog's words name the unit that was not enabled") {
    ConvBench bench;
    bench.then([&] {
        bench.program({});
        bench.enable({"CACC", "CMAC_A", "CSC", "CDMA"});
        bench.wait_cycles(50000);
        CHECK(bench.waits_for("CACC: data from the link CMAC_B to CACC"));
    });
    bench.run();
}

TEST_CASE("CSC says that it waits for CDMA") {
    ConvBench bench;
    bench.then([&] {
        bench.program({});
        bench.enable({"CACC", "CMAC_A", "CMAC_B", "CSC"});
        bench.wait_cycles(50000);
        CHECK(bench.waits_for("CSC: CDMA to begin the layer"));
    });
    bench.run();
}

TEST_CASE("CMAC in another mode than CSC is reported and stands still") {
    ConvBench bench("nv_full");
    bench.then([&] {
        bench.program({.channels = 32, .kernels = 32});
        bench.unit("CMAC_B").set("D_MISC_CFG", 0x1000);
        bench.enable({"CACC", "CMAC_A", "CMAC_B", "CSC", "CDMA"});
        bench.wait_cycles(50000);
        CHECK(bench.reported("PROC_PRECISION"));
        CHECK(bench.waits_for("CMAC_B: the same mode"));
    });
    bench.run();
}

TEST_CASE("an illegal layer is reported by CDMA with register and legal range") {
    ConvBench bench;
    bench.then([&] {
        bench.program({});
        bench.unit("CDMA").set("D_ENTRY_PER_SLICE", 1);
        bench.enable({"CDMA"});
        bench.wait_cycles(10000);
        CHECK(bench.reported("D_ENTRY_PER_SLICE.ENTRIES is 1"));
        CHECK(bench.waits_for("CDMA: a legal configuration"));
    });
    bench.run();
}

TEST_CASE("saturated sums are counted for the layer's group") {
    ConvBench bench("nv_full");
    // int16: two products of -2^15 by -2^15 are beyond 32 bits. Kernels 3 and 20 have them, in
    // all pixels; the other layer's kernels are zero but for one that stays below.
    BenchLayer saturating{.channels = 16, .kernels = 24, .precision = Precision::kInt16};
    BenchLayer harmless = saturating;
    harmless.weights = 0x60000;
    auto& memory = bench.memory.bytes();
    const auto store = [&](std::uint32_t address, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            memory[address + 2 * i] = 0x00;
            memory[address + 2 * i + 1] = 0x80;
        }
    };
    store(saturating.data, std::size_t{saturating.width} * saturating.height * 16);
    for (const BenchLayer* layer : {&saturating, &harmless})
        std::fill_n(&memory[layer->weights], layer->kernel_bytes(), std::uint8_t{0});
    // The first position of a group: 16 or 8 kernels of 16 channels.
    store(saturating.weights + 3 * 16 * 2, 16);
    store(saturating.weights + 16 * 9 * 16 * 2 + 4 * 16 * 2, 2);
    store(harmless.weights, 1);
    bench.then([&] {
        bench.program_and_enable(saturating, 0);
        bench.program_and_enable(harmless, 1);
        bench.wait_interrupts(6);
        bench.unit("CACC").set("S_POINTER", 0);
        CHECK(bench.unit("CACC").get("D_OUT_SATURATION") == 2 * 4 * 3);
        bench.unit("CACC").set("S_POINTER", 1);
        CHECK(bench.unit("CACC").get("D_OUT_SATURATION") == 0);
        // A count is its own layer's.
        bench.program_and_enable(harmless, 0);
        bench.wait_interrupts(9);
        CHECK(bench.unit("CACC").get("D_OUT_SATURATION") == 0);
    });
    bench.run();
}

TEST_CASE("CDMA counts NaNs and infinities of data and weights for the layer's group") {
    ConvBench bench("nv_full");
    // 20 channels: the second atom's last 12 elements are fetched and counted too.
    BenchLayer layer{.channels = 20, .kernels = 16, .precision = Precision::kFp16};
    layer.misc = kSkipDataRelease | kSkipWeightRelease;
    BenchLayer reusing = layer;
    reusing.misc = kDataReuse | kWeightReuse;
    auto& memory = bench.memory.bytes();
    std::fill(memory.begin(), memory.end(), std::uint8_t{0});
    const auto put = [&](std::uint32_t address, unsigned element, std::uint16_t bits) {
        std::memcpy(&memory[address + 2 * element], &bits, sizeof bits);
    };
    constexpr std::uint16_t kNan = 0x7c01;
    constexpr std::uint16_t kNegativeNan = 0xfe00;
    constexpr std::uint16_t kInfinity = 0xfc00;
    const unsigned surface = layer.width * layer.height * 16;
    put(layer.data, 0, kNan);
    put(layer.data, 77, kInfinity);
    put(layer.data, surface + 3, kNegativeNan);
    put(layer.data, surface + 15, kNan);  // beyond the last channel
    put(layer.data, 2 * surface, kNan);   // beyond the cube
    put(layer.weights, 5, kInfinity);
    put(layer.weights, 6, kInfinity);
    put(layer.weights, layer.kernel_bytes() / 2 - 1, kNan);
    put(layer.weights, layer.kernel_bytes() / 2 + 64, kNan);  // beyond the stream
    const auto counters = [&](unsigned group) {
        UnitProgram& cdma = bench.unit("CDMA");
        cdma.set("S_POINTER", group);
        return std::vector<std::uint32_t>{
            cdma.get("D_NAN_INPUT_DATA_NUM"), cdma.get("D_INF_INPUT_DATA_NUM"),
            cdma.get("D_NAN_INPUT_WEIGHT_NUM"), cdma.get("D_INF_INPUT_WEIGHT_NUM")};
    };
    bench.then([&] {
        bench.program_and_enable(layer, 0);
        bench.program_and_enable(reusing, 1);
        bench.wait_interrupts(6);
        CHECK(counters(0) == std::vector<std::uint32_t>{3, 1, 1, 2});
        CHECK(counters(1) == std::vector<std::uint32_t>{0, 0, 0, 0});  // nothing was fetched
        // The next layer of the group counts for itself; flushed NaNs are counted all the same.
        put(layer.data, 0, 0);
        bench.program({.channels = 20, .kernels = 16, .precision = Precision::kFp16}, 0);
        bench.unit("CDMA").set("D_NAN_FLUSH_TO_ZERO", 1);
        bench.enable({"CACC", "CMAC_A", "CMAC_B", "CSC", "CDMA"});
        bench.wait_interrupts(9);
        CHECK(counters(0) == std::vector<std::uint32_t>{2, 1, 1, 2});
    });
    bench.run();
}

TEST_CASE("the flush of CBUF takes its cycles, and a layer waits for it") {
    ConvBench bench;
    bench.then([&] {
        CHECK(bench.unit("CDMA").get("S_CBUF_FLUSH_STATUS") == 0);
        bench.program_and_enable({});
        bench.wait_cycles(bench.config.cbuf.flush_cycles - 10);
        CHECK(bench.unit("CDMA").get("S_CBUF_FLUSH_STATUS") == 0);
        CHECK(bench.interrupts.empty());
        bench.wait_cycles(20);
        CHECK(bench.unit("CDMA").get("S_CBUF_FLUSH_STATUS") == 1);
        bench.wait_interrupts(3);
    });
    bench.run();
    CHECK(bench.output_is_right(0, {}));
}

TEST_CASE("after a reset in the middle of a layer the next one runs as the first") {
    ConvBench bench;
    const BenchLayer cut_off{.channels = 64, .kernels = 24, .misc = kSkipWeightRelease};
    bench.then([&] {
        bench.program_and_enable(cut_off);
        bench.wait_interrupts(2);
        bench.wait_cycles(500);
        bench.reset();
        CHECK(bench.unit("CSC").get("S_STATUS") == 0);
        CHECK(bench.unit("CDMA").get("S_CBUF_FLUSH_STATUS") == 0);
        bench.program_and_enable({});
        bench.wait_interrupts(3);
    });
    bench.run();
    CHECK(bench.output_is_right(0, {}));
    CHECK(bench.waits.entries().size() == 1);  // the consumer in SDP's place
}

TEST_CASE("memory that cannot be looked at in place gives the same sums") {
    ConvBench bench;
    bench.memory.allow_views(false);
    const BenchLayer layer{.channels = 20};
    bench.then([&] {
        bench.program_and_enable(layer);
        bench.wait_interrupts(3);
    });
    bench.run();
    CHECK(bench.output_is_right(0, layer));
}
