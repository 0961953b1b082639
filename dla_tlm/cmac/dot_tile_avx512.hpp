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

// 16x16 transposition of four-byte words: neighbours, pairs, quarters, halves.
DLA_DOT_TARGET inline void interleave_16_steps(const std::byte* src, std::size_t kernel_bytes,
                                               std::byte* dst, std::size_t step_bytes) {
    __m512i a[16];
    __m512i b[16];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 16; ++i)
        a[i] = _mm512_loadu_si512(src + i * kernel_bytes);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < 16; i += 2) {
        b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
        b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 16; i += 4) {
        a[i] = _mm512_unpacklo_epi64(b[i], b[i + 2]);
        a[i + 1] = _mm512_unpackhi_epi64(b[i], b[i + 2]);
        a[i + 2] = _mm512_unpacklo_epi64(b[i + 1], b[i + 3]);
        a[i + 3] = _mm512_unpackhi_epi64(b[i + 1], b[i + 3]);
    }
    // a[4 * g + j]: steps j, j + 4, j + 8, j + 12 of kernels 4 * g and following.
#pragma GCC unroll 4
    for (std::size_t j = 0; j < 4; ++j) {
        b[j] = _mm512_shuffle_i32x4(a[j], a[4 + j], 0x88);
        b[4 + j] = _mm512_shuffle_i32x4(a[j], a[4 + j], 0xdd);
        b[8 + j] = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0x88);
        b[12 + j] = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0xdd);
    }
#pragma GCC unroll 4
    for (std::size_t j = 0; j < 4; ++j) {
        _mm512_storeu_si512(dst + j * step_bytes, _mm512_shuffle_i32x4(b[j], b[8 + j], 0x88));
        _mm512_storeu_si512(dst + (j + 8) * step_bytes, _mm512_shuffle_i32x4(b[j], b[8 + j], 0xdd));
        _mm512_storeu_si512(dst + (j + 4) * step_bytes,
                            _mm512_shuffle_i32x4(b[4 + j], b[12 + j], 0x88));
        _mm512_storeu_si512(dst + (j + 12) * step_bytes,
                            _mm512_shuffle_i32x4(b[4 + j], b[12 + j], 0xdd));
    }
}

DLA_DOT_TARGET inline void interleave(const std::byte* src, std::size_t kernel_bytes,
                                      std::size_t steps, std::byte* dst, std::size_t step_bytes) {
    std::size_t step = 0;
    for (; step + 16 <= steps; step += 16)
        interleave_16_steps(src + step * kDotStepBytes, kernel_bytes, dst + step * step_bytes,
                            step_bytes);
    for (; step < steps; ++step)
        for (std::size_t kernel = 0; kernel < kDotLanes; ++kernel)
            std::memcpy(dst + step * step_bytes + kernel * kDotStepBytes,
                        src + kernel * kernel_bytes + step * kDotStepBytes, kDotStepBytes);
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
