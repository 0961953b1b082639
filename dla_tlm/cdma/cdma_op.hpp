// SPDX-License-Identifier: Apache-2.0
// One layer as CDMA fetches it, in plain numbers: no minus-ones, no register codes.
// spec: conv-pipeline.md sections 3 to 5, 9, 11.
//
//   const CdmaOp op = decode(cdma_registers, group, config);     // cdma_decode.hpp
//   const std::string reason = why_not(op, config);              // "" when hardware can do it
#pragma once

#include <cstdint>

#include "dla_tlm/cdma/converter.hpp"
#include "dla_tlm/common/memory_access.hpp"

namespace dla::cdma {

struct CdmaOp {
    enum class Mode : std::uint8_t { kFeature, kImage, kWinograd };

    Mode mode = Mode::kFeature;
    ConverterSettings converter;  // with the two precisions
    unsigned pixel_format = 0;    // register code, image mode

    // Input in memory.
    Ram data_ram = Ram::kPrimary;
    std::uint64_t address = 0;
    std::uint64_t address_uv = 0;
    std::uint64_t line_stride = 0;
    std::uint64_t uv_line_stride = 0;
    std::uint64_t surface_stride = 0;
    std::uint64_t batch_stride = 0;
    bool line_packed = false;
    bool surface_packed = false;
    unsigned width = 1;
    unsigned height = 1;
    unsigned channels = 1;
    unsigned batches = 1;
    unsigned x_offset = 0;
    unsigned y_offset = 0;
    unsigned fetch_lines = 1;  // FETCH_GRAIN

    // Padding and Winograd extension.
    unsigned pad_left = 0;
    unsigned pad_right = 0;
    unsigned pad_top = 0;
    unsigned pad_bottom = 0;
    std::uint16_t pad_value = 0;  // raw
    unsigned stride_x = 1;
    unsigned stride_y = 1;
    unsigned width_ext = 1;
    unsigned height_ext = 1;

    // Weights.
    Ram weight_ram = Ram::kPrimary;
    bool compressed = false;
    std::uint64_t weight_address = 0;
    std::uint64_t weight_bytes = 0;
    std::uint64_t bytes_per_kernel = 1;
    unsigned kernels = 1;
    std::uint64_t mask_address = 0;  // WMB
    std::uint64_t mask_bytes = 0;
    std::uint64_t group_size_address = 0;  // WGS

    // CBUF.
    unsigned entries_per_slice = 1;
    unsigned fetch_grain = 1;  // lines requested as a whole
    unsigned data_banks = 1;
    unsigned weight_banks = 1;
    bool data_reuse = false;
    bool weight_reuse = false;
    bool skip_data_release = false;
    bool skip_weight_release = false;

    bool reserved_precision = false;  // a precision field holds code 3
    bool reserved_mapping = false;    // PIXEL_MAPPING is 1

    // Of the hardware configuration.
    unsigned atom_bytes = 8;
    unsigned entry_bytes = 8;
    unsigned kernels_per_group = 8;

    unsigned lines_per_slice() const { return mode == Mode::kWinograd ? 4 : 1; }
    // Lines of the layer in CBUF.
    unsigned cbuf_lines() const { return mode == Mode::kWinograd ? height_ext : height; }
    unsigned slices() const { return cbuf_lines() / lines_per_slice(); }
    unsigned slice_entries() const { return entries_per_slice * lines_per_slice(); }
    unsigned kernel_groups() const { return (kernels + kernels_per_group - 1) / kernels_per_group; }
    // Memory atoms of one pixel, all channels.
    unsigned surfaces() const {
        return (channels * bytes_per_element(converter.in) + atom_bytes - 1) / atom_bytes;
    }
    // Channels after Winograd extension: whole atoms for every stride phase.
    unsigned channels_ext() const {
        const unsigned padded = surfaces() * (atom_bytes / bytes_per_element(converter.in));
        return padded * stride_x * stride_y;
    }
};

}  // namespace dla::cdma
