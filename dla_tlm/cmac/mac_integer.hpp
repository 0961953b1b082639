// SPDX-License-Identifier: Apache-2.0
// One integer MAC operation, as a MAC cell forms it: exact. spec: conv-pipeline.md sections 6, 9.
//
//   const std::int64_t term = multiply_accumulate(data, weights);
//   const auto outputs = post_addition(products);     // Winograd: 16 sums to 2x2 outputs
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dla::cmac {

// Both spans have the same length.
inline std::int64_t multiply_accumulate(std::span<const std::int32_t> data,
                                        std::span<const std::int32_t> weights) {
    std::int64_t sum = 0;
    for (std::size_t lane = 0; lane < data.size(); ++lane)
        sum += std::int64_t{data[lane]} * weights[lane];
    return sum;
}

// p[4 * y + x]; results in the order (y0,x0), (y0,x1), (y1,x0), (y1,x1). Value: any integer type
// that wraps or has room.
template <class Value>
constexpr std::array<Value, 4> post_addition(const std::array<Value, 16>& p) {
    std::array<Value, 8> rows{};
    for (std::size_t x = 0; x < 4; ++x) {
        rows[x] = p[x] + p[4 + x] + p[8 + x];
        rows[4 + x] = p[4 + x] - p[8 + x] - p[12 + x];
    }
    return {rows[0] + rows[1] + rows[2], rows[1] - rows[2] - rows[3], rows[4] + rows[5] + rows[6],
            rows[5] - rows[6] - rows[7]};
}

}  // namespace dla::cmac
