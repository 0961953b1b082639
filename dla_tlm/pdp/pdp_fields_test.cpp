// SPDX-License-Identifier: Apache-2.0
// Every field of PDP's and PDP_RDMA's registers decides one number of the layer.
#include "dla_regs/pdp_rdma_regs.hpp"
#include "dla_regs/pdp_regs.hpp"
#include "dla_tlm/pdp/pdp_decode.hpp"
#include "testing/field_table.hpp"

using namespace dla;
using namespace dla::pdp;

namespace {

namespace r = regs::pdp;
namespace rdma = regs::pdp_rdma;
using Entry = FieldEntry<PdpOp>;
using ReaderEntry = FieldEntry<PdpRdmaOp>;

template <unsigned N>
constexpr auto kPadValue = [](const PdpOp& op) -> std::int64_t { return op.pad_value[N]; };

constexpr Entry kLayer[] = {
    {"method", r::DOperationModeCfg::kPoolingMethod, 2, kMember<&PdpOp::method>, 2},
    {"on the fly", r::DOperationModeCfg::kFlyingMode, 1, kMember<&PdpOp::on_the_fly>, 0},
    {"stripes", r::DOperationModeCfg::kSplitNum, 3, kMember<&PdpOp::stripes>, 4},
    {"NaN to zero", r::DNanFlushToZero::kNanToZero, 1, kMember<&PdpOp::nan_to_zero>, 1},
    {"input width", r::DDataCubeInWidth::kCubeInWidth, 20, kMember<&PdpOp::in_width>, 21},
    {"input height", r::DDataCubeInHeight::kCubeInHeight, 21, kMember<&PdpOp::in_height>, 22},
    {"input channels", r::DDataCubeInChannel::kCubeInChannel, 22, kMember<&PdpOp::in_channels>, 23},
    {"output width", r::DDataCubeOutWidth::kCubeOutWidth, 23, kMember<&PdpOp::out_width>, 24},
    {"output height", r::DDataCubeOutHeight::kCubeOutHeight, 24, kMember<&PdpOp::out_height>, 25},
    {"output channels", r::DDataCubeOutChannel::kCubeOutChannel, 25, kMember<&PdpOp::out_channels>,
     26},
    {"kernel width", r::DPoolingKernelCfg::kKernelWidth, 4, kMember<&PdpOp::kernel_width>, 5},
    {"kernel height", r::DPoolingKernelCfg::kKernelHeight, 5, kMember<&PdpOp::kernel_height>, 6},
    {"stride in x", r::DPoolingKernelCfg::kKernelStrideWidth, 14, kMember<&PdpOp::stride_width>,
     15},
    {"stride in y", r::DPoolingKernelCfg::kKernelStrideHeight, 15, kMember<&PdpOp::stride_height>,
     16},
    {"left", r::DPoolingPaddingCfg::kPadLeft, 1, kMember<&PdpOp::pad_left>, 1},
    {"top", r::DPoolingPaddingCfg::kPadTop, 2, kMember<&PdpOp::pad_top>, 2},
    {"right", r::DPoolingPaddingCfg::kPadRight, 3, kMember<&PdpOp::pad_right>, 3},
    {"bottom", r::DPoolingPaddingCfg::kPadBottom, 4, kMember<&PdpOp::pad_bottom>, 4},
    {"1 x pad", r::DPoolingPaddingValue1Cfg::kPadValue1x, 0x7ffff, kPadValue<1>, -1},
    {"2 x pad", r::DPoolingPaddingValue2Cfg::kPadValue2x, 0x7fffe, kPadValue<2>, -2},
    {"3 x pad", r::DPoolingPaddingValue3Cfg::kPadValue3x, 3, kPadValue<3>, 3},
    {"4 x pad", r::DPoolingPaddingValue4Cfg::kPadValue4x, 4, kPadValue<4>, 4},
    {"5 x pad", r::DPoolingPaddingValue5Cfg::kPadValue5x, 5, kPadValue<5>, 5},
    {"6 x pad", r::DPoolingPaddingValue6Cfg::kPadValue6x, 6, kPadValue<6>, 6},
    {"7 x pad", r::DPoolingPaddingValue7Cfg::kPadValue7x, 7, kPadValue<7>, 7},
    {"1 / width", r::DRecipKernelWidth::kRecipKernelWidth, 21845, kMember<&PdpOp::recip_width>,
     21845},
    {"1 / height", r::DRecipKernelHeight::kRecipKernelHeight, 13107, kMember<&PdpOp::recip_height>,
     13107},
    {"first stripe in", r::DPartialWidthIn::kPartialWidthInFirst, 5,
     kMember<&PdpOp::stripe_in, &StripeWidths::first>, 6},
    {"middle stripe in", r::DPartialWidthIn::kPartialWidthInMid, 6,
     kMember<&PdpOp::stripe_in, &StripeWidths::mid>, 7},
    {"last stripe in", r::DPartialWidthIn::kPartialWidthInLast, 7,
     kMember<&PdpOp::stripe_in, &StripeWidths::last>, 8},
    {"first stripe out", r::DPartialWidthOut::kPartialWidthOutFirst, 5,
     kMember<&PdpOp::stripe_out, &StripeWidths::first>, 6},
    {"middle stripe out", r::DPartialWidthOut::kPartialWidthOutMid, 6,
     kMember<&PdpOp::stripe_out, &StripeWidths::mid>, 7},
    {"last stripe out", r::DPartialWidthOut::kPartialWidthOutLast, 7,
     kMember<&PdpOp::stripe_out, &StripeWidths::last>, 8},
    {"line stride", r::DDstLineStride::kDstLineStride, 64,
     kMember<&PdpOp::dst, &CubePlace::line_stride>, 64},
    {"surface stride", r::DDstSurfaceStride::kDstSurfaceStride, 96,
     kMember<&PdpOp::dst, &CubePlace::surface_stride>, 96},
    {"memory", r::DDstRamCfg::kDstRamType, 1, kMember<&PdpOp::dst, &CubePlace::ram>, 1},
};

constexpr ReaderEntry kReader[] = {
    {"precision", rdma::DDataFormat::kInputData, 2, kMember<&PdpRdmaOp::precision_code>, 2},
    {"width", rdma::DDataCubeInWidth::kCubeInWidth, 20, kMember<&PdpRdmaOp::width>, 21},
    {"height", rdma::DDataCubeInHeight::kCubeInHeight, 21, kMember<&PdpRdmaOp::height>, 22},
    {"channels", rdma::DDataCubeInChannel::kCubeInChannel, 22, kMember<&PdpRdmaOp::channels>, 23},
    {"stripes", rdma::DOperationModeCfg::kSplitNum, 3, kMember<&PdpRdmaOp::stripes>, 4},
    {"first stripe", rdma::DPartialWidthIn::kPartialWidthInFirst, 5,
     kMember<&PdpRdmaOp::stripe_in, &StripeWidths::first>, 6},
    {"middle stripe", rdma::DPartialWidthIn::kPartialWidthInMid, 6,
     kMember<&PdpRdmaOp::stripe_in, &StripeWidths::mid>, 7},
    {"last stripe", rdma::DPartialWidthIn::kPartialWidthInLast, 7,
     kMember<&PdpRdmaOp::stripe_in, &StripeWidths::last>, 8},
    {"kernel width", rdma::DPoolingKernelCfg::kKernelWidth, 4, kMember<&PdpRdmaOp::kernel_width>,
     5},
    {"stride", rdma::DPoolingKernelCfg::kKernelStrideWidth, 14, kMember<&PdpRdmaOp::stride_width>,
     15},
    {"padding", rdma::DPoolingPaddingCfg::kPadWidth, 3, kMember<&PdpRdmaOp::pad_left>, 3},
    {"line stride", rdma::DSrcLineStride::kSrcLineStride, 64,
     kMember<&PdpRdmaOp::src, &CubePlace::line_stride>, 64},
    {"surface stride", rdma::DSrcSurfaceStride::kSrcSurfaceStride, 96,
     kMember<&PdpRdmaOp::src, &CubePlace::surface_stride>, 96},
    {"memory", rdma::DSrcRamCfg::kSrcRamType, 1, kMember<&PdpRdmaOp::src, &CubePlace::ram>, 1},
};

}  // namespace

TEST_CASE("Each field of PDP decides its own number and no other") {
    const HardwareConfig config = *builtin_config("nv_full");
    check_fields<PdpOp>(
        r::kRegisters, std::span<const Entry>(kLayer),
        [&](const RegisterFile& registers) { return decode(registers, 1, config); });
}

TEST_CASE("Each field of PDP_RDMA decides its own number and no other") {
    check_fields<PdpRdmaOp>(
        rdma::kRegisters, std::span<const ReaderEntry>(kReader),
        [&](const RegisterFile& registers) { return decode_rdma(registers, 1); });
}

TEST_CASE("Padding values of fp16 are 17-bit patterns") {
    RegisterFile registers(r::kRegisters, regs::AddressMap::kNvFull);
    registers.write(r::DDataFormat::kRegister.offset, 2);
    registers.write(r::DPoolingPaddingValue1Cfg::kRegister.offset, 0x7ffff);
    CHECK(decode(registers, 0, *builtin_config("nv_full")).pad_value[1] == 0x1ffff);
}
