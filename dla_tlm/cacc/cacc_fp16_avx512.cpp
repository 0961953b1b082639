// SPDX-License-Identifier: Apache-2.0
// AVX-512: sixteen kernels side by side, two channels in each 32-bit lane.
//
// For one data element the eight Booth partial products of a weight are table look-ups by the
// weight's digit codes. The carry-save words P and Q are only needed for what shifting them apart
// loses: term = floor(product / 2^s) - borrow, borrow = (product mod 2^s) < (P mod 2^s). Shifts of
// 4 to 16 need the low 16 bits of P only; the rare ones of 20 to 28 take a 32-bit path.
#if defined(__x86_64__)

#include <immintrin.h>

#include <array>

#include "dla_tlm/cacc/cacc_fp16_kernels.hpp"

#if !defined(__clang__)
// GCC 12 takes the don't-care operands inside its own intrinsics for uninitialised variables.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define DLA_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512cd,avx512dq")))
#define DLA_AVX512_INLINE DLA_AVX512 __attribute__((always_inline)) inline

namespace dla::cacc {
namespace {

using Vector = __m512i;

constexpr unsigned kPairs = cmac::kFp16Lanes / 2;
constexpr unsigned kDigits = 8;
constexpr short kNarrowShift = 16;      // greatest alignment shift of the 16-bit path
constexpr short kMaskedExponent = -64;  // coarse exponent of a zero: its shift is beyond all
constexpr int kBias = 0x55550000;       // of P + Q, from the sign encoding

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

// Sums over channels, 32-bit lanes: low words, high halves (to tell the carries), lost borrows.
struct Totals {
    Vector low;
    Vector high;
    Vector borrows;  // 16-bit counters
};

struct Masks {
    Vector one, two, any, negative;  // of the table of partial products
    Vector correction[kDigits];      // bit 2j
};

DLA_AVX512_INLINE Vector words(int value) {
    return _mm512_set1_epi16(static_cast<short>(value));
}
DLA_AVX512_INLINE Vector both(std::uint32_t pair) {
    return _mm512_set1_epi32(static_cast<int>(pair));
}
DLA_AVX512_INLINE Vector sum3(Vector a, Vector b, Vector c) {
    return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}
DLA_AVX512_INLINE Vector majority(Vector a, Vector b, Vector c) {
    return _mm512_ternarylogic_epi32(a, b, c, 0xe8);
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

DLA_AVX512 void prepare_weights(const Fp16Operation& operation, PreparedWeights& weights) {
    weights.pairs = (operation.lanes + 1) / 2;
    weights.has_nan = false;
    for (unsigned half = 0; 16 * half < weights.pairs; ++half) {
        const __mmask32 mask = lane_mask(operation.lanes - 32 * half);
        Vector rows[kFp16GroupKernels];
        for (unsigned k = 0; k < kFp16GroupKernels; ++k) {
            rows[k] = _mm512_setzero_si512();
            if (k >= operation.kernels) continue;
            const std::uint16_t* from = operation.weights + k * operation.lanes + 32 * half;
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
DLA_AVX512 __attribute__((noinline)) Vector far_terms(const FarPair& pair, __mmask32 far) {
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
    prepare_weights(operation, weights);
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
    prepare_weights(operation, weights);
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
