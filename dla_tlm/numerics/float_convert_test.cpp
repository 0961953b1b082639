// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/numerics/float_convert.hpp"

#include <algorithm>
#include <cmath>

#include "dla_tlm/numerics/exact_reference.hpp"
#include "testing/catch.hpp"

using namespace dla::numerics;

TEST_CASE("fp16 widens exactly, infinity to the largest finite number, NaN payload low") {
    CHECK(fp16_to_fp32(0x3c00) == 0x3f800000);
    CHECK(fp16_to_fp32(0xc000) == 0xc0000000);
    CHECK(fp16_to_fp32(0x0001) == 0x33800000);
    CHECK(fp16_to_fp32(0x03ff) == 0x387fc000);
    CHECK(fp16_to_fp32(0x8000) == 0x80000000);
    CHECK(fp16_to_fp32(0x7c00) == 0x7f7fffff);
    CHECK(fp16_to_fp32(0xfc00) == 0xff7fffff);
    CHECK(fp16_to_fp32(0x7e01) == 0x7f800201);
    CHECK(fp16_to_fp17(0x3c00) == 0x7c00);
    CHECK(fp16_to_fp17(0x0001) == (31 - 24) << 10);
    CHECK(fp16_to_fp17(0x7c00) == 0xfbff);
    CHECK(fp16_to_fp17(0xfe01) == 0x1fe01);
}

TEST_CASE("fp17 widens with a hidden one below exponent 1") {
    CHECK(fp17_to_fp32(0x7c00) == 0x3f800000);
    CHECK(fp17_to_fp32(0x0200) == (((127 - 31) << 23) | (1 << 22)));
    CHECK(fp17_to_fp32(0xfc00) == 0x7f7fffff);
    CHECK(fp17_to_fp32(0x1fc05) == 0xff800005);
    CHECK(fp17_to_fp32(0x10000) == 0x80000000);
}

TEST_CASE("Narrowing to fp16 rounds to even, makes denormals, never infinity") {
    CHECK(fp32_to_fp16(0x3f800000) == 0x3c00);
    CHECK(fp32_to_fp16(0x3f801000) == 0x3c00);  // tie, even
    CHECK(fp32_to_fp16(0x3f803000) == 0x3c02);  // tie, odd
    CHECK(fp32_to_fp16(0x477fe000) == 0x7bff);  // 65504
    CHECK(fp32_to_fp16(0x47800000) == 0x7bff);  // 65536
    CHECK(fp32_to_fp16(0xff7fffff) == 0xfbff);
    CHECK(fp32_to_fp16(0x33800000) == 0x0001);  // 2^-24
    CHECK(fp32_to_fp16(0x33000000) == 0x0000);  // 2^-25: tie to even
    CHECK(fp32_to_fp16(0x33000001) == 0x0001);
    CHECK(fp32_to_fp16(0x387fffff) == 0x0400);  // denormal rounds to the smallest normal
    CHECK(fp32_to_fp16(0x80000001) == 0x8000);
    CHECK(fp32_to_fp16(0x7f800201) == 0x7e01);
    CHECK(fp32_to_fp16(0x7fc00000) == 0x7c00);  // NaN without low bits looks infinite
    CHECK(fp17_to_fp16(0x7c00) == 0x3c00);
    CHECK(fp17_to_fp16(0xfbff) == 0x7bff);
    CHECK(fp17_to_fp16((31 - 24) << 10) == 0x0001);
    CHECK(fp17_to_fp16(0x1fc07) == 0xfc07);
}

TEST_CASE("Infinity is no NaN in any format") {
    CHECK_FALSE(fp16_is_nan(0xfc00));
    CHECK(fp16_is_nan(0x7c01));
    CHECK_FALSE(fp17_is_nan(0xfc00));
    CHECK(fp17_is_nan(0x1fc01));
    CHECK_FALSE(fp32_is_nan(0x7f800000));
    CHECK(fp32_is_nan(0xff800001));
    CHECK(fp16_nan_to_zero(0xfc00) == 0xfc00);
    CHECK(fp16_nan_to_zero(0xfc01) == 0);
}

TEST_CASE("Narrowing to fp17 flushes what would be denormal") {
    CHECK(fp32_to_fp17(0x3f800000) == 0x7c00);
    CHECK(fp32_to_fp17(0x30800000) == 0x0400);  // 2^-30, smallest normal
    CHECK(fp32_to_fp17(0x307fdfff) == 0x0000);  // below it
    CHECK(fp32_to_fp17(0xb07fdfff) == 0x10000);
    CHECK(fp32_to_fp17(0x307fe000) == 0x0400);  // tie between the last denormal and it
    CHECK(fp32_to_fp17(0x307fffff) == 0x0400);
    CHECK(fp32_to_fp17(0x7f7fffff) == 0xfbff);
    CHECK(fp32_to_fp17(0xff800003) == 0x1fc03);
}

