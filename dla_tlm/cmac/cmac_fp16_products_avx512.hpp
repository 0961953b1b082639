// SPDX-License-Identifier: Apache-2.0
// fp16 products of sixteen kernels with AVX-512, bit for bit as the multiplier aligns them. For
// cacc_fp16_avx512.cpp only.
//
// For one data element the eight Booth partial products of a weight are table look-ups by the
// weight's digit codes. The carry-save words P and Q are only needed for what shifting them apart
// loses: term = floor(product / 2^s) - borrow, borrow = (product mod 2^s) < (P mod 2^s). Shifts of
// 4 to 16 need the low 16 bits of P only; those of 20 to 28, where exponents are spread widely, its
// high 16 bits too, beside them in vectors of their own.
#pragma once

#if defined(__x86_64__)

#include "dla_tlm/cmac/cmac_fp16_operands_avx512.hpp"

namespace dla::cmac::avx512 {

constexpr short kNarrowShift = 16;  // greatest alignment shift that needs low words only
constexpr int kBias = 0x5555;       // high word of P + Q - product, from the sign encoding

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

// 32-bit numbers of two channels, low and high words apart.
struct Wide {
    Vector low;
    Vector high;
};

struct WideCarrySave {
    Wide sum;
    Wide carry;
};

DLA_AVX512_INLINE WideCarrySave compress(const Wide& a, const Wide& b, const Wide& c) {
    const Vector low = majority(a.low, b.low, c.low);
    const Vector high = majority(a.high, b.high, c.high);
    return {{sum3(a.low, b.low, c.low), sum3(a.high, b.high, c.high)},
            {_mm512_add_epi16(low, low),
             _mm512_or_si512(_mm512_add_epi16(high, high), _mm512_srli_epi16(low, 15))}};
}

DLA_AVX512_INLINE WideCarrySave compress_five(const Wide& a, const Wide& b, const Wide& c,
                                              const Wide& d, const Wide& e) {
    WideCarrySave two = compress(a, b, c);
    two = compress(two.sum, two.carry, d);
    return compress(two.sum, two.carry, e);
}

// All of digit J's partial product. Bit 16 of it is 1 unless the digit is negative.
template <unsigned J>
DLA_AVX512_INLINE Wide wide_row(const WeightPair& weight, Vector table, Vector negative,
                                const Masks& masks) {
    const Vector product = _mm512_permutexvar_epi16(weight.digit[J], table);
    const Vector above = J == 0 ? _mm512_setzero_si512() : _mm512_srli_epi16(product, 16 - 2 * J);
    const Vector high =
        _mm512_ternarylogic_epi32(above, negative, masks.correction[J], 0xf2);  // a | (~n & c)
    Vector low = _mm512_slli_epi16(product, 2 * J);
    if constexpr (J != 0 && J != kDigits / 2) low = or_and(low, negative, masks.correction[J - 1]);
    return {low, high};
}

// P.
DLA_AVX512_INLINE Wide sum_word(const WeightPair& weight, Vector table, Vector negative,
                                const Masks& masks) {
    const Vector zero = _mm512_setzero_si512();
    const WideCarrySave low = compress_five(
        wide_row<0>(weight, table, negative, masks), wide_row<1>(weight, table, negative, masks),
        wide_row<2>(weight, table, negative, masks), wide_row<3>(weight, table, negative, masks),
        Wide{_mm512_and_si512(negative, masks.correction[3]), zero});
    const WideCarrySave high = compress_five(
        wide_row<4>(weight, table, negative, masks), wide_row<5>(weight, table, negative, masks),
        wide_row<6>(weight, table, negative, masks), wide_row<7>(weight, table, negative, masks),
        Wide{_mm512_and_si512(negative, masks.correction[7]), zero});
    const WideCarrySave three = compress(low.sum, low.carry, high.sum);
    return {sum3(three.sum.low, three.carry.low, high.carry.low),
            sum3(three.sum.high, three.carry.high, high.carry.high)};
}

// Terms of the lanes with shifts of 20 to 28, 0 in the others; shift: less 16.
DLA_AVX512_INLINE Vector far_terms(const Wide& product, const Wide& p, Vector shift,
                                   __mmask32 far) {
    const Vector sum = _mm512_add_epi16(product.high, words(kBias));
    const Vector kept = _mm512_sllv_epi16(words(-1), shift);
    const Vector sum_rest = _mm512_andnot_si512(kept, sum);
    const Vector p_rest = _mm512_andnot_si512(kept, p.high);
    const __mmask32 equal = _mm512_cmpeq_epi16_mask(sum_rest, p_rest);
    const __mmask32 borrow = _mm512_cmplt_epu16_mask(sum_rest, p_rest) |
                             _mm512_mask_cmplt_epu16_mask(equal, product.low, p.low);
    Vector terms =
        _mm512_sub_epi16(_mm512_srlv_epi16(sum, shift), _mm512_srlv_epi16(words(kBias), shift));
    terms = _mm512_mask_sub_epi16(terms, borrow, terms, words(1));
    return _mm512_maskz_mov_epi16(far, terms);
}

struct PairTerms {
    Vector sum;        // of both channels, borrows not yet taken off
    __mmask32 borrow;  // 16-bit lanes
};

// largest: 4 * Lmax in every 16-bit lane.
DLA_AVX512_INLINE PairTerms pair_terms(const WeightPair& weight, const PreparedData& data,
                                       unsigned p, Vector largest, const Masks& masks) {
    const Vector shift = _mm512_sub_epi16(_mm512_sub_epi16(largest, both(data.coarse_exponent[p])),
                                          weight.coarse_exponent);
    const __mmask32 near = _mm512_cmple_epu16_mask(shift, words(kNarrowShift));
    const __mmask32 far = _mm512_mask_cmplt_epu16_mask(~near, shift, words(32));
    const Vector sign = both(data.sign[p]);
    const Vector table = product_table(both(data.magnitude[p]), sign, masks);
    const Vector negative =
        _mm512_ternarylogic_epi32(sign, weight.negative_minus, weight.negative_plus, 0xca);
    const Vector even = both(data.even[p]);
    const Vector odd = both(data.odd[p]);
    const Vector significand = _mm512_maskz_mov_epi16(near, weight.significand);
    PairTerms terms;
    terms.sum = _mm512_add_epi32(
        _mm512_srav_epi32(_mm512_madd_epi16(significand, even),
                          _mm512_and_si512(shift, both(0xffff))),
        _mm512_srav_epi32(_mm512_madd_epi16(significand, odd), _mm512_srli_epi32(shift, 16)));
    const Vector both_channels = _mm512_or_si512(even, odd);
    const Vector low_product = _mm512_mullo_epi16(weight.significand, both_channels);
    Vector low_p;
    if (far == 0) [[likely]] {
        low_p = low_sum_word(weight, table, negative, masks);
    } else {
        const Wide whole_p = sum_word(weight, table, negative, masks);
        const Wide product{low_product, _mm512_mulhi_epi16(weight.significand, both_channels)};
        const Vector beyond = _mm512_sub_epi16(shift, words(kNarrowShift));
        terms.sum = _mm512_add_epi32(
            terms.sum, _mm512_madd_epi16(far_terms(product, whole_p, beyond, far), words(1)));
        low_p = whole_p.low;
    }
    // Bits that a shift drops; all sixteen for shifts beyond the lane.
    const Vector kept = _mm512_sllv_epi16(words(-1), shift);
    terms.borrow = _mm512_mask_cmplt_epu16_mask(near, _mm512_andnot_si512(kept, low_product),
                                                _mm512_andnot_si512(kept, low_p));
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
