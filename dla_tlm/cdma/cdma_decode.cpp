// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/cdma_decode.hpp"

#include <fmt/format.h>

#include "dla_regs/cdma_regs.hpp"
#include "dla_tlm/cdma/pixel_format.hpp"

namespace dla::cdma {
namespace {

namespace r = regs::cdma;

constexpr unsigned kPrecisions = 3;

// A configuration computes with the precisions it has, whatever the register says.
Precision effective_precision(unsigned code, const HardwareConfig& config) {
    const auto asked = static_cast<Precision>(code);
    return code < kPrecisions && config.has_precision(asked) ? asked : Precision::kInt8;
}

CdmaOp::Mode decode_mode(const RegisterFile& regs, unsigned group) {
    if (regs.get(group, r::DMiscCfg::kConvMode) == r::DMiscCfg::kConvModeWinograd)
        return CdmaOp::Mode::kWinograd;
    const bool pixel =
        regs.get(group, r::DDatainFormat::kDatainFormat) == r::DDatainFormat::kDatainFormatPixel;
    return pixel ? CdmaOp::Mode::kImage : CdmaOp::Mode::kFeature;
}

void decode_converter(const RegisterFile& regs, unsigned group, const HardwareConfig& config,
                      CdmaOp& op) {
    const unsigned in = regs.get(group, r::DMiscCfg::kInPrecision);
    const unsigned out = regs.get(group, r::DMiscCfg::kProcPrecision);
    const bool image = op.mode == CdmaOp::Mode::kImage;
    ConverterSettings& converter = op.converter;
    op.reserved_precision = config.features.int16 && (in >= kPrecisions || out >= kPrecisions);
    converter.in = effective_precision(in, config);
    converter.out = effective_precision(out, config);
    converter.enabled = regs.get(group, r::DCvtCfg::kCvtEn) != 0;
    converter.truncate = regs.get(group, r::DCvtCfg::kCvtTruncate);
    converter.scale = regs.get_signed(group, r::DCvtScale::kCvtScale);
    converter.offset.fill(regs.get_signed(group, r::DCvtOffset::kCvtOffset));
    if (image && regs.get(group, r::DMeanFormat::kMeanFormat) != 0) {
        converter.offset = {regs.get_signed(group, r::DMeanGlobal0::kMeanRy),
                            regs.get_signed(group, r::DMeanGlobal0::kMeanGu),
                            regs.get_signed(group, r::DMeanGlobal1::kMeanBv),
                            regs.get_signed(group, r::DMeanGlobal1::kMeanAx)};
    }
    converter.unsigned_input = image && regs.get(group, r::DDatainFormat::kPixelSignOverride) ==
                                            r::DDatainFormat::kPixelSignOverrideUnsignedInt;
    converter.flush_nan = regs.get(group, r::DNanFlushToZero::kNanToZero) != 0;
}

void decode_input(const RegisterFile& regs, unsigned group, CdmaOp& op) {
    const auto get = [&](Field field) { return regs.get(group, field); };
    op.pixel_format = get(r::DDatainFormat::kPixelFormat);
    op.reserved_mapping = get(r::DDatainFormat::kPixelMapping) != 0;
    op.data_ram = static_cast<Ram>(get(r::DDainRamType::kDatainRamType));
    op.address = regs.get_address(group, r::DDainAddrHigh0::kRegister, r::DDainAddrLow0::kRegister);
    op.address_uv =
        regs.get_address(group, r::DDainAddrHigh1::kRegister, r::DDainAddrLow1::kRegister);
    op.line_stride = get(r::DLineStride::kLineStride);
    op.uv_line_stride = get(r::DLineUvStride::kUvLineStride);
    op.surface_stride = get(r::DSurfStride::kSurfStride);
    op.batch_stride = get(r::DBatchStride::kBatchStride);
    op.line_packed = get(r::DDainMap::kLinePacked) != 0;
    op.surface_packed = get(r::DDainMap::kSurfPacked) != 0;
    op.width = get(r::DDatainSize0::kDatainWidth) + 1;
    op.height = get(r::DDatainSize0::kDatainHeight) + 1;
    op.channels = get(r::DDatainSize1::kDatainChannel) + 1;
    op.batches = get(r::DBatchNumber::kBatches) + 1;
    op.x_offset = get(r::DPixelOffset::kPixelXOffset);
    op.y_offset = get(r::DPixelOffset::kPixelYOffset);
    op.fetch_lines = get(r::DFetchGrain::kGrains) + 1;
}

void decode_padding(const RegisterFile& regs, unsigned group, CdmaOp& op) {
    const auto get = [&](Field field) { return regs.get(group, field); };
    op.pad_left = get(r::DZeroPadding::kPadLeft);
    op.pad_right = get(r::DZeroPadding::kPadRight);
    op.pad_top = get(r::DZeroPadding::kPadTop);
    op.pad_bottom = get(r::DZeroPadding::kPadBottom);
    op.pad_value = static_cast<std::uint16_t>(get(r::DZeroPaddingValue::kPadValue));
    if (op.mode != CdmaOp::Mode::kWinograd) return;
    op.stride_x = get(r::DConvStride::kConvXStride) + 1;
    op.stride_y = get(r::DConvStride::kConvYStride) + 1;
    op.width_ext = get(r::DDatainSizeExt0::kDatainWidthExt) + 1;
    op.height_ext = get(r::DDatainSizeExt0::kDatainHeightExt) + 1;
}

void decode_weights(const RegisterFile& regs, unsigned group, const HardwareConfig& config,
                    CdmaOp& op) {
    const auto get = [&](Field field) { return regs.get(group, field); };
    op.weight_ram = static_cast<Ram>(get(r::DWeightRamType::kWeightRamType));
    op.compressed = get(r::DWeightFormat::kWeightFormat) != 0;
    op.weight_address =
        regs.get_address(group, r::DWeightAddrHigh::kRegister, r::DWeightAddrLow::kRegister);
    op.weight_bytes = regs.value(group, r::DWeightBytes::kRegister);
    op.bytes_per_kernel = get(r::DWeightSize0::kBytePerKernel) + 1;
    op.kernels = get(r::DWeightSize1::kWeightKernel) + 1;
    op.mask_address =
        regs.get_address(group, r::DWmbAddrHigh::kRegister, r::DWmbAddrLow::kRegister);
    op.mask_bytes = get(r::DWmbBytes::kWmbBytes);
    op.group_size_address =
        regs.get_address(group, r::DWgsAddrHigh::kRegister, r::DWgsAddrLow::kRegister);
    op.kernels_per_group = config.kernels_per_group(op.converter.out);
}

}  // namespace

CdmaOp decode(const RegisterFile& regs, unsigned group, const HardwareConfig& config) {
    const auto get = [&](Field field) { return regs.get(group, field); };
    CdmaOp op;
    op.mode = decode_mode(regs, group);
    op.atom_bytes = config.memory_atom_bytes;
    op.entry_bytes = config.cbuf.entry_bytes;
    decode_converter(regs, group, config, op);
    decode_input(regs, group, op);
    decode_padding(regs, group, op);
    decode_weights(regs, group, config, op);
    op.entries_per_slice = get(r::DEntryPerSlice::kEntries) + 1;
    op.fetch_grain = get(r::DFetchGrain::kGrains) + 1;
    op.data_banks = get(r::DBank::kDataBank) + 1;
    op.weight_banks = get(r::DBank::kWeightBank) + 1;
    op.data_reuse = get(r::DMiscCfg::kDataReuse) != 0;
    op.weight_reuse = get(r::DMiscCfg::kWeightReuse) != 0;
    op.skip_data_release = get(r::DMiscCfg::kSkipDataRls) != 0;
    op.skip_weight_release = get(r::DMiscCfg::kSkipWeightRls) != 0;
    return op;
}

std::uint64_t entries_needed(const CdmaOp& op) {
    const std::uint64_t entry = op.entry_bytes;
    const unsigned out_bytes = bytes_per_element(op.converter.out);
    if (op.mode == CdmaOp::Mode::kImage) {
        const std::uint64_t pixels = std::uint64_t{op.pad_left} + op.width + op.pad_right;
        return (pixels * op.channels * out_bytes + entry - 1) / entry;
    }
    if (op.mode == CdmaOp::Mode::kWinograd)
        return std::uint64_t{op.width_ext} * op.channels_ext() * out_bytes / entry;
    const unsigned per_entry = op.entry_bytes / op.atom_bytes;
    const std::uint64_t full = std::uint64_t{op.surfaces() / per_entry} * op.width;
    const unsigned tail = op.surfaces() % per_entry;
    if (tail == 0) return full;
    const unsigned shared = 2 * tail > per_entry ? 1 : 2 * tail == per_entry ? 2 : 4;
    return full + (op.width + shared - 1) / shared;
}

std::string describe(const CdmaOp& op) {
    constexpr const char* kNames[] = {"int8", "int16", "fp16"};
    const auto name = [&](Precision p) { return kNames[static_cast<unsigned>(p)]; };
    std::string words = fmt::format("{}x{}x{} ", op.width, op.height, op.channels);
    if (op.mode == CdmaOp::Mode::kImage) {
        const PixelFormat* format = find_pixel_format(op.pixel_format);
        words += fmt::format("{} ", format != nullptr ? format->name : "unknown pixels");
    }
    words += name(op.converter.in);
    if (op.converter.in != op.converter.out) words += fmt::format(" to {}", name(op.converter.out));
    if (op.mode == CdmaOp::Mode::kWinograd) words += " Winograd";
    if (op.batches > 1) words += fmt::format(", {} batch items", op.batches);
    words += op.data_reuse ? ", data reuse" : "";
    words += fmt::format(", {} weight bytes", op.weight_bytes);
    if (op.compressed) words += " compressed";
    words += op.weight_reuse ? " reused" : "";
    return words;
}

}  // namespace dla::cdma
