// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/conv_decode.hpp"

#include "dla_regs/csc_regs.hpp"
#include "dla_tlm/numerics/rounding.hpp"

namespace dla::csc {
namespace {

namespace r = regs::csc;

std::int32_t pad_value(std::uint32_t field, Precision precision) {
    switch (precision) {
        case Precision::kInt8:
            return numerics::sign_extend<8>(field & 0xffU);
        case Precision::kInt16:
            return numerics::sign_extend<16>(field & 0xffffU);
        case Precision::kFp16:
            break;
    }
    return static_cast<std::int32_t>(field);
}

void decode_mode(const RegisterFile& csc, unsigned group, const HardwareConfig& config,
                 ConvOp& op) {
    const auto get = [&](Field field) { return csc.get(group, field); };
    op.pixel_data = get(r::DDatainFormat::kDatainFormat) == r::DDatainFormat::kDatainFormatPixel;
    op.mode = get(r::DMiscCfg::kConvMode) == r::DMiscCfg::kConvModeWinograd ? ConvMode::kWinograd
              : op.pixel_data                                               ? ConvMode::kImage
                                                                            : ConvMode::kFeature;
    // Hardware computes with the precisions it has, whatever the register says.
    op.precision_code = get(r::DMiscCfg::kProcPrecision);
    const auto asked = static_cast<Precision>(op.precision_code);
    op.precision = op.precision_code <= 2 && config.has_precision(asked) ? asked : Precision::kInt8;
    op.data_reuse = get(r::DMiscCfg::kDataReuse) != 0;
    op.weight_reuse = get(r::DMiscCfg::kWeightReuse) != 0;
    op.skip_data_release = get(r::DMiscCfg::kSkipDataRls) != 0;
    op.skip_weight_release = get(r::DMiscCfg::kSkipWeightRls) != 0;
    op.row_extension_code = get(r::DPostYExtension::kYExtension);
    op.row_extension = op.row_extension_code <= 2 ? 1U << op.row_extension_code : 1;
    op.pra_truncate = get(r::DPraCfg::kPraTruncate);
}

void decode_sizes(const RegisterFile& csc, unsigned group, ConvOp& op) {
    const auto plus_one = [&](Field field) { return csc.get(group, field) + 1; };
    op.width = plus_one(r::DDatainSizeExt0::kDatainWidthExt);
    op.height = plus_one(r::DDatainSizeExt0::kDatainHeightExt);
    op.channels = plus_one(r::DDatainSizeExt1::kDatainChannelExt);
    op.batches = plus_one(r::DBatchNumber::kBatches);
    op.kernel_width = plus_one(r::DWeightSizeExt0::kWeightWidthExt);
    op.kernel_height = plus_one(r::DWeightSizeExt0::kWeightHeightExt);
    op.weight_channels = plus_one(r::DWeightSizeExt1::kWeightChannelExt);
    op.kernels = plus_one(r::DWeightSizeExt1::kWeightKernel);
    op.out_width = plus_one(r::DDataoutSize0::kDataoutWidth);
    op.out_height = plus_one(r::DDataoutSize0::kDataoutHeight);
    op.out_channels = plus_one(r::DDataoutSize1::kDataoutChannel);
    op.atomics = plus_one(r::DAtomics::kAtomics);
    op.stride_x = plus_one(r::DConvStrideExt::kConvXStrideExt);
    op.stride_y = plus_one(r::DConvStrideExt::kConvYStrideExt);
    op.dilation_x = plus_one(r::DDilationExt::kXDilationExt);
    op.dilation_y = plus_one(r::DDilationExt::kYDilationExt);
    op.pad_left = csc.get(group, r::DZeroPadding::kPadLeft);
    op.pad_top = csc.get(group, r::DZeroPadding::kPadTop);
    op.pad_value = pad_value(csc.get(group, r::DZeroPaddingValue::kPadValue), op.precision);
}

void decode_buffer(const RegisterFile& csc, unsigned group, ConvOp& op) {
    const auto plus_one = [&](Field field) { return csc.get(group, field) + 1; };
    op.entries_per_slice = plus_one(r::DEntryPerSlice::kEntries);
    op.data_banks = plus_one(r::DBank::kDataBank);
    op.weight_banks = plus_one(r::DBank::kWeightBank);
    op.release_slices = plus_one(r::DRelease::kRlsSlices);
    op.compressed = csc.get(group, r::DWeightFormat::kWeightFormat) ==
                    r::DWeightFormat::kWeightFormatCompressed;
    op.weight_bytes = csc.get(group, r::DWeightBytes::kWeightBytes);
    op.mask_bytes = csc.get(group, r::DWmbBytes::kWmbBytes);
}

}  // namespace

ConvOp decode(const RegisterFile& csc, unsigned group, const HardwareConfig& config) {
    ConvOp op;
    decode_mode(csc, group, config, op);
    decode_sizes(csc, group, op);
    decode_buffer(csc, group, op);
    op.channel_block = config.atomic_c;
    op.kernel_group = config.kernels_per_group(op.precision);
    op.atom_bytes = config.memory_atom_bytes;
    op.entry_bytes = config.cbuf.entry_bytes;
    return op;
}

}  // namespace dla::csc
