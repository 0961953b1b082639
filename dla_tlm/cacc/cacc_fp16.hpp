// SPDX-License-Identifier: Apache-2.0
// fp16 accumulator of CACC ("FP48") and its delivery as fp32. Reference version: one accumulator.
// spec: conv-pipeline.md section 8.2.
//
//   Fp48 sum;                                   // zero
//   accumulate(sum, cmac::fp16_mac(data, weights));
//   std::uint32_t bits = to_fp32(sum);
#pragma once

#include <cstdint>

#include "dla_tlm/cmac/cmac_fp16.hpp"

namespace dla::cacc {

inline constexpr int kFp48NanExponent = 255;

// Value mantissa * 2^(exponent - 101), always normalised; zero is {0, 0}.
struct Fp48 {
    std::int64_t mantissa = 0;  // 40-bit signed
    std::int64_t exponent = 0;  // 8 bits; kFp48NanExponent: not a number
    bool operator==(const Fp48&) const = default;
};

void accumulate(Fp48& sum, const cmac::Fp16MacResult& term);
std::uint32_t to_fp32(const Fp48& sum);

}  // namespace dla::cacc
