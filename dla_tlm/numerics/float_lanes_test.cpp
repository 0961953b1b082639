// SPDX-License-Identifier: Apache-2.0
// The vector steps against the plain ones, on corner patterns in all pairs and on random ones, for
// every instruction set of the machine.
#include <cstdint>
#include <random>
#include <vector>

#include "dla_tlm/numerics/numerics.hpp"

#ifndef DLA_FLOAT_LANES_TEST_STEP  // once, though Highway includes this file several times
#define DLA_FLOAT_LANES_TEST_STEP
namespace dla::numerics {
enum class Step : std::uint8_t { kAdd32, kMul32, kAdd17, kMul17, kTo17, kWiden32, kWiden17, kTo16 };
using Patterns = std::vector<std::int32_t>;
}  // namespace dla::numerics
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dla_tlm/numerics/float_lanes_test.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#if HWY_TARGET == HWY_SCALAR

namespace dla::numerics::HWY_NAMESPACE {
// No vectors: on_every_target() never comes here.
void run_step(Step, const Patterns&, const Patterns&, Patterns&) {}
}  // namespace dla::numerics::HWY_NAMESPACE

#else
#include "dla_tlm/numerics/float_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::numerics::HWY_NAMESPACE {

using I32 = hn::ScalableTag<std::int32_t>;
using V = hn::Vec<I32>;

HWY_INLINE V one_step(Step step, V a, V b) {
    switch (step) {
        case Step::kAdd32:
            return add_fp32(a, b);
        case Step::kMul32:
            return mul_fp32(a, b);
        case Step::kAdd17:
            return add_fp17(a, b);
        case Step::kMul17:
            return mul_fp17(a, b);
        case Step::kTo17:
            return fp32_to_fp17(a);
        case Step::kWiden32:
            return widen_fp16(a, kLargest);
        case Step::kWiden17:
            return widen_fp16(a, kFp17Largest);
        case Step::kTo16:
            return narrow_to_fp16(a);
    }
    return a;
}

// a and b: whole vectors.
void run_step(Step step, const Patterns& a, const Patterns& b, Patterns& result) {
    const I32 d;
    for (std::size_t i = 0; i < a.size(); i += hn::Lanes(d))
        hn::StoreU(one_step(step, hn::LoadU(d, &a[i]), hn::LoadU(d, &b[i])), d, &result[i]);
}

}  // namespace dla::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include "testing/random_runs.hpp"

