// SPDX-License-Identifier: Apache-2.0
// Every field of SDP's and SDP_RDMA's registers decides one number of the layer.
#include "dla_regs/sdp_rdma_regs.hpp"
#include "dla_regs/sdp_regs.hpp"
#include "dla_tlm/sdp/sdp_decode.hpp"
#include "testing/field_table.hpp"

using namespace dla;
using namespace dla::sdp;

namespace {

namespace r = regs::sdp;
namespace rr = regs::sdp_rdma;
using Entry = FieldEntry<SdpOp>;
using ReaderEntry = FieldEntry<SdpRdmaOp>;

constexpr Entry kLayer[] = {
    {"width", r::DDataCubeWidth::kWidth, 6, kMember<&SdpOp::shape, &Shape::width>, 7},
    {"height", r::DDataCubeHeight::kHeight, 7, kMember<&SdpOp::shape, &Shape::height>, 8},
    {"channels", r::DDataCubeChannel::kChannel, 8, kMember<&SdpOp::shape, &Shape::channels>, 9},
    {"batches", r::DFeatureModeCfg::kBatchNumber, 3, kMember<&SdpOp::shape, &Shape::batches>, 4},
    {"from CACC", r::DFeatureModeCfg::kFlyingMode, 1, kMember<&SdpOp::shape, &Shape::flying>, 1},
    {"Winograd", r::DFeatureModeCfg::kWinograd, 1, kMember<&SdpOp::shape, &Shape::winograd>, 1},
    {"precision", r::DDataFormat::kProcPrecision, 2, kMember<&SdpOp::shape, &Shape::proc>, 2},
    {"output", r::DDataFormat::kOutPrecision, 2, kMember<&SdpOp::shape, &Shape::out>, 2},
    {"to PDP", r::DFeatureModeCfg::kOutputDst, 1, kMember<&SdpOp::to_pdp>, 1},
    {"NaN to zero", r::DFeatureModeCfg::kNanToZero, 1, kMember<&SdpOp::nan_to_zero>, 1},
    {"line stride", r::DDstLineStride::kDstLineStride, 64, kMember<&SdpOp::dst, &Cube::line_stride>,
     64},
    {"surface stride", r::DDstSurfaceStride::kDstSurfaceStride, 96,
     kMember<&SdpOp::dst, &Cube::surface_stride>, 96},
    {"memory", r::DDstDmaCfg::kDstRamType, 1, kMember<&SdpOp::dst, &Cube::ram>, 1},
    {"batch stride", r::DDstBatchStride::kDstBatchStride, 128, kMember<&SdpOp::dst_batch_stride>,
     128},
    {"converter's offset", r::DCvtOffset::kCvtOffset, 0xffffffff,
     kMember<&SdpOp::cvt, &OutputConverter::offset>, -1},
    {"converter's scale", r::DCvtScale::kCvtScale, 0xfffe,
     kMember<&SdpOp::cvt, &OutputConverter::scale>, -2},
    {"converter's shift", r::DCvtShift::kCvtShift, 5, kMember<&SdpOp::cvt, &OutputConverter::shift>,
     5},
    {"lookups counted", r::DPerfEnable::kPerfLutEn, 1, kMember<&SdpOp::count_lut>, 1},
    {"saturation counted", r::DPerfEnable::kPerfSatEn, 1, kMember<&SdpOp::count_saturation>, 1},
    {"NaN counted", r::DPerfEnable::kPerfNanInfCountEn, 1, kMember<&SdpOp::count_nan>, 1},
};

constexpr Entry kX1[] = {
    {"bypass", r::DDpBsCfg::kBsBypass, 1, kMember<&SdpOp::bs, &XStage::bypass>, 1},
    {"ALU", r::DDpBsCfg::kBsAluBypass, 1, kMember<&SdpOp::bs, &XStage::alu>, 0},
    {"algorithm", r::DDpBsCfg::kBsAluAlgo, 1, kMember<&SdpOp::bs, &XStage::algorithm>, 1},
    {"MUL", r::DDpBsCfg::kBsMulBypass, 1, kMember<&SdpOp::bs, &XStage::mul>, 0},
    {"PReLU", r::DDpBsCfg::kBsMulPrelu, 1, kMember<&SdpOp::bs, &XStage::prelu>, 1},
    {"ReLU", r::DDpBsCfg::kBsReluBypass, 1, kMember<&SdpOp::bs, &XStage::relu>, 0},
    {"ALU source", r::DDpBsAluCfg::kBsAluSrc, 1, kMember<&SdpOp::bs, &XStage::alu_from_memory>, 1},
    {"ALU shift", r::DDpBsAluCfg::kBsAluShiftValue, 9, kMember<&SdpOp::bs, &XStage::alu_shift>, 9},
    {"ALU operand", r::DDpBsAluSrcValue::kBsAluOperand, 77,
     kMember<&SdpOp::bs, &XStage::alu_operand>, 77},
    {"MUL source", r::DDpBsMulCfg::kBsMulSrc, 1, kMember<&SdpOp::bs, &XStage::mul_from_memory>, 1},
    {"MUL shift", r::DDpBsMulCfg::kBsMulShiftValue, 0xc5, kMember<&SdpOp::bs, &XStage::mul_shift>,
     5},
    {"MUL operand", r::DDpBsMulSrcValue::kBsMulOperand, 78,
     kMember<&SdpOp::bs, &XStage::mul_operand>, 78},
};

constexpr Entry kX2[] = {
    {"bypass", r::DDpBnCfg::kBnBypass, 1, kMember<&SdpOp::bn, &XStage::bypass>, 1},
    {"ALU", r::DDpBnCfg::kBnAluBypass, 1, kMember<&SdpOp::bn, &XStage::alu>, 0},
    {"algorithm", r::DDpBnCfg::kBnAluAlgo, 1, kMember<&SdpOp::bn, &XStage::algorithm>, 1},
    {"MUL", r::DDpBnCfg::kBnMulBypass, 1, kMember<&SdpOp::bn, &XStage::mul>, 0},
    {"PReLU", r::DDpBnCfg::kBnMulPrelu, 1, kMember<&SdpOp::bn, &XStage::prelu>, 1},
    {"ReLU", r::DDpBnCfg::kBnReluBypass, 1, kMember<&SdpOp::bn, &XStage::relu>, 0},
    {"ALU source", r::DDpBnAluCfg::kBnAluSrc, 1, kMember<&SdpOp::bn, &XStage::alu_from_memory>, 1},
    {"ALU shift", r::DDpBnAluCfg::kBnAluShiftValue, 9, kMember<&SdpOp::bn, &XStage::alu_shift>, 9},
    {"ALU operand", r::DDpBnAluSrcValue::kBnAluOperand, 77,
     kMember<&SdpOp::bn, &XStage::alu_operand>, 77},
    {"MUL source", r::DDpBnMulCfg::kBnMulSrc, 1, kMember<&SdpOp::bn, &XStage::mul_from_memory>, 1},
    {"MUL shift", r::DDpBnMulCfg::kBnMulShiftValue, 0xc5, kMember<&SdpOp::bn, &XStage::mul_shift>,
     5},
    {"MUL operand", r::DDpBnMulSrcValue::kBnMulOperand, 78,
     kMember<&SdpOp::bn, &XStage::mul_operand>, 78},
};

constexpr Entry kY[] = {
    {"bypass", r::DDpEwCfg::kEwBypass, 1, kMember<&SdpOp::ew, &YStage::bypass>, 1},
    {"ALU", r::DDpEwCfg::kEwAluBypass, 1, kMember<&SdpOp::ew, &YStage::alu>, 0},
    {"algorithm", r::DDpEwCfg::kEwAluAlgo, 3, kMember<&SdpOp::ew, &YStage::algorithm>, 3},
    {"MUL", r::DDpEwCfg::kEwMulBypass, 1, kMember<&SdpOp::ew, &YStage::mul>, 0},
    {"PReLU", r::DDpEwCfg::kEwMulPrelu, 1, kMember<&SdpOp::ew, &YStage::prelu>, 1},
    {"table", r::DDpEwCfg::kEwLutBypass, 1, kMember<&SdpOp::ew, &YStage::lut>, 0},
    {"truncate", r::DDpEwTruncateValue::kEwTruncate, 3, kMember<&SdpOp::ew, &YStage::truncate>, 3},
    {"ALU source", r::DDpEwAluCfg::kEwAluSrc, 1, kMember<&SdpOp::ew, &YStage::alu_from_memory>, 1},
    {"ALU operand", r::DDpEwAluSrcValue::kEwAluOperand, 0xffffffff,
     kMember<&SdpOp::ew, &YStage::alu_operand>, -1},
    {"ALU converter", r::DDpEwAluCfg::kEwAluCvtBypass, 1,
     kMember<&SdpOp::ew, &YStage::alu_converter, &OperandConverter::bypass>, 1},
    {"ALU converter's offset", r::DDpEwAluCvtOffsetValue::kEwAluCvtOffset, 7,
     kMember<&SdpOp::ew, &YStage::alu_converter, &OperandConverter::offset>, 7},
    {"ALU converter's scale", r::DDpEwAluCvtScaleValue::kEwAluCvtScale, 0xffff,
     kMember<&SdpOp::ew, &YStage::alu_converter, &OperandConverter::scale>, -1},
    {"ALU converter's truncate", r::DDpEwAluCvtTruncateValue::kEwAluCvtTruncate, 4,
     kMember<&SdpOp::ew, &YStage::alu_converter, &OperandConverter::truncate>, 4},
    {"MUL source", r::DDpEwMulCfg::kEwMulSrc, 1, kMember<&SdpOp::ew, &YStage::mul_from_memory>, 1},
    {"MUL operand", r::DDpEwMulSrcValue::kEwMulOperand, 0xfffffffe,
     kMember<&SdpOp::ew, &YStage::mul_operand>, -2},
    {"MUL converter", r::DDpEwMulCfg::kEwMulCvtBypass, 1,
     kMember<&SdpOp::ew, &YStage::mul_converter, &OperandConverter::bypass>, 1},
    {"MUL converter's offset", r::DDpEwMulCvtOffsetValue::kEwMulCvtOffset, 7,
     kMember<&SdpOp::ew, &YStage::mul_converter, &OperandConverter::offset>, 7},
    {"MUL converter's scale", r::DDpEwMulCvtScaleValue::kEwMulCvtScale, 0xffff,
     kMember<&SdpOp::ew, &YStage::mul_converter, &OperandConverter::scale>, -1},
    {"MUL converter's truncate", r::DDpEwMulCvtTruncateValue::kEwMulCvtTruncate, 4,
     kMember<&SdpOp::ew, &YStage::mul_converter, &OperandConverter::truncate>, 4},
};

// Shared by both groups.
constexpr Entry kTables[] = {
    {"LE linear", r::SLutCfg::kLutLeFunction, 1, kMember<&SdpOp::lut, &LutSettings::le_linear>, 1},
    {"underflow priority", r::SLutCfg::kLutUflowPriority, 1,
     kMember<&SdpOp::lut, &LutSettings::priority, &lut::Priority::underflow_lo>, 1},
    {"overflow priority", r::SLutCfg::kLutOflowPriority, 1,
     kMember<&SdpOp::lut, &LutSettings::priority, &lut::Priority::overflow_lo>, 1},
    {"hybrid priority", r::SLutCfg::kLutHybridPriority, 1,
     kMember<&SdpOp::lut, &LutSettings::priority, &lut::Priority::hybrid_lo>, 1},
    {"LE offset", r::SLutInfo::kLutLeIndexOffset, 0xff,
     kMember<&SdpOp::lut, &LutSettings::le_offset>, -1},
    {"LE select", r::SLutInfo::kLutLeIndexSelect, 5, kMember<&SdpOp::lut, &LutSettings::le_select>,
     5},
    {"LO select", r::SLutInfo::kLutLoIndexSelect, 6, kMember<&SdpOp::lut, &LutSettings::lo_select>,
     6},
    {"LE start", r::SLutLeStart::kLutLeStart, 0xffffffff,
     kMember<&SdpOp::lut, &LutSettings::le, &LutRange::start>, -1},
    {"LE end", r::SLutLeEnd::kLutLeEnd, 11, kMember<&SdpOp::lut, &LutSettings::le, &LutRange::end>,
     11},
    {"LO start", r::SLutLoStart::kLutLoStart, 0xffffffff,
     kMember<&SdpOp::lut, &LutSettings::lo, &LutRange::start>, -1},
    {"LO end", r::SLutLoEnd::kLutLoEnd, 12, kMember<&SdpOp::lut, &LutSettings::lo, &LutRange::end>,
     12},
    {"LE underflow scale", r::SLutLeSlopeScale::kLutLeSlopeUflowScale, 13,
     kMember<&SdpOp::lut, &LutSettings::le, &LutRange::underflow, &Slope::scale>, 13},
    {"LE underflow shift", r::SLutLeSlopeShift::kLutLeSlopeUflowShift, 31,
     kMember<&SdpOp::lut, &LutSettings::le, &LutRange::underflow, &Slope::shift>, -1},
    {"LE overflow scale", r::SLutLeSlopeScale::kLutLeSlopeOflowScale, 14,
     kMember<&SdpOp::lut, &LutSettings::le, &LutRange::overflow, &Slope::scale>, 14},
    {"LE overflow shift", r::SLutLeSlopeShift::kLutLeSlopeOflowShift, 30,
     kMember<&SdpOp::lut, &LutSettings::le, &LutRange::overflow, &Slope::shift>, -2},
    {"LO underflow scale", r::SLutLoSlopeScale::kLutLoSlopeUflowScale, 15,
     kMember<&SdpOp::lut, &LutSettings::lo, &LutRange::underflow, &Slope::scale>, 15},
    {"LO underflow shift", r::SLutLoSlopeShift::kLutLoSlopeUflowShift, 29,
     kMember<&SdpOp::lut, &LutSettings::lo, &LutRange::underflow, &Slope::shift>, -3},
    {"LO overflow scale", r::SLutLoSlopeScale::kLutLoSlopeOflowScale, 16,
     kMember<&SdpOp::lut, &LutSettings::lo, &LutRange::overflow, &Slope::scale>, 16},
    {"LO overflow shift", r::SLutLoSlopeShift::kLutLoSlopeOflowShift, 28,
     kMember<&SdpOp::lut, &LutSettings::lo, &LutRange::overflow, &Slope::shift>, -4},
};

constexpr ReaderEntry kReader[] = {
    {"width", rr::DDataCubeWidth::kWidth, 6, kMember<&SdpRdmaOp::shape, &Shape::width>, 7},
    {"height", rr::DDataCubeHeight::kHeight, 7, kMember<&SdpRdmaOp::shape, &Shape::height>, 8},
    {"channels", rr::DDataCubeChannel::kChannel, 8, kMember<&SdpRdmaOp::shape, &Shape::channels>,
     9},
    {"batches", rr::DFeatureModeCfg::kBatchNumber, 3, kMember<&SdpRdmaOp::shape, &Shape::batches>,
     4},
    {"from CACC", rr::DFeatureModeCfg::kFlyingMode, 1, kMember<&SdpRdmaOp::shape, &Shape::flying>,
     1},
    {"Winograd", rr::DFeatureModeCfg::kWinograd, 1, kMember<&SdpRdmaOp::shape, &Shape::winograd>,
     1},
    {"precision", rr::DFeatureModeCfg::kProcPrecision, 2, kMember<&SdpRdmaOp::shape, &Shape::proc>,
     2},
    {"output", rr::DFeatureModeCfg::kOutPrecision, 2, kMember<&SdpRdmaOp::shape, &Shape::out>, 2},
    {"input", rr::DFeatureModeCfg::kInPrecision, 2, kMember<&SdpRdmaOp::in>, 2},
    {"line stride", rr::DSrcLineStride::kSrcLineStride, 64,
     kMember<&SdpRdmaOp::src, &Cube::line_stride>, 64},
    {"surface stride", rr::DSrcSurfaceStride::kSrcSurfaceStride, 96,
     kMember<&SdpRdmaOp::src, &Cube::surface_stride>, 96},
    {"memory", rr::DSrcDmaCfg::kSrcRamType, 1, kMember<&SdpRdmaOp::src, &Cube::ram>, 1},
    {"NaN counted", rr::DPerfEnable::kPerfNanInfCountEn, 1, kMember<&SdpRdmaOp::count_nan>, 1},
    {"stalls counted", rr::DPerfEnable::kPerfDmaEn, 1, kMember<&SdpRdmaOp::count_stalls>, 1},
    {"BS reads", rr::DBrdmaCfg::kBrdmaDisable, 1, kMember<&SdpRdmaOp::bs, &OperandReader::enabled>,
     0},
    {"BS feeds both", rr::DBrdmaCfg::kBrdmaDataUse, 2,
     kMember<&SdpRdmaOp::bs, &OperandReader::feeds_alu>, 1},
    {"BS bytes", rr::DBrdmaCfg::kBrdmaDataSize, 1,
     kMember<&SdpRdmaOp::bs, &OperandReader::value_bytes>, 2},
    {"BS mode", rr::DBrdmaCfg::kBrdmaDataMode, 1,
     kMember<&SdpRdmaOp::bs, &OperandReader::per_element>, 1},
    {"BS memory", rr::DBrdmaCfg::kBrdmaRamType, 1,
     kMember<&SdpRdmaOp::bs, &OperandReader::cube, &Cube::ram>, 1},
    {"BN reads", rr::DNrdmaCfg::kNrdmaDisable, 1, kMember<&SdpRdmaOp::bn, &OperandReader::enabled>,
     0},
    {"BN feeds both", rr::DNrdmaCfg::kNrdmaDataUse, 2,
     kMember<&SdpRdmaOp::bn, &OperandReader::feeds_alu>, 1},
    {"BN bytes", rr::DNrdmaCfg::kNrdmaDataSize, 1,
     kMember<&SdpRdmaOp::bn, &OperandReader::value_bytes>, 2},
    {"BN mode", rr::DNrdmaCfg::kNrdmaDataMode, 1,
     kMember<&SdpRdmaOp::bn, &OperandReader::per_element>, 1},
    {"BN memory", rr::DNrdmaCfg::kNrdmaRamType, 1,
     kMember<&SdpRdmaOp::bn, &OperandReader::cube, &Cube::ram>, 1},
    {"EW reads", rr::DErdmaCfg::kErdmaDisable, 1, kMember<&SdpRdmaOp::ew, &OperandReader::enabled>,
     0},
    {"EW feeds both", rr::DErdmaCfg::kErdmaDataUse, 2,
     kMember<&SdpRdmaOp::ew, &OperandReader::feeds_alu>, 1},
    {"EW bytes", rr::DErdmaCfg::kErdmaDataSize, 1,
     kMember<&SdpRdmaOp::ew, &OperandReader::value_bytes>, 2},
    {"EW mode", rr::DErdmaCfg::kErdmaDataMode, 1,
     kMember<&SdpRdmaOp::ew, &OperandReader::per_element>, 1},
    {"EW memory", rr::DErdmaCfg::kErdmaRamType, 1,
     kMember<&SdpRdmaOp::ew, &OperandReader::cube, &Cube::ram>, 1},
};

}  // namespace

TEST_CASE("Each field of SDP decides its own number and no other") {
    const HardwareConfig config = *builtin_config("nv_full");
    const auto layer = [&](const RegisterFile& registers) { return decode(registers, 1, config); };
    for (const auto entries :
         {std::span<const Entry>(kLayer), std::span<const Entry>(kX1), std::span<const Entry>(kX2),
          std::span<const Entry>(kY), std::span<const Entry>(kTables)})
        check_fields<SdpOp>(r::kRegisters, entries, layer);
}

TEST_CASE("Each field of SDP_RDMA decides its own number and no other") {
    const HardwareConfig config = *builtin_config("nv_full");
    check_fields<SdpRdmaOp>(
        rr::kRegisters, std::span<const ReaderEntry>(kReader),
        [&](const RegisterFile& registers) { return decode_rdma(registers, 1, config); });
}
