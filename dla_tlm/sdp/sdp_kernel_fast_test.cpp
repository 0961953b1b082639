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

void compare_layers(unsigned layers, unsigned seed,
                    RandomLayer (*next_layer)(std::mt19937_64& random)) {
    std::mt19937_64 random(testing::random_seed(seed));
    for (unsigned i = 0; i < layers; ++i) {
        const RandomLayer layer = next_layer(random);
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

}  // namespace

TEST_CASE("Layers that do little but convert accumulators equal the reference") {
    testing::on_every_target(
        [] { compare_layers(testing::random_runs(2000), 12, &random_small_layer); });
}

TEST_CASE("The fast kernel equals the reference on thousands of random layers") {
    testing::on_every_target([] { compare_layers(testing::random_runs(4000), 11, &random_layer); });
}

TEST_CASE("A chunk in two parts gives what it gives in one") {
    std::mt19937_64 random(testing::random_seed(14));
    for (unsigned i = 0; i < testing::random_runs(500); ++i) {
        const RandomLayer layer = random_layer(random);
        const Shape& shape = layer.op.shape;
        const std::size_t cut = random() % (layer.pixels + 1);
        const auto in_parts = [&](const SdpOp& op, const lut::Tables& tables, const Chunk& chunk,
                                  std::span<std::uint8_t> bytes, Counters& counters) {
            const std::size_t pixel = shape.lanes() * bytes_per_element(shape.out);
            for (const auto& [first, end] : {std::pair{std::size_t{0}, cut}, {cut, layer.pixels}}) {
                Counters some;
                process(op, tables, part_of(chunk, shape, first, end),
                        bytes.subspan(first * pixel, (end - first) * pixel), some);
                counters += some;
            }
        };
        REQUIRE(run(layer, in_parts) == run(layer, &process));
    }
}
