// SPDX-License-Identifier: Apache-2.0
// Fast and reference kernel against each other on random layers, for every instruction set that
// this machine has.
#include "dla_tlm/sdp/random_layer.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"
#include "testing/random_runs.hpp"

using namespace dla;
using namespace dla::sdp;

namespace {

struct Result {
    std::vector<std::uint8_t> bytes;
    Counters counters;

    bool operator==(const Result&) const = default;
};

template <class Process>
Result run(const RandomLayer& layer, const Process& process) {
    Result result;
    result.bytes.resize(layer.pixels * layer.op.shape.lanes() *
                        bytes_per_element(layer.op.shape.out));
    process(layer.op, layer.tables, layer.chunk(), std::span(result.bytes), result.counters);
    return result;
}

std::size_t first_difference(const Result& a, const Result& b) {
    std::size_t i = 0;
    while (i < a.bytes.size() && a.bytes[i] == b.bytes[i])
        ++i;
    return i;
}

void compare_layers(unsigned layers) {
    std::mt19937_64 random(testing::random_seed(11));
    for (unsigned i = 0; i < layers; ++i) {
        const RandomLayer layer = random_layer(random);
        const Result expected = run(layer, &process_reference);
        const Result found = run(layer, &process);
        if (expected == found) continue;
        INFO("layer " << i << ", first differing byte " << first_difference(expected, found)
                      << " of " << expected.bytes.size() << ", precision "
                      << static_cast<int>(layer.op.shape.proc) << " to "
                      << static_cast<int>(layer.op.shape.out));
        REQUIRE(first_difference(expected, found) == expected.bytes.size());
        REQUIRE((expected.counters == found.counters));
    }
}

// Layers that only convert, as most that have no bias: now and then one value leaves s(17).
void compare_conversions(unsigned layers) {
    std::mt19937_64 random(testing::random_seed(12));
    const auto below = [&](std::uint64_t limit) { return random() % limit; };
    for (unsigned i = 0; i < layers; ++i) {
        RandomLayer layer;
        constexpr unsigned kLanes[] = {8, 16, 32};
        const auto lanes = kLanes[below(3)];
        const bool int8 = below(2) == 0;
        layer.op.shape.atom_bytes = int8 ? lanes : 2 * lanes;
        layer.op.shape.proc = layer.op.shape.out = int8 ? Precision::kInt8 : Precision::kInt16;
        layer.op.cvt = {static_cast<std::int32_t>(below(201)) - 100,
                        static_cast<std::int16_t>(static_cast<int>(below(11)) - 5),
                        static_cast<unsigned>(below(13))};
        layer.pixels = 1 + below(200);
        layer.from_accumulators = true;
        layer.accumulator_pitch = lanes * (1 + below(3));
        const auto range = std::int64_t{1} << (8 + below(16));
        for (std::size_t k = 0; k < layer.pixels * layer.accumulator_pitch; ++k) {
            const auto value = static_cast<std::int64_t>(below(2 * range + 1)) - range;
            layer.accumulators.push_back(
                static_cast<std::int32_t>(below(500) == 0 ? value * 64 : value));
        }
        const Result expected = run(layer, &process_reference);
        const Result found = run(layer, &process);
        INFO("layer " << i << ", first differing byte " << first_difference(expected, found));
        REQUIRE((expected == found));
    }
}

}  // namespace

TEST_CASE("Layers that only convert accumulators equal the reference, values of any size") {
    testing::on_every_target([] { compare_conversions(testing::random_runs(1000)); });
}

TEST_CASE("The fast kernel equals the reference on thousands of random layers") {
    testing::on_every_target([] { compare_layers(testing::random_runs(4000)); });
}
