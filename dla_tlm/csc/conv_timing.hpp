// SPDX-License-Identifier: Apache-2.0
// Cycles of a convolution layer: fetch (CDMA), MAC work (CSC, CMAC) and delivery (CACC), as pure
// functions that a unit can drive chunk by chunk. spec: timing.md section 4, same symbols.
//
//   const ConvFetch fetch(layer, config, memory);            // CDMA: when do data and weights
//   arrive ConvPipeline pipeline(layer, config);                    // CSC to CACC for (unsigned
//   group = 0; group < fetch.amounts().groups; ++group) {
//       pipeline.begin_group(group, fetch.data_done(), fetch.group_in_cbuf(group));
//       for (unsigned y = 0; y < layer.out_height; ++y) {
//           Cycles line_at_sdp = pipeline.deliver(layer.out_width);
//           // SDP took it later: pipeline.hold(when)
//       }
//   }
//   Cycles end = sdp_done(pipeline.last_delivery(), ...)      // sdp/sdp_timing.hpp
//
// All times count from the same cycle 0; units in a running platform pass absolute cycles.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/layer_cost.hpp"
#include "dla_tlm/common/memory_timing.hpp"

namespace dla::csc {

// What a layer asks of the hardware, in elements; no padding of sizes to atoms.
struct ConvLayer {
    bool image = false;
    bool winograd = false;  // sizes below are those after extension
    bool data_reuse = false;
    bool weight_reuse = false;
    bool keep_weights = false;  // SKIP_WEIGHT_RLS
    unsigned width = 0;         // of the cube as CDMA fetches it
    unsigned height = 0;
    unsigned channels = 0;
    unsigned batches = 1;
    Precision precision = Precision::kInt8;           // as processed
    std::array<unsigned, 2> plane_bytes_per_pixel{};  // image only: in memory
    unsigned x_offset = 0;                            // image only: PIXEL_X_OFFSET
    unsigned kernel_width = 1;
    unsigned kernel_height = 1;
    unsigned kernels = 0;
    unsigned kernels_per_group = 0;  // Ka of this precision
    unsigned out_width = 0;
    unsigned out_height = 0;
    std::uint64_t weight_bytes = 0;  // WEIGHT_BYTES, with its padding
    unsigned data_banks = 0;         // of CBUF; 0: as many as needed
    unsigned weight_banks = 0;
    unsigned entries_per_line = 0;          // CBUF entries of one data line
    unsigned fetch_grain = 1;               // data lines fetched at a time
    std::uint64_t operand_beats_ahead = 0;  // per-element SDP operands in front (sdp_timing.hpp)
};

// The same layer in beats, groups and stripe operations (section 4.1).
struct ConvAmounts {
    std::uint64_t data_beats = 0;    // nd
    std::uint64_t weight_beats = 0;  // nw
    unsigned surfaces = 0;           // A
    unsigned groups = 0;
    unsigned last_group_kernels = 0;
    std::uint64_t kernel_bytes = 0;
    std::uint64_t operations = 0;  // B, MAC operations of one stripe
    std::uint64_t pixels = 0;      // output pixels of one kernel group

    std::uint64_t group_bytes(unsigned group, unsigned kernels_per_group) const {
        return kernel_bytes * (group + 1 == groups ? last_group_kernels : kernels_per_group);
    }
};
ConvAmounts conv_amounts(const ConvLayer& layer, const HardwareConfig& config);
// Bytes of its weight banks; 0 where they do not matter.
std::uint64_t weight_capacity(const ConvLayer& layer, const HardwareConfig& config);
// Products the MAC array forms: the layer's multiply-accumulates, under Winograd 16 for the four
// outputs of a tile.
constexpr std::uint64_t kWinogradTileOutputs = 4;
std::uint64_t conv_macs(const ConvLayer& layer);
// MAC cycles when nothing but the MAC array limits.
std::uint64_t conv_mac_cycles(const ConvLayer& layer, const HardwareConfig& config);

// Arrival of data and weights in CBUF when CBUF has room for all of it.
class ConvFetch {
  public:
    ConvFetch(const ConvLayer& layer, const HardwareConfig& config, const MemoryTiming& memory);

    const ConvAmounts& amounts() const { return amounts_; }
    Cycles first_request() const;
    Cycles data_done() const { return data_done_; }      // CDMA_DAT
    Cycles weight_done() const { return weight_done_; }  // CDMA_WT
    // The last request of each stream.
    double data_requested() const;
    double weights_requested() const;
    // Cycles between the first and the last if the other stream asked for nothing.
    double data_alone() const;
    double weights_alone() const { return streams_.alone_cycles(amounts_.weight_beats); }
    // Kernels of groups 0..group are in CBUF.
    Cycles group_in_cbuf(unsigned group) const;
    // All data are in CBUF when the last `lines` of them found room only at `room`.
    Cycles data_after_room(Cycles room, unsigned lines) const;
    // Data lines 0..line are in CBUF; the last one gives data_done().
    Cycles line_in_cbuf(unsigned line) const;

  private:
    Cycles data_beats_in_cbuf(std::uint64_t beats) const;

