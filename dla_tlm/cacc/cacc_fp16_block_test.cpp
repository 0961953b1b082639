// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cacc/cacc_fp16_block.hpp"

#include <algorithm>
#include <random>
#include <string_view>
#include <vector>

#include "dla_tlm/cacc/cacc_fp16_kernels.hpp"
#include "testing/catch.hpp"

namespace dla::cacc {
namespace {

class Random {
  public:
    explicit Random(unsigned seed) : engine_(seed) {}
    unsigned below(unsigned limit) { return static_cast<unsigned>(engine_() % limit); }

  private:
    std::mt19937 engine_;
};

struct Mix {
    const char* name;
    unsigned least_exponent;
    unsigned greatest_exponent;
    unsigned special_of_1000;  // share of zeros, denormals, infinities and NaNs
    bool nan;
};

constexpr Mix kMixes[] = {
    {"equal exponents", 15, 15, 0, false},
    {"near one", 11, 16, 20, false},
    {"spread", 4, 20, 50, false},
    {"all exponents", 0, 31, 0, true},
    {"only special numbers", 1, 2, 1000, false},
    {"with NaNs", 8, 20, 30, true},
};

std::uint16_t number(Random& random, const Mix& mix) {
    const auto sign = static_cast<std::uint16_t>(random.below(2) << 15);
    const unsigned fraction = random.below(0x400);
    if (random.below(1000) < mix.special_of_1000) {
        switch (random.below(mix.nan ? 20 : 16)) {
            case 19:
                return static_cast<std::uint16_t>(sign | 0x7c01 | fraction);
            case 0:
                return static_cast<std::uint16_t>(sign | 0x7c00);
            case 1:
            case 2:
                return static_cast<std::uint16_t>(sign | 1);
            case 3:
            case 4:
            case 5:
                return static_cast<std::uint16_t>(sign | fraction);
            case 6:
                return static_cast<std::uint16_t>(sign | 0x7bff);
            default:
                return sign;
        }
    }
    const unsigned range = mix.greatest_exponent - mix.least_exponent + 1;
    unsigned exponent = mix.least_exponent + random.below(range);
    if (!mix.nan && exponent == 31) exponent = 30;
    return static_cast<std::uint16_t>(sign | (exponent << 10) | fraction);
}

std::vector<std::uint16_t> numbers(Random& random, const Mix& mix, std::size_t count) {
    std::vector<std::uint16_t> result(count);
    for (auto& value : result)
        value = number(random, mix);
    return result;
}

bool equal(const std::vector<Fp48Group>& a, const std::vector<Fp48Group>& b, unsigned kernels) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (unsigned k = 0; k < kernels; ++k) {
            if (a[i].mantissa[k] != b[i].mantissa[k] || a[i].exponent[k] != b[i].exponent[k])
                return false;
        }
    }
    return true;
}

struct Shape {
    unsigned pixels;
    unsigned kernels;
    unsigned lanes;
    unsigned steps;
};

// A chain of operations on the same accumulators, by both versions.
bool chain_agrees(const Fp16Kernels& version, const Mix& mix, const Shape& shape, bool winograd,
                  Random& random) {
    const Fp16Kernels& reference = fp16_kernels().back();
    std::vector<Fp48Group> expected(shape.pixels * (winograd ? 4 : 1));
    std::vector<Fp48Group> actual = expected;
    for (unsigned step = 0; step < shape.steps; ++step) {
        const auto weights = numbers(random, mix, shape.kernels * shape.lanes);
        const auto data = numbers(random, mix, shape.pixels * shape.lanes);
        std::vector<const std::uint16_t*> atoms;
        for (unsigned i = 0; i < shape.pixels; ++i)
            atoms.push_back(&data[i * shape.lanes]);
        const Fp16Operation operation{weights.data(), shape.kernels, shape.lanes, atoms};
        (winograd ? reference.accumulate_winograd : reference.accumulate)(operation, expected);
        (winograd ? version.accumulate_winograd : version.accumulate)(operation, actual);
        if (!equal(expected, actual, shape.kernels)) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("every fast fp16 version gives the reference's accumulators") {
    Random random(7);
    for (const Fp16Kernels& version : fp16_kernels()) {
        for (const Mix& mix : kMixes) {
            INFO(version.name << ", " << mix.name);
            for (unsigned round = 0; round < 60; ++round) {
                const Shape shape{1 + random.below(5), 1 + random.below(16), 1 + random.below(64),
                                  1 + random.below(6)};
                REQUIRE(chain_agrees(version, mix, shape, false, random));
            }
            const Shape full{8, 16, 64, 9};
            REQUIRE(chain_agrees(version, mix, full, false, random));
        }
    }
}

TEST_CASE("every fast fp16 Winograd version gives the reference's accumulators") {
    Random random(8);
    for (const Fp16Kernels& version : fp16_kernels()) {
        for (const Mix& mix : kMixes) {
            INFO(version.name << ", " << mix.name);
            for (unsigned round = 0; round < 10; ++round) {
                const Shape shape{1 + random.below(4), 1 + random.below(16), 64,
                                  1 + random.below(6)};
                REQUIRE(chain_agrees(version, mix, shape, true, random));
            }
        }
    }
}

TEST_CASE("one NaN alone, the smallest too, is treated as by the reference") {
    constexpr std::uint16_t kOne = 0x3c00;
    for (const Fp16Kernels& version : fp16_kernels())
        for (const std::uint16_t nan : std::initializer_list<std::uint16_t>{0x7c01, 0x7fff, 0xfc01})
            for (const bool in_weights : {false, true}) {
                const std::uint16_t data = in_weights ? kOne : nan;
                const std::uint16_t weight = in_weights ? nan : kOne;
                const std::uint16_t* atom = &data;
                const Fp16Operation operation{&weight, 1, 1, {&atom, 1}};
                std::vector<Fp48Group> expected(1);
                std::vector<Fp48Group> actual(1);
                fp16_kernels().back().accumulate(operation, expected);
                version.accumulate(operation, actual);
                INFO(version.name << ", " << nan);
                CHECK(equal(expected, actual, 1U));
            }
}

#if defined(__x86_64__)
TEST_CASE("every version that the processor can run is among those to choose from") {
    const auto listed = [](std::string_view name) {
        return std::ranges::any_of(
            fp16_kernels(), [&](const Fp16Kernels& version) { return version.name == name; });
    };
    CHECK(listed("avx512") == has_avx512());
    CHECK(listed("avx2") == has_avx2());
}
#endif

}  // namespace dla::cacc
