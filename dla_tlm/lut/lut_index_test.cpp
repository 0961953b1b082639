// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/lut/lut_index.hpp"

#include "testing/catch.hpp"

using namespace dla::lut;

namespace {

constexpr Place kUnder{Outcome::kUnderflow, 0, 0};

}  // namespace

TEST_CASE("A linear table divides the range in equal intervals") {
    CHECK(place_linear(1000, 0, 4, kLeIntervals, 35) ==
          Place{Outcome::kHit, 62, std::uint64_t{1} << 34});
    CHECK(place_linear(1000, -128, 3, kLoIntervals, 35) == Place{Outcome::kHit, 141, 0});
    CHECK(place_linear(1400, 0, 4, kLoIntervals, 16) == Place{Outcome::kHit, 87, 32768});
    CHECK(place_linear(0, 0, 4, kLeIntervals, 35) == kUnder);  // equality is underflow
    CHECK(place_linear(1, 0, 4, kLeIntervals, 16) == Place{Outcome::kHit, 0, 4096});
    CHECK(place_linear(1024, 0, 4, kLeIntervals, 35) == Place{Outcome::kOverflow, 64, 0});
    CHECK(place_linear(1023, 0, 4, kLeIntervals, 35).outcome == Outcome::kHit);
}

TEST_CASE("A negative select multiplies and saturates") {
    CHECK(place_linear(3, 0, -4, kLeIntervals, 35) == Place{Outcome::kHit, 48, 0});
    CHECK(place_linear(4, 0, -4, kLeIntervals, 35).outcome == Outcome::kOverflow);
    CHECK(place_linear(1, 0, -128, kLoIntervals, 35).outcome == Outcome::kOverflow);
    CHECK(place_linear(0x7fffffff, -0x80000000LL, -10, kLoIntervals, 35).outcome ==
          Outcome::kOverflow);
    CHECK(place_linear(5, 0, 0, kLeIntervals, 35) == Place{Outcome::kHit, 5, 0});
    CHECK(place_linear(5, 0, 1, kLeIntervals, 35) ==
          Place{Outcome::kHit, 2, std::uint64_t{1} << 34});
}

TEST_CASE("A large select leaves only the fraction, low bits dropped") {
    CHECK(place_linear(3, 0, 37, kLeIntervals, 35) == Place{Outcome::kHit, 0, 0});
    CHECK(place_linear(7, 0, 37, kLeIntervals, 35) == Place{Outcome::kHit, 0, 1});
    CHECK(place_linear(7, 0, 127, kLeIntervals, 35) == Place{Outcome::kHit, 0, 0});
    CHECK(place_linear(7, 0, 18, kLeIntervals, 16) == Place{Outcome::kHit, 0, 1});
    CHECK(place_linear(7, 0, 64, kLeIntervals, 35) == Place{Outcome::kHit, 0, 0});
    CHECK(place_linear(1LL << 34, 0, 64, kLeIntervals, 35) == Place{Outcome::kHit, 0, 32});
}

TEST_CASE("An exponent table has one interval per power of two") {
    CHECK(place_exponent(1000, 0, 2, 35) == Place{Outcome::kHit, 7, 32749125632ULL});
    CHECK(place_exponent(3, 0, 2, 35) == kUnder);
    CHECK(place_exponent(4, 0, 2, 35) == Place{Outcome::kHit, 0, 0});
    CHECK(place_exponent(905, -95, 2, 35) == Place{Outcome::kHit, 7, 32749125632ULL});
    CHECK(place_exponent(0, 0, -5, 35) == kUnder);
    CHECK(place_exponent(1, 0, -63, 35) == Place{Outcome::kHit, 63, 0});
    CHECK(place_exponent(1, 0, -64, 35).outcome == Outcome::kOverflow);
    CHECK(place_exponent(0x2aaaaaaaaLL, 0, 0, 16) == Place{Outcome::kHit, 33, 0x5555});
}

TEST_CASE("fp32 distances find the same places") {
    CHECK(place_linear_fp32(0x447a0000, 4, kLeIntervals, 35) ==
          Place{Outcome::kHit, 62, std::uint64_t{1} << 34});
    CHECK(place_linear_fp32(0x3e800000, 0, kLeIntervals, 16) == Place{Outcome::kHit, 0, 16384});
    CHECK(place_linear_fp32(0x44800000, 4, kLeIntervals, 35).outcome == Outcome::kOverflow);
    CHECK(place_linear_fp32(0x7f7fffff, -128, kLoIntervals, 35).outcome == Outcome::kOverflow);
    CHECK(place_linear_fp32(0x00800000, 100, kLoIntervals, 35) == Place{Outcome::kHit, 0, 0});
    CHECK(place_linear_fp32(0x80000000, 0, kLeIntervals, 35) == kUnder);
    CHECK(place_linear_fp32(0xbf800000, 0, kLeIntervals, 35) == kUnder);
    CHECK(place_linear_fp32(0x7fc00000, 0, kLeIntervals, 35) == kUnder);
    CHECK(place_exponent_fp32(0x447a0000, 2, 35) == Place{Outcome::kHit, 7, 32749125632ULL});
    CHECK(place_exponent_fp32(0x40400000, 2, 35) == kUnder);
    CHECK(place_exponent_fp32(0x7f000000, 0, 35).outcome == Outcome::kOverflow);
    // 3 + 2^-16: an odd interval and the last place of its fraction.
    CHECK(place_linear_fp32(0x40400040, 0, kLeIntervals, 16) == Place{Outcome::kHit, 3, 1});
    // 4, 2^62 and 2^64: the first interval, one of many and the first beyond.
    CHECK(place_exponent_fp32(0x40800000, 2, 35) == Place{Outcome::kHit, 0, 0});
    CHECK(place_exponent_fp32(0x5e800000, 10, 35) == Place{Outcome::kHit, 52, 0});
    CHECK(place_exponent_fp32(0x5f800000, 0, 35).outcome == Outcome::kOverflow);
}

TEST_CASE("A single hit wins; otherwise the priorities decide") {
    const Priority none{false, false, false};
    const Priority all{true, true, true};
    using enum Outcome;
    CHECK_FALSE(use_lo(kHit, kUnderflow, all));
    CHECK(use_lo(kOverflow, kHit, none));
    CHECK(use_lo(kUnderflow, kUnderflow, Priority{true, false, false}));
    CHECK_FALSE(use_lo(kUnderflow, kUnderflow, Priority{false, true, true}));
    CHECK(use_lo(kOverflow, kOverflow, Priority{false, true, false}));
    CHECK_FALSE(use_lo(kOverflow, kOverflow, Priority{true, false, true}));
    CHECK(use_lo(kHit, kHit, Priority{false, false, true}));
    CHECK(use_lo(kUnderflow, kOverflow, Priority{false, false, true}));
    CHECK_FALSE(use_lo(kOverflow, kUnderflow, Priority{true, true, false}));
}
