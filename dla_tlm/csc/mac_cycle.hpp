// SPDX-License-Identifier: Apache-2.0
// What the MAC array makes in one cycle.
#pragma once

#include "dla_tlm/csc/conv_timing.hpp"

namespace dla::csc {

// Output pixels of one MAC cycle: Winograd works on 2x2 tiles.
inline std::uint64_t pixels_per_mac_cycle(const ConvLayer& layer) {
    return layer.winograd ? 4 : 1;
}

}  // namespace dla::csc
