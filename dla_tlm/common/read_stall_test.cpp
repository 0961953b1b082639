// SPDX-License-Identifier: Apache-2.0
// Read stalls of single layers as the RTL counted them (goldens of the timing runs).
#include "dla_tlm/common/read_stall.hpp"

#include "testing/catch.hpp"

using namespace dla;

namespace {

constexpr ReadPace kSdpOfNvSmall{{80, 14}, 87, 8};
constexpr ReadPace kPdpOfNvSmall{{61, 17}, 63, 8};
constexpr ReadPace kSdpOfMaster{{8, 14}, 15, 8};
constexpr ReadPace kFast{{256, 14}, 252, 0.5};

MemoryTiming memory(double read_latency) {
    MemoryTiming timing;
    timing.read_latency = read_latency;
    return timing;
}

Cycles stall(const ReadRequests& requests, const ReadPace& pace, double read_latency,
             std::vector<std::uint64_t> others = {}) {
    return stalled_read_cycles(requests,
                               last_request_taken(requests, pace, others, memory(read_latency)));
}

}  // namespace

TEST_CASE("a reader whose requests all fit ahead never waits") {
    CHECK(stall(equal_requests(5, 5), kPdpOfNvSmall, 200) == 0);
    CHECK(stall(equal_requests(8, 1), kSdpOfNvSmall, 500) == 0);
}

TEST_CASE("a short layer waits for the port alone: one beat per cycle") {
    CHECK(stall(equal_requests(8, 8), kSdpOfNvSmall, 500) == 14);
    CHECK(stall(equal_requests(24, 12), kFast, 200) == 198);
}

TEST_CASE("two readers at one port wait for each other's beats") {
    // s_bnel1 of nv_large: source and one operand, 36 lines of 20 beats
    CHECK(stall(equal_requests(36, 20), kFast, 50, {720}) == 1167);
}

TEST_CASE("a reader ahead of a slow unit waits for it, and for the latency once") {
    // 16x16x16 of nv_small: RTL 2603, 2652
    CHECK(std::abs(stall(equal_requests(32, 16), kSdpOfNvSmall, 1) - 2603) <= 2);
    CHECK(std::abs(stall(equal_requests(32, 16), kSdpOfNvSmall, 50) - 2652) <= 2);
    CHECK(std::abs(stall(equal_requests(32, 16), kPdpOfNvSmall, 200) - 2994) <= 2);
}

TEST_CASE("a reader with too little in flight waits for round trips") {
    // 28x28x32 of nv_small_master at 200 cycles: RTL 79082
    const Cycles cycles = stall(equal_requests(112, 28), kSdpOfMaster, 200);
    CHECK(std::abs(cycles - 79082) < 79082 / 100);
}
