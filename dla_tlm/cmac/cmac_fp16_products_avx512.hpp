// SPDX-License-Identifier: Apache-2.0
// fp16 products of sixteen kernels with AVX-512, bit for bit as the multiplier aligns them. For
// cacc_fp16_avx512.cpp only.
//
// For one data element the eight Booth partial products of a weight are table look-ups by the
// weight's digit codes. The carry-save words P and Q are only needed for what shifting them apart
// loses: term = floor(product / 2^s) - borrow, borrow = (product mod 2^s) < (P mod 2^s). Shifts of
// 4 to 16 need the low 16 bits of P only; the rare ones of 20 to 28 take a 32-bit path.
#pragma once

#if defined(__x86_64__)

#include "dla_tlm/cmac/cmac_fp16_operands_avx512.hpp"

namespace dla::cmac::avx512 {

constexpr short kNarrowShift = 16;  // greatest alignment shift of the 16-bit path
constexpr int kBias = 0x55550000;   // of P + Q, from the sign encoding

struct Masks {
    Vector one, two, any, negative;  // of the table of partial products
    Vector correction[kDigits];      // bit 2j
};

DLA_AVX512_INLINE Vector sum3(Vector a, Vector b, Vector c) {
    return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}
DLA_AVX512_INLINE Vector majority(Vector a, Vector b, Vector c) {
    return _mm512_ternarylogic_epi32(a, b, c, 0xe8);
}

// 16-bit lane: index as in prepare_pair.
DLA_AVX512_INLINE Masks table_masks() {
    alignas(64) std::array<std::array<std::uint16_t, 32>, 4> lanes{};
    for (unsigned i = 0; i < 32; ++i) {
        const unsigned code = (i >> 1) & 7;
        const bool minus = (code >= 4) != (i >= 16);
        const bool twice = code == 3 || code == 4;
        const bool zero = code == 0 || code == 7;
        lanes[0][i] = zero || twice ? 0 : 0xffff;
        lanes[1][i] = twice ? 0xffff : 0;
        lanes[2][i] = zero ? 0 : 0xffff;
        lanes[3][i] = minus ? 0xffff : 0;
    }
    Masks masks;
    masks.one = _mm512_load_si512(lanes[0].data());
    masks.two = _mm512_load_si512(lanes[1].data());
    masks.any = _mm512_load_si512(lanes[2].data());
    masks.negative = _mm512_load_si512(lanes[3].data());
    for (unsigned j = 0; j < kDigits; ++j)
        masks.correction[j] = words(1 << (2 * j));
    return masks;
}

// Low 16 bits of the partial products of two channels, by table index.
DLA_AVX512_INLINE Vector product_table(Vector magnitude, Vector sign, const Masks& masks) {
    const Vector single = _mm512_and_si512(magnitude, masks.one);
    const Vector multiple = or_and(single, _mm512_add_epi16(magnitude, magnitude), masks.two);
    const Vector invert =
        _mm512_ternarylogic_epi32(masks.negative, sign, masks.any, 0x28);  // (n ^ s) & any
    return _mm512_xor_si512(multiple, invert);
}

struct CarrySave {
    Vector sum;
    Vector carry;
};

DLA_AVX512_INLINE CarrySave compress(Vector a, Vector b, Vector c) {
    const Vector carry = majority(a, b, c);
    return {sum3(a, b, c), _mm512_add_epi16(carry, carry)};
}

DLA_AVX512_INLINE CarrySave compress_five(Vector a, Vector b, Vector c, Vector d, Vector e) {
    CarrySave two = compress(a, b, c);
    two = compress(two.sum, two.carry, d);
    return compress(two.sum, two.carry, e);
}

// Partial product of digit J in its place, low 16 bits, with the correction of the digit before.
template <unsigned J>
DLA_AVX512_INLINE Vector low_row(const WeightPair& weight, Vector table, Vector negative,
                                 const Masks& masks) {
    const Vector product =
        _mm512_slli_epi16(_mm512_permutexvar_epi16(weight.digit[J], table), 2 * J);
    if constexpr (J == 0 || J == kDigits / 2) {
        return product;
    } else {
        return or_and(product, negative, masks.correction[J - 1]);
    }
}

// P modulo 2^16.
DLA_AVX512_INLINE Vector low_sum_word(const WeightPair& weight, Vector table, Vector negative,
                                      const Masks& masks) {
    const CarrySave low = compress_five(
        low_row<0>(weight, table, negative, masks), low_row<1>(weight, table, negative, masks),
        low_row<2>(weight, table, negative, masks), low_row<3>(weight, table, negative, masks),
        _mm512_and_si512(negative, masks.correction[3]));
    const CarrySave high = compress_five(
        low_row<4>(weight, table, negative, masks), low_row<5>(weight, table, negative, masks),
        low_row<6>(weight, table, negative, masks), low_row<7>(weight, table, negative, masks),
        _mm512_and_si512(negative, masks.correction[7]));
    const CarrySave three = compress(low.sum, low.carry, high.sum);
    return sum3(three.sum, three.carry, high.carry);
}

DLA_AVX512_INLINE CarrySave compress32(Vector a, Vector b, Vector c) {
    const Vector carry = majority(a, b, c);
    return {sum3(a, b, c), _mm512_add_epi32(carry, carry)};
}

DLA_AVX512_INLINE CarrySave compress_five32(Vector a, Vector b, Vector c, Vector d, Vector e) {
    CarrySave two = compress32(a, b, c);
    two = compress32(two.sum, two.carry, d);
    return compress32(two.sum, two.carry, e);
}

// One channel in 32-bit lanes.
struct Channel {
    unsigned down;  // position of the channel in its pair: 0 or 16 bits
    Vector table;
    Vector negative;
};

template <unsigned J>
DLA_AVX512_INLINE Vector wide_row(const WeightPair& weight, const Channel& channel) {
    const Vector digit =
        _mm512_srl_epi32(weight.digit[J], _mm_cvtsi32_si128(static_cast<int>(channel.down + 1)));
    const Vector product = _mm512_slli_epi32(_mm512_permutexvar_epi32(digit, channel.table), 2 * J);
    if constexpr (J == 0 || J == kDigits / 2) {
        return product;
    } else {
        return or_and(product, channel.negative, both(1U << (2 * J - 2)));
    }
}

DLA_AVX512_INLINE Vector wide_terms(const WeightPair& weight, const Channel& channel,
                                    Vector shift) {
    const CarrySave low = compress_five32(
        wide_row<0>(weight, channel), wide_row<1>(weight, channel), wide_row<2>(weight, channel),
        wide_row<3>(weight, channel), _mm512_and_si512(channel.negative, both(1U << 6)));
    const CarrySave high = compress_five32(
        wide_row<4>(weight, channel), wide_row<5>(weight, channel), wide_row<6>(weight, channel),
        wide_row<7>(weight, channel), _mm512_and_si512(channel.negative, both(1U << 14)));
    const CarrySave three = compress32(low.sum, low.carry, high.sum);
    const CarrySave two = compress32(three.sum, three.carry, high.carry);
    const Vector shifted =
        _mm512_add_epi32(_mm512_srlv_epi32(two.sum, shift), _mm512_srlv_epi32(two.carry, shift));
    return _mm512_sub_epi32(shifted, _mm512_srlv_epi32(both(kBias), shift));
}

// What wide_terms needs of a pair, 16-bit lanes.
struct FarPair {
    const WeightPair& weight;
    Vector table;
    Vector top;  // bit 16 of the table's partial products: 1 unless the digit is negative
    Vector negative;
    Vector shift;
};

// Terms of the lanes with shifts of 20 to 28.
DLA_AVX512 __attribute__((noinline)) inline Vector far_terms(const FarPair& pair, __mmask32 far) {
    const Vector low_half = both(0xffff);
    const Vector far_lanes = _mm512_movm_epi16(far);
    Vector terms = _mm512_setzero_si512();
    for (const unsigned down : {0U, 16U}) {
        const __m128i count = _mm_cvtsi32_si128(static_cast<int>(down));
        const Vector table = _mm512_and_si512(_mm512_srl_epi32(pair.table, count), low_half);
        const Vector top = _mm512_and_si512(_mm512_srl_epi32(pair.top, count), both(1));
        const Channel channel{down, _mm512_or_si512(table, _mm512_slli_epi32(top, 16)),
                              _mm512_and_si512(_mm512_srl_epi32(pair.negative, count), low_half)};
        const Vector shift = _mm512_and_si512(_mm512_srl_epi32(pair.shift, count), low_half);
        const __mmask16 mask = _mm512_test_epi32_mask(_mm512_srl_epi32(far_lanes, count), both(1));
        terms = _mm512_mask_add_epi32(terms, mask, terms, wide_terms(pair.weight, channel, shift));
    }
    return terms;
}

struct PairTerms {
    Vector sum;        // of both channels, borrows not yet taken off
    __mmask32 borrow;  // 16-bit lanes
};

// largest: 4 * Lmax in every 16-bit lane.
DLA_AVX512_INLINE PairTerms pair_terms(const WeightPair& weight, const PreparedData& data,
                                       unsigned p, Vector largest, const Masks& masks) {
    const Vector sign = both(data.sign[p]);
    const Vector table = product_table(both(data.magnitude[p]), sign, masks);
    const Vector negative =
        _mm512_ternarylogic_epi32(sign, weight.negative_minus, weight.negative_plus, 0xca);
    const Vector low_p = low_sum_word(weight, table, negative, masks);

    const Vector shift = _mm512_sub_epi16(_mm512_sub_epi16(largest, both(data.coarse_exponent[p])),
                                          weight.coarse_exponent);
    const __mmask32 near = _mm512_cmple_epu16_mask(shift, words(kNarrowShift));
    const Vector even = both(data.even[p]);
    const Vector odd = both(data.odd[p]);
    // Bits that a shift drops; all sixteen for shifts beyond the lane.
    const Vector kept = _mm512_sllv_epi16(words(-1), shift);
    const Vector low_product = _mm512_mullo_epi16(weight.significand, _mm512_or_si512(even, odd));
    PairTerms terms;
    terms.borrow = _mm512_mask_cmplt_epu16_mask(near, _mm512_andnot_si512(kept, low_product),
                                                _mm512_andnot_si512(kept, low_p));
    const Vector significand = _mm512_maskz_mov_epi16(near, weight.significand);
    terms.sum = _mm512_add_epi32(
        _mm512_srav_epi32(_mm512_madd_epi16(significand, even),
                          _mm512_and_si512(shift, both(0xffff))),
        _mm512_srav_epi32(_mm512_madd_epi16(significand, odd), _mm512_srli_epi32(shift, 16)));
    const __mmask32 far = _mm512_mask_cmplt_epu16_mask(~near, shift, words(32));
    if (far != 0) [[unlikely]] {
        const Vector minus = _mm512_ternarylogic_epi32(masks.negative, sign, masks.any, 0x28);
        const FarPair pair{weight, table, _mm512_andnot_si512(minus, words(1)), negative, shift};
        terms.sum = _mm512_add_epi32(terms.sum, far_terms(pair, far));
    }
    return terms;
}

// 4 * Lmax of every kernel, in both halves of its 32-bit lane.
DLA_AVX512_INLINE Vector largest_exponent(const PreparedWeights& weights,
                                          const PreparedData& data) {
    Vector largest = _mm512_setzero_si512();
    for (unsigned p = 0; p < weights.pairs; ++p) {
        largest = _mm512_max_epi16(largest, _mm512_add_epi16(both(data.coarse_exponent[p]),
                                                             weights.pair[p].coarse_exponent));
    }
    return _mm512_max_epi16(largest, _mm512_rol_epi32(largest, 16));
}

}  // namespace dla::cmac::avx512
#endif
