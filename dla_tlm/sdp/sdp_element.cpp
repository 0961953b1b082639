// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_element.hpp"

#include <algorithm>

namespace dla::sdp {
namespace {

using namespace numerics;

std::int32_t narrow32(std::int64_t v) {
    return static_cast<std::int32_t>(v);
}

std::int32_t operand_to_fp32(std::uint16_t raw, bool nan_to_zero) {
    return from_bits(fp16_to_fp32(nan_to_zero ? fp16_nan_to_zero(raw) : raw));
}

std::int32_t signed16(std::uint16_t raw) {
    return static_cast<std::int16_t>(raw);
}

std::uint32_t alu_fp(AluAlgorithm algorithm, std::uint32_t v, std::uint32_t operand) {
    switch (algorithm) {
        case AluAlgorithm::kMax:
            return fp32_max(v, operand);
        case AluAlgorithm::kMin:
            return fp32_min(v, operand);
        case AluAlgorithm::kSum:
            return fp32_add(v, operand);
        case AluAlgorithm::kEqual:
            return v == operand ? 0U : 1U;
    }
    return v;
}

}  // namespace

std::int32_t prepare_x_alu(const XStage& stage, std::uint16_t raw, bool fp16, bool nan_to_zero) {
    if (fp16) return operand_to_fp32(raw, nan_to_zero);
    return narrow32(shift_left_saturate<32>(signed16(raw), stage.alu_shift));
}

std::int32_t prepare_x_mul(std::uint16_t raw, bool fp16, bool nan_to_zero) {
    return fp16 ? operand_to_fp32(raw, nan_to_zero) : signed16(raw);
}

std::int32_t x_stage_int(const XStage& stage, std::int32_t v, const OperandPair& operand) {
    if (stage.bypass) return v;
    std::int64_t wide = v;
    if (stage.alu) {
        switch (stage.algorithm) {
            case AluAlgorithm::kMax:
                wide = std::max(v, operand.alu);
                break;
            case AluAlgorithm::kMin:
                wide = std::min(v, operand.alu);
                break;
            default:
                wide += operand.alu;
                break;
        }
    }
    const bool kept = stage.mul && stage.prelu && wide >= 0;  // its low 32 bits, not truncated
    if (stage.mul && !kept) wide *= operand.mul;
    if (!kept) wide = saturate<32>(round_shift_half_away(wide, stage.mul_shift));
    return stage.relu ? std::max(narrow32(wide), 0) : narrow32(wide);
}

std::int32_t x_stage_fp(const XStage& stage, std::int32_t v, const OperandPair& operand) {
    if (stage.bypass) return v;
    std::uint32_t x = as_bits(v);
    if (stage.alu) x = alu_fp(stage.algorithm, x, as_bits(operand.alu));
    const bool kept = stage.prelu && Fp32::sign(x) == 0;
    if (stage.mul && !kept) x = fp32_mul(x, as_bits(operand.mul));
    return from_bits(stage.relu ? fp32_relu(x) : x);
}

std::int32_t prepare_y(const OperandConverter& converter, std::uint16_t raw, bool fp16,
                       bool nan_to_zero) {
    if (fp16) return operand_to_fp32(raw, nan_to_zero);
    if (converter.bypass) return signed16(raw);
    const std::int64_t product = (std::int64_t{signed16(raw)} - converter.offset) * converter.scale;
    return narrow32(saturate<32>(round_shift_half_away(product, converter.truncate)));
}

std::int32_t y_stage_int(const YStage& stage, std::int32_t v, const OperandPair& operand) {
    if (stage.mul && !(stage.prelu && v >= 0)) {
        const std::int64_t product = std::int64_t{v} * operand.mul;
        v = narrow32(saturate<32>(round_shift_half_away(product, stage.truncate)));
    }
    if (!stage.alu) return v;
    switch (stage.algorithm) {
        case AluAlgorithm::kMax:
            return std::max(v, operand.alu);
        case AluAlgorithm::kMin:
            return std::min(v, operand.alu);
        case AluAlgorithm::kSum:
            return narrow32(saturate<32>(std::int64_t{v} + operand.alu));
        case AluAlgorithm::kEqual:
            return v == operand.alu ? 0 : 1;
    }
    return v;
}

std::int32_t y_stage_fp(const YStage& stage, std::int32_t v, const OperandPair& operand) {
    std::uint32_t x = as_bits(v);
    const bool kept = stage.prelu && Fp32::sign(x) == 0;
    if (stage.mul && !kept) x = fp32_mul(x, as_bits(operand.mul));
    if (stage.alu) x = alu_fp(stage.algorithm, x, as_bits(operand.alu));
    return from_bits(x);
}

std::uint16_t convert_int(const OutputConverter& cvt, Precision out, std::int32_t v,
                          Counters& counters) {
    const std::int64_t product = (std::int64_t{v} - cvt.offset) * cvt.scale;
    const std::int64_t rounded = round_shift_half_away(product, cvt.shift);
    const std::int64_t t = saturate<17>(rounded);
    if (t != rounded) ++counters.saturated;
    switch (out) {
        case Precision::kInt8:
            return static_cast<std::uint16_t>(saturate<8>(t));
        case Precision::kInt16:
            return static_cast<std::uint16_t>(saturate<16>(t));
        case Precision::kFp16:
            return int17_to_fp16(narrow32(t));
    }
    return 0;
}

std::uint16_t convert_fp(Precision out, std::int32_t v, Counters& counters) {
    const std::uint16_t half = fp32_to_fp16(as_bits(v));
    if (fp16_is_nan(half)) ++counters.nan_outputs;
    if (Fp16::magnitude(half) == Fp16::kLargestFinite) ++counters.saturated;
    return out == Precision::kInt16 ? static_cast<std::uint16_t>(fp16_to_int16(half)) : half;
}

}  // namespace dla::sdp
