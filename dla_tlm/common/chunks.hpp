// SPDX-License-Identifier: Apache-2.0
// What travels over the links between units: whole lines of one surface.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dla_tlm/common/accumulator_view.hpp"
#include "dla_tlm/common/link.hpp"

namespace dla {

// CACC to SDP. values[(line * width + column) * lanes + lane]: int32 accumulators, or fp32 bits in
// fp16 layers; lanes = elements per atom of the processing precision, those beyond the kernels are
// 0. They lie where they were computed if CACC has nothing to change.
struct AccumulatorChunk {
    unsigned batch;
    unsigned surface;
    unsigned first_line;
    unsigned lines;
    AccumulatorView values;
    std::shared_ptr<const void> storage;  // of the values
    std::uint64_t ready_cycle;            // its last element leaves CACC
    bool last;                            // of the layer
};

// SDP to PDP: packed atoms, atoms[(line * width + column) * atom_bytes + byte].
struct PoolingChunk {
    unsigned surface;
    unsigned first_line;
    unsigned lines;
    std::vector<std::uint8_t> atoms;
    std::uint64_t ready_cycle;
    bool last;
};

using AccumulatorLink = Link<AccumulatorChunk>;
using PoolingLink = Link<PoolingChunk>;

}  // namespace dla
