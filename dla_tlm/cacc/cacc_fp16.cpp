// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cacc/cacc_fp16.hpp"

#include <algorithm>
#include <bit>

namespace dla::cacc {
namespace {

constexpr unsigned kMacBits = 38;
constexpr unsigned kSumBits = 40;
constexpr unsigned kKeptBits = 20;  // fraction kept exactly; what lies below shows only as sticky
constexpr std::int64_t kUnit = std::int64_t{1} << kKeptBits;
constexpr std::int64_t kTop = std::int64_t{1} << (kSumBits - 1);

// Sign bits beyond the first, of a value of the given width.
int redundant_sign_bits(std::int64_t value, unsigned bits) {
    const auto folded = static_cast<std::uint64_t>(value < 0 ? ~value : value);
    return std::countl_zero(folded) - static_cast<int>(64 - bits) - 1;
}

void accumulate_nan(Fp48& sum, const cmac::Fp16MacResult& term) {
    constexpr std::int64_t kKept = ~((std::int64_t{1} << (kSumBits - 11)) - 1);
    if (sum.exponent != kFp48NanExponent)
        sum.mantissa = term.mantissa * (1 << (kSumBits - kMacBits));
    sum.mantissa &= kKept;
    sum.exponent = kFp48NanExponent;
}

// sum: mantissa with kKeptBits of fraction, sticky: whether anything was dropped below them.
Fp48 normalise_and_round(std::int64_t sum, bool sticky, std::int64_t exponent) {
    if (sum == 0) return {};
    // From here on the mantissa occupies the top 40 bits of 60, one more on overflow.
    const int shift = redundant_sign_bits(sum, kSumBits + kKeptBits);
    unsigned fraction_bits = kKeptBits;
    if (shift < 0) {
        ++fraction_bits;
    } else {
        sum *= std::int64_t{1} << shift;
    }
    exponent -= shift;
    const std::int64_t half = std::int64_t{1} << (fraction_bits - 1);
    const bool guard = (sum & half) != 0;
    sticky = sticky || (sum & (half - 1)) != 0;
    std::int64_t mantissa = sum >> fraction_bits;
    if (guard && (mantissa >= 0 || sticky)) ++mantissa;
    if (mantissa == kTop) return {kTop / 2, exponent + 1};
    if (mantissa == -kTop / 2) return {-kTop, exponent - 1};
    return {mantissa, exponent};
}

}  // namespace

void accumulate(Fp48& sum, const cmac::Fp16MacResult& term) {
    if (sum.exponent == kFp48NanExponent || term.exponent == cmac::kFp16NanExponent) {
        accumulate_nan(sum, term);
        return;
    }
    if (term.mantissa == 0) return;
    const int shift = redundant_sign_bits(term.mantissa, kMacBits);
    Fp48 large{term.mantissa * (std::int64_t{1} << (shift + 2)),
               static_cast<std::int64_t>(term.exponent) - shift + 49};
    Fp48 small = sum;
    if (small.exponent > large.exponent) std::swap(small, large);
    const std::int64_t distance = large.exponent - small.exponent;
    if (distance > kSumBits) small.mantissa = 0;
    const std::int64_t wide = small.mantissa * kUnit;
    const auto drop = static_cast<unsigned>(std::min<std::int64_t>(distance, kSumBits));
    const std::int64_t aligned = wide >> drop;
    const bool sticky = aligned * (std::int64_t{1} << drop) != wide;
    sum = normalise_and_round(large.mantissa * kUnit + aligned, sticky, large.exponent);
}

std::uint32_t to_fp32(const Fp48& sum) {
    const bool negative = sum.mantissa < 0;
    const std::uint32_t sign = negative ? 0x80000000U : 0U;
    if (sum.exponent == kFp48NanExponent)
        return sign | 0x7f800000U | static_cast<std::uint32_t>((sum.mantissa >> 29) & 0x3ff);
    if (sum.mantissa == 0) return 0;
    const auto magnitude = static_cast<std::uint64_t>(negative ? -sum.mantissa : sum.mantissa);
    // -2^39 is the one mantissa whose magnitude takes 40 bits; its fraction is 0 either way.
    const bool lowest = sum.mantissa == -kTop;
    const auto exponent = static_cast<std::uint32_t>(sum.exponent + (lowest ? 65 : 64));
    const std::uint32_t fraction = lowest
                                       ? 0
                                       : static_cast<std::uint32_t>((magnitude >> 15) & 0x7fffff) +
                                             static_cast<std::uint32_t>((magnitude >> 14) & 1);
    return sign | ((exponent << 23) + fraction);
}

}  // namespace dla::cacc
