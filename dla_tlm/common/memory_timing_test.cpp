// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/memory_timing.hpp"

#include "testing/catch.hpp"

using namespace dla;

namespace {

const TimingConstants& constants() {
    static const HardwareConfig config = *builtin_config("nv_small");
    return config.timing;
}

CdmaStreams streams(std::uint64_t data, std::uint64_t weights, std::uint64_t ahead = 0) {
    return {{.data = data, .weights = weights, .operands_ahead = ahead}, 28, 32, {}, constants()};
}

}  // namespace

TEST_CASE("a port that hides its latency issues a request per beat interval") {
    CHECK(issue_cycle(0, 28, {}, constants()) == 28);
    CHECK(issue_cycle(575, 28, {}, constants()) == 603);
    CHECK(issue_cycle(10, 28, {.beat_interval = 4}, constants()) == 68);
}

TEST_CASE("exhausted open reads cost the rest of the round trip") {
    const MemoryTiming slow{.read_latency = 500, .write_latency = 500};
    CHECK(issue_cycle(255, 28, slow, constants()) == 28 + 255);
    CHECK(issue_cycle(256, 28, slow, constants()) == 28 + 256 + 500 + 3 - 256);
    const MemoryTiming limited{.outstanding = 16};
    CHECK(issue_cycle(16, 28, limited, constants()) == 28 + 16 + 50 + 1 - 16);
}

TEST_CASE("data and weights alternate, the longer stream ends alone") {
    const CdmaStreams both = streams(288, 288);
    CHECK(both.data_arrival(288) == 28 + 575 + 50);
    CHECK(both.weight_arrival(288) == 28 + 571 + 50);
    const CdmaStreams weights_last = streams(2, 100);
    CHECK(weights_last.weight_arrival(100) == 28 + 101 + 50);
    CHECK(weights_last.data_arrival(1) == 28 + 4 + 50);
}

TEST_CASE("a stream alone starts at its own first request") {
    CHECK(streams(10, 0).data_arrival(1) == 32 + 50);
    CHECK(streams(0, 10).weight_arrival(10) == 28 + 9 + 50);
}

TEST_CASE("operands in front delay both streams") {
    CHECK(streams(288, 288, 148).data_arrival(288) == 28 + 575 + 148 + 50);
    CHECK(streams(288, 288, 148).data_arrival(10) == 28 + 22 + 10 + 50);
}

TEST_CASE("a stream is bound by its consumer until the prefetch depth is exhausted") {
    CHECK(stream_cycles(512, {.depth = 80, .round_trip = 14}, 50, 8) == 4096);
    CHECK(stream_cycles(17, {.depth = 8, .round_trip = 14}, 200, 8) == 2 * 214 + 8);
    CHECK(stream_cycles(0, {.depth = 8, .round_trip = 14}, 200, 8) == 0);
}

TEST_CASE("a memory's bandwidth is shared by reads and writes") {
    CHECK(port_cycles({.read = 100, .written = 100}, {}, constants()) == 100);
    const MemoryTiming shared{.shared_interval = 0.75};
    CHECK(port_cycles({.read = 100, .written = 100}, shared, constants()) == 150);
}
