// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cacc/deliver.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "dla_tlm/cacc/accumulate_integer.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::cacc;

namespace {

constexpr std::int64_t kMin32 = -2147483648LL;
constexpr std::int64_t kMax32 = 2147483647LL;

std::int32_t clipped(std::int64_t sum, unsigned truncate) {
    std::uint64_t ignored = 0;
    return clip(sum, truncate, ignored);
}

bool counts(std::int64_t sum, unsigned truncate) {
    std::uint64_t saturated = 0;
    clip(sum, truncate, saturated);
    return saturated == 1;
}

Accumulators filled(std::size_t pixels, std::size_t kernels, bool wide) {
    Accumulators sums;
    sums.resize(pixels, kernels, wide);
    for (std::size_t p = 0; p < pixels; ++p)
        for (std::size_t k = 0; k < kernels; ++k) {
            const auto value = static_cast<std::int32_t>(100 * p + k) * (k % 2 == 0 ? 1 : -1);
            if (wide)
                sums.wide(p)[k] = value;
            else
                sums.narrow(p)[k] = value;
        }
    return sums;
}

}  // namespace

TEST_CASE("clip rounds to nearest with ties away from zero") {
    CHECK(clipped(5, 0) == 5);
    CHECK(clipped(5, 1) == 3);
    CHECK(clipped(-5, 1) == -3);
    CHECK(clipped(-6, 2) == -2);
    CHECK(clipped(-5, 2) == -1);
    CHECK(clipped(6, 2) == 2);
    CHECK(clipped((std::int64_t{1} << 46) + 32768, 16) == 1073741825);
}

TEST_CASE("clip saturates to 32 bits both ways") {
    CHECK(clipped(kMax32 + 1, 0) == kMax32);
    CHECK(clipped(kMin32 - 1, 0) == kMin32);
    CHECK(clipped((kMax32 << 16) + 32768, 16) == kMax32);
}

TEST_CASE("saturation is counted above after rounding and below before it") {
    CHECK_FALSE(counts(kMax32, 0));
    CHECK(counts(kMax32 + 1, 0));
    CHECK_FALSE(counts(kMin32, 0));
    CHECK(counts(kMin32 - 1, 0));
    // 2^31 - 1/2 rounds up over the limit.
    CHECK(counts(2 * kMax32 + 1, 1));
    CHECK_FALSE(counts(2 * kMax32, 1));
    // -2^31 - 1/4 rounds back to -2^31 and counts all the same.
    CHECK(clipped(4 * kMin32 - 1, 2) == kMin32);
    CHECK(counts(4 * kMin32 - 1, 2));
}

TEST_CASE("the accumulator saturates at 34 bits in int8 and 48 bits in int16 layers") {
    const std::int64_t most8 = (std::int64_t{1} << 33) - 1;
    const std::int64_t most16 = (std::int64_t{1} << 47) - 1;
    CHECK(accumulate(Precision::kInt8, most8 - 1, 1) == most8);
    CHECK(accumulate(Precision::kInt8, most8, 1) == most8);
    CHECK(accumulate(Precision::kInt8, -most8 - 1, -1) == -most8 - 1);
    CHECK(accumulate(Precision::kInt16, most8, 1) == most8 + 1);
    CHECK(accumulate(Precision::kInt16, most16, 5) == most16);
    CHECK(accumulate(Precision::kInt16, -most16, -5) == -most16 - 1);
}

TEST_CASE("narrow and wide sums are delivered alike, lanes without kernel as zero") {
    for (const unsigned truncate : {0u, 1u, 3u, 16u, 31u}) {
        const Accumulators narrow = filled(5, 19, false);
        const Accumulators wide = filled(5, 19, true);
        for (const std::size_t first : {0u, 8u, 16u}) {
            std::vector<std::int32_t> a(5 * 8, 7);
            std::vector<std::int32_t> b(5 * 8, 9);
            CHECK(deliver(narrow, first, 8, truncate, a) == 0);
            CHECK(deliver(wide, first, 8, truncate, b) == 0);
            CHECK(a == b);
            for (std::size_t p = 0; p < 5; ++p)
                for (std::size_t lane = 0; lane < 8; ++lane)
                    CHECK(a[p * 8 + lane] ==
                          (first + lane < 19 ? clipped(wide.value(p, first + lane), truncate) : 0));
            const AccumulatorView in_place = delivered_in_place(narrow, first, 8, truncate);
            CHECK(in_place.empty() == (truncate != 0 || first == 16));
            CHECK(delivered_in_place(wide, first, 8, truncate).empty());
            for (std::size_t i = 0; i < in_place.size(); ++i)
                CHECK(in_place[i] == a[i]);
        }
    }
}

