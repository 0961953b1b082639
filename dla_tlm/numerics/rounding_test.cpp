// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/numerics/rounding.hpp"

#include <random>

#include "testing/catch.hpp"

using namespace dla::numerics;

TEST_CASE("Rounding shift goes to nearest, ties away from zero") {
    CHECK(round_shift_half_away(5, 1) == 3);
    CHECK(round_shift_half_away(-5, 1) == -3);
    CHECK(round_shift_half_away(-6, 2) == -2);
    CHECK(round_shift_half_away(7, 2) == 2);
    CHECK(round_shift_half_away(-3, 1) == -2);
    CHECK(round_shift_half_away(-15, 2) == -4);
    CHECK(round_shift_half_away(-5, 2) == -1);
    CHECK(round_shift_half_away(0, 17) == 0);
    CHECK(round_shift_half_away(-1, 1) == -1);
    CHECK(round_shift_half_away(-1, 2) == 0);
    CHECK(round_shift_half_away(12345, 0) == 12345);
}

TEST_CASE("Rounding shift beyond the width gives zero, at the top bit one") {
    CHECK(round_shift_half_away(std::int64_t{1} << 62, 63) == 1);
    CHECK(round_shift_half_away(-(std::int64_t{1} << 62), 63) == -1);
    CHECK(round_shift_half_away((std::int64_t{1} << 62) - 1, 63) == 0);
    CHECK(round_shift_half_away(std::int64_t{1} << 62, 64) == 0);
    CHECK(round_shift_half_away(-1, 1023) == 0);
}

TEST_CASE("Rounding shift equals division in wider arithmetic for random values") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 200000; ++i) {
        const unsigned shift = static_cast<unsigned>(random() % 63) + 1;
        const std::int64_t v = static_cast<std::int64_t>(random()) >> (2 + random() % 60);
        const __int128 wide = v;
        const __int128 magnitude = wide < 0 ? -wide : wide;
        const __int128 quotient = (2 * magnitude + (static_cast<__int128>(1) << shift)) /
                                  (static_cast<__int128>(2) << shift);
        REQUIRE(round_shift_half_away(v, shift) ==
                static_cast<std::int64_t>(v < 0 ? -quotient : quotient));
    }
}

TEST_CASE("Saturation clamps to the two's complement range of the width") {
    CHECK(saturate<8>(127) == 127);
    CHECK(saturate<8>(128) == 127);
    CHECK(saturate<8>(-129) == -128);
    CHECK(saturate<17>(65536) == 65535);
    CHECK(saturate<17>(-65537) == -65536);
    CHECK(saturate<32>(std::int64_t{1} << 31) == 2147483647);
    CHECK(saturate<32>(-(std::int64_t{1} << 40)) == -(std::int64_t{1} << 31));
    CHECK(saturate<48>(std::int64_t{1} << 60) == (std::int64_t{1} << 47) - 1);
}

TEST_CASE("Left shift saturates instead of losing bits") {
    CHECK(shift_left_saturate<32>(3, 2) == 12);
    CHECK(shift_left_saturate<32>(1, 30) == 1 << 30);
    CHECK(shift_left_saturate<32>(1, 31) == 2147483647);
    CHECK(shift_left_saturate<32>(-1, 31) == -(std::int64_t{1} << 31));
    CHECK(shift_left_saturate<32>(-1, 63) == -(std::int64_t{1} << 31));
    CHECK(shift_left_saturate<32>(32767, 63) == 2147483647);
    CHECK(shift_left_saturate<32>(0, 63) == 0);
    // As far as the width, and negative numbers that just fit.
    CHECK(shift_left_saturate<32>(-1, 32) == -(std::int64_t{1} << 31));
    CHECK(shift_left_saturate<32>(1, 32) == 2147483647);
    CHECK(shift_left_saturate<32>(-(std::int64_t{1} << 26) - 1, 4) ==
          -(std::int64_t{1} << 30) - 16);
    CHECK(shift_left_saturate<32>(-(std::int64_t{1} << 27), 4) == -(std::int64_t{1} << 31));
    CHECK(shift_left_saturate<32>(-(std::int64_t{1} << 27) - 1, 4) == -(std::int64_t{1} << 31));
}

TEST_CASE("A signed shift rounds to the right and saturates to the left") {
    CHECK(signed_shift_saturate<32>(-15, 2) == -4);
    CHECK(signed_shift_saturate<32>(-15, -2) == -60);
    CHECK(signed_shift_saturate<32>(std::int64_t{1} << 49, -16) == 2147483647);
    CHECK(signed_shift_saturate<16>(40000, 0) == 32767);
}

TEST_CASE("Register fields sign-extend from their width") {
    CHECK(sign_extend<5>(0x1f) == -1);
    CHECK(sign_extend<5>(0x0f) == 15);
    CHECK(sign_extend<8>(0x80) == -128);
    CHECK(sign_extend<16>(0x8000) == -32768);
    CHECK(sign_extend<32>(0xffffffffU) == -1);
}
