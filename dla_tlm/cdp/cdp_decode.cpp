// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdp/cdp_decode.hpp"

#include <fmt/format.h>

#include "dla_regs/cdp_rdma_regs.hpp"
#include "dla_regs/cdp_regs.hpp"

namespace dla::cdp {
namespace {

namespace r = regs::cdp;
namespace rdma_regs = regs::cdp_rdma;
using numerics::sign_extend;

// A configuration computes with the precisions it has, whatever the register says.
Precision effective_precision(unsigned code, const HardwareConfig& config) {
    const auto asked = static_cast<Precision>(code);
    return code <= 2 && config.has_precision(asked) ? asked : Precision::kInt8;
}

std::int64_t bound(const RegisterFile& regs, Field high, Field low, Precision precision) {
    const std::uint64_t low_word = regs.get(0, low);
    if (precision == Precision::kFp16) return static_cast<std::int64_t>(low_word);
    constexpr unsigned kHighBits = 6;
    const auto high_word = std::int64_t{sign_extend<kHighBits>(regs.get(0, high))};
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(high_word) << 32 | low_word);
}

Slope slope(const RegisterFile& regs, Field scale, Field shift, Precision precision) {
    if (precision == Precision::kFp16) return {static_cast<std::int32_t>(regs.get(0, scale)), 0};
    return {regs.get_signed(0, scale), regs.get_signed(0, shift)};
}

// How many bits of the 8-bit SELECT fields act depends on the width of the window sum.
int select(std::uint32_t field, Precision precision) {
    if (precision == Precision::kInt8) return sign_extend<6>(field);
    return precision == Precision::kInt16 ? sign_extend<7>(field) : sign_extend<8>(field);
}

LutSettings decode_lut(const RegisterFile& regs, Precision precision) {
    const auto get = [&](Field field) { return regs.get(0, field); };
    LutSettings lut;
    lut.le_exponent = get(r::SLutCfg::kLutLeFunction) == 0;
    lut.priority = {get(r::SLutCfg::kLutUflowPriority) != 0,
                    get(r::SLutCfg::kLutOflowPriority) != 0,
                    get(r::SLutCfg::kLutHybridPriority) != 0};
    lut.le_offset = regs.get_signed(0, r::SLutInfo::kLutLeIndexOffset);
    lut.le_select = select(get(r::SLutInfo::kLutLeIndexSelect), precision);
    lut.lo_select = select(get(r::SLutInfo::kLutLoIndexSelect), precision);
    lut.le.start = bound(regs, r::SLutLeStartHigh::kLutLeStartHigh,
                         r::SLutLeStartLow::kLutLeStartLow, precision);
    lut.le.end =
        bound(regs, r::SLutLeEndHigh::kLutLeEndHigh, r::SLutLeEndLow::kLutLeEndLow, precision);
    lut.lo.start = bound(regs, r::SLutLoStartHigh::kLutLoStartHigh,
                         r::SLutLoStartLow::kLutLoStartLow, precision);
    lut.lo.end =
        bound(regs, r::SLutLoEndHigh::kLutLoEndHigh, r::SLutLoEndLow::kLutLoEndLow, precision);
    lut.le.underflow = slope(regs, r::SLutLeSlopeScale::kLutLeSlopeUflowScale,
                             r::SLutLeSlopeShift::kLutLeSlopeUflowShift, precision);
    lut.le.overflow = slope(regs, r::SLutLeSlopeScale::kLutLeSlopeOflowScale,
                            r::SLutLeSlopeShift::kLutLeSlopeOflowShift, precision);
    lut.lo.underflow = slope(regs, r::SLutLoSlopeScale::kLutLoSlopeUflowScale,
                             r::SLutLoSlopeShift::kLutLoSlopeUflowShift, precision);
    lut.lo.overflow = slope(regs, r::SLutLoSlopeScale::kLutLoSlopeOflowScale,
                            r::SLutLoSlopeShift::kLutLoSlopeOflowShift, precision);
    return lut;
}

}  // namespace

CdpRdmaOp decode_rdma(const RegisterFile& regs, unsigned group) {
    const auto get = [&](Field field) { return regs.get(group, field); };
    return {.precision_code = get(rdma_regs::DDataFormat::kInputData),
            .width = get(rdma_regs::DDataCubeWidth::kWidth) + 1,
            .height = get(rdma_regs::DDataCubeHeight::kHeight) + 1,
            .channels = get(rdma_regs::DDataCubeChannel::kChannel) + 1,
            .src = {regs.get_address(group, rdma_regs::DSrcBaseAddrHigh::kRegister,
                                     rdma_regs::DSrcBaseAddrLow::kRegister),
                    get(rdma_regs::DSrcLineStride::kSrcLineStride),
                    get(rdma_regs::DSrcSurfaceStride::kSrcSurfaceStride),
                    static_cast<Ram>(get(rdma_regs::DSrcDmaCfg::kSrcRamType))}};
}

CdpOp decode(const RegisterFile& regs, unsigned group, const CdpRdmaOp& rdma,
             const HardwareConfig& config) {
    const auto get = [&](Field field) { return regs.get(group, field); };
    CdpOp op;
    op.precision_code = get(r::DDataFormat::kInputDataType);
    op.precision = effective_precision(op.precision_code, config);
    const bool int8 = op.precision == Precision::kInt8;
    op.square_sum_bypass = get(r::DFuncBypass::kSqsumBypass) != 0;
    op.multiply_bypass = get(r::DFuncBypass::kMulBypass) != 0;
    op.nan_to_zero = get(r::DNanFlushToZero::kNanToZero) != 0;
    op.count_lut = get(r::DPerfEnable::kLutEn) != 0;
    op.window = 3 + 2 * get(r::DLrnCfg::kNormalzLen);
    // int8 has room for 8 bits of input offset and 25 of output offset.
    const std::uint32_t in_offset = get(r::DDatinOffset::kDatinOffset);
    op.input = {int8 ? sign_extend<8>(in_offset) : sign_extend<16>(in_offset),
                regs.get_signed(group, r::DDatinScale::kDatinScale),
                get(r::DDatinShifter::kDatinShifter)};
    const std::uint32_t out_offset = get(r::DDatoutOffset::kDatoutOffset);
    op.output = {int8 ? sign_extend<25>(out_offset) : sign_extend<32>(out_offset),
                 regs.get_signed(group, r::DDatoutScale::kDatoutScale),
                 get(r::DDatoutShifter::kDatoutShifter)};
    op.lut = decode_lut(regs, op.precision);
    op.width = rdma.width;
    op.height = rdma.height;
    op.channels = rdma.channels;
    op.atom_bytes = config.memory_atom_bytes;
    op.dst = {
        regs.get_address(group, r::DDstBaseAddrHigh::kRegister, r::DDstBaseAddrLow::kRegister),
        get(r::DDstLineStride::kDstLineStride), get(r::DDstSurfaceStride::kDstSurfaceStride),
        static_cast<Ram>(get(r::DDstDmaCfg::kDstRamType))};
    return op;
}

std::string describe(const CdpOp& op) {
    constexpr const char* kPrecisions[] = {"int8", "int16", "fp16"};
    return fmt::format(
        "LRN over {} channels{}{} {} {}x{}x{}", op.window,
        op.square_sum_bypass ? ", no square sum" : "", op.multiply_bypass ? ", no multiply" : "",
        kPrecisions[static_cast<unsigned>(op.precision)], op.width, op.height, op.channels);
}

}  // namespace dla::cdp