TEST_CASE("Integers become fp16 to nearest even and fp16 becomes int16 away from zero") {
    CHECK(int17_to_fp16(0) == 0);
    CHECK(int17_to_fp16(1) == 0x3c00);
    CHECK(int17_to_fp16(-2) == 0xc000);
    CHECK(int17_to_fp16(2049) == 0x6800);
    CHECK(int17_to_fp16(2051) == 0x6802);
    CHECK(int17_to_fp16(65535) == 0x7bff);
    CHECK(int17_to_fp16(-65536) == 0xfbff);
    CHECK(fp16_to_int16(0x3800) == 1);  // 0.5
    CHECK(fp16_to_int16(0xb800) == -1);
    CHECK(fp16_to_int16(0x37ff) == 0);
    CHECK(fp16_to_int16(0x3e00) == 2);   // 1.5
    CHECK(fp16_to_int16(0xc100) == -3);  // -2.5
    CHECK(fp16_to_int16(0x7bff) == 32767);
    CHECK(fp16_to_int16(0xfbff) == -32768);
    CHECK(fp16_to_int16(0xf800) == -32768);
    CHECK(fp16_to_int16(0x7800) == 32767);
    CHECK(fp16_to_int16(0x7e00) == -32768);
    CHECK(fp16_to_int16(0x03ff) == 0);
    CHECK(fp16_to_int16(0x7c00) == 32767);  // infinity is a number here
    CHECK(fp16_to_int16(0xfc00) == -32768);
}

TEST_CASE("Interpolation weights become fp17, tiny ones zero") {
    CHECK(fixed_to_fp17(std::uint64_t{1} << 35, 35) == 0x7c00);
    CHECK(fixed_to_fp17(std::uint64_t{1} << 34, 35) == 0x7800);
    CHECK(fixed_to_fp17(32, 35) == 0x0400);
    CHECK(fixed_to_fp17(31, 35) == 0);
    CHECK(fixed_to_fp17(0, 35) == 0);
    CHECK(fixed_to_fp17((std::uint64_t{1} << 35) - 1, 35) == 0x7c00);
    CHECK(fixed_to_fp17(0x8000, 16) == 0x7800);
}

TEST_CASE("Every fp16 pattern survives the way through fp32 and fp17") {
    for (std::uint32_t x = 0; x < 0x10000; ++x) {
        const auto pattern = static_cast<std::uint16_t>(x);
        const std::uint32_t expected = fp16_is_inf(pattern) ? (x & 0x8000) | 0x7bff : x;
        if (fp32_to_fp16(fp16_to_fp32(pattern)) != expected ||
            fp17_to_fp16(fp16_to_fp17(pattern)) != expected) {
            FAIL("pattern " << x);
        }
    }
    SUCCEED();
}

TEST_CASE("Every finite fp16 pattern converts to int16 as the real number rounds") {
    for (std::uint32_t x = 0; x < 0x10000; ++x) {
        const auto pattern = static_cast<std::uint16_t>(x);
        if (Fp16::exponent(x) == 0 || Fp16::exponent(x) == Fp16::kExponentMax) continue;
        const double real = std::ldexp(1024.0 + Fp16::fraction(x), Fp16::exponent(x) - 25) *
                            (Fp16::sign(x) != 0 ? -1 : 1);
        const double rounded = std::min(32767.0, std::max(-32768.0, std::round(real)));
        if (fp16_to_int16(pattern) != static_cast<int>(rounded)) FAIL("pattern " << x);
    }
    SUCCEED();
}

TEST_CASE("Narrowing equals exact rounding on random and corner patterns") {
    std::mt19937_64 random(3);
    for (int i = 0; i < 300000; ++i) {
        const std::uint32_t a = exact::any_pattern<Fp32>(random);
        const std::uint32_t b = exact::any_pattern<Fp17>(random);
        CAPTURE(a, b);
        if (!fp32_is_nan(a)) {
            const exact::Value v = exact::value_of<Fp32>(a);
            const bool negative = Fp32::sign(a) != 0;
            const std::uint32_t half = exact::round_denormal<Fp16>(v, negative);
            const std::uint32_t fp17 = exact::round_denormal<Fp17>(v, negative);
            const std::uint32_t flushed = Fp17::exponent(fp17) == 0 ? Fp17::sign(fp17) : fp17;
            if (fp32_to_fp16(a) != half) REQUIRE(fp32_to_fp16(a) == half);
            if (fp32_to_fp17(a) != flushed) REQUIRE(fp32_to_fp17(a) == flushed);
        }
        if (!fp17_is_nan(b)) {
            const std::uint32_t half =
                exact::round_denormal<Fp16>(exact::value_of<Fp17>(b), Fp17::sign(b) != 0);
            if (fp17_to_fp16(b) != half) REQUIRE(fp17_to_fp16(b) == half);
        }
        const auto integer = static_cast<std::int32_t>(random() % 131072) - 65536;
        const std::uint32_t half = exact::round_denormal<Fp16>({integer, 0}, integer < 0);
        if (int17_to_fp16(integer) != half) REQUIRE(int17_to_fp16(integer) == half);
    }
    SUCCEED();
}
