// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/pdp/pdp_decode.hpp"

#include <fmt/format.h>

#include "dla_regs/pdp_rdma_regs.hpp"
#include "dla_regs/pdp_regs.hpp"

namespace dla::pdp {
namespace {

namespace r = regs::pdp;
namespace rdma = regs::pdp_rdma;

constexpr unsigned kMantissa17Bits = 17;  // fp17 patterns use this much of the 19-bit fields

// A configuration computes with the precisions it has, whatever the register says.
Precision effective_precision(unsigned code, const HardwareConfig& config) {
    const auto asked = static_cast<Precision>(code);
    return code <= 2 && config.has_precision(asked) ? asked : Precision::kInt8;
}

StripeWidths stripe_widths(const RegisterFile& regs, unsigned group, Field first, Field mid,
                           Field last) {
    return {regs.get(group, first) + 1, regs.get(group, mid) + 1, regs.get(group, last) + 1};
}

void decode_pad_values(const RegisterFile& regs, unsigned group, PdpOp& op) {
    constexpr Field kFields[] = {
        r::DPoolingPaddingValue1Cfg::kPadValue1x, r::DPoolingPaddingValue2Cfg::kPadValue2x,
        r::DPoolingPaddingValue3Cfg::kPadValue3x, r::DPoolingPaddingValue4Cfg::kPadValue4x,
        r::DPoolingPaddingValue5Cfg::kPadValue5x, r::DPoolingPaddingValue6Cfg::kPadValue6x,
        r::DPoolingPaddingValue7Cfg::kPadValue7x};
    op.pad_value[0] = 0;
    for (unsigned n = 1; n < kPadValues; ++n) {
        const Field field = kFields[n - 1];
        op.pad_value[n] =
            op.precision == Precision::kFp16
                ? static_cast<std::int32_t>(regs.get(group, field) & ((1u << kMantissa17Bits) - 1))
                : regs.get_signed(group, field);
    }
}

void decode_geometry(const RegisterFile& regs, unsigned group, PdpOp& op) {
    const auto get = [&](Field field) { return regs.get(group, field); };
    op.in_width = get(r::DDataCubeInWidth::kCubeInWidth) + 1;
    op.in_height = get(r::DDataCubeInHeight::kCubeInHeight) + 1;
    op.in_channels = get(r::DDataCubeInChannel::kCubeInChannel) + 1;
    op.out_width = get(r::DDataCubeOutWidth::kCubeOutWidth) + 1;
    op.out_height = get(r::DDataCubeOutHeight::kCubeOutHeight) + 1;
    op.out_channels = get(r::DDataCubeOutChannel::kCubeOutChannel) + 1;
    op.kernel_width = get(r::DPoolingKernelCfg::kKernelWidth) + 1;
    op.kernel_height = get(r::DPoolingKernelCfg::kKernelHeight) + 1;
    op.stride_width = get(r::DPoolingKernelCfg::kKernelStrideWidth) + 1;
    op.stride_height = get(r::DPoolingKernelCfg::kKernelStrideHeight) + 1;
    op.pad_left = get(r::DPoolingPaddingCfg::kPadLeft);
    op.pad_top = get(r::DPoolingPaddingCfg::kPadTop);
    op.pad_right = get(r::DPoolingPaddingCfg::kPadRight);
    op.pad_bottom = get(r::DPoolingPaddingCfg::kPadBottom);
}

}  // namespace

PdpOp decode(const RegisterFile& regs, unsigned group, const HardwareConfig& config) {
    const auto get = [&](Field field) { return regs.get(group, field); };
    PdpOp op;
    op.precision_code = get(r::DDataFormat::kInputData);
    op.precision = effective_precision(op.precision_code, config);
    op.method = static_cast<PoolMethod>(get(r::DOperationModeCfg::kPoolingMethod));
    op.on_the_fly =
        get(r::DOperationModeCfg::kFlyingMode) == r::DOperationModeCfg::kFlyingModeOnFlying;
    op.nan_to_zero = get(r::DNanFlushToZero::kNanToZero) != 0;
    decode_geometry(regs, group, op);
    decode_pad_values(regs, group, op);
    op.recip_width = get(r::DRecipKernelWidth::kRecipKernelWidth);
    op.recip_height = get(r::DRecipKernelHeight::kRecipKernelHeight);
    op.stripes = get(r::DOperationModeCfg::kSplitNum) + 1;
    op.stripe_in = stripe_widths(regs, group, r::DPartialWidthIn::kPartialWidthInFirst,
                                 r::DPartialWidthIn::kPartialWidthInMid,
                                 r::DPartialWidthIn::kPartialWidthInLast);
    op.stripe_out = stripe_widths(regs, group, r::DPartialWidthOut::kPartialWidthOutFirst,
                                  r::DPartialWidthOut::kPartialWidthOutMid,
                                  r::DPartialWidthOut::kPartialWidthOutLast);
    op.atom_bytes = config.memory_atom_bytes;
    op.dst = {
        regs.get_address(group, r::DDstBaseAddrHigh::kRegister, r::DDstBaseAddrLow::kRegister),
        get(r::DDstLineStride::kDstLineStride), get(r::DDstSurfaceStride::kDstSurfaceStride),
        static_cast<Ram>(get(r::DDstRamCfg::kDstRamType))};
    return op;
}

PdpRdmaOp decode_rdma(const RegisterFile& regs, unsigned group) {
    const auto get = [&](Field field) { return regs.get(group, field); };
    PdpRdmaOp op;
    op.precision_code = get(rdma::DDataFormat::kInputData);
    op.width = get(rdma::DDataCubeInWidth::kCubeInWidth) + 1;
    op.height = get(rdma::DDataCubeInHeight::kCubeInHeight) + 1;
    op.channels = get(rdma::DDataCubeInChannel::kCubeInChannel) + 1;
    op.stripes = get(rdma::DOperationModeCfg::kSplitNum) + 1;
    op.stripe_in = stripe_widths(regs, group, rdma::DPartialWidthIn::kPartialWidthInFirst,
                                 rdma::DPartialWidthIn::kPartialWidthInMid,
                                 rdma::DPartialWidthIn::kPartialWidthInLast);
    op.kernel_width = get(rdma::DPoolingKernelCfg::kKernelWidth) + 1;
    op.stride_width = get(rdma::DPoolingKernelCfg::kKernelStrideWidth) + 1;
    op.pad_left = get(rdma::DPoolingPaddingCfg::kPadWidth);
    op.src = {regs.get_address(group, rdma::DSrcBaseAddrHigh::kRegister,
                               rdma::DSrcBaseAddrLow::kRegister),
              get(rdma::DSrcLineStride::kSrcLineStride),
              get(rdma::DSrcSurfaceStride::kSrcSurfaceStride),
              static_cast<Ram>(get(rdma::DSrcRamCfg::kSrcRamType))};
    return op;
}

std::string describe(const PdpOp& op) {
    constexpr const char* kMethods[] = {"average", "max", "min", "method 3"};
    constexpr const char* kPrecisions[] = {"int8", "int16", "fp16"};
    std::string words =
        fmt::format("{} {}x{} stride {}x{} pad {},{},{},{} {} {}x{}x{} -> {}x{}x{}",
                    kMethods[static_cast<unsigned>(op.method)], op.kernel_width, op.kernel_height,
                    op.stride_width, op.stride_height, op.pad_left, op.pad_top, op.pad_right,
                    op.pad_bottom, kPrecisions[static_cast<unsigned>(op.precision)], op.in_width,
                    op.in_height, op.in_channels, op.out_width, op.out_height, op.out_channels);
    if (op.stripes > 1) words += fmt::format(", {} stripes", op.stripes);
    if (op.on_the_fly) words += ", from SDP";
    return words;
}

}  // namespace dla::pdp
