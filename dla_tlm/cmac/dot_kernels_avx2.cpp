// SPDX-License-Identifier: Apache-2.0
// AVX2: groups of up to four pixels and 16 kernels in registers.
#include "dla_tlm/cmac/dot_kernels_targets.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

namespace dla::cmac {
namespace {

#define DLA_AVX2 [[gnu::target("avx2")]]

// Pixels of one half, one vector of kernels (two registers of 8).
template <std::size_t Pixels, std::size_t Vectors>
DLA_AVX2 void dot_group(const DotTile& tile, const std::byte* data, std::size_t v,
                        std::int32_t* out) {
    __m256i sums[Pixels][2];
    for (std::size_t p = 0; p < Pixels; ++p)
        for (std::size_t i = 0; i < 2; ++i)
            sums[p][i] = _mm256_loadu_si256(
                reinterpret_cast<const __m256i*>(tile.start + v * kDotLanes + 8 * i));
    const std::byte* weights = tile.weights + v * kDotVectorBytes;
    for (const DotSegment& segment : tile.segments) {
        const std::byte* x = data + segment.offset;
        for (std::size_t step = 0; step < segment.steps; ++step) {
            const auto* from = reinterpret_cast<const __m256i*>(weights);
            const __m256i w0 = _mm256_loadu_si256(from);
            const __m256i w1 = _mm256_loadu_si256(from + 1);
            for (std::size_t p = 0; p < Pixels; ++p) {
                std::int32_t pair;
                std::memcpy(&pair, x + static_cast<std::ptrdiff_t>(p) * tile.pixel_stride,
                            sizeof pair);
                const __m256i both = _mm256_set1_epi32(pair);
                sums[p][0] = _mm256_add_epi32(sums[p][0], _mm256_madd_epi16(both, w0));
                sums[p][1] = _mm256_add_epi32(sums[p][1], _mm256_madd_epi16(both, w1));
            }
            x += kDotStepBytes;
            weights += Vectors * kDotVectorBytes;
        }
    }
    for (std::size_t p = 0; p < Pixels; ++p)
        for (std::size_t i = 0; i < 2; ++i)
            _mm256_storeu_si256(
                reinterpret_cast<__m256i*>(out + static_cast<std::ptrdiff_t>(p) * tile.sum_pitch +
                                           static_cast<std::ptrdiff_t>(v * kDotLanes + 8 * i)),
                sums[p][i]);
}

template <std::size_t Half, std::size_t Vectors>
void dot_words(const DotTile& tile) {
    constexpr std::size_t kFirst = Half < 4 ? Half : 4;
    for (std::size_t half = 0; half < 2; ++half)
        for (std::size_t v = 0; v < Vectors; ++v) {
            dot_group<kFirst, Vectors>(tile, tile.data[half], v, tile.sums[half]);
            if constexpr (Half > kFirst) {
                const auto done = static_cast<std::ptrdiff_t>(kFirst);
                dot_group<Half - kFirst, Vectors>(tile, tile.data[half] + done * tile.pixel_stride,
                                                  v, tile.sums[half] + done * tile.sum_pitch);
            }
        }
}

DLA_AVX2 void widen(const std::int32_t* narrow, unsigned shift, std::int64_t* wide,
                    std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        wide[i] += std::int64_t{narrow[i]} << shift;
}

struct Words {
    template <std::size_t Half, std::size_t Vectors>
    static constexpr DotFunction make() {
        return &dot_words<Half, Vectors>;
    }
};

}  // namespace

const DotKernels& avx2_dot_kernels() {
    static constexpr DotKernels kKernels{
        "AVX2", false, {}, make_dot_table<Words>(), &widen, &interleave_portable};
    return kKernels;
}

}  // namespace dla::cmac
#endif
