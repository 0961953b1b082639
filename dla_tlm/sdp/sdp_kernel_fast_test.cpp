// SPDX-License-Identifier: Apache-2.0
// Fast and reference kernel against each other on random layers, for every instruction set that
// this machine has.
#include <hwy/targets.h>

#include "dla_tlm/sdp/random_layer.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"
#include "testing/catch.hpp"

using namespace dla::sdp;

namespace {

struct Result {
    std::vector<std::uint8_t> bytes;
    Counters counters;

    bool operator==(const Result&) const = default;
};

// Dispatches to one instruction set during its life.
struct OnlyTarget {
    explicit OnlyTarget(std::int64_t target) {
        hwy::SetSupportedTargetsForTest(target);
        hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    }
    ~OnlyTarget() {
        hwy::SetSupportedTargetsForTest(0);
        hwy::GetChosenTarget().DeInit();
    }
    OnlyTarget(const OnlyTarget&) = delete;
    OnlyTarget& operator=(const OnlyTarget&) = delete;
};

template <class Process>
Result run(const RandomLayer& layer, const Process& process) {
    Result result;
    result.bytes.resize(layer.pixels * layer.op.shape.lanes() *
                        dla::bytes_per_element(layer.op.shape.out));
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
    std::mt19937_64 random(11);
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

}  // namespace

TEST_CASE("The fast kernel equals the reference on thousands of random layers") {
    constexpr unsigned kLayers = 4000;
    for (const auto targets : {HWY_AVX3, HWY_AVX2, HWY_SSE4}) {
        if ((hwy::SupportedTargets() & targets) == 0) continue;
        const OnlyTarget only(targets);
        INFO(hwy::TargetName(targets));
        compare_layers(kLayers);
    }
    SUCCEED();
}
