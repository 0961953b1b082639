// SPDX-License-Identifier: Apache-2.0
// One tile of dot products in AVX-512 registers; the includer sets DLA_DOT_TARGET to the target
// attribute and passes the multiply step, because inlining stops at functions with other targets.
#pragma once

#include <immintrin.h>

#include <cstring>

#include "dla_tlm/cmac/dot_kernels.hpp"

namespace dla::cmac {
namespace {

DLA_DOT_TARGET [[gnu::always_inline]] inline __m512i broadcast_step(const std::byte* data) {
    std::int32_t step;
    std::memcpy(&step, data, sizeof step);
    return _mm512_set1_epi32(step);
}

template <std::size_t Half, std::size_t Vectors>
struct TileSums {
    __m512i lane[2][Half][Vectors];
};

template <class Multiply, std::size_t Half, std::size_t Vectors>
DLA_DOT_TARGET [[gnu::always_inline]] inline void add_step(TileSums<Half, Vectors>& sums,
                                                           const std::byte* const (&data)[2],
                                                           std::ptrdiff_t stride,
                                                           const std::byte* weights) {
    __m512i w[Vectors];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < Vectors; ++v)
        w[v] = _mm512_loadu_si512(weights + v * kDotVectorBytes);
#pragma GCC unroll 2
    for (std::size_t half = 0; half < 2; ++half)
#pragma GCC unroll 7
        for (std::size_t p = 0; p < Half; ++p) {
            const __m512i x = broadcast_step(data[half] + static_cast<std::ptrdiff_t>(p) * stride);
#pragma GCC unroll 2
            for (std::size_t v = 0; v < Vectors; ++v)
                sums.lane[half][p][v] = Multiply::step(sums.lane[half][p][v], x, w[v]);
        }
}

template <class Multiply, std::size_t Half, std::size_t Vectors>
DLA_DOT_TARGET void dot_tile(const DotTile& tile) {
    TileSums<Half, Vectors> sums;
#pragma GCC unroll 2
    for (std::size_t half = 0; half < 2; ++half)
#pragma GCC unroll 7
        for (std::size_t p = 0; p < Half; ++p)
#pragma GCC unroll 2
            for (std::size_t v = 0; v < Vectors; ++v)
                sums.lane[half][p][v] = _mm512_loadu_si512(tile.start + v * kDotLanes);
    const std::byte* weights = tile.weights;
    const std::ptrdiff_t stride = tile.pixel_stride;
    for (const DotSegment& segment : tile.segments) {
        const std::byte* data[2] = {tile.data[0] + segment.offset, tile.data[1] + segment.offset};
        const std::byte* const end = weights + segment.steps * Vectors * kDotVectorBytes;
        while (weights != end) {
            add_step<Multiply>(sums, data, stride, weights);
            data[0] += kDotStepBytes;
            data[1] += kDotStepBytes;
            weights += Vectors * kDotVectorBytes;
        }
    }
#pragma GCC unroll 2
    for (std::size_t half = 0; half < 2; ++half)
#pragma GCC unroll 7
        for (std::size_t p = 0; p < Half; ++p)
#pragma GCC unroll 2
            for (std::size_t v = 0; v < Vectors; ++v)
                _mm512_storeu_si512(tile.sums[half] +
                                        static_cast<std::ptrdiff_t>(p) * tile.sum_pitch +
                                        static_cast<std::ptrdiff_t>(v * kDotLanes),
                                    sums.lane[half][p][v]);
}

DLA_DOT_TARGET inline void widen(const std::int32_t* narrow, unsigned shift, std::int64_t* wide,
                                 std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        wide[i] += std::int64_t{narrow[i]} << shift;
}

template <class Multiply>
struct TileMaker {
    template <std::size_t Half, std::size_t Vectors>
    static constexpr DotFunction make() {
        return &dot_tile<Multiply, Half, Vectors>;
    }
};

}  // namespace
}  // namespace dla::cmac