namespace dla::numerics {
namespace {

HWY_EXPORT(run_step);

constexpr std::size_t kWholeVectors = 64;

std::int32_t wide(std::uint32_t fp17) {
    return static_cast<std::int32_t>(fp17_to_fp32(fp17));
}

// The plain step on one element.
std::int32_t expected(Step step, std::uint32_t a, std::uint32_t b) {
    switch (step) {
        case Step::kAdd32:
            return static_cast<std::int32_t>(fp32_add(a, b));
        case Step::kMul32:
            return static_cast<std::int32_t>(fp32_mul(a, b));
        case Step::kTo17: {
            // The infinity pattern, from a NaN without payload, counts as 2^32 afterwards.
            const std::uint32_t narrow = fp32_to_fp17(a);
            const std::uint32_t beyond = Fp32::sign(a) | 0x4f800000U;
            return Fp17::is_inf(narrow) ? static_cast<std::int32_t>(beyond) : wide(narrow);
        }
        case Step::kWiden32:
            return static_cast<std::int32_t>(fp16_to_fp32(static_cast<std::uint16_t>(a)));
        case Step::kWiden17:
            return wide(fp16_to_fp17(static_cast<std::uint16_t>(a)));
        default:
            return static_cast<std::int16_t>(fp32_to_fp16(a));
    }
}

// fp17 operands a and b go in as the fp32 patterns of the same value.
void check(Step step, const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
    const bool fp17 = step == Step::kAdd17 || step == Step::kMul17;
    const std::size_t size = (a.size() + kWholeVectors - 1) / kWholeVectors * kWholeVectors;
    Patterns left(size);
    Patterns right(size);
    Patterns result(size);
    for (std::size_t i = 0; i < a.size(); ++i) {
        left[i] = fp17 ? wide(a[i]) : static_cast<std::int32_t>(a[i]);
        right[i] = fp17 ? wide(b[i]) : static_cast<std::int32_t>(b[i]);
    }
    HWY_DYNAMIC_DISPATCH(run_step)(step, left, right, result);
    for (std::size_t i = 0; i < a.size(); ++i) {
        const std::int32_t wanted = step == Step::kAdd17   ? wide(fp17_add(a[i], b[i]))
                                    : step == Step::kMul17 ? wide(fp17_mul(a[i], b[i]))
                                                           : expected(step, a[i], b[i]);
        INFO("step " << static_cast<int>(step) << " of " << a[i] << " and " << b[i]);
        if (result[i] != wanted) REQUIRE(result[i] == wanted);
    }
}

void check_pairs(Step step, const std::vector<std::uint32_t>& patterns) {
    std::vector<std::uint32_t> a;
    std::vector<std::uint32_t> b;
    for (const std::uint32_t x : patterns) {
        for (const std::uint32_t y : patterns) {
            a.push_back(x);
            b.push_back(y);
        }
    }
    check(step, a, b);
}

// Both signs and both neighbours of what matters.
std::vector<std::uint32_t> around(std::initializer_list<std::uint32_t> patterns,
                                  std::uint32_t sign) {
    std::vector<std::uint32_t> list;
    for (const std::uint32_t pattern : patterns) {
        for (const std::uint32_t near : {pattern - 1, pattern, pattern + 1}) {
            if (near >= sign) continue;
            list.push_back(near);
            list.push_back(near | sign);
        }
    }
    return list;
}

const std::vector<std::uint32_t>& corners32() {
    // Zero, denormals, smallest normal, 2^-30 and the halves of fp17's last places around it, one,
    // a tie, largest fp17, largest, infinity, NaN with and without low bits.
    static const auto list =
        around({1,          0x400000,   0x800000,   0x307fe000, 0x307ff000, 0x30800000, 0x30801000,
                0x33000000, 0x38800000, 0x3f800000, 0x3f801000, 0x3f803000, 0x477fe000, 0x4f7fe000,
                0x4f7ff000, 0x7f7fffff, 0x7f800001, 0x7fc00000, 0x7fc00400, 0x20000000, 0x5f000000},
               0x80000000);
    return list;
}

// As they occur: no fraction below exponent 1, no infinity pattern.
std::vector<std::uint32_t> corners17() {
    std::vector<std::uint32_t> list;
    for (const std::uint32_t pattern :
         around({1, 0x400, 0x401, 0x7400, 0x7bff, 0x7c00, 0x7c01, 0xf800, 0xfbff, 0xfc01, 0xfe00},
                0x10000)) {
        const bool occurs = Fp17::exponent(pattern) > 0 || Fp17::is_zero(pattern);
        if (occurs && !Fp17::is_inf(pattern)) list.push_back(pattern);
    }
    return list;
}

std::vector<std::uint32_t> random_patterns(std::size_t count, unsigned seed) {
    std::mt19937 random(testing::random_seed(seed));
    std::vector<std::uint32_t> list(count);
    for (auto& pattern : list)
        pattern = static_cast<std::uint32_t>(random());
    return list;
}

}  // namespace

TEST_CASE("Vectors add and multiply fp32 as the plain steps do") {
    testing::on_every_target([] {
        for (const Step step : {Step::kAdd32, Step::kMul32}) {
            check_pairs(step, corners32());
            check(step, random_patterns(100'000, 1), random_patterns(100'000, 2));
        }
    });
}

TEST_CASE("Vectors add and multiply fp17 as the plain steps do") {
    testing::on_every_target([] {
        auto a = random_patterns(100'000, 3);
        auto b = random_patterns(100'000, 4);
        for (auto* list : {&a, &b}) {
            for (auto& pattern : *list) {
                pattern &= 0x1ffff;
                if (Fp17::exponent(pattern) == 0) pattern &= Fp17::kSign;
                if (Fp17::is_inf(pattern)) pattern += 1;
            }
        }
        for (const Step step : {Step::kAdd17, Step::kMul17}) {
            check_pairs(step, corners17());
            check(step, a, b);
        }
    });
}

TEST_CASE("Vectors convert between fp16, fp17 and fp32 as the plain steps do") {
    testing::on_every_target([] {
        std::vector<std::uint32_t> all16(0x10000);
        for (std::uint32_t i = 0; i < all16.size(); ++i)
            all16[i] = i;
        check(Step::kWiden32, all16, all16);
        check(Step::kWiden17, all16, all16);
        for (const Step step : {Step::kTo17, Step::kTo16}) {
            check(step, corners32(), corners32());
            check(step, random_patterns(200'000, 5), random_patterns(200'000, 5));
        }
    });
}

}  // namespace dla::numerics
#endif
