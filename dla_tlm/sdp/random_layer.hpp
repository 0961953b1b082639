// SPDX-License-Identifier: Apache-2.0
// Test-only: random SDP operations with source, operands and tables to go with them; corner values
// come up often.
#pragma once

#include <random>
#include <vector>

#include "dla_tlm/sdp/sdp_kernel.hpp"

namespace dla::sdp {

struct RandomLayer {
    SdpOp op;
    lut::Tables tables;
    std::size_t pixels = 0;
    bool from_accumulators = false;
    Precision in = Precision::kInt8;
    std::size_t accumulator_pitch = 0;
    std::vector<std::int32_t> accumulators;
    std::vector<std::uint8_t> bytes;
    struct OperandBytes {
        Operands format;
        std::vector<std::uint8_t> bytes;
        Operands view() const {
            Operands operands = format;
            operands.bytes = bytes;
            return operands;
        }
    } bs, bn, ew;

    Chunk chunk() const {
        Chunk result;
        result.pixels = pixels;
        if (from_accumulators) {
            result.source.accumulators = {accumulators.data(), pixels, op.shape.lanes(),
                                          accumulator_pitch};
        } else {
            result.source.bytes = bytes;
            result.source.precision = in;
        }
        result.bs = bs.view();
        result.bn = bn.view();
        result.ew = ew.view();
        return result;
    }
};

RandomLayer random_layer(std::mt19937_64& random);

// Accumulators, one X stage at most and the converter, as in compiled networks. Values are as small
// as the results' width asks for; in some layers a few lie where results or products would leave
// 17, 30, 31 or 32 bits.
RandomLayer random_small_layer(std::mt19937_64& random);

}  // namespace dla::sdp
