// SPDX-License-Identifier: Apache-2.0
// Random comparisons of a fast version with its reference: few on every build, many at night, and
// on every instruction set of the machine.
//
//   on_every_target([&] {
//       std::mt19937 random(random_seed(7));
//       for (unsigned i = 0; i < random_runs(4000); ++i) ...
//   });
//
// DLA_RANDOM_FACTOR multiplies the number of runs (below 1: fewer, but one at least),
// DLA_RANDOM_SEED moves every seed.
#pragma once

#include <hwy/targets.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "testing/catch.hpp"

namespace dla::testing {

inline unsigned environment_number(const char* name, unsigned otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

inline unsigned random_runs(unsigned runs) {
    const char* factor = std::getenv("DLA_RANDOM_FACTOR");
    return factor == nullptr
               ? runs
               : static_cast<unsigned>(std::max(1.0, runs * std::strtod(factor, nullptr)));
}

inline unsigned random_seed(unsigned seed) {
    return seed + environment_number("DLA_RANDOM_SEED", 0);
}

// Dispatches to one instruction set during its life.
struct OnlyTarget {
    explicit OnlyTarget(std::int64_t target) {
        hwy::SetSupportedTargetsForTest(target);
        hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    }
    ~OnlyTarget() {
        hwy::SetSupportedTargetsForTest(0);
        hwy::GetChosenTarget().DeInit();
    }
    OnlyTarget(const OnlyTarget&) = delete;
    OnlyTarget& operator=(const OnlyTarget&) = delete;
};

// Those that this machine has and that were not left out of the build.
template <class Body>
void on_every_target(const Body& body) {
    for (const auto target : {HWY_AVX3, HWY_AVX2, HWY_SSE4}) {
        if ((hwy::SupportedTargets() & HWY_TARGETS & target) == 0) continue;
        const OnlyTarget only(target);
        INFO(hwy::TargetName(target));
        body();
    }
    SUCCEED();
}

}  // namespace dla::testing
