// SPDX-License-Identifier: Apache-2.0
#include "bench/layer_program.hpp"

#include <algorithm>

namespace dla::bench {
namespace {

constexpr unsigned kPlanarPixels = 28;  // Y8_U8V8_N444
constexpr unsigned kOutputShift = 10;

unsigned divide_up(unsigned a, unsigned b) {
    return (a + b - 1) / b;
}

unsigned weight_bytes(const BenchLayer& layer, Precision precision) {
    return layer.kernels * layer.channels * layer.kernel * layer.kernel *
           bytes_per_element(precision);
}

unsigned entries_per_line(const BenchLayer& layer, Precision precision,
                          const HardwareConfig& config) {
    const unsigned entry = config.cbuf.entry_bytes;
    if (layer.image) return divide_up((layer.size + 2 * layer.padding()) * layer.channels, entry);
    const unsigned atoms =
        divide_up(layer.channels * bytes_per_element(precision), config.memory_atom_bytes);
    const unsigned per_entry = entry / config.memory_atom_bytes;
    const unsigned tail = atoms % per_entry;
    const unsigned shared = 2 * tail > per_entry ? 1 : 2 * tail == per_entry ? 2 : 4;
    return atoms / per_entry * layer.size + (tail != 0 ? divide_up(layer.size, shared) : 0);
}

// Input lines of some output lines; what lies outside the input is padding.
Strip make_strip(const BenchLayer& layer, unsigned first, unsigned lines) {
    const unsigned top = first * layer.stride;  // in the padded input
    const unsigned bottom = top + (lines - 1) * layer.stride + layer.kernel;
    const unsigned pad = layer.padding();
    Strip strip{};
    strip.first_out = first;
    strip.out_lines = lines;
    strip.pad_top = pad - std::min(pad, top);
    strip.pad_bottom = bottom - std::min(bottom, pad + layer.size);
    strip.first_in = top + strip.pad_top - pad;
    strip.in_lines = bottom - strip.pad_bottom - pad - strip.first_in;
    return strip;
}

using Program = trace::RegisterProgram;

void program_sizes(Program& p, const BenchLayer& layer, Precision precision, const Strip& strip) {
    const unsigned row_elements = layer.image ? layer.kernel * layer.channels : layer.channels;
    const unsigned columns = layer.image ? 1 : layer.kernel;
    p.set("CDMA", "D_DATAIN_SIZE_0",
          {{"DATAIN_WIDTH", layer.size - 1}, {"DATAIN_HEIGHT", strip.in_lines - 1}});
    p.set("CDMA", "D_DATAIN_SIZE_1", {{"DATAIN_CHANNEL", layer.channels - 1}});
    p.set("CDMA", "D_WEIGHT_SIZE_0",
          {{"BYTE_PER_KERNEL", weight_bytes(layer, precision) / layer.kernels - 1}});
    p.set("CDMA", "D_WEIGHT_SIZE_1", {{"WEIGHT_KERNEL", layer.kernels - 1}});
    p.set("CSC", "D_DATAIN_SIZE_EXT_0",
          {{"DATAIN_WIDTH_EXT", layer.size - 1}, {"DATAIN_HEIGHT_EXT", strip.in_lines - 1}});
    p.set("CSC", "D_DATAIN_SIZE_EXT_1", {{"DATAIN_CHANNEL_EXT", layer.channels - 1}});
    p.set("CSC", "D_WEIGHT_SIZE_EXT_0",
          {{"WEIGHT_WIDTH_EXT", columns - 1}, {"WEIGHT_HEIGHT_EXT", layer.kernel - 1}});
    p.set("CSC", "D_WEIGHT_SIZE_EXT_1",
          {{"WEIGHT_CHANNEL_EXT", row_elements - 1}, {"WEIGHT_KERNEL", layer.kernels - 1}});
    for (const char* unit : {"CSC", "CACC"}) {
        p.set(unit, "D_DATAOUT_SIZE_0",
              {{"DATAOUT_WIDTH", layer.out_size() - 1}, {"DATAOUT_HEIGHT", strip.out_lines - 1}});
        p.set(unit, "D_DATAOUT_SIZE_1", {{"DATAOUT_CHANNEL", layer.kernels - 1}});
    }
}

void program_buffer(Program& p, const BenchLayer& layer, Precision precision, const Strip& strip) {
    for (const char* unit : {"CDMA", "CSC"}) {
        p.set(unit, "D_ENTRY_PER_SLICE", strip.entries_per_line - 1);
        p.set(unit, "D_BANK",
              {{"DATA_BANK", strip.data_banks - 1}, {"WEIGHT_BANK", strip.weight_banks - 1}});
        p.set(unit, "D_WEIGHT_BYTES", divide_up(weight_bytes(layer, precision), 128) * 128);
        p.set(unit, "D_DATAIN_FORMAT", {{"DATAIN_FORMAT", layer.image}});
    }
    p.set("CSC", "D_ATOMICS", layer.out_size() * strip.out_lines - 1);
    p.set("CSC", "D_RELEASE", {{"RLS_SLICES", strip.in_lines - 1}});
    p.set("CSC", "D_CONV_STRIDE_EXT",
          {{"CONV_X_STRIDE_EXT", layer.stride - 1}, {"CONV_Y_STRIDE_EXT", layer.stride - 1}});
    p.set("CSC", "D_ZERO_PADDING", {{"PAD_LEFT", layer.padding()}, {"PAD_TOP", strip.pad_top}});
    p.set("CDMA", "D_ZERO_PADDING",
          {{"PAD_LEFT", layer.padding()},
           {"PAD_RIGHT", layer.padding()},
           {"PAD_TOP", strip.pad_top},
           {"PAD_BOTTOM", strip.pad_bottom}});
}

void program_input(Program& p, const BenchLayer& layer, const Strip& strip, unsigned atom) {
    p.set("CDMA", "D_DAIN_RAM_TYPE", 1);
    p.set("CDMA", "D_WEIGHT_RAM_TYPE", 1);
    p.set_address("CDMA", "D_WEIGHT_ADDR", kWeightAddress);
    const unsigned line = layer.size * (layer.image ? 1 : atom);
    p.set_address("CDMA", "D_DAIN_ADDR", kInputAddress + strip.first_in * line, "_0");
    p.set("CDMA", "D_LINE_STRIDE", line);
    p.set("CDMA", "D_SURF_STRIDE", line * layer.size);
    if (!layer.image) return;
    const unsigned chroma_line = layer.size * 2;
    p.set("CDMA", "D_DATAIN_FORMAT", {{"DATAIN_FORMAT", 1}, {"PIXEL_FORMAT", kPlanarPixels}});
    p.set_address("CDMA", "D_DAIN_ADDR", kChromaAddress + strip.first_in * chroma_line, "_1");
    p.set("CDMA", "D_LINE_UV_STRIDE", chroma_line);
}

void program_sdp(Program& p, const BenchLayer& layer, Precision precision, const Strip& strip,
                 unsigned atom) {
    const unsigned line = layer.out_size() * atom;
    p.set("SDP", "D_DATA_CUBE_WIDTH", layer.out_size() - 1);
    p.set("SDP", "D_DATA_CUBE_HEIGHT", strip.out_lines - 1);
    p.set("SDP", "D_DATA_CUBE_CHANNEL", layer.kernels - 1);
    p.set_address("SDP", "D_DST_BASE_ADDR", kOutputAddress + strip.first_out * line);
    p.set("SDP", "D_DST_LINE_STRIDE", line);
    p.set("SDP", "D_DST_SURFACE_STRIDE", line * layer.out_size());
    p.set("SDP", "D_DP_BS_CFG", {{"BS_BYPASS", 1}});
    p.set("SDP", "D_DP_BN_CFG", {{"BN_BYPASS", 1}});
    p.set("SDP", "D_DP_EW_CFG", {{"EW_BYPASS", 1}});
    p.set("SDP", "D_FEATURE_MODE_CFG", {{"FLYING_MODE", 1}});
    p.set("SDP", "D_DST_DMA_CFG", {{"DST_RAM_TYPE", 1}});
    const auto code = static_cast<std::uint32_t>(precision);
    p.set("SDP", "D_DATA_FORMAT", {{"PROC_PRECISION", code}, {"OUT_PRECISION", code}});
    p.set("SDP", "D_CVT_SCALE", 1);
    p.set("SDP", "D_CVT_SHIFT", kOutputShift);
}

}  // namespace

std::vector<Strip> strips(const BenchLayer& layer, Precision precision,
                          const HardwareConfig& config) {
    const CbufGeometry& cbuf = config.cbuf;
    const unsigned bank = cbuf.entries_per_bank * cbuf.entry_bytes;
    const unsigned group_kernels = std::min(layer.kernels, config.kernels_per_group(precision));
    const unsigned least_weights =
        divide_up(weight_bytes(layer, precision) / layer.kernels * group_kernels, bank);
    const unsigned per_line = entries_per_line(layer, precision, config);
    const unsigned room = (cbuf.banks - least_weights) * cbuf.entries_per_bank / per_line;
    const unsigned most =
        room >= layer.size ? layer.out_size() : (room - layer.kernel) / layer.stride + 1;
    std::vector<Strip> result;
    for (unsigned first = 0; first < layer.out_size(); first += most) {
        Strip strip = make_strip(layer, first, std::min(most, layer.out_size() - first));
        strip.entries_per_line = per_line;
        strip.data_banks = divide_up(strip.in_lines * per_line, cbuf.entries_per_bank);
        strip.weight_banks = cbuf.banks - strip.data_banks;
        result.push_back(strip);
    }
    return result;
}

trace::RegisterProgram program_strip(const BenchLayer& layer, Precision precision,
                                     const Strip& strip, unsigned group,
                                     const HardwareConfig& config) {
    Program program(config.address_map);
    const auto code = static_cast<std::uint32_t>(precision);
    for (const char* unit : {"CDMA", "CSC", "CMAC_A", "CMAC_B", "CACC"}) {
        program.set(unit, "S_POINTER", group);
        program.set(unit, "D_MISC_CFG", {{"PROC_PRECISION", code}});
    }
    for (const char* unit : {"CDMA", "CSC"})
        program.set(unit, "D_MISC_CFG", {{"IN_PRECISION", code}, {"PROC_PRECISION", code}});
    program.set("SDP", "S_POINTER", group);
    program_sizes(program, layer, precision, strip);
    program_buffer(program, layer, precision, strip);
    program_input(program, layer, strip, config.memory_atom_bytes);
    program_sdp(program, layer, precision, strip, config.memory_atom_bytes);
    return program;
}

}  // namespace dla::bench
