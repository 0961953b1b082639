// SPDX-License-Identifier: Apache-2.0
// AVX-512: sums of products over the channels and the accumulators, sixteen kernels side by side.
#if defined(__x86_64__)

#include "dla_tlm/cacc/cacc_fp16_kernels.hpp"
#include "dla_tlm/cmac/cmac_fp16_products_avx512.hpp"

namespace dla::cacc {
namespace {

using namespace cmac::avx512;

// Sums over channels, 32-bit lanes: low words, high halves (to tell the carries), lost borrows.
struct Totals {
    Vector low;
    Vector high;
    Vector borrows;  // 16-bit counters
};

// Eight accumulators in 64-bit lanes.
struct Accumulators {
    Vector mantissa;
    Vector exponent;
};

DLA_AVX512_INLINE Vector quads(long long value) {
    return _mm512_set1_epi64(value);
}
DLA_AVX512_INLINE Vector folded_sign(Vector v) {
    return _mm512_xor_si512(v, _mm512_srai_epi64(v, 63));
}

// Rounds a sum with 20 bits of fraction; sticky: something was dropped below them.
DLA_AVX512_INLINE Accumulators normalise_and_round(Vector sum, __mmask8 sticky, Vector exponent) {
    // Left by the redundant sign bits of 60 bits plus one: 21 bits of fraction, even on overflow.
    const Vector left = _mm512_sub_epi64(_mm512_lzcnt_epi64(folded_sign(sum)), quads(4));
    const Vector normal = _mm512_sllv_epi64(sum, left);
    const __mmask8 inexact =
        static_cast<__mmask8>(sticky | _mm512_test_epi64_mask(normal, quads((1 << 20) - 1)));
    const __mmask8 guard = _mm512_test_epi64_mask(normal, quads(1 << 20));
    const __mmask8 positive = _mm512_cmpge_epi64_mask(normal, _mm512_setzero_si512());
    const auto up = static_cast<__mmask8>(guard & (positive | inexact));
    Vector mantissa = _mm512_srai_epi64(normal, 21);
    mantissa = _mm512_mask_add_epi64(mantissa, up, mantissa, quads(1));
    exponent = _mm512_sub_epi64(exponent, _mm512_sub_epi64(left, quads(1)));

    constexpr long long kTop = 1LL << 39;
    const __mmask8 carried = _mm512_cmpeq_epi64_mask(mantissa, quads(kTop));
    mantissa = _mm512_mask_mov_epi64(mantissa, carried, quads(kTop / 2));
    exponent = _mm512_mask_add_epi64(exponent, carried, exponent, quads(1));
    const __mmask8 lowest = _mm512_cmpeq_epi64_mask(mantissa, quads(-kTop / 2));
    mantissa = _mm512_mask_mov_epi64(mantissa, lowest, quads(-kTop));
    exponent = _mm512_mask_sub_epi64(exponent, lowest, exponent, quads(1));
    const __mmask8 nonzero = _mm512_test_epi64_mask(sum, sum);
    return {_mm512_maskz_mov_epi64(nonzero, mantissa), _mm512_maskz_mov_epi64(nonzero, exponent)};
}

// The step of accumulate() in cacc_fp16.cpp; the term is no NaN.
DLA_AVX512_INLINE void accumulate_eight(std::int64_t* mantissas, std::int64_t* exponents,
                                        Vector term, Vector term_exponent) {
    const Accumulators old{_mm512_load_si512(mantissas), _mm512_load_si512(exponents)};
    const Vector left = _mm512_sub_epi64(_mm512_lzcnt_epi64(folded_sign(term)), quads(25));
    const Vector mantissa = _mm512_sllv_epi64(term, left);
    const Vector exponent = _mm512_add_epi64(_mm512_sub_epi64(term_exponent, left), quads(49 + 2));

    const __mmask8 swap = _mm512_cmpgt_epi64_mask(old.exponent, exponent);
    const Vector large = _mm512_mask_blend_epi64(swap, mantissa, old.mantissa);
    const Vector small = _mm512_mask_blend_epi64(swap, old.mantissa, mantissa);
    const Vector common = _mm512_max_epi64(old.exponent, exponent);
    const Vector distance = _mm512_sub_epi64(common, _mm512_min_epi64(old.exponent, exponent));
    const __mmask8 reaches = _mm512_cmple_epi64_mask(distance, quads(40));
    const Vector wide = _mm512_slli_epi64(small, 20);
    const Vector aligned = _mm512_maskz_srav_epi64(reaches, wide, distance);
    const __mmask8 sticky =
        _mm512_mask_cmpneq_epi64_mask(reaches, _mm512_sllv_epi64(aligned, distance), wide);
    const Vector sum = _mm512_add_epi64(_mm512_slli_epi64(large, 20), aligned);
    const Accumulators result = normalise_and_round(sum, sticky, common);

    const auto changed =
        static_cast<__mmask8>(_mm512_test_epi64_mask(term, term) &
                              _mm512_cmpneq_epi64_mask(old.exponent, quads(kFp48NanExponent)));
    _mm512_mask_store_epi64(mantissas, changed, result.mantissa);
    _mm512_mask_store_epi64(exponents, changed, result.exponent);
}

DLA_AVX512_INLINE Vector widen_half(Vector v, unsigned half) {
    return _mm512_cvtepi32_epi64(half == 0 ? _mm512_castsi512_si256(v)
                                           : _mm512_extracti64x4_epi64(v, 1));
}

// Exact sum of the terms of eight kernels.
DLA_AVX512_INLINE Vector total_of_half(const Totals& totals, unsigned half) {
    const Vector rest = _mm512_sub_epi32(totals.low, _mm512_slli_epi32(totals.high, 16));
    const Vector borrows = _mm512_madd_epi16(totals.borrows, words(1));
    const Vector high = _mm512_slli_epi64(widen_half(totals.high, half), 16);
    return _mm512_add_epi64(high, widen_half(_mm512_sub_epi32(rest, borrows), half));
}

DLA_AVX512 void accumulate_pixel(const PreparedWeights& weights, const PreparedData& data,
                                 const Masks& masks, Fp48Group& sums) {
    const Vector largest = largest_exponent(weights, data);
    Totals totals{_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    for (unsigned p = 0; p < weights.pairs; ++p) {
        const PairTerms terms = pair_terms(weights.pair[p], data, p, largest, masks);
        totals.low = _mm512_add_epi32(totals.low, terms.sum);
        totals.high = _mm512_add_epi32(totals.high, _mm512_srai_epi32(terms.sum, 16));
        totals.borrows =
            _mm512_mask_add_epi16(totals.borrows, terms.borrow, totals.borrows, words(1));
    }
    const Vector exponent = _mm512_and_si512(largest, both(0xffff));
    for (unsigned half = 0; half < 2; ++half)
        accumulate_eight(&sums.mantissa[8 * half], &sums.exponent[8 * half],
                         total_of_half(totals, half), widen_half(exponent, half));
}

// Sums of the sixteen positions to the four outputs, eight kernels.
DLA_AVX512_INLINE void post_addition(const Vector (&position)[16], unsigned half,
                                     Vector (&outputs)[4]) {
    Vector rows[2][4];
    for (unsigned x = 0; x < 4; ++x) {
        const Vector p0 = widen_half(position[x], half);
        const Vector p1 = widen_half(position[4 + x], half);
        const Vector p2 = widen_half(position[8 + x], half);
        const Vector p3 = widen_half(position[12 + x], half);
        rows[0][x] = _mm512_add_epi64(_mm512_add_epi64(p0, p1), p2);
        rows[1][x] = _mm512_sub_epi64(_mm512_sub_epi64(p1, p2), p3);
    }
    for (unsigned y = 0; y < 2; ++y) {
        outputs[2 * y] = _mm512_add_epi64(_mm512_add_epi64(rows[y][0], rows[y][1]), rows[y][2]);
        outputs[2 * y + 1] = _mm512_sub_epi64(_mm512_sub_epi64(rows[y][1], rows[y][2]), rows[y][3]);
    }
}

DLA_AVX512 void accumulate_tile(const PreparedWeights& weights, const PreparedData& data,
                                const Masks& masks, std::span<Fp48Group, 4> sums) {
    const Vector largest = largest_exponent(weights, data);
    Vector position[16];
    for (unsigned i = 0; i < 16; ++i) {
        const PairTerms a = pair_terms(weights.pair[2 * i], data, 2 * i, largest, masks);
        const PairTerms b = pair_terms(weights.pair[2 * i + 1], data, 2 * i + 1, largest, masks);
        Vector borrows = _mm512_maskz_mov_epi16(a.borrow, words(1));
        borrows = _mm512_mask_add_epi16(borrows, b.borrow, borrows, words(1));
        position[i] =
            _mm512_sub_epi32(_mm512_add_epi32(a.sum, b.sum), _mm512_madd_epi16(borrows, words(1)));
    }
    const Vector exponent = _mm512_and_si512(largest, both(0xffff));
    for (unsigned half = 0; half < 2; ++half) {
        Vector outputs[4];
        post_addition(position, half, outputs);
        for (unsigned i = 0; i < 4; ++i)
            accumulate_eight(&sums[i].mantissa[8 * half], &sums[i].exponent[8 * half], outputs[i],
                             widen_half(exponent, half));
    }
}

}  // namespace

bool has_avx512() {
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
           __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512cd") != 0 &&
           __builtin_cpu_supports("avx512dq") != 0;
}

DLA_AVX512 void accumulate_avx512(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    PreparedWeights weights;
    prepare_weights(operation.weights, operation.kernels, operation.lanes, weights);
    const Masks masks = table_masks();
    PreparedData data;
    for (std::size_t i = 0; i < operation.data.size(); ++i) {
        prepare_data(operation.data[i], operation.lanes, data);
        if (weights.has_nan || data.has_nan) {
            accumulate_pixel_reference(operation, i, sums[i]);
        } else {
            accumulate_pixel(weights, data, masks, sums[i]);
        }
    }
}

DLA_AVX512 void accumulate_winograd_avx512(const Fp16Operation& operation,
                                           std::span<Fp48Group> sums) {
    PreparedWeights weights;
    prepare_weights(operation.weights, operation.kernels, operation.lanes, weights);
    const Masks masks = table_masks();
    PreparedData data;
    for (std::size_t i = 0; i < operation.data.size(); ++i) {
        const auto outputs = sums.subspan(4 * i).first<4>();
        prepare_data(operation.data[i], operation.lanes, data);
        if (weights.has_nan || data.has_nan) {
            accumulate_tile_reference(operation, i, outputs);
        } else {
            accumulate_tile(weights, data, masks, outputs);
        }
    }
}

}  // namespace dla::cacc
#endif
