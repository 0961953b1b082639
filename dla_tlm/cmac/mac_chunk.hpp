// SPDX-License-Identifier: Apache-2.0
// What travels from CSC through CMAC_A and CMAC_B to CACC: whole lines of one kernel group. Both
// halves of the MAC array pass the same sums, each standing for its own kernels.
#pragma once

#include <cstdint>
#include <memory>

#include "dla_tlm/cmac/mac_sums.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/link.hpp"

namespace dla::cmac {

struct MacChunk {
    bool winograd = false;
    Precision precision = Precision::kInt8;
    unsigned batch = 0;
    unsigned surface = 0;
    unsigned first_line = 0;
    unsigned lines = 0;
    unsigned width = 0;
    unsigned first_kernel = 0;  // of the surface, in sums->integers
    std::shared_ptr<const MacSums> sums{};
    std::uint64_t mac_cycle = 0;      // the last MAC operation is done
    std::uint64_t deliver_cycle = 0;  // the last value leaves CACC
    bool last = false;                // of the layer
};

using MacLink = Link<MacChunk>;

// Back from CACC to CSC's schedule.
struct DeliveryPace {
    std::uint64_t held_until = 0;  // SDP took nothing before
};

}  // namespace dla::cmac
