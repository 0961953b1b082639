// SPDX-License-Identifier: Apache-2.0
// fp16 operands for the AVX-512 products: split into fields, two channels in each 32-bit lane. For
// cacc_fp16_avx512.cpp only.
#pragma once

#if defined(__x86_64__)

#include <immintrin.h>

#include <array>
#include <cstdint>

#if !defined(__clang__)
// GCC 12 takes the don't-care operands inside its own intrinsics for uninitialised variables.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define DLA_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512cd,avx512dq")))
#define DLA_AVX512_INLINE DLA_AVX512 __attribute__((always_inline)) inline

#include "dla_tlm/cmac/cmac_fp16.hpp"

namespace dla::cmac::avx512 {

using Vector = __m512i;

constexpr unsigned kPairs = kFp16Lanes / 2;
constexpr unsigned kKernels = 16;
constexpr unsigned kDigits = 8;
constexpr short kMaskedExponent = -64;  // coarse exponent of a zero: its shift is beyond all

// Two channels of the weights; 16-bit lane 2 * kernel + parity of the channel.
struct alignas(64) WeightPair {
    Vector digit[kDigits];   // index into the data element's table
    Vector negative_plus;    // bit 2j: digit j is negative where the data element is positive
    Vector negative_minus;   // the same where it is negative
    Vector significand;      // signed
    Vector coarse_exponent;  // times 4
};

// One data atom; each word holds two channels.
struct alignas(64) PreparedData {
    std::array<std::uint32_t, kPairs> magnitude;
    std::array<std::uint32_t, kPairs> sign;  // all ones in the half of a negative channel
    std::array<std::uint32_t, kPairs> coarse_exponent;
    std::array<std::uint32_t, kPairs> even;  // signed significand of one channel alone
    std::array<std::uint32_t, kPairs> odd;
    bool has_nan;
};

struct PreparedWeights {
    std::array<WeightPair, kPairs> pair;
    unsigned pairs;
    bool has_nan;
};

// What fp16 numbers split into; 16-bit lanes.
struct Fields {
    Vector magnitude;
    Vector sign;
    Vector significand;  // signed
    Vector coarse_exponent;
    bool has_nan;
};

DLA_AVX512_INLINE Vector words(int value) {
    return _mm512_set1_epi16(static_cast<short>(value));
}
DLA_AVX512_INLINE Vector both(std::uint32_t pair) {
    return _mm512_set1_epi32(static_cast<int>(pair));
}
// a | (b & c)
DLA_AVX512_INLINE Vector or_and(Vector a, Vector b, Vector c) {
    return _mm512_ternarylogic_epi32(a, b, c, 0xf8);
}
DLA_AVX512_INLINE __mmask32 lane_mask(unsigned lanes) {
    return lanes >= 32 ? 0xffffffffU : (1U << lanes) - 1;
}

DLA_AVX512_INLINE Fields split(Vector bits) {
    const Vector exponent = _mm512_and_si512(_mm512_srli_epi16(bits, 10), words(0x1f));
    const Vector magnitude = _mm512_and_si512(bits, words(0x7fff));
    const __mmask32 normal = _mm512_test_epi16_mask(exponent, exponent);
    const __mmask32 nonzero = _mm512_test_epi16_mask(magnitude, magnitude);
    const Vector fraction = _mm512_and_si512(bits, words(0x3ff));
    const Vector hidden = _mm512_maskz_mov_epi16(normal, words(0x400));
    const Vector shift =
        _mm512_mask_blend_epi16(normal, words(1), _mm512_and_si512(exponent, words(3)));
    Fields fields;
    fields.magnitude = _mm512_sllv_epi16(_mm512_or_si512(fraction, hidden), shift);
    fields.sign = _mm512_srai_epi16(bits, 15);
    fields.significand =
        _mm512_sub_epi16(_mm512_xor_si512(fields.magnitude, fields.sign), fields.sign);
    fields.coarse_exponent = _mm512_mask_blend_epi16(nonzero, words(kMaskedExponent),
                                                     _mm512_and_si512(exponent, words(0x1c)));
    fields.has_nan = _mm512_cmpgt_epu16_mask(magnitude, words(0x7c00)) != 0;
    return fields;
}

// Rows of sixteen 32-bit words to columns.
DLA_AVX512_INLINE void transpose(Vector (&rows)[16]) {
    Vector quads[16];
    for (unsigned g = 0; g < 16; g += 4) {
        const Vector low01 = _mm512_unpacklo_epi32(rows[g], rows[g + 1]);
        const Vector high01 = _mm512_unpackhi_epi32(rows[g], rows[g + 1]);
        const Vector low23 = _mm512_unpacklo_epi32(rows[g + 2], rows[g + 3]);
        const Vector high23 = _mm512_unpackhi_epi32(rows[g + 2], rows[g + 3]);
        quads[g] = _mm512_unpacklo_epi64(low01, low23);
        quads[g + 1] = _mm512_unpackhi_epi64(low01, low23);
        quads[g + 2] = _mm512_unpacklo_epi64(high01, high23);
        quads[g + 3] = _mm512_unpackhi_epi64(high01, high23);
    }
    for (unsigned j = 0; j < 4; ++j) {
        const Vector even0 = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0x88);
        const Vector odd0 = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0xdd);
        const Vector even1 = _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0x88);
        const Vector odd1 = _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0xdd);
        rows[j] = _mm512_shuffle_i32x4(even0, even1, 0x88);
        rows[4 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0x88);
        rows[8 + j] = _mm512_shuffle_i32x4(even0, even1, 0xdd);
        rows[12 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0xdd);
    }
}

