// SPDX-License-Identifier: Apache-2.0
// Programming that hardware carries out and software must still not ask for. spec: sdp.md 2, 4
// to 8.
#include <fmt/format.h>

#include <initializer_list>

#include "dla_tlm/sdp/sdp_decode.hpp"

namespace dla::sdp {
namespace {

std::string first_of(std::initializer_list<std::string> sentences) {
    for (const std::string& words : sentences) {
        if (!words.empty()) return words;
    }
    return "";
}

std::string odd_stage(const char* name, const XStage& stage) {
    if (stage.bypass) return "";
    if (stage.alu && stage.algorithm == AluAlgorithm::kEqual) {
        return fmt::format("D_DP_{}_CFG.{}_ALU_ALGO is 3, which adds; legal: 0 max, 1 min, 2 sum",
                           name, name);
    }
    if (stage.alu && stage.mul && stage.prelu) {
        return fmt::format(
            "D_DP_{}_CFG.{}_MUL_PRELU is 1 together with the ALU; legal: {}_ALU_BYPASS 1 with "
            "PReLU",
            name, name, name);
    }
    return "";
}

std::string odd_comparison(const SdpOp& op) {
    if (!op.compares()) return "";
    if (op.ew.lut) return "EW_ALU_ALGO is 3 (EQL) with EW_LUT_BYPASS 0; legal: 1";
    const bool plain = op.cvt.offset == 0 && op.cvt.scale == 1 && op.cvt.shift == 0;
    if (plain || op.shape.proc == Precision::kFp16) return "";
    return fmt::format(
        "EW_ALU_ALGO is 3 (EQL) with D_CVT_OFFSET {}, _SCALE {}, _SHIFT {}; legal: 0, 1, 0",
        op.cvt.offset, op.cvt.scale, op.cvt.shift);
}

// Settings beyond these shift every difference out of the table.
std::string odd_table(const SdpOp& op) {
    if (op.ew.bypass || !op.ew.lut) return "";
    struct Range {
        const char* field;
        int value;
        int lowest;
        int greatest;
    };
    const bool fp16 = op.shape.proc == Precision::kFp16;
    const LutSettings& lut = op.lut;
    const Range le =
        lut.le_linear
            ? Range{"LUT_LE_INDEX_SELECT", lut.le_select, fp16 ? -128 : -6, fp16 ? 121 : 25}
            : Range{"LUT_LE_INDEX_OFFSET", lut.le_offset, fp16 ? -126 : -64, fp16 ? 127 : 31};
    const Range lo{"LUT_LO_INDEX_SELECT", lut.lo_select, fp16 ? -128 : -8, fp16 ? 119 : 23};
    for (const Range& range : {le, lo}) {
        if (range.value < range.lowest || range.value > range.greatest) {
            return fmt::format("S_LUT_INFO.{} is {}; legal: {} to {}", range.field, range.value,
                               range.lowest, range.greatest);
        }
    }
    return "";
}

// Hardware fetches the operands of a single pixel as one contiguous run.
std::string odd_operands(const char* name, const OperandReader& reader, const Shape& shape) {
    const bool single = shape.width == 1 && shape.height == 1 && shape.surfaces() > 1;
    if (!reader.enabled || !reader.per_element || !single) return "";
    const std::size_t run = reader.bytes(shape.lanes());
    if (reader.cube.surface_stride == run) return "";
    return fmt::format(
        "D_{}_SURFACE_STRIDE is 0x{:x} for a cube of one pixel; legal: 0x{:x}, hardware reads its "
        "operands without gaps",
        name, reader.cube.surface_stride, run);
}

}  // namespace

std::string advice(const SdpOp& op) {
    return first_of(
        {odd_stage("BS", op.bs), odd_stage("BN", op.bn), odd_comparison(op), odd_table(op)});
}

std::string advice(const SdpRdmaOp& op) {
    return first_of({odd_operands("BS", op.bs, op.shape), odd_operands("BN", op.bn, op.shape),
                     odd_operands("EW", op.ew, op.shape)});
}

std::string advice_together(const SdpOp& op, const SdpRdmaOp& rdma) {
    const Shape& a = op.shape;
    const Shape& b = rdma.shape;
    struct Pair {
        const char* field;
        unsigned sdp;
        unsigned rdma;
    };
    for (const Pair& pair :
         {Pair{"WINOGRAD", a.winograd, b.winograd},
          Pair{"BATCH_NUMBER", a.batches - 1, b.batches - 1},
          Pair{"OUT_PRECISION", static_cast<unsigned>(a.out), static_cast<unsigned>(b.out)}}) {
        if (pair.sdp != pair.rdma) {
            return fmt::format("{} is {} in SDP and {} in SDP_RDMA; legal: the same in both",
                               pair.field, pair.sdp, pair.rdma);
        }
    }
    return "";
}

}  // namespace dla::sdp
