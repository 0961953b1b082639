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

// clip() without branches; sums have 48 bits, so adding the half cannot overflow.
[[gnu::always_inline]] inline std::uint64_t clip_wide_loop(const std::int64_t* sums,
                                                           std::size_t count, unsigned truncate,
                                                           std::int32_t* values) {
    const std::int64_t half = truncate == 0 ? 0 : std::int64_t{1} << (truncate - 1);
    const std::int64_t down = truncate == 0 ? 0 : -1;  // ties of negative sums
    std::int64_t saturated = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t sum = sums[i];
        const std::int64_t rounded = (sum + half + ((sum >> 63) & down)) >> truncate;
        saturated += static_cast<std::int64_t>((sum >> truncate) < kMin32) |
                     static_cast<std::int64_t>(rounded > kMax32);
        const std::int64_t bounded = rounded < kMin32 ? kMin32 : rounded;
        values[i] = static_cast<std::int32_t>(bounded > kMax32 ? kMax32 : bounded);
    }
    return static_cast<std::uint64_t>(saturated);
}

std::uint64_t clip_wide_portable(const std::int64_t* sums, std::size_t count, unsigned truncate,
                                 std::int32_t* values) {
    return clip_wide_loop(sums, count, truncate, values);
}

using ClipWide = decltype(&clip_wide_portable);

#if defined(__x86_64__)
[[gnu::target("avx512f,avx512dq,avx512bw,avx512vl")]] std::uint64_t clip_wide_avx512(
    const std::int64_t* sums, std::size_t count, unsigned truncate, std::int32_t* values) {
    return clip_wide_loop(sums, count, truncate, values);
}
#endif

ClipWide best_clip_wide() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        return &clip_wide_avx512;
#endif
    return &clip_wide_portable;
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
    return deliver(sums, {0, sums.pixels()}, first_kernel, lanes, truncate, values);
}

std::uint64_t deliver(const Accumulators& sums, PixelRange pixels, std::size_t first_kernel,
                      std::size_t lanes, unsigned truncate, std::span<std::int32_t> values) {
    const std::size_t rest = sums.kernels() - std::min(first_kernel, sums.kernels());
    const std::size_t used = std::min(lanes, rest);
    static const ClipWide clip_values = best_clip_wide();
    std::uint64_t saturated = 0;
    for (std::size_t pixel = pixels.first; pixel < pixels.end; ++pixel) {
        std::int32_t* out = values.data() + (pixel - pixels.first) * lanes;
        if (sums.wide()) {
            saturated += clip_values(sums.wide(pixel) + first_kernel, used, truncate, out);
        } else if (truncate <= kNarrowTruncate) {
            clip_narrow(sums.narrow(pixel) + first_kernel, used, truncate, out);
        } else {
            for (std::size_t lane = 0; lane < used; ++lane)
                out[lane] = clip(sums.value(pixel, first_kernel + lane), truncate, saturated);
        }
        std::fill(out + used, out + lanes, 0);
    }
    return saturated;
}

AccumulatorView delivered_in_place(const Accumulators& sums, std::size_t first_kernel,
                                   std::size_t lanes, unsigned truncate) {
    if (sums.wide() || truncate != 0 || first_kernel + lanes > sums.kernels()) return {};
    return {sums.narrow(0) + first_kernel, sums.pixels(), lanes, sums.pitch()};
}

}  // namespace dla::cacc
