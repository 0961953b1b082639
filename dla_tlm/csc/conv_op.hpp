// SPDX-License-Identifier: Apache-2.0
// One convolution layer as CSC runs it, in plain numbers: no minus-ones, no register codes.
// spec: conv-pipeline.md sections 1, 4, 9 to 11.
//
//   const ConvOp op = decode(csc_registers, group, config);      // csc/conv_decode.hpp
//   const std::string reason = why_not(op, config);              // "" when the hardware can do it
#pragma once

#include <cstdint>

#include "dla_tlm/common/hardware_config.hpp"

namespace dla::csc {

enum class ConvMode : std::uint8_t { kFeature, kImage, kWinograd };

struct ConvOp {
    ConvMode mode = ConvMode::kFeature;
    Precision precision = Precision::kInt8;  // of processing

    // Input cube; image: the picture without padding; Winograd: the extended cube.
    unsigned width = 1;
    unsigned height = 1;  // kept and new lines
    unsigned channels = 1;
    unsigned batches = 1;

    unsigned kernels = 1;
    unsigned kernel_width = 1;  // image: WEIGHT_WIDTH_EXT, always 1
    unsigned kernel_height = 1;
    unsigned weight_channels = 1;  // image: columns of the kernel times channels
    unsigned stride_x = 1;
    unsigned stride_y = 1;
    unsigned dilation_x = 1;
    unsigned dilation_y = 1;
    unsigned pad_left = 0;  // image: already in CBUF, unused here
    unsigned pad_top = 0;
    std::int32_t pad_value = 0;  // int8: sign-extended low byte; fp16: bit pattern
    unsigned row_extension = 1;  // image: kernel rows of one MAC operation: 1, 2 or 4
    unsigned pra_truncate = 0;   // Winograd

    unsigned out_width = 1;
    unsigned out_height = 1;
    unsigned out_channels = 1;  // DATAOUT_CHANNEL; equals kernels
    unsigned atomics = 1;       // equals out_width * out_height

    // CBUF.
    unsigned entries_per_slice = 1;
    unsigned data_banks = 1;
    unsigned weight_banks = 1;
    unsigned release_slices = 1;
    bool data_reuse = false;
    bool weight_reuse = false;
    bool skip_data_release = false;
    bool skip_weight_release = false;
    bool compressed = false;
    std::uint64_t weight_bytes = 0;  // compressed: of the compressed stream
    std::uint64_t mask_bytes = 0;    // WMB

    // Register codes as written, where the operation above could not take them as they are.
    unsigned precision_code = 0;
    unsigned row_extension_code = 0;
    bool pixel_data = false;

    // Of the hardware configuration.
    unsigned channel_block = 8;  // Cb
    unsigned kernel_group = 8;   // Kg of this precision
    unsigned atom_bytes = 8;     // M
    unsigned entry_bytes = 8;

    unsigned element_bytes() const { return bytes_per_element(precision); }
    unsigned lanes_per_surface() const { return atom_bytes / element_bytes(); }
    unsigned kernel_groups() const { return (kernels + kernel_group - 1) / kernel_group; }
    unsigned group_kernels(unsigned group) const {
        const unsigned rest = kernels - group * kernel_group;
        return rest < kernel_group ? rest : kernel_group;
    }
    // Elements of one kernel in the weight stream.
    std::uint64_t kernel_elements() const {
        return std::uint64_t{kernel_width} * kernel_height * weight_channels;
    }
    unsigned lines_per_slice() const { return mode == ConvMode::kWinograd ? 4 : 1; }
    unsigned slices() const { return (height + lines_per_slice() - 1) / lines_per_slice(); }
    std::uint64_t slice_bytes() const {
        return std::uint64_t{entries_per_slice} * lines_per_slice() * entry_bytes;
    }
};

}  // namespace dla::csc
