// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_decode.hpp"

#include "dla_regs/sdp_rdma_regs.hpp"
#include "dla_regs/sdp_regs.hpp"

namespace dla::sdp {
namespace {

namespace r = regs::sdp;
namespace rr = regs::sdp_rdma;

// Fields of one register copy, short to read.
struct Reader {
    const RegisterFile& registers;
    unsigned group;

    unsigned get(Field field) const { return registers.get(group, field); }
    bool flag(Field field) const { return get(field) != 0; }
    std::int32_t get_signed(Field field) const { return registers.get_signed(group, field); }
    Precision precision(Field field) const { return static_cast<Precision>(get(field)); }
    Ram ram(Field field) const { return static_cast<Ram>(get(field)); }
};

struct XFields {
    Field bypass, alu_bypass, algorithm, mul_bypass, prelu, relu_bypass;
    Field alu_source, alu_shift, alu_operand, mul_source, mul_shift, mul_operand;
};

constexpr XFields kBs{r::DDpBsCfg::kBsBypass,
                      r::DDpBsCfg::kBsAluBypass,
                      r::DDpBsCfg::kBsAluAlgo,
                      r::DDpBsCfg::kBsMulBypass,
                      r::DDpBsCfg::kBsMulPrelu,
                      r::DDpBsCfg::kBsReluBypass,
                      r::DDpBsAluCfg::kBsAluSrc,
                      r::DDpBsAluCfg::kBsAluShiftValue,
                      r::DDpBsAluSrcValue::kBsAluOperand,
                      r::DDpBsMulCfg::kBsMulSrc,
                      r::DDpBsMulCfg::kBsMulShiftValue,
                      r::DDpBsMulSrcValue::kBsMulOperand};
constexpr XFields kBn{r::DDpBnCfg::kBnBypass,
                      r::DDpBnCfg::kBnAluBypass,
                      r::DDpBnCfg::kBnAluAlgo,
                      r::DDpBnCfg::kBnMulBypass,
                      r::DDpBnCfg::kBnMulPrelu,
                      r::DDpBnCfg::kBnReluBypass,
                      r::DDpBnAluCfg::kBnAluSrc,
                      r::DDpBnAluCfg::kBnAluShiftValue,
                      r::DDpBnAluSrcValue::kBnAluOperand,
                      r::DDpBnMulCfg::kBnMulSrc,
                      r::DDpBnMulCfg::kBnMulShiftValue,
                      r::DDpBnMulSrcValue::kBnMulOperand};

XStage decode_x(const Reader& in, const XFields& fields) {
    constexpr unsigned kMulShiftMask = 0x3f;  // 8-bit field of which 6 bits act
    XStage stage;
    stage.bypass = in.flag(fields.bypass);
    stage.alu = !in.flag(fields.alu_bypass);
    // Code 3 exists only in Y; here it sums.
    stage.algorithm = in.get(fields.algorithm) == 3
                          ? AluAlgorithm::kSum
                          : static_cast<AluAlgorithm>(in.get(fields.algorithm));
    stage.alu_from_memory = in.flag(fields.alu_source);
    stage.alu_operand = static_cast<std::uint16_t>(in.get(fields.alu_operand));
    stage.alu_shift = in.get(fields.alu_shift);
    stage.mul = !in.flag(fields.mul_bypass);
    stage.prelu = in.flag(fields.prelu);
    stage.mul_from_memory = in.flag(fields.mul_source);
    stage.mul_operand = static_cast<std::uint16_t>(in.get(fields.mul_operand));
    stage.mul_shift = in.get(fields.mul_shift) & kMulShiftMask;
    stage.relu = !in.flag(fields.relu_bypass);
    return stage;
}

YStage decode_y(const Reader& in) {
    YStage stage;
    stage.bypass = in.flag(r::DDpEwCfg::kEwBypass);
    stage.mul = !in.flag(r::DDpEwCfg::kEwMulBypass);
    stage.prelu = in.flag(r::DDpEwCfg::kEwMulPrelu);
    stage.mul_from_memory = in.flag(r::DDpEwMulCfg::kEwMulSrc);
    stage.mul_operand = in.get_signed(r::DDpEwMulSrcValue::kEwMulOperand);
    stage.mul_converter = {in.flag(r::DDpEwMulCfg::kEwMulCvtBypass),
                           in.get_signed(r::DDpEwMulCvtOffsetValue::kEwMulCvtOffset),
                           in.get_signed(r::DDpEwMulCvtScaleValue::kEwMulCvtScale),
                           in.get(r::DDpEwMulCvtTruncateValue::kEwMulCvtTruncate)};
    stage.truncate = in.get(r::DDpEwTruncateValue::kEwTruncate);
    stage.alu = !in.flag(r::DDpEwCfg::kEwAluBypass);
    stage.algorithm = static_cast<AluAlgorithm>(in.get(r::DDpEwCfg::kEwAluAlgo));
    stage.alu_from_memory = in.flag(r::DDpEwAluCfg::kEwAluSrc);
    stage.alu_operand = in.get_signed(r::DDpEwAluSrcValue::kEwAluOperand);
    stage.alu_converter = {in.flag(r::DDpEwAluCfg::kEwAluCvtBypass),
                           in.get_signed(r::DDpEwAluCvtOffsetValue::kEwAluCvtOffset),
                           in.get_signed(r::DDpEwAluCvtScaleValue::kEwAluCvtScale),
                           in.get(r::DDpEwAluCvtTruncateValue::kEwAluCvtTruncate)};
    stage.lut = !in.flag(r::DDpEwCfg::kEwLutBypass);
    return stage;
}

Slope decode_slope(const Reader& in, Field scale, Field shift) {
    return {static_cast<std::int16_t>(in.get_signed(scale)), in.get_signed(shift)};
}

LutSettings decode_lut(const Reader& in) {
    LutSettings lut;
    lut.le_linear = in.get(r::SLutCfg::kLutLeFunction) == r::SLutCfg::kLutLeFunctionLinear;
    lut.priority = {in.flag(r::SLutCfg::kLutUflowPriority), in.flag(r::SLutCfg::kLutOflowPriority),
                    in.flag(r::SLutCfg::kLutHybridPriority)};
    lut.le_offset = in.get_signed(r::SLutInfo::kLutLeIndexOffset);
    lut.le_select = in.get_signed(r::SLutInfo::kLutLeIndexSelect);
    lut.lo_select = in.get_signed(r::SLutInfo::kLutLoIndexSelect);
    lut.le = {in.get_signed(r::SLutLeStart::kLutLeStart), in.get_signed(r::SLutLeEnd::kLutLeEnd),
              decode_slope(in, r::SLutLeSlopeScale::kLutLeSlopeUflowScale,
                           r::SLutLeSlopeShift::kLutLeSlopeUflowShift),
              decode_slope(in, r::SLutLeSlopeScale::kLutLeSlopeOflowScale,
                           r::SLutLeSlopeShift::kLutLeSlopeOflowShift)};
    lut.lo = {in.get_signed(r::SLutLoStart::kLutLoStart), in.get_signed(r::SLutLoEnd::kLutLoEnd),
              decode_slope(in, r::SLutLoSlopeScale::kLutLoSlopeUflowScale,
                           r::SLutLoSlopeShift::kLutLoSlopeUflowShift),
              decode_slope(in, r::SLutLoSlopeScale::kLutLoSlopeOflowScale,
                           r::SLutLoSlopeShift::kLutLoSlopeOflowShift)};
    return lut;
}

struct ReaderFields {
    Field disable, data_use, data_size, data_mode, ram;
    Register base_low, base_high;
    Field line_stride, surface_stride;
};

constexpr ReaderFields kBrdma{
    rr::DBrdmaCfg::kBrdmaDisable,          rr::DBrdmaCfg::kBrdmaDataUse,
    rr::DBrdmaCfg::kBrdmaDataSize,         rr::DBrdmaCfg::kBrdmaDataMode,
    rr::DBrdmaCfg::kBrdmaRamType,          rr::DBsBaseAddrLow::kRegister,
    rr::DBsBaseAddrHigh::kRegister,        rr::DBsLineStride::kBsLineStride,
    rr::DBsSurfaceStride::kBsSurfaceStride};
constexpr ReaderFields kNrdma{
    rr::DNrdmaCfg::kNrdmaDisable,          rr::DNrdmaCfg::kNrdmaDataUse,
    rr::DNrdmaCfg::kNrdmaDataSize,         rr::DNrdmaCfg::kNrdmaDataMode,
    rr::DNrdmaCfg::kNrdmaRamType,          rr::DBnBaseAddrLow::kRegister,
    rr::DBnBaseAddrHigh::kRegister,        rr::DBnLineStride::kBnLineStride,
    rr::DBnSurfaceStride::kBnSurfaceStride};
constexpr ReaderFields kErdma{
    rr::DErdmaCfg::kErdmaDisable,          rr::DErdmaCfg::kErdmaDataUse,
    rr::DErdmaCfg::kErdmaDataSize,         rr::DErdmaCfg::kErdmaDataMode,
    rr::DErdmaCfg::kErdmaRamType,          rr::DEwBaseAddrLow::kRegister,
    rr::DEwBaseAddrHigh::kRegister,        rr::DEwLineStride::kEwLineStride,
    rr::DEwSurfaceStride::kEwSurfaceStride};

// The upper half of an address register exists only with 64-bit addresses.
std::uint64_t decode_address(const Reader& in, Register high, Register low,
                             const HardwareConfig& config) {
    const std::uint64_t address = in.registers.get_address(in.group, high, low);
    return config.address_bits >= 64 ? address
                                     : address & ((std::uint64_t{1} << config.address_bits) - 1);
}

OperandReader decode_reader(const Reader& in, const ReaderFields& fields,
                            const HardwareConfig& config) {
    constexpr unsigned kUseMul = 0;
    constexpr unsigned kUseAlu = 1;
    const unsigned use = in.get(fields.data_use);
    OperandReader reader;
    reader.enabled = !in.flag(fields.disable);
    reader.feeds_alu = use != kUseMul;
    reader.feeds_mul = use != kUseAlu;
    reader.value_bytes = in.flag(fields.data_size) ? 2 : 1;
    reader.per_element = in.flag(fields.data_mode);
    reader.cube = {decode_address(in, fields.base_high, fields.base_low, config),
                   in.get(fields.line_stride), in.get(fields.surface_stride), in.ram(fields.ram)};
    return reader;
}

}  // namespace

SdpOp decode(const RegisterFile& registers, unsigned group, const HardwareConfig& config) {
    const Reader in{registers, group};
    SdpOp op;
    op.shape.width = in.get(r::DDataCubeWidth::kWidth) + 1;
    op.shape.height = in.get(r::DDataCubeHeight::kHeight) + 1;
    op.shape.channels = in.get(r::DDataCubeChannel::kChannel) + 1;
    op.shape.batches = in.get(r::DFeatureModeCfg::kBatchNumber) + 1;
    op.shape.flying = in.flag(r::DFeatureModeCfg::kFlyingMode);
    op.shape.winograd = in.flag(r::DFeatureModeCfg::kWinograd);
    op.shape.proc = in.precision(r::DDataFormat::kProcPrecision);
    op.shape.out = in.precision(r::DDataFormat::kOutPrecision);
    op.shape.atom_bytes = config.memory_atom_bytes;
    op.to_pdp = in.flag(r::DFeatureModeCfg::kOutputDst);
    op.nan_to_zero = in.flag(r::DFeatureModeCfg::kNanToZero);
    op.dst = {
        decode_address(in, r::DDstBaseAddrHigh::kRegister, r::DDstBaseAddrLow::kRegister, config),
        in.get(r::DDstLineStride::kDstLineStride), in.get(r::DDstSurfaceStride::kDstSurfaceStride),
        in.ram(r::DDstDmaCfg::kDstRamType)};
    op.dst_batch_stride = in.get(r::DDstBatchStride::kDstBatchStride);
    op.bs = decode_x(in, kBs);
    op.bn = decode_x(in, kBn);
    op.ew = decode_y(in);
    // A sub-unit that was not built behaves as bypassed.
    op.ew.bypass = op.ew.bypass || !config.features.sdp_ew;
    op.ew.lut = op.ew.lut && config.features.sdp_lut;
    op.lut = decode_lut(in);
    op.cvt = {in.get_signed(r::DCvtOffset::kCvtOffset), in.get_signed(r::DCvtScale::kCvtScale),
              in.get(r::DCvtShift::kCvtShift)};
    op.count_lut = in.flag(r::DPerfEnable::kPerfLutEn);
    op.count_saturation = in.flag(r::DPerfEnable::kPerfSatEn);
    op.count_nan = in.flag(r::DPerfEnable::kPerfNanInfCountEn);
    return op;
}

SdpRdmaOp decode_rdma(const RegisterFile& registers, unsigned group, const HardwareConfig& config) {
    const Reader in{registers, group};
    SdpRdmaOp op;
    op.shape.width = in.get(rr::DDataCubeWidth::kWidth) + 1;
    op.shape.height = in.get(rr::DDataCubeHeight::kHeight) + 1;
    op.shape.channels = in.get(rr::DDataCubeChannel::kChannel) + 1;
    op.shape.batches = in.get(rr::DFeatureModeCfg::kBatchNumber) + 1;
    op.shape.flying = in.flag(rr::DFeatureModeCfg::kFlyingMode);
    op.shape.winograd = in.flag(rr::DFeatureModeCfg::kWinograd);
    op.shape.proc = in.precision(rr::DFeatureModeCfg::kProcPrecision);
    op.shape.out = in.precision(rr::DFeatureModeCfg::kOutPrecision);
    op.shape.atom_bytes = config.memory_atom_bytes;
    op.in = in.precision(rr::DFeatureModeCfg::kInPrecision);
    op.src = {
        decode_address(in, rr::DSrcBaseAddrHigh::kRegister, rr::DSrcBaseAddrLow::kRegister, config),
        in.get(rr::DSrcLineStride::kSrcLineStride),
        in.get(rr::DSrcSurfaceStride::kSrcSurfaceStride), in.ram(rr::DSrcDmaCfg::kSrcRamType)};
    op.bs = decode_reader(in, kBrdma, config);
    op.bn = decode_reader(in, kNrdma, config);
    op.ew = decode_reader(in, kErdma, config);
    op.ew.enabled = op.ew.enabled && config.features.sdp_ew;
    op.count_nan = in.flag(rr::DPerfEnable::kPerfNanInfCountEn);
    op.count_stalls = in.flag(rr::DPerfEnable::kPerfDmaEn);
    return op;
}

}  // namespace dla::sdp