    ConvLayer layer_;
    ConvAmounts amounts_;
    CdmaStreams streams_;
    double read_latency_;
    double data_tail_;
    double accept_cycles_ = 0;  // c, where CDMA accepts data slower than a beat per cycle
    Cycles data_done_ = 0;
    Cycles weight_done_ = 0;
};

// Cycle in which the first MAC operation of a group can start.
Cycles first_mac(const ConvLayer& layer, unsigned kernels_in_group, Cycles data_in_cbuf,
                 Cycles weights_in_cbuf);

// Cuts the output pixels of a kernel group into stripes (section 4.1).
class StripeCutter {
  public:
    StripeCutter(const ConvLayer& layer, const TimingConstants& constants);

    void begin_group();
    std::uint64_t pixels_left() const { return left_; }
    std::uint64_t next() const;  // pixels of the next stripe
    std::uint64_t take();
    // Full stripes in front that all have the length of next().
    std::uint64_t equal_stripes() const;
    void skip(std::uint64_t stripes);

  private:
    std::uint64_t group_;
    std::uint64_t line_;  // image: stripes do not cross output lines
    std::uint64_t full_;
    std::uint64_t least_;
    std::uint64_t left_ = 0;
};

// CSC, CMAC and CACC of one layer, stripe by stripe (section 4.4).
class ConvPipeline {
  public:
    ConvPipeline(const ConvLayer& layer, const HardwareConfig& config);
    // After another layer: MAC array and CACC are busy with it first (section 4.6).
    ConvPipeline(const ConvLayer& layer, const HardwareConfig& config,
                 const ConvPipeline& previous);

    // Its data and weights are in CBUF since the given cycles.
    void begin_group(unsigned group, Cycles data_in_cbuf, Cycles weights_in_cbuf);
    // Next pixels of the group in raster order; returns the cycle the last of them reaches SDP.
    Cycles deliver(std::uint64_t pixels);
    // The consumer takes nothing more before this cycle.
    void hold(Cycles until);
    // The consumer needs so many cycles for every pixel (less than px has no effect).
    void slow_down(double cycles_per_pixel);
    // Pixel n of the layer is not taken before n * cycles after the first one (operands of SDP).
    void pace(double cycles_per_pixel) { pace_ = cycles_per_pixel; }

    Cycles first_mac() const { return to_cycles(first_mac_); }
    Cycles last_mac() const;       // of the MAC operations scheduled so far
    Cycles csc_done() const;       // once everything is delivered
    Cycles last_delivery() const;  // CACC done once everything is delivered

    // The weights of the group are no longer needed once everything of it is delivered.
    Cycles weights_free() const;
    // CSC has released the layer's data lines.
    Cycles data_free() const;

    // Cycles in which the MAC array stood still between the layer's first and last operation.
    double weight_stall() const { return weight_stall_; }
    double output_stall() const { return output_stall_; }

  private:
    // Pixels that reach SDP one after the other without a break.
    struct Run {
        std::uint64_t first = 0;  // counted over all groups
        std::uint64_t pixels = 0;
        double ready = 0;  // the first is delivered one pixel time later
    };
    // What happened up to a stripe's end; two periods of equal steps mean a steady state.
    struct Step {
        double mac_time = 0;
        double free = 0;
        double output_stall = 0;
    };
    static constexpr std::size_t kRuns = 8;
    static constexpr std::size_t kSteps = 5;

    void next_stripe();
    void repeat_steady_stripes(std::uint64_t wanted);
    void remember(std::uint64_t pixels, double ready);
    double delivered_at(std::uint64_t pixel) const;

    ConvLayer layer_;
    ConvAmounts amounts_;
    TimingConstants constants_;
    StripeCutter cutter_;
    double cycles_per_pixel_;
    double pace_ = 0;
    double first_delivery_ = -1;
    std::uint64_t layer_begin_ = 0;  // pixels of layers before
    double mac_time_ = 0;            // t
    double free_ = 0;                // last scheduled delivery
    double held_ = 0;
    double earliest_mac_ = 0;  // the layer before is in the MAC array until then
    double first_mac_ = -1;
    double weight_stall_ = 0;
    double output_stall_ = 0;
    std::uint64_t last_stripe_ = 0;
    std::uint64_t scheduled_ = 0;       // pixels cut into stripes, over all groups
    std::uint64_t taken_ = 0;           // pixels asked for by deliver()
    std::array<Run, kRuns> runs_{};     // newest first
    std::array<Step, kSteps> steps_{};  // newest first
    std::size_t steady_steps_ = 0;      // valid entries of steps_ with equal stripes
};

struct ConvCycles {
    Cycles data_done;
    Cycles weight_done;
    Cycles first_weights;  // of the first group, in CBUF
    Cycles first_mac;
    Cycles last_mac;
    Cycles cacc_done;
    double weight_stall;
    double output_stall;
};
// What the units behind CACC need for a pixel: as a rate, and as a pace since the first one.
struct ConsumerPace {
    double cycles_per_pixel = 0;
    double pace = 0;
};
// One layer alone; data must fit into CBUF, weights two groups of them.
ConvCycles conv_cycles(const ConvLayer& layer, const HardwareConfig& config,
                       const MemoryTiming& memory, ConsumerPace consumer = {});

// The cycles from 0 to `end` by cause. Cycle 0 is where the layer's own time begins: its enable, or
// the last MAC cycle of the layer before if that is later.
CycleParts conv_parts(const ConvCycles& cycles, const ConvLayer& layer,
                      const HardwareConfig& config, const MemoryTiming& memory, Cycles end);
// What it fetches and multiplies; the memory each stream is in decides about the port.
LayerWork conv_work(const ConvLayer& layer, const HardwareConfig& config, bool data_primary = true,
                    bool weights_primary = true);

}  // namespace dla::csc
