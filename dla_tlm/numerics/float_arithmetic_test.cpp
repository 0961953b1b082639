// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/numerics/float_arithmetic.hpp"

#include "dla_tlm/numerics/exact_reference.hpp"
#include "testing/catch.hpp"

using namespace dla::numerics;

namespace {

constexpr std::uint32_t kOne = 0x3f800000;
constexpr std::uint32_t kLargest = 0x7f7fffff;

}  // namespace

TEST_CASE("fp32 add follows the hand-worked table") {
    CHECK(fp32_add(kOne, kOne) == 0x40000000);
    CHECK(fp32_add(kOne, 0x33800000) == kOne);              // 1 + 2^-24: tie to even
    CHECK(fp32_add(0x3f800001, 0x33800000) == 0x3f800002);  // tie, odd: up
    CHECK(fp32_add(kOne, 0x33800001) == 0x3f800001);        // just above the tie
    CHECK(fp32_add(kLargest, kLargest) == kLargest);        // no infinity
    CHECK(fp32_add(0xff7fffff, 0xff7fffff) == 0xff7fffff);
    CHECK(fp32_add(0x00800001, 0x80800000) == 0);           // denormal result: zero
    CHECK(fp32_add(0x80800001, 0x00800000) == 0x80000000);  // sign kept
    CHECK(fp32_add(0x40000000, 0x3f800000) == 0x40400000);
}

TEST_CASE("Exact cancellation takes the sign of the first operand") {
    CHECK(fp32_add(kOne, kOne | 0x80000000) == 0);
    CHECK(fp32_add(kOne | 0x80000000, kOne) == 0x80000000);
    CHECK(fp32_add(0, 0x80000000) == 0);
    CHECK(fp32_add(0x80000000, 0) == 0x80000000);
    CHECK(fp17_add(0x7c00, 0x17c00) == 0);
    CHECK(fp17_add(0x17c00, 0x7c00) == 0x10000);
}

TEST_CASE("The first NaN operand is returned bit for bit") {
    CHECK(fp32_add(0x7f800001, 0xffc00000) == 0x7f800001);
    CHECK(fp32_add(kOne, 0xffc00123) == 0xffc00123);
    CHECK(fp32_mul(0, 0x7f800001) == 0x7f800001);
    CHECK(fp32_max(0xffc00000, kOne) == 0xffc00000);
    CHECK(fp32_min(kOne, 0x7fc00000) == 0x7fc00000);
    CHECK(fp17_mul(0x1fc01, 0x1fc02) == 0x1fc01);
    CHECK(fp32_sub(kOne, 0x7fc00005) == 0x7fc00005);
}

TEST_CASE("Zero added leaves even the smallest number as it is") {
    CHECK(fp32_add(0x00800000, 0) == 0x00800000);
    CHECK(fp32_add(0, 0x80800001) == 0x80800001);
    CHECK(fp17_add(0x0400, 0x10000) == 0x0400);
}

TEST_CASE("A subtraction turns the sign of the subtrahend") {
    CHECK(fp32_sub(kOne, kOne) == 0);
    CHECK(fp32_sub(kOne, kOne | 0x80000000) == 0x40000000);
    CHECK(fp17_sub(0x7c00, 0x17c00) == 0x8000);
    CHECK(fp17_sub(0x17c00, 0x17c00) == 0x10000);
}

TEST_CASE("A denormal operand counts with a hidden one") {
    // 1.1b * 2^-127 + 2^-126 = 1.11b * 2^-126
    CHECK(fp32_add(0x00400000, 0x00800000) == 0x00e00000);
    // 1.1b * 2^-127 * 2 = 1.1b * 2^-126
    CHECK(fp32_mul(0x00400000, 0x40000000) == 0x00c00000);
}

TEST_CASE("fp32 multiply flushes small results and clamps large ones") {
    CHECK(fp32_mul(0x3fc00000, 0x3fc00000) == 0x40100000);  // 1.5 * 1.5
    CHECK(fp32_mul(kLargest, 0x40000000) == kLargest);
    CHECK(fp32_mul(0xff7fffff, 0x40000000) == 0xff7fffff);
    CHECK(fp32_mul(0x00800000, 0x3f000000) == 0);  // 2^-127
    CHECK(fp32_mul(0x80800000, 0x3f000000) == 0x80000000);
    CHECK(fp32_mul(0x00ffffff, 0x3f000000 + 0x400000) == 0x00bfffff);
    // Exponent fields sum below the bias: zero although the mantissas carry.
    CHECK(fp32_mul(0x00ffffff, 0x3effffff) == 0);
    // Rounding lifts 1.11..1 * 2^-127 to the smallest normal number.
    CHECK(fp32_mul(0x00ffffff, 0x3f000000) == 0);
    CHECK(fp32_mul(0x00fffffe, 0x3f000001) == 0x00800000);
    CHECK(fp32_mul(0x80000000, 0x80000000) == 0);
}

TEST_CASE("Max and min compare sign and magnitude") {
    CHECK(fp32_max(0x80000000, 0) == 0);
    CHECK(fp32_max(0, 0x80000000) == 0);
    CHECK(fp32_min(0, 0x80000000) == 0x80000000);
    CHECK(fp32_max(0xbf800000, 0xc0000000) == 0xbf800000);
    CHECK(fp16_max(0x3c00, 0xbc00) == 0x3c00);
    CHECK(fp16_min(0x3c00, 0x4000) == 0x3c00);
    CHECK(fp16_max(0x7e01, 0x3c00) == 0x7e01);
    CHECK(fp17_max(0x17c00, 0x17800) == 0x17800);
    CHECK(fp17_min(0x7c00, 0x8000) == 0x7c00);
}

TEST_CASE("ReLU zeroes negative numbers and leaves NaN") {
    CHECK(fp32_relu(kOne) == kOne);
    CHECK(fp32_relu(0xbf800000) == 0);
    CHECK(fp32_relu(0x80000000) == 0);
    CHECK(fp32_relu(0xffc00001) == 0xffc00001);
}

TEST_CASE("Add and multiply equal exact arithmetic on random and corner patterns") {
    std::mt19937_64 random(2);
    for (int i = 0; i < 300000; ++i) {
        const std::uint32_t a = exact::any_pattern<Fp32>(random);
        const std::uint32_t b = exact::any_pattern<Fp32>(random);
        CAPTURE(a, b);
        if (fp32_add(a, b) != exact::add<Fp32>(a, b))
            REQUIRE(fp32_add(a, b) == exact::add<Fp32>(a, b));
        if (fp32_mul(a, b) != exact::mul<Fp32>(a, b))
            REQUIRE(fp32_mul(a, b) == exact::mul<Fp32>(a, b));
        const std::uint32_t c = exact::any_pattern<Fp17>(random);
        const std::uint32_t d = exact::any_pattern<Fp17>(random);
        CAPTURE(c, d);
        if (fp17_add(c, d) != exact::add<Fp17>(c, d))
            REQUIRE(fp17_add(c, d) == exact::add<Fp17>(c, d));
        if (fp17_mul(c, d) != exact::mul<Fp17>(c, d))
            REQUIRE(fp17_mul(c, d) == exact::mul<Fp17>(c, d));
    }
    SUCCEED();
}
