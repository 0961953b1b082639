// SPDX-License-Identifier: Apache-2.0
// The floating-point formats of the hardware, as raw bit patterns: fp16 (5 + 10) in uint16_t,
// fp17 (6 + 10, bias 31) and fp32 (8 + 23) in uint32_t. spec: sdp.md section 10.
#pragma once

#include <cstdint>
#include <type_traits>

namespace dla::numerics {

template <unsigned ExponentBits, unsigned FractionBits>
struct FloatFormat {
    using Bits =
        std::conditional_t<(ExponentBits + FractionBits < 16), std::uint16_t, std::uint32_t>;
    static constexpr unsigned kExponentBits = ExponentBits;
    static constexpr unsigned kFractionBits = FractionBits;
    static constexpr int kBias = (1 << (ExponentBits - 1)) - 1;
    static constexpr int kExponentMax = (1 << ExponentBits) - 1;
    static constexpr std::uint32_t kFractionMask = (1U << FractionBits) - 1;
    static constexpr std::uint32_t kSign = 1U << (ExponentBits + FractionBits);
    static constexpr std::uint32_t kMagnitudeMask = kSign - 1;
    static constexpr std::uint32_t kInfinity = kMagnitudeMask & ~kFractionMask;
    static constexpr std::uint32_t kLargestFinite = kInfinity - 1;

    static constexpr std::uint32_t sign(std::uint32_t x) { return x & kSign; }
    static constexpr std::uint32_t magnitude(std::uint32_t x) { return x & kMagnitudeMask; }
    static constexpr int exponent(std::uint32_t x) {
        return static_cast<int>(magnitude(x) >> FractionBits);
    }
    static constexpr std::uint32_t fraction(std::uint32_t x) { return x & kFractionMask; }
    static constexpr bool is_nan(std::uint32_t x) { return magnitude(x) > kInfinity; }
    static constexpr bool is_inf(std::uint32_t x) { return magnitude(x) == kInfinity; }
    static constexpr bool is_zero(std::uint32_t x) { return magnitude(x) == 0; }
};

using Fp16 = FloatFormat<5, 10>;
using Fp17 = FloatFormat<6, 10>;
using Fp32 = FloatFormat<8, 23>;

constexpr bool fp16_is_nan(std::uint16_t x) {
    return Fp16::is_nan(x);
}
constexpr bool fp17_is_nan(std::uint32_t x) {
    return Fp17::is_nan(x);
}
constexpr bool fp32_is_nan(std::uint32_t x) {
    return Fp32::is_nan(x);
}
constexpr bool fp16_is_inf(std::uint16_t x) {
    return Fp16::is_inf(x);
}
constexpr bool fp17_is_inf(std::uint32_t x) {
    return Fp17::is_inf(x);
}
constexpr bool fp32_is_inf(std::uint32_t x) {
    return Fp32::is_inf(x);
}

// NAN_TO_ZERO: a NaN of either sign becomes +0.
constexpr std::uint16_t fp16_nan_to_zero(std::uint16_t x) {
    return fp16_is_nan(x) ? std::uint16_t{0} : x;
}
constexpr std::uint32_t fp32_nan_to_zero(std::uint32_t x) {
    return fp32_is_nan(x) ? 0U : x;
}

}  // namespace dla::numerics
