// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cacc/deliver.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "dla_tlm/numerics/rounding.hpp"

namespace dla::cacc {
namespace {

constexpr std::int64_t kMin32 = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kMax32 = std::numeric_limits<std::int32_t>::max();

constexpr unsigned kNarrowTruncate = 30;  // half of it still fits 32 bits

// A 32-bit sum cannot saturate.
void clip_narrow(const std::int32_t* sums, std::size_t count, unsigned truncate,
                 std::int32_t* values) {
    if (truncate == 0) {
        std::memcpy(values, sums, count * sizeof *values);
        return;
    }
    const std::int32_t half = std::int32_t{1} << (truncate - 1);
    const std::int32_t fraction = (std::int32_t{1} << truncate) - 1;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t rest = sums[i] & fraction;
        // Ties go away from zero: up for positive sums, down for negative ones.
        const std::int32_t limit = sums[i] < 0 ? half : half - 1;
        values[i] = (sums[i] >> truncate) + (rest > limit ? 1 : 0);
    }
}

}  // namespace

std::int32_t clip(std::int64_t sum, unsigned truncate, std::uint64_t& saturated) {
    const std::int64_t rounded = numerics::round_shift_half_away(sum, truncate);
    // Below, hardware looks at the value before rounding. spec: section 8.1, count rule.
    if ((sum >> truncate) < kMin32 || rounded > kMax32) ++saturated;
    return static_cast<std::int32_t>(std::clamp(rounded, kMin32, kMax32));
}

std::uint64_t deliver(const Accumulators& sums, std::size_t first_kernel, std::size_t lanes,
                      unsigned truncate, std::span<std::int32_t> values) {
    const std::size_t rest = sums.kernels() - std::min(first_kernel, sums.kernels());
    const std::size_t used = std::min(lanes, rest);
    std::uint64_t saturated = 0;
    for (std::size_t pixel = 0; pixel < sums.pixels(); ++pixel) {
        std::int32_t* out = values.data() + pixel * lanes;
        if (sums.wide() || truncate > kNarrowTruncate) {
            for (std::size_t lane = 0; lane < used; ++lane)
                out[lane] = clip(sums.value(pixel, first_kernel + lane), truncate, saturated);
        } else {
            clip_narrow(sums.narrow(pixel) + first_kernel, used, truncate, out);
        }
        std::fill(out + used, out + lanes, 0);
    }
    return saturated;
}

}  // namespace dla::cacc
