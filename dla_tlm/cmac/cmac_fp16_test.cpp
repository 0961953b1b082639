// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cmac/cmac_fp16.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include "testing/catch.hpp"

namespace dla::cmac {
namespace {

using Lanes = std::vector<std::uint16_t>;

constexpr std::uint16_t kOne = 0x3c00;

std::int64_t significand(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 0x1f;
    const std::int64_t fraction = bits & 0x3ff;
    const std::int64_t shifted = exponent == 0 ? fraction * 2 : (fraction + 1024) << exponent % 4;
    return (bits & 0x8000) != 0 ? -shifted : shifted;
}

std::uint16_t random_number(std::mt19937& random, unsigned exponent) {
    return static_cast<std::uint16_t>((random() & 0x83ff) | (exponent << 10));
}

}  // namespace

TEST_CASE("one times one in one lane is 2^26 with exponent 24") {
    CHECK(fp16_mac(Lanes{kOne}, Lanes{kOne}) == Fp16MacResult{24, std::int64_t{1} << 26});
    CHECK(fp16_mac(Lanes{kOne}, Lanes{0xbc00}) == Fp16MacResult{24, -(std::int64_t{1} << 26)});
}

TEST_CASE("products that need no alignment are exact, denormals included") {
    std::mt19937 random(1);
    for (unsigned i = 0; i < 20000; ++i) {
        const auto data = random_number(random, static_cast<unsigned>(random() % 31));
        const auto weight = random_number(random, static_cast<unsigned>(random() % 31));
        const Fp16MacResult result = fp16_mac(Lanes{data}, Lanes{weight});
        REQUIRE(result.mantissa == significand(data) * significand(weight));
    }
}

TEST_CASE("lanes with equal coarse exponents add up exactly") {
    std::mt19937 random(2);
    for (unsigned round = 0; round < 200; ++round) {
        Lanes data;
        Lanes weights;
        std::int64_t sum = 0;
        for (unsigned i = 0; i < 64; ++i) {
            data.push_back(random_number(random, 12 + static_cast<unsigned>(random() % 4)));
            weights.push_back(random_number(random, 16 + static_cast<unsigned>(random() % 4)));
            sum += significand(data[i]) * significand(weights[i]);
        }
        REQUIRE(fp16_mac(data, weights) == Fp16MacResult{28, sum});
    }
}

TEST_CASE("an aligned lane is the floor of the shifted product or one less, and both occur") {
    std::mt19937 random(3);
    const std::uint16_t large = 28 << 10;
    unsigned lost[8] = {};
    for (unsigned round = 0; round < 40000; ++round) {
        const unsigned steps = 1 + static_cast<unsigned>(random() % 7);
        const unsigned low = 4 * (7 - steps) + static_cast<unsigned>(random() % 4);
        const auto data = random_number(random, std::max(1u, low));
        const auto weight = random_number(random, 28 + static_cast<unsigned>(random() % 3));
        const Fp16MacResult both = fp16_mac(Lanes{large, data}, Lanes{large, weight});
        REQUIRE(both.exponent == 56);
        const std::int64_t term = both.mantissa - significand(large) * significand(large);
        const std::int64_t floor = (significand(data) * significand(weight)) >> (4 * steps);
        REQUIRE(std::abs(term - floor) <= 1);
        lost[steps] += term != floor ? 1 : 0;
    }
    for (unsigned steps = 2; steps < 8; ++steps)
        CHECK(lost[steps] > 0);
}

TEST_CASE("a lane 32 places or more below the largest contributes nothing") {
    const std::uint16_t large = 28 << 10;
    const std::uint16_t tiny = 0x8001;
    const Fp16MacResult alone = fp16_mac(Lanes{large}, Lanes{large});
    CHECK(fp16_mac(Lanes{large, tiny}, Lanes{large, tiny}) == alone);
}

TEST_CASE("a zero operand masks its lane, also for the common exponent") {
    const Lanes data{kOne, 0x8000, 0x7bff};
    const Lanes weights{kOne, 0x7bff, 0};
    CHECK(fp16_mac(data, weights) == fp16_mac(Lanes{kOne}, Lanes{kOne}));
    CHECK(fp16_mac(Lanes{0}, Lanes{kOne}) == Fp16MacResult{});
}

TEST_CASE("infinity counts as 65536") {
    const Fp16MacResult result = fp16_mac(Lanes{0x7c00}, Lanes{kOne});
    // m * 2^(e - 50) = 2^16
    CHECK(result.mantissa == std::int64_t{1} << (66 - result.exponent));
}

TEST_CASE("the first weight NaN wins, else the first data NaN, also in masked lanes") {
    const auto nan = [](std::uint64_t sign, std::uint64_t fraction) {
        const std::uint64_t top = sign << 10 | fraction;
        return Fp16MacResult{kFp16NanExponent, static_cast<std::int64_t>(top << 53) >> 26};
    };
    CHECK(fp16_mac(Lanes{0x7c01, kOne, kOne}, Lanes{kOne, 0xfe05, 0x7c09}) == nan(1, 0x205));
    CHECK(fp16_mac(Lanes{kOne, 0x7c03, 0xfc07}, Lanes{kOne, 0, kOne}) == nan(0, 3));
    CHECK(fp16_mac(Lanes{0x7c01}, Lanes{kOne}) == nan(0, 1));
}

TEST_CASE("the Winograd output transform acts on aligned terms") {
    // All sixteen positions hold 1 * 1: rows give 3, -1; columns of those 9, -3, -3, 1.
    std::array<std::uint16_t, kFp16Lanes> ones{};
    for (unsigned i = 0; i < kFp16Lanes; i += 4)
        ones[i] = kOne;
    const std::int64_t one = std::int64_t{1} << 26;
    const auto results = fp16_mac_winograd(ones, ones);
    CHECK(results[0] == Fp16MacResult{24, 9 * one});
    CHECK(results[1] == Fp16MacResult{24, -3 * one});
    CHECK(results[2] == Fp16MacResult{24, -3 * one});
    CHECK(results[3] == Fp16MacResult{24, one});
}

}  // namespace dla::cmac
