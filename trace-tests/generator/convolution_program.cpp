// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/generator/convolution_program.hpp"

namespace dla::trace {
namespace {

std::uint64_t code(const LayerSpec& spec) {
    return static_cast<std::uint64_t>(spec.precision);
}

void program_format(RegisterProgram& p, const Convolution& conv) {
    const LayerSpec& spec = conv.spec;
    p.set("CDMA", "D_MISC_CFG",
          {{"CONV_MODE", spec.winograd},
           {"IN_PRECISION", static_cast<std::uint64_t>(conv.source.precision)},
           {"PROC_PRECISION", code(spec)},
           {"DATA_REUSE", spec.data.reuse},
           {"WEIGHT_REUSE", spec.weights.reuse},
           {"SKIP_DATA_RLS", spec.data.keep},
           {"SKIP_WEIGHT_RLS", spec.weights.keep}});
    p.set("CDMA", "D_DATAIN_FORMAT",
          {{"DATAIN_FORMAT", conv.image()},
           {"PIXEL_FORMAT", conv.image() ? conv.spec.pixel_format : 0}});
}

void program_converter(RegisterProgram& p, const Converter& converter) {
    p.set("CDMA", "D_MEAN_FORMAT", {{"MEAN_FORMAT", converter.means}});
    p.set("CDMA", "D_CVT_CFG",
          {{"CVT_EN", converter.enabled}, {"CVT_TRUNCATE", converter.truncate}});
    if (!converter.enabled) return;
    p.set("CDMA", "D_CVT_OFFSET", static_cast<std::uint32_t>(converter.offset[0]) & 0xffff);
    p.set("CDMA", "D_CVT_SCALE", static_cast<std::uint32_t>(converter.scale) & 0xffff);
    if (!converter.means) return;
    const auto mean = [&](unsigned c) { return static_cast<std::uint64_t>(converter.offset[c]); };
    p.set("CDMA", "D_MEAN_GLOBAL_0", {{"MEAN_RY", mean(0)}, {"MEAN_GU", mean(1)}});
    p.set("CDMA", "D_MEAN_GLOBAL_1", {{"MEAN_BV", mean(2)}, {"MEAN_AX", mean(3)}});
}

void program_weights(RegisterProgram& p, const Convolution& conv, const ConvolutionPlaces& places) {
    const LayerSpec& spec = conv.spec;
    const std::size_t kernel_bytes =
        conv.kernels.values.size() / spec.kernels * bytes_per_element(spec.precision);
    p.set("CDMA", "D_WEIGHT_FORMAT", {{"WEIGHT_FORMAT", spec.compressed}});
    p.set("CDMA", "D_WEIGHT_SIZE_0", {{"BYTE_PER_KERNEL", kernel_bytes - 1}});
    p.set("CDMA", "D_WEIGHT_SIZE_1", {{"WEIGHT_KERNEL", spec.kernels - 1}});
    p.set("CDMA", "D_WEIGHT_RAM_TYPE", {{"WEIGHT_RAM_TYPE", ram_type(spec.other_memory())}});
    p.set_address("CDMA", "D_WEIGHT_ADDR", places.weights);
    p.set("CDMA", "D_WEIGHT_BYTES", static_cast<std::uint32_t>(conv.weights.size()));
    if (!spec.compressed) return;
    p.set_address("CDMA", "D_WGS_ADDR", places.sizes);
    p.set_address("CDMA", "D_WMB_ADDR", places.mask);
    p.set("CDMA", "D_WMB_BYTES", static_cast<std::uint32_t>(conv.packed.mask.size()));
}

}  // namespace

void program_cdma(RegisterProgram& p, const Convolution& conv, const ConvolutionPlaces& places) {
    const LayerSpec& spec = conv.spec;
    p.set("CDMA", "S_POINTER", spec.group);
    program_format(p, conv);
    p.set("CDMA", "D_DATAIN_SIZE_0",
          {{"DATAIN_WIDTH", spec.width - 1}, {"DATAIN_HEIGHT", spec.height - 1}});
    p.set("CDMA", "D_DATAIN_SIZE_1", {{"DATAIN_CHANNEL", spec.channels - 1}});
    p.set("CDMA", "D_DATAIN_SIZE_EXT_0",
          {{"DATAIN_WIDTH_EXT", conv.data.width - 1}, {"DATAIN_HEIGHT_EXT", conv.data.height - 1}});
    p.set("CDMA", "D_PIXEL_OFFSET", 0);
    p.set("CDMA", "D_DAIN_RAM_TYPE", {{"DATAIN_RAM_TYPE", ram_type(spec.memory)}});
    p.set_address("CDMA", "D_DAIN_ADDR", places.plane0, "_0");
    p.set("CDMA", "D_LINE_STRIDE", conv.source.line_stride);
    if (conv.source.line_stride1 != 0) {
        p.set_address("CDMA", "D_DAIN_ADDR", places.plane1, "_1");
        p.set("CDMA", "D_LINE_UV_STRIDE", conv.source.line_stride1);
    }
    p.set("CDMA", "D_SURF_STRIDE", conv.source.surface_stride);
    p.set("CDMA", "D_DAIN_MAP", {{"LINE_PACKED", 1}, {"SURF_PACKED", 1}});
    p.set("CDMA", "D_BATCH_NUMBER", 0);
    p.set("CDMA", "D_BATCH_STRIDE", 0);
    p.set("CDMA", "D_ENTRY_PER_SLICE", conv.slice_entries - 1);
    p.set("CDMA", "D_FETCH_GRAIN", 0);
    program_weights(p, conv, places);
    program_converter(p, conv.source.converter);
    p.set("CDMA", "D_CONV_STRIDE",
          {{"CONV_X_STRIDE", spec.stride - 1}, {"CONV_Y_STRIDE", spec.stride_down() - 1}});
    p.set("CDMA", "D_ZERO_PADDING",
          {{"PAD_LEFT", spec.pad},
           {"PAD_RIGHT", spec.pad_behind()},
           {"PAD_TOP", spec.pad},
           {"PAD_BOTTOM", spec.pad_behind()}});
    p.set("CDMA", "D_ZERO_PADDING_VALUE", static_cast<std::uint32_t>(spec.pad_value) & 0xffff);
    p.set("CDMA", "D_BANK",
          {{"DATA_BANK", conv.banks.data - 1}, {"WEIGHT_BANK", conv.banks.weights - 1}});
    p.set("CDMA", "D_NAN_FLUSH_TO_ZERO", 0);
}

void program_csc(RegisterProgram& p, const Convolution& conv, const Cube& output) {
    const LayerSpec& spec = conv.spec;
    p.set("CSC", "S_POINTER", spec.group);
    p.set("CSC", "D_MISC_CFG",
          {{"CONV_MODE", spec.winograd},
           {"IN_PRECISION", code(spec)},
           {"PROC_PRECISION", code(spec)},
           {"DATA_REUSE", spec.data.reuse},
           {"WEIGHT_REUSE", spec.weights.reuse},
           {"SKIP_DATA_RLS", spec.data.keep},
           {"SKIP_WEIGHT_RLS", spec.weights.keep}});
    p.set("CSC", "D_DATAIN_FORMAT", {{"DATAIN_FORMAT", conv.image()}});
    p.set("CSC", "D_DATAIN_SIZE_EXT_0",
          {{"DATAIN_WIDTH_EXT", conv.data.width - 1}, {"DATAIN_HEIGHT_EXT", conv.data.height - 1}});
    p.set("CSC", "D_DATAIN_SIZE_EXT_1", {{"DATAIN_CHANNEL_EXT", conv.data.channels - 1}});
    p.set("CSC", "D_BATCH_NUMBER", 0);
    p.set("CSC", "D_POST_Y_EXTENSION", 0);
    p.set("CSC", "D_ENTRY_PER_SLICE", conv.slice_entries - 1);
    p.set("CSC", "D_WEIGHT_FORMAT", {{"WEIGHT_FORMAT", spec.compressed}});
    p.set("CSC", "D_WEIGHT_SIZE_EXT_0",
          {{"WEIGHT_WIDTH_EXT", conv.image() ? 0 : conv.kernels.width - 1},
           {"WEIGHT_HEIGHT_EXT", conv.kernels.height - 1}});
    p.set("CSC", "D_WEIGHT_SIZE_EXT_1",
          {{"WEIGHT_CHANNEL_EXT", (conv.image() ? spec.kernel_width : 1) * conv.data.channels - 1},
           {"WEIGHT_KERNEL", spec.kernels - 1}});
    p.set("CSC", "D_WEIGHT_BYTES", static_cast<std::uint32_t>(conv.weights.size()));
    if (spec.compressed)
        p.set("CSC", "D_WMB_BYTES", static_cast<std::uint32_t>(conv.packed.mask.size()));
    p.set("CSC", "D_DATAOUT_SIZE_0",
          {{"DATAOUT_WIDTH", output.width - 1}, {"DATAOUT_HEIGHT", output.height - 1}});
    p.set("CSC", "D_DATAOUT_SIZE_1", {{"DATAOUT_CHANNEL", spec.kernels - 1}});
    p.set("CSC", "D_ATOMICS", output.width * output.height - 1);
    p.set("CSC", "D_RELEASE", {{"RLS_SLICES", conv.data.height - 1}});
    // Winograd: strides and padding are CDMA's matter.
    const unsigned stride = spec.winograd ? 1 : spec.stride;
    const unsigned stride_down = spec.winograd ? 1 : spec.stride_down();
    const unsigned pad = spec.winograd ? 0 : spec.pad;
    p.set("CSC", "D_CONV_STRIDE_EXT",
          {{"CONV_X_STRIDE_EXT", stride - 1}, {"CONV_Y_STRIDE_EXT", stride_down - 1}});
    p.set("CSC", "D_DILATION_EXT",
          {{"X_DILATION_EXT", spec.dilation - 1}, {"Y_DILATION_EXT", spec.dilation - 1}});
    p.set("CSC", "D_ZERO_PADDING", {{"PAD_LEFT", pad}, {"PAD_TOP", pad}});
    p.set("CSC", "D_ZERO_PADDING_VALUE", static_cast<std::uint32_t>(spec.pad_value) & 0xffff);
    p.set("CSC", "D_BANK",
          {{"DATA_BANK", conv.banks.data - 1}, {"WEIGHT_BANK", conv.banks.weights - 1}});
    p.set("CSC", "D_PRA_CFG", {{"PRA_TRUNCATE", spec.pre_truncate}});
}

void program_array(RegisterProgram& p, const LayerSpec& spec, const Cube& output,
                   const CubeLayout& layout, std::uint64_t destination, unsigned clip_truncate) {
    for (const char* unit : {"CMAC_A", "CMAC_B"}) {
        p.set(unit, "S_POINTER", spec.group);
        p.set(unit, "D_MISC_CFG", {{"CONV_MODE", spec.winograd}, {"PROC_PRECISION", code(spec)}});
    }
    const bool single = output.width * output.height == 1;
    p.set("CACC", "S_POINTER", spec.group);
    p.set("CACC", "D_MISC_CFG", {{"CONV_MODE", spec.winograd}, {"PROC_PRECISION", code(spec)}});
    p.set("CACC", "D_DATAOUT_SIZE_0",
          {{"DATAOUT_WIDTH", output.width - 1}, {"DATAOUT_HEIGHT", output.height - 1}});
    p.set("CACC", "D_DATAOUT_SIZE_1", {{"DATAOUT_CHANNEL", spec.kernels - 1}});
    p.set("CACC", "D_DATAOUT_ADDR", static_cast<std::uint32_t>(destination));
    p.set("CACC", "D_BATCH_NUMBER", 0);
    p.set("CACC", "D_LINE_STRIDE", layout.line_stride);
    p.set("CACC", "D_SURF_STRIDE", layout.surface_stride);
    p.set("CACC", "D_DATAOUT_MAP", {{"LINE_PACKED", single}, {"SURF_PACKED", single}});
    p.set("CACC", "D_CLIP_CFG", {{"CLIP_TRUNCATE", clip_truncate}});
}

}  // namespace dla::trace
