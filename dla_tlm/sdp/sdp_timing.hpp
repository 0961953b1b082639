// SPDX-License-Identifier: Apache-2.0
// Cycles of an SDP layer, from memory or on the fly. spec: timing.md sections 4.5 and 5.
//
//   SdpSchedule run = sdp_from_memory(layer, config, memory);
//   Cycles line_out = run.output_at(atoms_so_far);     // line is written, or handed to PDP
//   Cycles end = run.done;
//   // on the fly: chunks come from CACC at given cycles
//   Cycles end = sdp_done_after_cacc(last_delivery, layer, config, memory);
#pragma once

#include <array>
#include <cstdint>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/layer_cost.hpp"
#include "dla_tlm/common/memory_timing.hpp"

namespace dla::sdp {

// One of BS, BN, EW (in this order), and its operands if they come from memory.
struct SdpStage {
    bool active = false;  // not bypassed
    bool alu = false;
    bool multiplier = false;
    bool lut = false;
    std::uint64_t operand_beats = 0;  // whole beats of this layer; 0: from registers or unused
    bool per_element = false;         // else per kernel, read once
    bool paired = false;              // operands for both ALU and multiplier
    bool converted = false;           // EW: an operand goes through its converter
};
constexpr std::size_t kStages = 3;
constexpr std::size_t kElementWise = 2;  // EW

struct SdpLayer {
    std::uint64_t pixels = 0;  // W * H * batches
    unsigned surfaces = 0;     // memory atoms per pixel, the larger of source and destination
    unsigned height = 0;
    unsigned bytes_per_element = 1;
    bool to_pdp = false;  // on the fly to PDP instead of to memory
    std::array<SdpStage, kStages> stages{};
};

// The layer's output as it comes: atom n leaves at first_output + (n - 1) * cycles_per_atom.
struct SdpSchedule {
    Cycles first_request = 0;
    double first_output = 0;
    double cycles_per_atom = 0;
    Cycles last_output = 0;
    Cycles done = 0;
    CycleParts parts;  // of done

    Cycles output_at(std::uint64_t atoms) const;
};
SdpSchedule sdp_from_memory(const SdpLayer& layer, const HardwareConfig& config,
                            const MemoryTiming& memory);

// last_delivery: the last pixel left CACC.
Cycles sdp_output_after_cacc(Cycles delivery, const SdpLayer& layer, const HardwareConfig& config);
Cycles sdp_done_after_cacc(Cycles last_delivery, const SdpLayer& layer,
                           const HardwareConfig& config, const MemoryTiming& memory);

// Fewest cycles per pixel that memory allows on the fly, for per-element operands and the output; 0
// where it does not limit.
double memory_cycles_per_pixel(const SdpLayer& layer, const HardwareConfig& config,
                               const MemoryTiming& memory);
// Operand beats in front of CDMA's streams (section 3.4).
std::uint64_t operand_beats_ahead(const SdpLayer& layer, const HardwareConfig& config);

// End of a second layer from memory that waited in the other register group (section 4.6).
Cycles sdp_done_after_sdp(Cycles previous_done, const SdpLayer& layer, const HardwareConfig& config,
                          const MemoryTiming& memory);

// What SDP_RDMA's read-stall registers count: of the source and of each stage's operands. From
// memory; on the fly only per-element operands wait, see FlyingStalls.
struct SdpReadStalls {
    Cycles source = 0;
    std::array<Cycles, kStages> operands{};
};
SdpReadStalls sdp_read_stalls(const SdpLayer& layer, const HardwareConfig& config,
                              const MemoryTiming& memory);

// The same on the fly, fed with what CACC delivers: operands are read ahead until the readers are
// full, and go on as pixels come.
class FlyingStalls {
  public:
    FlyingStalls(const SdpLayer& layer, const HardwareConfig& config);

    // All pixels (of all surfaces) up to this one had been delivered at `cycle`, counted from the
    // first request.
    void delivered(double pixels, double cycle);
    SdpReadStalls stalls() const { return stalls_; }

  private:
    const SdpLayer& layer_;
    double held_beats_;
    double last_pixels_ = 0;
    double last_cycle_ = 0;
    SdpReadStalls stalls_;
};

// Clocks of a layer that RTL's lookup counters see, EW not bypassed: `before` its first lookup and
// while lookups wait, `after` its last one. Without a lookup all clocks are `before`.
struct LookupClocks {
    std::uint64_t before = 0;
    std::uint64_t after = 0;
};
// last_output: from enable to the layer's last output, as PDP would see it.
LookupClocks lookup_idle_clocks(const SdpLayer& layer, const HardwareConfig& config,
                                Cycles last_output);

// Cycles SDP itself needs for one memory atom.
double sdp_cycles_per_atom(const SdpLayer& layer, const HardwareConfig& config);

}  // namespace dla::sdp
