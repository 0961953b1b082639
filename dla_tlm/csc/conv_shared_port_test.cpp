// SPDX-License-Identifier: Apache-2.0
// A convolution beside another unit's traffic on its port.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "dla_tlm/csc/conv_unit_bench.hpp"

using namespace dla;
using namespace dla::testing;

namespace {

// One output pixel: the MAC array needs a group's weights as fast as the port brings them. 24 data
// beats of 64 bytes and 1152 weight beats.
constexpr BenchLayer kLayer{.width = 3, .height = 3, .channels = 128, .kernels = 64, .kernel = 3};

struct SharedConvBench : ConvBench {
    SharedConvBench() : ConvBench("nv_full") { memory.share_by(arbiter); }

    // A reader that would take every beat for so many cycles.
    FlowPlan rival(std::uint64_t cycles) const {
        const std::uint64_t bytes = cycles * config.primary.width_bytes;
        return {0,
                static_cast<double>(cycles),
                {{.client = MemoryClient::kBdma,
                  .ram = Ram::kPrimary,
                  .read_bytes = bytes,
                  .request_bytes = bytes}}};
    }
    // CSC's end of the layer, which begins now.
    OperationEvent run_layer() {
        const std::size_t before = interrupts.size();
        program_and_enable(kLayer);
        wait_interrupts(before + 3);
        wait_cycles(2000);
        const auto last = std::find_if(operations.rbegin(), operations.rend(), [](const auto& e) {
            return std::strcmp(e.unit, "CSC") == 0;
        });
        REQUIRE(last != operations.rend());
        return *last;
    }

    PortArbiter arbiter{config, timing, clock, [](MemoryClient, Ram, bool) { return 1u; }};
};

}  // namespace

TEST_CASE("a convolution's fetch waits for another unit, by client and only while it is there") {
    SharedConvBench bench;
    bench.then([&] {
        const OperationEvent alone = bench.run_layer();
        CHECK(alone.parts.shared_with.empty());
        const std::uint64_t length = alone.end - alone.begin;

        bench.reset();
        PortFlow rival(&bench.arbiter, bench.clock, bench.clock.now(), bench.rival(100000));
        const OperationEvent beside = bench.run_layer();
        rival.close();
        CHECK(bench.output_is_right(0, kLayer));
        CHECK(beside.parts.shared_with.words() == "BDMA");
        // Data and weights are two of three clients; weights alone are one of two.
        const std::uint64_t late = beside.end - beside.begin - length;
        CHECK(late >= 24 + (1152 - 24) - 40);
        CHECK(late <= 24 + (1152 - 24) + 40);
        CHECK(beside.parts.shared_port > 0.9 * static_cast<double>(late));
        CHECK(std::abs(beside.parts.total() - static_cast<double>(length + late)) <= 80);

        bench.reset();
        bench.wait_cycles(bench.config.cbuf.flush_cycles);
        PortFlow brief(&bench.arbiter, bench.clock, bench.clock.now(), bench.rival(100));
        const OperationEvent again = bench.run_layer();
        // A third of each cycle, from the first request on, until it has its beats.
        const std::uint64_t little = again.end - again.begin - length;
        CHECK(little >= 50);
        CHECK(little <= 100);

        bench.reset();
        const OperationEvent after = bench.run_layer();
        CHECK(after.end - after.begin == length);
    });
    bench.run();
}
