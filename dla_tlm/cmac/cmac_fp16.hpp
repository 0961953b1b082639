// SPDX-License-Identifier: Apache-2.0
// fp16 multiply-add of one MAC cell, bit for bit as the hardware rounds it. Reference version: one
// MAC operation of one kernel at a time. For whole blocks use cacc/cacc_fp16_block.hpp.
// spec: conv-pipeline.md sections 7 and 9.
//
//   Fp16MacResult r = fp16_mac(data, weights);     // value r.mantissa * 2^(r.exponent - 50)
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace dla::cmac {

inline constexpr unsigned kFp16Lanes = 64;
inline constexpr unsigned kFp16NanExponent = 0x3f;

struct Fp16MacResult {
    unsigned exponent = 0;      // 6 bits; kFp16NanExponent: not a number
    std::int64_t mantissa = 0;  // 38-bit signed; of a NaN: sign, 10 fraction bits, zeros
    bool operator==(const Fp16MacResult&) const = default;
};

// One lane's product, its alignment by shift (0, 4, .. 28) included; neither operand is zero or
// NaN.
std::int64_t fp16_aligned_product(std::uint16_t data, std::uint16_t weight, unsigned shift);

// Sum of up to 64 lanes; both spans have the same length.
Fp16MacResult fp16_mac(std::span<const std::uint16_t> data, std::span<const std::uint16_t> weights);

// Winograd: lane 4 * (4 * y + x) + channel; results in the order (y0,x0), (y0,x1), (y1,x0),
// (y1,x1).
std::array<Fp16MacResult, 4> fp16_mac_winograd(std::span<const std::uint16_t, kFp16Lanes> data,
                                               std::span<const std::uint16_t, kFp16Lanes> weights);

}  // namespace dla::cmac
