// SPDX-License-Identifier: Apache-2.0
// Settings of the two tables in an fp16 layer, common to SDP and CDP, and what a lookup in vectors
// needs of each. spec: sdp.md 7.5; cdp.md section 4.
#pragma once

#include <cstdint>

#include "dla_tlm/lut/lut_index.hpp"

namespace dla::lut {

// Bounds are fp32 patterns, scales fp16 patterns.
struct Fp16Range {
    std::uint32_t start = 0;
    std::uint32_t end = 0;
    std::uint16_t underflow_scale = 0;
    std::uint16_t overflow_scale = 0;
};

struct Fp16Settings {
    bool le_exponent = true;
    int le_offset = 0;  // exponent of the first interval
    int le_select = 0;  // log2 of the interval width
    int lo_select = 0;
    Priority priority{};
    Fp16Range le;
    Fp16Range lo;
};

// Beyond one end: fp17(x - base) * scale + entry. fp32 patterns; fp17 ones as the fp32 pattern of
// the same value.
struct Fp16Slope {
    std::int32_t minus_base = 0;
    std::int32_t scale = 0;
    std::int32_t entry = 0;
};

struct Fp16Table {
    bool exponential = false;
    std::int32_t minus_start = 0;
    int first_exponent = 0;  // OFFSET or SELECT
    int exponents = 0;       // powers of two from there that the table covers
    Fp16Slope underflow;
    Fp16Slope overflow;
};

Fp16Table prepare_fp16_table(const Fp16Settings& settings, const Tables& tables, bool lo);

}  // namespace dla::lut
