// SPDX-License-Identifier: Apache-2.0
// Cycles of a PDP layer, from memory or on the fly from SDP. spec: timing.md section 6.
//
//   PdpSchedule run = pdp_from_memory(layer, config, memory);
//   Cycles end = run.done;
//   // on the fly: PdpStream stream(layer, config); stream.accept(pixels, arrival) per chunk
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/layer_cost.hpp"
#include "dla_tlm/common/memory_timing.hpp"

namespace dla::pdp {

// One strip of a split layer; a layer without split has one.
struct PdpStrip {
    unsigned in_width = 0;  // with overlap, without padding
    unsigned out_width = 0;
};

struct PdpLayer {
    std::vector<PdpStrip> strips;
    unsigned width = 0;
    unsigned height = 0;
    unsigned out_height = 0;
    unsigned surfaces = 0;  // memory atoms per pixel
    unsigned bytes_per_element = 1;
    unsigned kernel_width = 1;
    unsigned kernel_height = 1;
    unsigned stride_x = 1;
    unsigned stride_y = 1;
    unsigned pad_left = 0;
    unsigned pad_top = 0;
};

// Cycles per part of the layer, without memory.
struct PdpWork {
    double cycles = 0;        // T before any memory limit
    double flush = 0;         // of it: output rows after the very last input
    std::uint64_t atoms = 0;  // read
};
PdpWork pdp_work(const PdpLayer& layer, const HardwareConfig& config);

struct PdpSchedule {
    Cycles first_request = 0;
    double cycles = 0;  // T
    Cycles done = 0;
    CycleParts parts;  // of done
};
PdpSchedule pdp_from_memory(const PdpLayer& layer, const HardwareConfig& config,
                            const MemoryTiming& memory);

// What PDP_RDMA's read-stall register counts.
Cycles pdp_read_stall(const PdpLayer& layer, const HardwareConfig& config,
                      const MemoryTiming& memory);

// Start-up that hides behind the end of a layer before it: the reader has already prefetched. One
// pair measured (golden pp_pdp), at three latencies.
Cycles pdp_hidden_start(const HardwareConfig& config, const MemoryTiming& memory);

// On the fly: SDP hands over atoms in raster order, surface after surface.
class PdpStream {
  public:
    PdpStream(const PdpLayer& layer, const HardwareConfig& config);

    // The last of the next `atoms` atoms leaves SDP at `arrival`; returns when PDP has taken it,
    // later than arrival if PDP is the slower one.
    Cycles accept(std::uint64_t atoms, Cycles arrival);
    // What was accepted was not taken before this cycle.
    void hold(Cycles until) { busy_until_ = std::max(busy_until_, static_cast<double>(until)); }
    Cycles done(const MemoryTiming& memory) const;
    // Of PDP's own work; what it waits for SDP is not in it.
    CycleParts parts() const;

  private:
    PdpWork work_;
    double cycles_per_atom_;  // with the flushes between surfaces spread over the input
    double feed_cycles_per_atom_;
    Cycles constant_;
    double busy_until_ = 0;
};

double pdp_cycles_per_atom(const PdpLayer& layer, const HardwareConfig& config);

}  // namespace dla::pdp
