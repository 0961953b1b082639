// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cacc/cacc_fp16_block.hpp"

namespace dla::cacc {

void fp16_accumulate(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    for (std::size_t i = 0; i < operation.data.size(); ++i) {
        const std::span data(operation.data[i], operation.lanes);
        for (unsigned k = 0; k < operation.kernels; ++k) {
            const std::span weights(operation.weights + k * operation.lanes, operation.lanes);
            Fp48 sum{sums[i].mantissa[k], sums[i].exponent[k]};
            accumulate(sum, cmac::fp16_mac(data, weights));
            sums[i].mantissa[k] = sum.mantissa;
            sums[i].exponent[k] = sum.exponent;
        }
    }
}

void fp16_accumulate_winograd(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    using Tile = std::span<const std::uint16_t, cmac::kFp16Lanes>;
    for (std::size_t i = 0; i < operation.data.size(); ++i) {
        const Tile data(operation.data[i], cmac::kFp16Lanes);
        for (unsigned k = 0; k < operation.kernels; ++k) {
            const Tile weights(operation.weights + k * cmac::kFp16Lanes, cmac::kFp16Lanes);
            const auto terms = cmac::fp16_mac_winograd(data, weights);
            for (unsigned output = 0; output < 4; ++output) {
                Fp48Group& group = sums[4 * i + output];
                Fp48 sum{group.mantissa[k], group.exponent[k]};
                accumulate(sum, terms[output]);
                group.mantissa[k] = sum.mantissa;
                group.exponent[k] = sum.exponent;
            }
        }
    }
}

void to_fp32(const Fp48Group& sums, std::span<std::uint32_t> bits) {
    for (std::size_t k = 0; k < bits.size(); ++k)
        bits[k] = to_fp32(Fp48{sums.mantissa[k], sums.exponent[k]});
}

}  // namespace dla::cacc
