// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cacc/cacc_fp16.hpp"

#include <bit>
#include <cmath>
#include <random>
#include <utility>

#include "testing/catch.hpp"

namespace dla::cacc {
namespace {

constexpr std::int64_t bit(unsigned n) {
    return std::int64_t{1} << n;
}

double value(const Fp48& sum) {
    return std::ldexp(static_cast<double>(sum.mantissa), static_cast<int>(sum.exponent) - 101);
}
double value(const cmac::Fp16MacResult& term) {
    return std::ldexp(static_cast<double>(term.mantissa), static_cast<int>(term.exponent) - 50);
}

// sum + term, to forty bits: to nearest, ties away from zero; what lies more than forty places
// below is nothing.
Fp48 nearest(const Fp48& sum, const cmac::Fp16MacResult& term) {
    using Wide = __int128;
    Fp48 a = sum;
    Fp48 b{term.mantissa * 4, static_cast<std::int64_t>(term.exponent) + 49};
    while (b.mantissa >= -bit(38) && b.mantissa < bit(38)) {
        b.mantissa *= 2;
        --b.exponent;
    }
    if (a.exponent < b.exponent) std::swap(a, b);
    if (b == Fp48{} || a.exponent - b.exponent > 40) return a;
    Wide exact = Wide{a.mantissa} * (Wide{1} << (a.exponent - b.exponent)) + b.mantissa;
    if (exact == 0) return {};
    std::int64_t exponent = b.exponent;
    for (; exact >= -bit(38) && exact < bit(38); --exponent)
        exact *= 2;
    Wide size = exact < 0 ? -exact : exact;
    unsigned places = 0;
    // -2^39 fits, 2^39 does not.
    while (exact >= Wide{bit(39)} << places || -exact > Wide{bit(39)} << places)
        ++places;
    if (places > 0) size = (size + (Wide{1} << (places - 1))) >> places;
    exponent += places;
    if (size == bit(39) && exact > 0) return {bit(38), exponent + 1};
    if (size == bit(38) && exact < 0) return {-bit(39), exponent - 1};
    return {static_cast<std::int64_t>(exact < 0 ? -size : size), exponent};
}

Fp48 sum_of(std::initializer_list<cmac::Fp16MacResult> terms) {
    Fp48 sum;
    for (const auto& term : terms)
        accumulate(sum, term);
    return sum;
}

}  // namespace

TEST_CASE("one product of one by one accumulates to one and is delivered as fp32 one") {
    const Fp48 sum = sum_of({{24, bit(26)}});
    CHECK(sum == Fp48{bit(38), 63});
    CHECK(to_fp32(sum) == 0x3f800000);
}

TEST_CASE("sums that fit forty bits are exact and normalised") {
    std::mt19937 random(5);
    for (unsigned i = 0; i < 20000; ++i) {
        const auto number = [&] { return static_cast<std::int64_t>(random() % 200001) - 100000; };
        const auto exponent = [&] { return static_cast<unsigned>(random() % 4) * 4; };
        const cmac::Fp16MacResult a{exponent(), number()};
        const cmac::Fp16MacResult b{exponent(), number()};
        const Fp48 sum = sum_of({a, b});
        REQUIRE(value(sum) == value(a) + value(b));
        const bool positive = sum.mantissa >= bit(38) && sum.mantissa < bit(39);
        const bool negative = sum.mantissa < -bit(38) && sum.mantissa >= -bit(39);
        REQUIRE((positive || negative || sum == Fp48{}));
    }
}

TEST_CASE("ties round away from zero on both sides") {
    for (const std::int64_t sign : {1, -1}) {
        // 2^26, whose last place is 2^-12, and half of that place.
        const cmac::Fp16MacResult large{40, sign * bit(36)};
        const cmac::Fp16MacResult half{4, sign * bit(33)};
        const double expected = value(large) + static_cast<double>(sign) * std::ldexp(1, -12);
        CHECK(value(sum_of({large, half})) == expected);
    }
}

TEST_CASE("rounding that carries out of the top place moves the exponent") {
    // 2^39 - 4 places and three and a half: a half below 2^39, which is the next power.
    CHECK(sum_of({{40, bit(37) - 1}, {36, 14}}) == Fp48{bit(38), 90});
}

TEST_CASE("a term more than forty places below the sum leaves it as it is") {
    const cmac::Fp16MacResult large{56, bit(36)};
    CHECK(sum_of({large, {0, 5}}) == sum_of({large}));
    CHECK(sum_of({large, {0, -5}}) == sum_of({large}));
}

TEST_CASE("sums are the nearest of forty bits, whatever lies between their terms") {
    std::mt19937_64 random(6);
    // Few ones or few zeros, so that ties and carries are frequent.
    const auto mantissa = [&](unsigned bits) {
        std::int64_t number = bit(bits - 2);
        for (unsigned i = 0; i < random() % 4; ++i)
            number ^= bit(static_cast<unsigned>(random() % (bits - 2)));
        if (random() % 3 == 0) number = bit(bits - 1) - 1 - (number - bit(bits - 2));
        return random() % 2 == 0 ? number : -number - 1;
    };
    for (unsigned i = 0; i < 200000; ++i) {
        const cmac::Fp16MacResult term{4 * static_cast<unsigned>(random() % 15),
                                       mantissa(38) >> random() % 37};
        if (term.mantissa == 0) continue;
        const Fp48 before{mantissa(40), static_cast<std::int64_t>(random() % 92) + 14};
        Fp48 sum = before;
        accumulate(sum, term);
        REQUIRE(sum == nearest(before, term));
    }
}

TEST_CASE("exact cancellation gives the zero") {
    CHECK(sum_of({{24, 12345}, {24, -12345}}) == Fp48{});
    CHECK(to_fp32(Fp48{}) == 0);
}

TEST_CASE("a zero term changes nothing") {
    const Fp48 before = sum_of({{24, 777}});
    CHECK(sum_of({{24, 777}, {56, 0}}) == before);
}

TEST_CASE("NaN stays and keeps sign and fraction in the low bits of fp32") {
    const std::int64_t mantissa = static_cast<std::int64_t>(0x605ULL << 53) >> 26;
    Fp48 sum = sum_of({{24, bit(20)}, {cmac::kFp16NanExponent, mantissa}});
    CHECK(to_fp32(sum) == 0xffc00005 - 0x400000 + 0x200);
    accumulate(sum, {24, bit(30)});
    CHECK(to_fp32(sum) == (0x80000000 | 0x7f800000 | 0x205));
    CHECK(to_fp32(sum_of({{cmac::kFp16NanExponent, std::int64_t{0x102} << 27}})) == 0x7f800102);
}

TEST_CASE("fp32 delivery rounds half up in magnitude and carries into the exponent") {
    // 38-bit fraction of ones: rounds up to the next power of two.
    CHECK(to_fp32({bit(39) - 1, 63}) == 0x40000000);
    CHECK(to_fp32({-(bit(39) - 1), 63}) == 0xc0000000);
    CHECK(to_fp32({bit(38) + bit(14), 63}) == 0x3f800001);
    CHECK(to_fp32({bit(38) + bit(14) - 1, 63}) == 0x3f800000);
    CHECK(to_fp32({-bit(39), 63}) == 0xc0000000);
}

}  // namespace dla::cacc
