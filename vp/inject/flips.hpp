// SPDX-License-Identifier: Apache-2.0
// One flipped bit in a DLA's state or memory, reached through what units expose for saving,
// restoring and looking in. Between the steps of simulation processes only.
//
//   Flip flip = flip_register(dla, bit);         // changes it and says what changed
//   flip.text()      "cycle 1200: SDP.D_DP_BS_CFG[0] bit 3: 0x8 -> 0x0"
#pragma once

#include <cstdint>
#include <string>

#include "dla_tlm/core/dla.hpp"
#include "vp/inject/flip_spec.hpp"

namespace dla::vp::inject {

struct Flip {
    std::uint64_t cycle = 0;
    std::string unit{};   // whose state it is; CBUF, DRAM and CVSRAM count as units
    std::string where{};  // "SDP.D_DP_BS_CFG[0]", "bank 3 entry 17 byte 5", "0x80001000"
    unsigned bit = 0;
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    std::string missed{};  // why there was nothing to flip, else empty

    std::string text() const;
};

// The enable of a group starts it, or takes back its turn.
Flip flip_register(Dla& dla, const RegisterBit& bit);

struct TableBit {
    std::string unit;  // SDP, CDP
    bool lo;
    unsigned entry;
    unsigned bit;
};
Flip flip_table(Dla& dla, const TableBit& bit);

struct CbufBit {
    unsigned bank;
    unsigned entry;
    unsigned byte;
    unsigned bit;
};
Flip flip_cbuf(Dla& dla, const CbufBit& bit);

// Sums that CACC holds, from their last MAC operation to their delivery: pixels in raster order of
// the lines it holds, kernels of the surface. Integers are 34 (int8) or 48 bits wide; of fp16
// layers the values to deliver, fp32, are.
struct SumsInside {
    unsigned pixels = 0;  // 0: there are none now
    unsigned kernels = 0;
    unsigned bits = 0;
};
SumsInside sums_inside(Dla& dla);
Flip flip_sum(Dla& dla, unsigned pixel, unsigned kernel, unsigned bit);

// At a bus address.
Flip flip_memory(Dla& dla, bool second, std::uint64_t address, unsigned bit);

}  // namespace dla::vp::inject
