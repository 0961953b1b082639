// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cmac/cmac_fp16.hpp"

#include <algorithm>

namespace dla::cmac {
namespace {

constexpr unsigned kDigits = 8;  // radix-4 Booth digits of a weight

struct Operand {
    bool negative;
    unsigned significand;      // f', up to 14 bits
    unsigned coarse_exponent;  // h
    bool zero;
};

Operand decode(std::uint16_t bits) {
    const unsigned exponent = (bits >> 10) & 0x1f;
    const unsigned fraction = bits & 0x3ffU;
    const unsigned hidden = exponent != 0 ? 0x400U : 0U;
    const unsigned shift = exponent == 0 ? 1 : exponent % 4;
    return {(bits & 0x8000) != 0, (hidden | fraction) << shift, exponent / 4, (bits & 0x7fff) == 0};
}

bool is_nan(std::uint16_t bits) {
    return (bits & 0x7fff) > 0x7c00;
}

// Two words in carry-save form: their sum is the value.
struct CarrySave {
    std::uint32_t sum;
    std::uint32_t carry;
};

CarrySave compress(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    return {a ^ b ^ c, ((a & b) | (a & c) | (b & c)) << 1};
}

CarrySave compress_five(const std::array<std::uint32_t, 5>& rows) {
    CarrySave words = compress(rows[0], rows[1], rows[2]);
    words = compress(words.sum, words.carry, rows[3]);
    return compress(words.sum, words.carry, rows[4]);
}

// The multiplier's output before the final addition; biased by 0x55550000 from the sign encoding.
CarrySave multiply(unsigned data, unsigned weight, bool negative) {
    std::array<std::uint32_t, kDigits> product{};
    std::array<std::uint32_t, kDigits> correction{};
    for (unsigned j = 0; j < kDigits; ++j) {
        unsigned code = ((weight << 1) >> (2 * j)) & 7;
        if (negative) code ^= 7;
        if (code == 0 || code == 7) {
            product[j] = 0x10000;
            continue;
        }
        const bool twice = code == 3 || code == 4;
        const std::uint32_t multiple = twice ? 2 * data : data;
        const bool minus = code >= 4;
        product[j] = minus ? ~multiple & 0xffffU : multiple + 0x10000;
        correction[j] = minus ? 1 : 0;
    }
    const CarrySave low = compress_five(
        {product[0], (product[1] << 2) + correction[0], (product[2] << 4) + (correction[1] << 2),
         (product[3] << 6) + (correction[2] << 4), correction[3] << 6});
    const CarrySave high =
        compress_five({product[4] << 8, (product[5] << 10) + (correction[4] << 8),
                       (product[6] << 12) + (correction[5] << 10),
                       (product[7] << 14) + (correction[6] << 12), correction[7] << 14});
    const CarrySave three = compress(low.sum, low.carry, high.sum);
    return compress(three.sum, three.carry, high.carry);
}

// Both words are shifted apart from each other; the sign-encoding bias is taken out afterwards.
std::int64_t aligned_product(const Operand& data, const Operand& weight, unsigned shift) {
    constexpr std::uint32_t kBias = 0x55550000;
    const CarrySave words =
        multiply(data.significand, weight.significand, data.negative != weight.negative);
    const std::uint32_t term = (words.sum >> shift) + (words.carry >> shift) - (kBias >> shift);
    return static_cast<std::int32_t>(term);
}

Fp16MacResult nan_result(std::uint16_t nan) {
    const std::uint64_t top = (static_cast<std::uint64_t>(nan & 0x8000) >> 5) | (nan & 0x3ffU);
    const std::int64_t mantissa = static_cast<std::int64_t>(top << 53) >> 26;
    return {kFp16NanExponent, mantissa};
}

// Terms of all lanes on the scale of the largest; the exponent belongs to all of them.
struct AlignedTerms {
    unsigned exponent = 0;
    std::array<std::int64_t, kFp16Lanes> term{};
};

AlignedTerms align(std::span<const std::uint16_t> data, std::span<const std::uint16_t> weights) {
    unsigned largest = 0;
    for (std::size_t i = 0; i < data.size(); ++i) {
        const Operand d = decode(data[i]);
        const Operand w = decode(weights[i]);
        if (!d.zero && !w.zero) largest = std::max(largest, d.coarse_exponent + w.coarse_exponent);
    }
    AlignedTerms result;
    result.exponent = 4 * largest;
    for (std::size_t i = 0; i < data.size(); ++i) {
        const Operand d = decode(data[i]);
        const Operand w = decode(weights[i]);
        if (d.zero || w.zero) continue;
        const unsigned shift = 4 * (largest - d.coarse_exponent - w.coarse_exponent);
        if (shift < 32) result.term[i] = aligned_product(d, w, shift);
    }
    return result;
}

// The NaN that wins: the first among the weights, else the first among the data. 0: none.
std::uint16_t winning_nan(std::span<const std::uint16_t> data,
                          std::span<const std::uint16_t> weights) {
    for (const auto operands : {weights, data}) {
        const auto found = std::find_if(operands.begin(), operands.end(), is_nan);
        if (found != operands.end()) return *found;
    }
    return 0;
}

}  // namespace

std::int64_t fp16_aligned_product(std::uint16_t data, std::uint16_t weight, unsigned shift) {
    return aligned_product(decode(data), decode(weight), shift);
}

Fp16MacResult fp16_mac(std::span<const std::uint16_t> data,
                       std::span<const std::uint16_t> weights) {
    if (const std::uint16_t nan = winning_nan(data, weights)) return nan_result(nan);
    const AlignedTerms terms = align(data, weights);
    std::int64_t sum = 0;
    for (const std::int64_t term : terms.term)
        sum += term;
    return {terms.exponent, sum};
}

std::array<Fp16MacResult, 4> fp16_mac_winograd(std::span<const std::uint16_t, kFp16Lanes> data,
                                               std::span<const std::uint16_t, kFp16Lanes> weights) {
    std::array<Fp16MacResult, 4> results;
    if (const std::uint16_t nan = winning_nan(data, weights)) {
        results.fill(nan_result(nan));
        return results;
    }
    const AlignedTerms terms = align(data, weights);
    std::array<std::array<std::int64_t, 4>, 4> position{};
    for (unsigned lane = 0; lane < kFp16Lanes; ++lane)
        position[lane / 16][lane / 4 % 4] += terms.term[lane];
    std::array<std::array<std::int64_t, 4>, 2> rows{};
    for (unsigned x = 0; x < 4; ++x) {
        rows[0][x] = position[0][x] + position[1][x] + position[2][x];
        rows[1][x] = position[1][x] - position[2][x] - position[3][x];
    }
    for (unsigned y = 0; y < 2; ++y) {
        results[2 * y] = {terms.exponent, rows[y][0] + rows[y][1] + rows[y][2]};
        results[2 * y + 1] = {terms.exponent, rows[y][1] - rows[y][2] - rows[y][3]};
    }
    return results;
}

}  // namespace dla::cmac
