// SPDX-License-Identifier: Apache-2.0
// One normalisation operation in plain numbers. spec: cdp.md sections 1 to 4.
//
// The cube size is known to CDP_RDMA alone; decode() puts it into CdpOp as well.
#pragma once

#include <cstdint>

#include "dla_tlm/common/cube.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/lut/lut_index.hpp"

namespace dla::cdp {

// (x - offset) * scale / 2^shift
struct Converter {
    std::int32_t offset = 0;
    std::int32_t scale = 1;
    unsigned shift = 0;
};

// Straight lines beyond a table. Integers: s(16) scale, s(5) shift; fp16: fp16 pattern, no shift.
struct Slope {
    std::int32_t scale = 0;
    int shift = 0;
};

// Integers: s(38) bounds; fp16: fp32 patterns.
struct LutRange {
    std::int64_t start = 0;
    std::int64_t end = 0;
    Slope underflow;
    Slope overflow;
};

struct LutSettings {
    bool le_exponent = true;
    int le_offset = 0;  // exponent of the first interval
    int le_select = 0;  // log2 of the interval width
    int lo_select = 0;
    LutRange le;
    LutRange lo;
    lut::Priority priority{};
};

struct CdpOp {
    Precision precision = Precision::kInt8;
    unsigned precision_code = 0;  // what software asked for
    bool square_sum_bypass = false;
    bool multiply_bypass = false;
    bool nan_to_zero = false;
    bool count_lut = false;
    unsigned window = 3;  // channels
    Converter input;
    Converter output;
    LutSettings lut;

    unsigned width = 1;
    unsigned height = 1;
    unsigned channels = 1;
    unsigned atom_bytes = 32;
    CubePlace dst{};

    unsigned lanes() const { return atom_bytes / bytes_per_element(precision); }
    unsigned surfaces() const { return (channels + lanes() - 1) / lanes(); }
};

struct CdpRdmaOp {
    unsigned precision_code = 0;
    unsigned width = 1;
    unsigned height = 1;
    unsigned channels = 1;
    CubePlace src{};
};

constexpr unsigned kMaxChannels = 8192;

}  // namespace dla::cdp
