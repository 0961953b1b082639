// SPDX-License-Identifier: Apache-2.0
// What SDP does to one element, stage by stage. spec: sdp.md sections 5 to 8.
// Integers travel as s(32), fp16 layers as fp32 patterns.
#pragma once

#include <cstdint>

#include "dla_tlm/numerics/numerics.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"
#include "dla_tlm/sdp/sdp_op.hpp"

namespace dla::sdp {

// Operand pair of one element in the form the stage computes with.
struct OperandPair {
    std::int32_t alu = 0;
    std::int32_t mul = 0;
};

constexpr std::uint32_t as_bits(std::int32_t v) {
    return static_cast<std::uint32_t>(v);
}
constexpr std::int32_t from_bits(std::uint32_t v) {
    return static_cast<std::int32_t>(v);
}

// --- X1, X2 -------------------------------------------------------------------------------------

// Raw operand to what the stage takes: shifted ALU value, or fp32.
std::int32_t prepare_x_alu(const XStage& stage, std::uint16_t raw, bool fp16, bool nan_to_zero);
std::int32_t prepare_x_mul(std::uint16_t raw, bool fp16, bool nan_to_zero);
std::int32_t x_stage_int(const XStage& stage, std::int32_t v, const OperandPair& operand);
std::int32_t x_stage_fp(const XStage& stage, std::int32_t v, const OperandPair& operand);

// --- Y
// --------------------------------------------------------------------------------------------

std::int32_t prepare_y(const OperandConverter& converter, std::uint16_t raw, bool fp16,
                       bool nan_to_zero);
// Multiply and ALU; the lookup follows by itself.
std::int32_t y_stage_int(const YStage& stage, std::int32_t v, const OperandPair& operand);
std::int32_t y_stage_fp(const YStage& stage, std::int32_t v, const OperandPair& operand);

std::int32_t look_up_int(const LutSettings& lut, const lut::Tables& tables, std::int32_t x,
                         Counters& counters);
std::int32_t look_up_fp(const LutSettings& lut, const lut::Tables& tables, std::int32_t x,
                        Counters& counters);

// --- C
// --------------------------------------------------------------------------------------------

// The 16 bits (int8: their low 8) that leave the converter.
std::uint16_t convert_int(const OutputConverter& cvt, Precision out, std::int32_t v,
                          Counters& counters);
std::uint16_t convert_fp(Precision out, std::int32_t v, Counters& counters);

}  // namespace dla::sdp
