// SPDX-License-Identifier: Apache-2.0
// The integer accumulator: 34 bits in int8 layers, 48 in int16 ones, saturating at every step.
// spec: conv-pipeline.md section 8.1.
//
//   sum = accumulate(Precision::kInt8, sum, term);
#pragma once

#include <cstdint>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/numerics/rounding.hpp"

namespace dla::cacc {

inline constexpr unsigned kInt8SumBits = 34;
inline constexpr unsigned kInt16SumBits = 48;

constexpr std::int64_t greatest_sum(Precision precision) {
    const unsigned bits = precision == Precision::kInt8 ? kInt8SumBits : kInt16SumBits;
    return (std::int64_t{1} << (bits - 1)) - 1;
}

constexpr std::int64_t accumulate(Precision precision, std::int64_t sum, std::int64_t term) {
    return precision == Precision::kInt8 ? numerics::saturate<kInt8SumBits>(sum + term)
                                         : numerics::saturate<kInt16SumBits>(sum + term);
}

}  // namespace dla::cacc
