// SPDX-License-Identifier: Apache-2.0
// CACC's part of a convolution layer in plain numbers. spec: conv-pipeline.md sections 8 and 11.
//
//   const CaccOp op = decode(cacc_registers, group, config);     // cacc/cacc_decode.hpp
#pragma once

#include <cstdint>

#include "dla_tlm/common/hardware_config.hpp"

namespace dla::cacc {

struct CaccOp {
    bool winograd = false;
    Precision precision = Precision::kInt8;
    unsigned precision_code = 0;  // as written
    unsigned out_width = 1;
    unsigned out_height = 1;
    unsigned out_channels = 1;
    unsigned batches = 1;
    unsigned clip_truncate = 0;
    std::uint32_t address = 0;  // packing only: none of these changes a result
    std::uint32_t line_stride = 0;
    std::uint32_t surface_stride = 0;
    bool line_packed = false;
    bool surface_packed = false;

    unsigned lanes_per_surface = 8;  // of the hardware configuration
};

}  // namespace dla::cacc
