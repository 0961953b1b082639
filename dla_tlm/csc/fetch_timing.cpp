// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "dla_tlm/csc/conv_timing.hpp"

namespace dla::csc {
namespace {

// Cycles that do not depend on the build (sections 4.2 and 4.3).
constexpr double kFeatureTail = 22;       // last beat to CDMA_DAT, weights arriving last
constexpr double kFeatureAloneTail = 28;  // the same, data arriving last
constexpr double kFeatureBlockTail = 37;  // and a last block of three or four surfaces
constexpr double kImageTail = 26;
constexpr double kImageTailSaving = 1;  // builds with a feature tail saving
constexpr double kReleaseToCbuf = 15;   // CSC's release of lines to data, beyond the latency
constexpr double kWeightTail = 23;      // last beat to CDMA_WT
constexpr Cycles kReuseDone = 19;       // CDMA done of a stream that is not fetched

// Cycles per data beat that CDMA needs when the stream has all slots (section 4.2): features pack
// four surfaces at a time, and changing to the next surface of a line costs, most in narrow cubes.
double feature_accept_cycles(const ConvLayer& layer, unsigned surfaces) {
    constexpr double kRest[] = {0, 1, 2, 3.75};
    constexpr double kPerSurface = 0.53;
    constexpr double kPerLine = 0.3;
    constexpr double kNarrow = 1.35;
    const double block = 5.0 * std::floor(surfaces / 4.0) + kRest[surfaces % 4];
    const double width = layer.width;
    return block / surfaces + (kPerSurface + (kPerLine + kNarrow / width) / surfaces) / width;
}

// Images: every line costs a cycle, packing a little more, and no line less than three cycles.
double image_accept_cycles(double beats_per_line) {
    constexpr double kPerBeat = 1.05;
    constexpr double kPerLine = 1;
    constexpr double kLeastPerLine = 3;
    return std::max(kLeastPerLine, kPerBeat * beats_per_line + kPerLine) / beats_per_line;
}

}  // namespace

ConvFetch::ConvFetch(const ConvLayer& layer, const HardwareConfig& config,
                     const MemoryTiming& memory)
    : layer_(layer),
      amounts_(conv_amounts(layer, config)),
      streams_(
          {.data = amounts_.data_beats,
           .weights = amounts_.weight_beats,
           .operands_ahead = layer.operand_beats_ahead},
          config.timing.first_weight_request,
          layer.image ? config.timing.first_image_request : config.timing.first_feature_request,
          memory, config.timing),
      read_latency_(memory.read_latency) {
    const OpenReads open = open_reads(memory, config.timing);
    const bool data_last = amounts_.data_beats > amounts_.weight_beats;
    const unsigned rest = amounts_.surfaces % 4;
    const bool full_block = amounts_.surfaces > 2 && (rest == 0 || rest == 3);
    data_tail_ = !data_last ? kFeatureTail : full_block ? kFeatureBlockTail : kFeatureAloneTail;
    double saving = data_last ? config.timing.feature_tail_saving : 0;
    if (layer.image) {
        data_tail_ = kImageTail;
        saving = saving > 0 ? kImageTailSaving : 0;
    }
    data_tail_ -= saving;
    const bool every_slot =
        memory.beat_interval <= 1 && memory.read_latency + open.turnaround <= open.limit;
    // One-pixel cubes are a single run of atoms.
    const bool one_pixel = layer.width == 1 && layer.height == 1;
    if (amounts_.data_beats > 0 && every_slot && !one_pixel) {
        const double beats_per_line = static_cast<double>(amounts_.data_beats) / layer.height;
        accept_cycles_ = layer.image ? image_accept_cycles(beats_per_line)
                                     : feature_accept_cycles(layer, amounts_.surfaces);
    }
    weight_done_ = amounts_.weight_beats == 0
                       ? kReuseDone
                       : to_cycles(streams_.weight_arrival(amounts_.weight_beats) + kWeightTail);
    data_done_ = data_beats_in_cbuf(amounts_.data_beats);
}

Cycles ConvFetch::first_request() const {
    const double data = streams_.data_arrival(0);
    const double weights = streams_.weight_arrival(0);
    return to_cycles(amounts_.weight_beats > 0 ? std::min(weights, data) : data);
}

double ConvFetch::data_requested() const {
    return static_cast<double>(data_done_) - data_tail_ - read_latency_;
}

double ConvFetch::data_alone() const {
    return std::max(streams_.alone_cycles(amounts_.data_beats),
                    accept_cycles_ * static_cast<double>(amounts_.data_beats));
}

double ConvFetch::weights_requested() const {
    return static_cast<double>(weight_done_) - kWeightTail - read_latency_;
}

Cycles ConvFetch::data_beats_in_cbuf(std::uint64_t beats) const {
    if (beats == 0) return kReuseDone;
    double arrived =
        std::max(streams_.data_arrival(beats),
                 streams_.data_arrival(1) + accept_cycles_ * static_cast<double>(beats - 1));
    if (beats > amounts_.weight_beats) {
        const double alone = static_cast<double>(beats - amounts_.weight_beats);
        arrived = std::max(arrived,
                           streams_.data_arrival(amounts_.weight_beats) + accept_cycles_ * alone);
    }
    return to_cycles(arrived + data_tail_);
}

Cycles ConvFetch::data_after_room(Cycles room, unsigned lines) const {
    // A grain is requested as a whole.
    const std::uint64_t late = std::min<std::uint64_t>(
        layer_.height, ceil_div(lines, layer_.fetch_grain) * layer_.fetch_grain);
    const std::uint64_t beats = amounts_.data_beats * late / layer_.height;
    const double cycles =
        std::max(streams_.alone_cycles(beats), accept_cycles_ * static_cast<double>(beats));
    return room + to_cycles(cycles + read_latency_ + kReleaseToCbuf);
}

Cycles ConvFetch::line_in_cbuf(unsigned line) const {
    return data_beats_in_cbuf(amounts_.data_beats * (line + 1) / layer_.height);
}

Cycles ConvFetch::group_in_cbuf(unsigned group) const {
    if (amounts_.weight_beats == 0) return weight_done_;
    const std::uint64_t kernels =
        std::min<std::uint64_t>(layer_.kernels, (group + 1ull) * layer_.kernels_per_group);
    const std::uint64_t beats =
        ceil_div(kernels * amounts_.kernel_bytes * amounts_.weight_beats, layer_.weight_bytes);
    return to_cycles(streams_.weight_arrival(std::min(beats, amounts_.weight_beats)) + kWeightTail);
}

}  // namespace dla::csc
