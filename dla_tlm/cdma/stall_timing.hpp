// SPDX-License-Identifier: Apache-2.0
// What CDMA's D_PERF_*_READ_STALL count: cycles in which a request waits for the memory interface.
// Pure. Requests queue in front of the arbiter; once the queue is full, the next one waits until
// the port has taken the oldest. Compared with RTL in docs/timing.md.
//
//   const ReadStalls stalls = read_stalls(op, fetch_layer(op), config, memory);
#pragma once

#include <cstdint>

#include "dla_tlm/cdma/cdma_op.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_timing.hpp"
#include "dla_tlm/csc/conv_timing.hpp"

namespace dla::cdma {

struct ReadStalls {
    std::uint32_t data = 0;
    std::uint32_t weights = 0;
};
// layer: the same fetch in amounts, with what is reused and what SDP reads in front.
ReadStalls read_stalls(const CdmaOp& op, const csc::ConvLayer& layer, const HardwareConfig& config,
                       const MemoryTiming& memory);

}  // namespace dla::cdma
