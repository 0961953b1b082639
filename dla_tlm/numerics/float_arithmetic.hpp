// SPDX-License-Identifier: Apache-2.0
// Hardware floating-point add, multiply, max, min and ReLU on raw patterns. spec: sdp.md
// section 10.
//
//   acc = fp17_add(acc, fp17_mul(a, b));
//
// Unlike IEEE: no infinite results (largest finite instead), results below the normal range are
// zero, an operand with exponent field 0 and a fraction counts as 1.fraction * 2^-bias, and the
// first NaN operand is returned as it is.
//
// Each operation runs in a wider host type whose precision is at least twice that of the format
// plus two bits, so that rounding twice (host, then format) equals rounding once.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include "dla_tlm/numerics/float_format.hpp"

namespace dla::numerics {
namespace detail {

// Host type for Format: fp17 (11 significant bits) in float (24), fp32 (24) in double (53).
template <class Format>
struct Host {
    static constexpr bool kNarrow = Format::kFractionBits <= 10;
    using Real = std::conditional_t<kNarrow, float, double>;
    using Word = std::conditional_t<kNarrow, std::uint32_t, std::uint64_t>;
    static constexpr unsigned kFractionBits = kNarrow ? 23 : 52;
    static constexpr int kBias = kNarrow ? 127 : 1023;
    static constexpr unsigned kSignBit = kNarrow ? 31 : 63;
    static constexpr unsigned kExtraBits = kFractionBits - Format::kFractionBits;

    // Exact; the hidden one is there whenever the pattern is not zero.
    static constexpr Real widen(std::uint32_t x) {
        constexpr Word kRebias = static_cast<Word>(kBias - Format::kBias) << kFractionBits;
        const Word sign = static_cast<Word>(x >> (Format::kExponentBits + Format::kFractionBits))
                          << kSignBit;
        const Word magnitude = static_cast<Word>(Format::magnitude(x)) << kExtraBits;
        return std::bit_cast<Real>(sign | (magnitude == 0 ? Word{0} : magnitude + kRebias));
    }

    static constexpr std::uint32_t sign_of(Word bits) {
        return static_cast<std::uint32_t>(bits >> kSignBit)
               << (Format::kExponentBits + Format::kFractionBits);
    }

    // Exponent field the value would have in Format; may be out of range. Not for zero.
    static constexpr int exponent_of(Word bits) {
        const Word exponent =
            (bits >> kFractionBits) & ((Word{1} << (kSignBit - kFractionBits)) - 1);
        return static_cast<int>(exponent) - kBias + Format::kBias;
    }

    // Round to nearest even, then clamp to the largest finite number or flush to zero.
    static constexpr std::uint32_t narrow(Word bits) {
        const Word odd = (bits >> kExtraBits) & 1;
        const Word rounded = bits + ((Word{1} << (kExtraBits - 1)) - 1) + odd;
        const int exponent = exponent_of(rounded);
        const std::uint32_t fraction =
            static_cast<std::uint32_t>(rounded >> kExtraBits) & Format::kFractionMask;
        const std::uint32_t packed =
            (static_cast<std::uint32_t>(exponent) << Format::kFractionBits) | fraction;
        const std::uint32_t magnitude = exponent <= 0                      ? 0U
                                        : exponent >= Format::kExponentMax ? Format::kLargestFinite
                                                                           : packed;
        return sign_of(bits) | magnitude;
    }
};

template <class Format>
constexpr std::uint32_t add(std::uint32_t a, std::uint32_t b) {
    using H = Host<Format>;
    if (Format::is_nan(a)) return a;
    if (Format::is_nan(b)) return b;
    const auto sum = std::bit_cast<typename H::Word>(H::widen(a) + H::widen(b));
    // Magnitudes are equal whenever the sum is zero: the first operand gives the sign.
    if (static_cast<typename H::Word>(sum << 1) == 0) return Format::sign(a);
    if (H::exponent_of(sum) <= 0) return H::sign_of(sum);
    return H::narrow(sum);
}

template <class Format>
constexpr std::uint32_t mul(std::uint32_t a, std::uint32_t b) {
    using H = Host<Format>;
    if (Format::is_nan(a)) return a;
    if (Format::is_nan(b)) return b;
    const auto product = std::bit_cast<typename H::Word>(H::widen(a) * H::widen(b));
    const bool vanishes = Format::exponent(a) + Format::exponent(b) < Format::kBias;
    if (Format::is_zero(a) || Format::is_zero(b) || vanishes) return H::sign_of(product);
    return H::narrow(product);
}

// Order of sign-magnitude patterns: -0 is below +0.
template <class Format>
constexpr bool below(std::uint32_t a, std::uint32_t b) {
    const auto key = [](std::uint32_t x) {
        const auto magnitude = static_cast<std::int64_t>(Format::magnitude(x));
        return Format::sign(x) != 0 ? -magnitude - 1 : magnitude;
    };
    return key(a) < key(b);
}

template <class Format>
constexpr std::uint32_t max(std::uint32_t a, std::uint32_t b) {
    if (Format::is_nan(a)) return a;
    if (Format::is_nan(b)) return b;
    return below<Format>(a, b) ? b : a;
}

template <class Format>
constexpr std::uint32_t min(std::uint32_t a, std::uint32_t b) {
    if (Format::is_nan(a)) return a;
    if (Format::is_nan(b)) return b;
    return below<Format>(a, b) ? a : b;
}

}  // namespace detail

constexpr std::uint32_t fp17_add(std::uint32_t a, std::uint32_t b) {
    return detail::add<Fp17>(a, b);
}
constexpr std::uint32_t fp17_mul(std::uint32_t a, std::uint32_t b) {
    return detail::mul<Fp17>(a, b);
}
constexpr std::uint32_t fp32_add(std::uint32_t a, std::uint32_t b) {
    return detail::add<Fp32>(a, b);
}
constexpr std::uint32_t fp32_mul(std::uint32_t a, std::uint32_t b) {
    return detail::mul<Fp32>(a, b);
}
// a - b. The subtrahend's sign is turned; a NaN keeps its own.
constexpr std::uint32_t fp17_sub(std::uint32_t a, std::uint32_t b) {
    return fp17_add(a, fp17_is_nan(b) ? b : b ^ Fp17::kSign);
}
constexpr std::uint32_t fp32_sub(std::uint32_t a, std::uint32_t b) {
    return fp32_add(a, fp32_is_nan(b) ? b : b ^ Fp32::kSign);
}

constexpr std::uint16_t fp16_max(std::uint16_t a, std::uint16_t b) {
    return static_cast<std::uint16_t>(detail::max<Fp16>(a, b));
}
constexpr std::uint16_t fp16_min(std::uint16_t a, std::uint16_t b) {
    return static_cast<std::uint16_t>(detail::min<Fp16>(a, b));
}
constexpr std::uint32_t fp17_max(std::uint32_t a, std::uint32_t b) {
    return detail::max<Fp17>(a, b);
}
constexpr std::uint32_t fp17_min(std::uint32_t a, std::uint32_t b) {
    return detail::min<Fp17>(a, b);
}
constexpr std::uint32_t fp32_max(std::uint32_t a, std::uint32_t b) {
    return detail::max<Fp32>(a, b);
}
constexpr std::uint32_t fp32_min(std::uint32_t a, std::uint32_t b) {
    return detail::min<Fp32>(a, b);
}

// Negative numbers and -0 become +0, NaN of either sign stays.
constexpr std::uint32_t fp32_relu(std::uint32_t x) {
    return Fp32::sign(x) != 0 && !fp32_is_nan(x) ? 0U : x;
}

}  // namespace dla::numerics
