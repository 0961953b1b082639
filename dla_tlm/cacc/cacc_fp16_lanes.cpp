// SPDX-License-Identifier: Apache-2.0
// Sixteen kernels side by side in plain loops, for the compiler to vectorise. The idea is that of
// cacc_fp16_avx512.cpp: exact shift, less a borrow that the low 16 bits of the carry-save word P
// decide. Partial products are digit * data - (digit < 0).
#include <algorithm>
#include <array>
#include <memory>

#include "dla_tlm/cacc/cacc_fp16_kernels.hpp"

#define DLA_INLINE __attribute__((always_inline)) inline

namespace dla::cacc {
namespace {

constexpr unsigned kKernels = kFp16GroupKernels;
constexpr unsigned kLanes = cmac::kFp16Lanes;
constexpr unsigned kDigits = 8;
constexpr int kNarrowShift = 16;       // greatest alignment shift that 16 bits of P decide
constexpr int kWideShift = 32;         // nothing is left from here on
constexpr int kMaskedExponent = -128;  // coarse exponent of a zero

template <class Element>
using PerKernel = std::array<Element, kKernels>;

// One channel of the weights.
struct alignas(64) ChannelWeights {
    std::array<PerKernel<std::int16_t>, kDigits> digit;
    // Whether the digit is negative: [0] with positive data, [1] with negative data.
    std::array<std::array<PerKernel<std::uint16_t>, kDigits>, 2> negative;
    PerKernel<std::int16_t> significand;
    PerKernel<std::int32_t> exponent;  // coarse, times 4
};

struct Number {
    std::int32_t significand;
    std::int32_t exponent;  // coarse, times 4
};

struct Weights {
    std::array<ChannelWeights, kLanes> channel;
    unsigned lanes;
    bool has_nan;
};

struct Data {
    std::array<Number, kLanes> number;
    bool has_nan;
};

bool is_nan(std::uint16_t bits) {
    return (bits & 0x7fff) > 0x7c00;
}

DLA_INLINE Number split(std::uint16_t bits) {
    const std::int32_t exponent = (bits >> 10) & 0x1f;
    const std::int32_t significand = (bits & 0x3ff) | (exponent != 0 ? 0x400 : 0);
    const std::int32_t shifted = significand << (exponent != 0 ? exponent & 3 : 1);
    return {(bits & 0x8000) != 0 ? -shifted : shifted,
            significand != 0 ? exponent & 0x1c : kMaskedExponent};
}

void prepare_weight(std::uint16_t bits, unsigned k, ChannelWeights& out) {
    const Number number = split(bits);
    const std::int32_t magnitude = std::abs(number.significand);
    const std::int32_t sign = number.significand < 0 ? -1 : 1;
    for (unsigned j = 0; j < kDigits; ++j) {
        const std::int32_t code = ((magnitude << 1) >> (2 * j)) & 7;
        const std::int32_t digit = sign * (((code & 1) + ((code >> 1) & 1)) - 2 * (code >> 2));
        out.digit[j][k] = static_cast<std::int16_t>(digit);
        out.negative[0][j][k] = static_cast<std::uint16_t>(digit < 0);
        out.negative[1][j][k] = static_cast<std::uint16_t>(digit > 0);
    }
    out.significand[k] = static_cast<std::int16_t>(number.significand);
    out.exponent[k] = number.exponent;
}

void prepare(const Fp16Operation& operation, Weights& weights) {
    weights.lanes = operation.lanes;
    weights.has_nan = false;
    for (unsigned k = 0; k < kKernels; ++k) {
        for (unsigned c = 0; c < operation.lanes; ++c) {
            const std::uint16_t bits = k < operation.kernels
                                           ? operation.weights[k * operation.lanes + c]
                                           : std::uint16_t{0};
            prepare_weight(bits, k, weights.channel[c]);
            weights.has_nan = weights.has_nan || is_nan(bits);
        }
    }
}

void prepare(const std::uint16_t* atom, unsigned lanes, Data& data) {
    data.has_nan = false;
    for (unsigned c = 0; c < lanes; ++c) {
        data.number[c] = split(atom[c]);
        data.has_nan = data.has_nan || is_nan(atom[c]);
    }
}

DLA_INLINE PerKernel<std::int32_t> largest_exponent(const Weights& weights, const Data& data) {
    PerKernel<std::int32_t> largest{};
    for (unsigned c = 0; c < weights.lanes; ++c) {
        for (unsigned k = 0; k < kKernels; ++k)
            largest[k] =
                std::max(largest[k], data.number[c].exponent + weights.channel[c].exponent[k]);
    }
    return largest;
}

struct CarrySave {
    std::uint16_t sum;
    std::uint16_t carry;
};

DLA_INLINE CarrySave compress(std::uint16_t a, std::uint16_t b, std::uint16_t c) {
    const auto half = static_cast<std::uint16_t>(a ^ b);
    const auto carry = static_cast<std::uint16_t>((a & b) | (half & c));
    return {static_cast<std::uint16_t>(half ^ c), static_cast<std::uint16_t>(carry + carry)};
}

DLA_INLINE CarrySave compress_five(std::uint16_t a, std::uint16_t b, std::uint16_t c,
                                   std::uint16_t d, std::uint16_t e) {
    CarrySave two = compress(a, b, c);
    two = compress(two.sum, two.carry, d);
    return compress(two.sum, two.carry, e);
}

// P modulo 2^16 of every kernel.
DLA_INLINE PerKernel<std::uint16_t> low_sum_words(const ChannelWeights& weights,
                                                  std::int32_t significand) {
    const auto d = static_cast<std::int16_t>(significand);
    const auto& negative = weights.negative[significand < 0 ? 1 : 0];
    PerKernel<std::uint16_t> words;
    for (unsigned k = 0; k < kKernels; ++k) {
        const auto row = [&](unsigned j) __attribute__((always_inline)) {
            const auto product = static_cast<std::uint16_t>(weights.digit[j][k] * d);
            const auto placed = static_cast<std::uint16_t>(
                static_cast<std::uint16_t>(product - negative[j][k]) << (2 * j));
            if (j == 0 || j == kDigits / 2) return placed;
            return static_cast<std::uint16_t>(placed | (negative[j - 1][k] << (2 * j - 2)));
        };
        const CarrySave low = compress_five(row(0), row(1), row(2), row(3),
                                            static_cast<std::uint16_t>(negative[3][k] << 6));
        const CarrySave high = compress_five(row(4), row(5), row(6), row(7),
                                             static_cast<std::uint16_t>(negative[7][k] << 14));
        const CarrySave three = compress(low.sum, low.carry, high.sum);
        words[k] = static_cast<std::uint16_t>(three.sum ^ three.carry ^ high.carry);
    }
    return words;
}

// Terms of one channel; the lanes with shifts of 20 to 28 are left out and make it return true.
DLA_INLINE bool near_terms(const ChannelWeights& weights, Number data,
                           const PerKernel<std::int32_t>& largest, PerKernel<std::int32_t>& terms) {
    const PerKernel<std::uint16_t> low = low_sum_words(weights, data.significand);
    std::int32_t far = 0;
    for (unsigned k = 0; k < kKernels; ++k) {
        const std::int32_t shift = largest[k] - data.exponent - weights.exponent[k];
        const bool near = shift <= kNarrowShift;
        const std::int32_t narrow = near ? shift : 0;
        const std::int32_t product = data.significand * weights.significand[k];
        const std::int32_t dropped = (std::int32_t{1} << narrow) - 1;
        const std::int32_t borrow = (product & dropped) < (low[k] & dropped) ? 1 : 0;
        terms[k] = near ? (product >> narrow) - borrow : 0;
        far |= (shift > kNarrowShift) & (shift < kWideShift);
    }
    return far != 0;
}

void add_far_terms(const Fp16Operation& operation, std::uint16_t data, unsigned c,
                   const ChannelWeights& weights, const PerKernel<std::int32_t>& largest,
                   PerKernel<std::int32_t>& terms) {
    const Number number = split(data);
    for (unsigned k = 0; k < operation.kernels; ++k) {
        const std::int32_t shift = largest[k] - number.exponent - weights.exponent[k];
        if (shift <= kNarrowShift || shift >= kWideShift) continue;
        const std::uint16_t weight = operation.weights[k * operation.lanes + c];
        terms[k] = static_cast<std::int32_t>(
            cmac::fp16_aligned_product(data, weight, static_cast<unsigned>(shift)));
    }
}

// Calls add(channel, terms) for every channel.
template <class Add>
DLA_INLINE void for_each_channel(const Fp16Operation& operation, const std::uint16_t* atom,
                                 const Weights& weights, const Data& data,
                                 const PerKernel<std::int32_t>& largest, const Add& add) {
    for (unsigned c = 0; c < weights.lanes; ++c) {
        PerKernel<std::int32_t> terms;
        if (near_terms(weights.channel[c], data.number[c], largest, terms))
            add_far_terms(operation, atom[c], c, weights.channel[c], largest, terms);
        add(c, terms);
    }
}

using Totals = PerKernel<std::int64_t>;

void accumulate_totals(const Totals& totals, const PerKernel<std::int32_t>& exponents,
                       unsigned kernels, Fp48Group& sums) {
    for (unsigned k = 0; k < kernels; ++k) {
        Fp48 sum{sums.mantissa[k], sums.exponent[k]};
        accumulate(sum, {static_cast<unsigned>(exponents[k]), totals[k]});
        sums.mantissa[k] = sum.mantissa;
        sums.exponent[k] = sum.exponent;
    }
}

DLA_INLINE void accumulate_pixel(const Fp16Operation& operation, const std::uint16_t* atom,
                                 const Weights& weights, const Data& data, Fp48Group& sums) {
    const PerKernel<std::int32_t> largest = largest_exponent(weights, data);
    Totals totals{};
    const auto add = [&](unsigned, const PerKernel<std::int32_t>& terms)
        __attribute__((always_inline)) {
        for (unsigned k = 0; k < kKernels; ++k)
            totals[k] += terms[k];
    };
    for_each_channel(operation, atom, weights, data, largest, add);
    accumulate_totals(totals, largest, operation.kernels, sums);
}

// How often a position of the 4x4 tile enters output 2 * y + x.
constexpr int post_addition_factor(unsigned output, unsigned position) {
    constexpr int kFactors[2][4] = {{1, 1, 1, 0}, {0, 1, -1, -1}};
    return kFactors[output / 2][position / 4] * kFactors[output % 2][position % 4];
}

DLA_INLINE void accumulate_tile(const Fp16Operation& operation, const std::uint16_t* atom,
                                const Weights& weights, const Data& data,
                                std::span<Fp48Group, 4> sums) {
    const PerKernel<std::int32_t> largest = largest_exponent(weights, data);
    std::array<Totals, 4> totals{};
    const auto add = [&](unsigned c, const PerKernel<std::int32_t>& terms)
        __attribute__((always_inline)) {
        for (unsigned output = 0; output < 4; ++output) {
            const int factor = post_addition_factor(output, c / 4);
            for (unsigned k = 0; k < kKernels; ++k)
                totals[output][k] += factor * terms[k];
        }
    };
    for_each_channel(operation, atom, weights, data, largest, add);
    for (unsigned output = 0; output < 4; ++output)
        accumulate_totals(totals[output], largest, operation.kernels, sums[output]);
}

DLA_INLINE void accumulate_block(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    const auto weights = std::make_unique_for_overwrite<Weights>();
    prepare(operation, *weights);
    Data data;
    for (std::size_t i = 0; i < operation.data.size(); ++i) {
        prepare(operation.data[i], operation.lanes, data);
        if (weights->has_nan || data.has_nan)
            accumulate_pixel_reference(operation, i, sums[i]);
        else
            accumulate_pixel(operation, operation.data[i], *weights, data, sums[i]);
    }
}

DLA_INLINE void accumulate_tiles(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    const auto weights = std::make_unique_for_overwrite<Weights>();
    prepare(operation, *weights);
    Data data;
    for (std::size_t i = 0; i < operation.data.size(); ++i) {
        const auto outputs = sums.subspan(4 * i).first<4>();
        prepare(operation.data[i], operation.lanes, data);
        if (weights->has_nan || data.has_nan)
            accumulate_tile_reference(operation, i, outputs);
        else
            accumulate_tile(operation, operation.data[i], *weights, data, outputs);
    }
}

}  // namespace

void accumulate_lanes(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    accumulate_block(operation, sums);
}

void accumulate_winograd_lanes(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    accumulate_tiles(operation, sums);
}

}  // namespace dla::cacc