TEST_CASE("a surface that ends with the last kernel is delivered in place") {
    CHECK_FALSE(delivered_in_place(filled(5, 24, false), 16, 8, 0).empty());
}

TEST_CASE("delivery counts every saturated element") {
    Accumulators sums;
    sums.resize(3, 2, true);
    for (std::size_t p = 0; p < 3; ++p) {
        sums.wide(p)[0] = kMax32 + 1 + static_cast<std::int64_t>(p);
        sums.wide(p)[1] = kMax32 - static_cast<std::int64_t>(p);
    }
    std::vector<std::int32_t> values(3 * 8);
    CHECK(deliver(sums, 0, 8, 0, values) == 3);
}

TEST_CASE("wide delivery equals clip element by element") {
    Accumulators sums;
    sums.resize(1, 64, true);
    std::uint64_t state = 1;
    for (unsigned truncate = 0; truncate <= 16; ++truncate) {
        for (std::size_t k = 0; k < 64; ++k) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            sums.wide(0)[k] = static_cast<std::int64_t>(state) >> (16 + k % 32);
        }
        sums.wide(0)[0] = (kMin32 << truncate) - (1LL << truncate) / 4;
        sums.wide(0)[1] = (kMax32 << truncate) + (1LL << truncate) / 2;
        sums.wide(0)[2] = -(1LL << truncate) / 2;
        std::vector<std::int32_t> values(64);
        const std::uint64_t saturated = deliver(sums, 0, 64, truncate, values);
        std::uint64_t expected = 0;
        for (std::size_t k = 0; k < 64; ++k)
            CHECK(values[k] == clip(sums.value(0, k), truncate, expected));
        CHECK(saturated == expected);
    }
}

TEST_CASE("narrow delivery equals clip element by element") {
    Accumulators sums;
    sums.resize(1, 64, false);
    std::uint64_t state = 2;
    for (unsigned truncate = 0; truncate <= 31; ++truncate) {
        for (std::size_t k = 0; k < 64; ++k) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            sums.narrow(0)[k] =
                static_cast<std::int32_t>(static_cast<std::int64_t>(state) >> (32 + k % 32));
        }
        const std::int64_t half = (1LL << truncate) / 2;
        const std::int64_t edges[] = {kMin32,    kMax32,    half,     -half,    half - 1,
                                      -half - 1, -half + 1, 3 * half, -3 * half};
        for (std::size_t k = 0; k < std::size(edges); ++k)
            sums.narrow(0)[k] = static_cast<std::int32_t>(std::clamp(edges[k], kMin32, kMax32));
        std::vector<std::int32_t> values(64);
        CHECK(deliver(sums, 0, 64, truncate, values) == 0);
        for (std::size_t k = 0; k < 64; ++k)
            CHECK(values[k] == clipped(sums.value(0, k), truncate));
    }
}

TEST_CASE("some pixels are delivered as they are among all") {
    std::mt19937_64 random(3);
    Accumulators sums;
    sums.resize(10, 20, true);
    for (std::size_t pixel = 0; pixel < 10; ++pixel)
        for (std::size_t k = 0; k < 20; ++k)
            sums.wide(pixel)[k] = static_cast<std::int64_t>(random()) >> 24;
    std::vector<std::int32_t> all(10 * 16);
    const std::uint64_t saturated = deliver(sums, 4, 16, 3, all);
    std::vector<std::int32_t> parts(10 * 16);
    std::uint64_t sum = 0;
    for (const PixelRange range : {PixelRange{0, 3}, PixelRange{3, 3}, PixelRange{3, 10}})
        sum += deliver(sums, range, 4, 16, 3, std::span(parts).subspan(range.first * 16));
    CHECK(parts == all);
    CHECK(sum == saturated);
    CHECK(saturated > 0);
}
