// SPDX-License-Identifier: Apache-2.0
// fp16 products of eight kernels with AVX2, bit for bit as the multiplier aligns them. For
// cacc_fp16_avx2.cpp only.
//
// A row of the multiplier is digit * data * 4^j plus a constant of the weight and the data's sign;
// the carry-save word P follows from the rows, Q = product + bias - P. Where the rows' sum is
// known, a carry word is that sum less the sum word. Shifts up to 16 need the low words of P only,
// which both halves of the multiplier yield side by side (see cmac_fp16_products_avx512.hpp); for
// those of 20 to 28 both carry-save words are made in 32-bit lanes.
#pragma once

#if defined(__x86_64__)

#include <immintrin.h>

#include <array>
#include <cstdint>

#include "dla_tlm/cmac/cmac_fp16.hpp"

#define DLA_AVX2 __attribute__((target("avx2")))
#define DLA_AVX2_INLINE DLA_AVX2 __attribute__((always_inline)) inline

namespace dla::cmac::avx2 {

using Vector = __m256i;

constexpr unsigned kKernels = 8;               // of a vector
constexpr unsigned kRows = 4;                  // of a half of the multiplier
constexpr int kBias = 0x55550000;              // P + Q - product, from the sign encoding
constexpr int kNarrowShift = 16;               // greatest that needs low words only
constexpr std::int32_t kMaskedExponent = -64;  // coarse exponent of a zero: beyond every shift

// Rows without their place (0 or 8 bits), those of the low half in the low words, of the high half
// in the high ones: what does not depend on the data. Modulo 2^16; bit 16 + 2j of row j is left
// out.
struct RowConstants {
    Vector row[kRows];
    Vector correction;  // of the last digit
};

// One channel of the weights of eight kernels.
struct ChannelWeights {
    Vector digits[kRows];       // j in the low words, j + 4 in the high ones, times 4^j
    RowConstants constants[2];  // [data is negative]
    Vector significand;         // signed, its 16 bits
    Vector exponent;
};

// What fp16 numbers split into.
struct Fields {
    Vector magnitude;  // significand, up to 14 bits
    Vector sign;       // all ones: negative
    Vector exponent;   // coarse, times 4
    Vector nan;        // all ones: not a number
};

DLA_AVX2_INLINE Vector all(int value) {
    return _mm256_set1_epi32(value);
}

// bits: zero-extended.
DLA_AVX2_INLINE Fields split(Vector bits) {
    const Vector zero = _mm256_setzero_si256();
    const Vector magnitude = _mm256_and_si256(bits, all(0x7fff));
    const Vector exponent = _mm256_srli_epi32(magnitude, 10);
    const Vector denormal = _mm256_cmpeq_epi32(exponent, zero);
    const Vector fraction = _mm256_and_si256(bits, all(0x3ff));
    const Vector hidden = _mm256_andnot_si256(denormal, all(0x400));
    const Vector places = _mm256_sub_epi32(_mm256_and_si256(exponent, all(3)), denormal);
    const Vector coarse = _mm256_and_si256(exponent, all(0x1c));
    Fields fields;
    fields.magnitude = _mm256_sllv_epi32(_mm256_or_si256(fraction, hidden), places);
    fields.sign = _mm256_cmpgt_epi32(bits, all(0x7fff));
    fields.exponent =
        _mm256_blendv_epi8(coarse, all(kMaskedExponent), _mm256_cmpeq_epi32(magnitude, zero));
    fields.nan = _mm256_cmpgt_epi32(magnitude, all(0x7c00));
    return fields;
}

// Minus v where sign is all ones.
DLA_AVX2_INLINE Vector negate(Vector v, Vector sign) {
    return _mm256_sub_epi32(_mm256_xor_si256(v, sign), sign);
}

// negative: bit 2j: digit j makes a negative product.
DLA_AVX2_INLINE void prepare_rows(Vector negative, RowConstants& constants) {
    const Vector halves = _mm256_blend_epi16(negative, _mm256_slli_epi32(negative, 8), 0xaa);
    Vector before = _mm256_setzero_si256();
    for (unsigned j = 0; j < kRows; ++j) {
        const Vector borrow = _mm256_and_si256(halves, all(0x10001 << (2 * j)));
        constants.row[j] = _mm256_sub_epi16(before, borrow);
        before = borrow;
    }
    constants.correction = before;
}

// Booth digit j of a half, times 4^j: made of the bits 2j, 2j + 1 and 2j + 2.
DLA_AVX2_INLINE Vector booth_digit(Vector bits, unsigned j, Vector sign) {
    const Vector upper = _mm256_srli_epi32(bits, 1);
    const Vector once = _mm256_add_epi32(_mm256_and_si256(bits, all(1 << (2 * j))),
                                         _mm256_and_si256(upper, all(1 << (2 * j))));
    const Vector twice = _mm256_and_si256(upper, all(2 << (2 * j)));
    return negate(_mm256_sub_epi32(once, twice), sign);
}

DLA_AVX2_INLINE void prepare_weights(const Fields& fields, ChannelWeights& out) {
    const Vector m = fields.magnitude;
    const Vector doubled = _mm256_add_epi32(m, m);
    for (unsigned j = 0; j < kRows; ++j) {
        const Vector low = booth_digit(doubled, j, fields.sign);
        const Vector high = booth_digit(_mm256_srli_epi32(doubled, 8), j, fields.sign);
        out.digits[j] = _mm256_blend_epi16(low, _mm256_slli_epi32(high, 16), 0xaa);
    }
    // Bit 2j: digit j is negative, positive.
    const Vector half = _mm256_srli_epi32(m, 1);
    const Vector place = all(0x5555);
    const Vector minus =
        _mm256_and_si256(_mm256_andnot_si256(_mm256_and_si256(m, doubled), half), place);
    const Vector plus =
        _mm256_and_si256(_mm256_andnot_si256(half, _mm256_or_si256(m, doubled)), place);
    prepare_rows(_mm256_blendv_epi8(minus, plus, fields.sign), out.constants[0]);
    prepare_rows(_mm256_blendv_epi8(plus, minus, fields.sign), out.constants[1]);
    out.significand = _mm256_and_si256(negate(m, fields.sign), all(0xffff));
    out.exponent = fields.exponent;
}

struct CarrySave {
    Vector sum;
    Vector carry;
};

// sum: of all three numbers.
DLA_AVX2_INLINE CarrySave compress(Vector a, Vector b, Vector c, Vector sum) {
    const Vector word = _mm256_xor_si256(_mm256_xor_si256(a, b), c);
    return {word, _mm256_sub_epi32(sum, word)};
}

// One half, its place left out; word: 1 in the words of the half, 0 in the others; data: there too.
DLA_AVX2_INLINE CarrySave half_product(const ChannelWeights& weights, const RowConstants& constants,
                                       Vector word, Vector data) {
    Vector row[kRows];
    for (unsigned j = 0; j < kRows; ++j) {
        const Vector constant =
            _mm256_add_epi32(_mm256_madd_epi16(constants.row[j], word), all(0x10000 << (2 * j)));
        row[j] = _mm256_add_epi32(_mm256_madd_epi16(weights.digits[j], data), constant);
    }
    const Vector correction = _mm256_madd_epi16(constants.correction, word);
    Vector sum = _mm256_add_epi32(_mm256_add_epi32(row[0], row[1]), row[2]);
    CarrySave two = compress(row[0], row[1], row[2], sum);
    sum = _mm256_add_epi32(sum, row[3]);
    two = compress(two.sum, two.carry, row[3], sum);
    sum = _mm256_add_epi32(sum, correction);
    return compress(two.sum, two.carry, correction, sum);
}

// Terms whose places to shift are any number.
DLA_AVX2_INLINE Vector far_terms(const ChannelWeights& weights, const RowConstants& constants,
                                 Vector data, Vector places) {
    const Vector low_data = _mm256_and_si256(data, all(0xffff));
    const CarrySave low = half_product(weights, constants, all(1), low_data);
    const CarrySave high =
        half_product(weights, constants, all(0x10000), _mm256_slli_epi32(data, 16));
    const Vector high_sum = _mm256_slli_epi32(high.sum, 8);
    const Vector high_carry = _mm256_slli_epi32(high.carry, 8);
    const Vector sum = _mm256_add_epi32(_mm256_add_epi32(low.sum, low.carry), high_sum);
    const CarrySave three = compress(low.sum, low.carry, high_sum, sum);
    const Vector p = _mm256_xor_si256(_mm256_xor_si256(three.sum, three.carry), high_carry);
    const Vector product = _mm256_madd_epi16(weights.significand, data);
    const Vector q = _mm256_sub_epi32(_mm256_add_epi32(product, all(kBias)), p);
    // Words shift to 0 from 32 places on.
    return _mm256_sub_epi32(
        _mm256_add_epi32(_mm256_srlv_epi32(p, places), _mm256_srlv_epi32(q, places)),
        _mm256_srlv_epi32(all(kBias), places));
}

// sum: of all three numbers; 16-bit lanes.
DLA_AVX2_INLINE CarrySave compress_words(Vector a, Vector b, Vector c, Vector sum) {
    const Vector word = _mm256_xor_si256(_mm256_xor_si256(a, b), c);
    return {word, _mm256_sub_epi16(sum, word)};
}

// P modulo 2^16 in the low words; the high ones mean nothing.
DLA_AVX2_INLINE Vector low_sum_word(const ChannelWeights& weights, const RowConstants& constants,
                                    Vector data) {
    Vector row[kRows];
    for (unsigned j = 0; j < kRows; ++j)
        row[j] = _mm256_add_epi16(_mm256_mullo_epi16(weights.digits[j], data), constants.row[j]);
    Vector sum = _mm256_add_epi16(_mm256_add_epi16(row[0], row[1]), row[2]);
    CarrySave two = compress_words(row[0], row[1], row[2], sum);
    sum = _mm256_add_epi16(sum, row[3]);
    two = compress_words(two.sum, two.carry, row[3], sum);
    sum = _mm256_add_epi16(sum, constants.correction);
    two = compress_words(two.sum, two.carry, constants.correction, sum);
    const Vector high_sum = _mm256_and_si256(_mm256_srli_epi32(two.sum, 8), all(0xff00));
    const Vector high_carry = _mm256_and_si256(_mm256_srli_epi32(two.carry, 8), all(0xff00));
    const CarrySave three =
        compress_words(two.sum, two.carry, high_sum, _mm256_add_epi16(sum, high_sum));
    return _mm256_xor_si256(_mm256_xor_si256(three.sum, three.carry), high_carry);
}

// Terms whose places to shift are at most kNarrowShift; others come out as anything.
DLA_AVX2_INLINE Vector near_terms(const ChannelWeights& weights, const RowConstants& constants,
                                  Vector data, Vector places) {
    const Vector p = low_sum_word(weights, constants, data);
    const Vector product = _mm256_madd_epi16(weights.significand, data);
    const Vector kept = _mm256_sllv_epi32(all(-1), places);
    const Vector borrow =
        _mm256_cmpgt_epi32(_mm256_andnot_si256(kept, p), _mm256_andnot_si256(kept, product));
    return _mm256_add_epi32(_mm256_srav_epi32(product, places), borrow);
}

// Terms of one channel; largest: greatest exponent of each kernel. data: 16 bits of a signed
// significand; exponent: its coarse one.
DLA_AVX2_INLINE Vector terms(const ChannelWeights& weights, std::int32_t data,
                             std::int32_t exponent, Vector largest) {
    const RowConstants& constants = weights.constants[data >> 15];
    const Vector both = _mm256_set1_epi16(static_cast<short>(data));
    const Vector places =
        _mm256_sub_epi32(_mm256_sub_epi32(largest, all(exponent)), weights.exponent);
    const Vector beyond = _mm256_cmpgt_epi32(places, all(kNarrowShift));
    // From 32 places on nothing is left.
    if (_mm256_testz_si256(beyond, _mm256_cmpgt_epi32(all(32), places)) != 0) [[likely]]
        return _mm256_andnot_si256(beyond, near_terms(weights, constants, both, places));
    return far_terms(weights, constants, both, places);
}

}  // namespace dla::cmac::avx2
#endif