// Table index: bit 0 parity of the channel, bits 1..3 digit code, bit 4 sign of the weight.
DLA_AVX512_INLINE void prepare_pair(Vector bits, WeightPair& pair) {
    const Fields fields = split(bits);
    const Vector f = fields.magnitude;
    const Vector code_bits = words(0xe);
    const Vector constant = or_and(both(0x00010000), fields.sign, words(0x10));  // parity and sign
    pair.digit[0] = or_and(constant, _mm512_slli_epi16(f, 2), code_bits);
    Vector shifted = f;
    for (unsigned j = 1; j < kDigits; ++j) {
        pair.digit[j] = or_and(constant, shifted, code_bits);
        shifted = _mm512_srli_epi16(shifted, 2);
    }
    // Bits 2j + 1, 2j, 2j - 1 of the weight, at bit 2j.
    const Vector high = _mm512_srli_epi16(f, 1);
    const Vector low = _mm512_slli_epi16(f, 1);
    const Vector place = words(0x5555);
    const Vector plus =
        _mm512_and_si512(_mm512_ternarylogic_epi32(high, f, low, 0x70), place);  // h & ~(f & l)
    const Vector minus =
        _mm512_and_si512(_mm512_ternarylogic_epi32(high, f, low, 0x0e), place);  // ~h & (f | l)
    // sign ? minus : plus
    pair.negative_plus = _mm512_ternarylogic_epi32(fields.sign, minus, plus, 0xca);
    pair.negative_minus = _mm512_ternarylogic_epi32(fields.sign, plus, minus, 0xca);
    pair.significand = fields.significand;
    pair.coarse_exponent = fields.coarse_exponent;
}

// numbers: kernel k, lane c at [k * lanes + c]; up to 16 kernels and 64 lanes.
DLA_AVX512_INLINE void prepare_weights(const std::uint16_t* numbers, unsigned kernels,
                                       unsigned lanes, PreparedWeights& weights) {
    weights.pairs = (lanes + 1) / 2;
    weights.has_nan = false;
    for (unsigned half = 0; 16 * half < weights.pairs; ++half) {
        const __mmask32 mask = lane_mask(lanes - 32 * half);
        Vector rows[kKernels];
        for (unsigned k = 0; k < kKernels; ++k) {
            rows[k] = _mm512_setzero_si512();
            if (k >= kernels) continue;
            const std::uint16_t* from = numbers + k * lanes + 32 * half;
            rows[k] = _mm512_maskz_loadu_epi16(mask, from);
            weights.has_nan = weights.has_nan || split(rows[k]).has_nan;
        }
        transpose(rows);
        for (unsigned p = 0; p < 16 && 16 * half + p < weights.pairs; ++p)
            prepare_pair(rows[p], weights.pair[16 * half + p]);
    }
}

DLA_AVX512_INLINE void prepare_data(const std::uint16_t* data, unsigned lanes, PreparedData& out) {
    out.has_nan = false;
    for (unsigned half = 0; 32 * half < lanes; ++half) {
        const Fields fields =
            split(_mm512_maskz_loadu_epi16(lane_mask(lanes - 32 * half), data + 32 * half));
        const unsigned first = 16 * half;
        _mm512_store_si512(&out.magnitude[first], fields.magnitude);
        _mm512_store_si512(&out.sign[first], fields.sign);
        _mm512_store_si512(&out.coarse_exponent[first], fields.coarse_exponent);
        const Vector low_half = both(0xffff);
        _mm512_store_si512(&out.even[first], _mm512_and_si512(fields.significand, low_half));
        _mm512_store_si512(&out.odd[first], _mm512_andnot_si512(low_half, fields.significand));
        out.has_nan = out.has_nan || fields.has_nan;
    }
}

}  // namespace dla::cmac::avx512
#endif
