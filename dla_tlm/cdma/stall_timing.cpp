// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/stall_timing.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "dla_tlm/cdma/pixel_format.hpp"

namespace dla::cdma {
namespace {

constexpr unsigned kRequestAtoms = 8;  // of features and weights, at most
constexpr unsigned kImageRequestAtoms = 4;

// Requests of a stream that wait in front of the arbiter, beats the port has taken of the oldest,
// and the cycles between the first request and its counting.
struct Queue {
    unsigned requests;
    std::int64_t beats;
    double start;
};
constexpr Queue kWeightQueue{.requests = 6, .beats = 2, .start = 9};
constexpr Queue kFeatureQueue{.requests = 8, .beats = 2, .start = 7};
constexpr Queue kImageQueue{.requests = 11, .beats = 12, .start = 7};

// Runs of atoms, cut into requests at multiples of the longest one.
class Requests {
  public:
    Requests(unsigned atom_bytes, unsigned most_atoms, unsigned beat_bytes, unsigned remembered)
        : atom_bytes_(atom_bytes),
          most_atoms_(most_atoms),
          beat_bytes_(beat_bytes),
          remembered_(remembered) {}

    // least_cycles: of making a run's requests, one of which takes a cycle otherwise.
    void add(std::uint64_t address, std::uint64_t atoms, std::uint64_t least_cycles = 1) {
        const std::uint64_t begin = address / atom_bytes_;
        const std::uint64_t end = begin + atoms;
        const std::uint64_t first = begin / most_atoms_;
        const std::uint64_t last = ceil_div(end, most_atoms_);
        count_ += last - first;
        cycles_ += std::max(last - first, least_cycles);
        const std::uint64_t from = last - std::min<std::uint64_t>(last - first, remembered_);
        for (std::uint64_t i = from; i < last; ++i) {
            const std::uint64_t size =
                std::min(end, (i + 1) * most_atoms_) - std::max(begin, i * most_atoms_);
            newest_.push_back(ceil_div(size * atom_bytes_, beat_bytes_));
            if (newest_.size() > remembered_) newest_.pop_front();
        }
    }

    std::uint64_t count() const { return count_; }
    std::uint64_t cycles() const { return cycles_; }
    std::uint64_t newest_beats() const {
        std::uint64_t beats = 0;
        for (const std::uint64_t request : newest_)
            beats += request;
        return beats;
    }

  private:
    unsigned atom_bytes_;
    unsigned most_atoms_;
    unsigned beat_bytes_;
    std::size_t remembered_;
    std::uint64_t count_ = 0;
    std::uint64_t cycles_ = 0;
    std::deque<std::uint64_t> newest_;  // beats of each
};

// Lines of a surface that lie one behind the other are asked for as one run.
void add_feature(Requests& requests, const CdmaOp& op) {
    constexpr std::uint64_t kRunCycles = 2;
    if (op.width == 1 && op.height == 1 && op.surface_stride == op.atom_bytes) {
        requests.add(op.address, op.surfaces());
        return;
    }
    for (unsigned line = 0; line < op.height; line += op.fetch_grain) {
        const unsigned lines = std::min(op.fetch_grain, op.height - line);
        const unsigned together = op.line_packed ? lines : 1;
        for (unsigned surface = 0; surface < op.surfaces(); ++surface) {
            for (unsigned l = 0; l < lines; l += together) {
                const std::uint64_t offset =
                    surface * op.surface_stride + std::uint64_t{line + l} * op.line_stride;
                requests.add(op.address + offset, std::uint64_t{op.width} * together, kRunCycles);
            }
        }
    }
}

void add_image(Requests& requests, const CdmaOp& op) {
    const PixelFormat& format = *find_pixel_format(op.pixel_format);
    const auto add_line = [&](std::uint64_t address, std::size_t bytes_per_pixel) {
        if (bytes_per_pixel == 0) return;
        const std::uint64_t before = op.x_offset * bytes_per_pixel % op.atom_bytes;
        requests.add(address, ceil_div(before + op.width * bytes_per_pixel, op.atom_bytes));
    };
    for (unsigned line = 0; line < op.height; ++line) {
        add_line(op.address + line * op.line_stride, format.plane0_bytes());
        add_line(op.address_uv + line * op.uv_line_stride,
                 format.semi_planar ? format.plane1_bytes() : 0);
    }
}

// Cycle in which the port takes the request of a stream's beat (1, 2, ...): one a cycle until all
// reads are open that may be, whatever the memory's pace.
class PortRequests {
  public:
    PortRequests(const csc::ConvLayer& layer, const HardwareConfig& config,
                 const MemoryTiming& memory)
        : constants_(config.timing),
          memory_(memory),
          height_(layer.height),
          fetch_(layer, config, memory),
          first_weight_(constants_.first_weight_request),
          first_data_(layer.image ? constants_.first_image_request
                                  : constants_.first_feature_request),
          every_cycle_({.data = amounts().data_beats,
                        .weights = amounts().weight_beats,
                        .operands_ahead = layer.operand_beats_ahead},
                       first_weight_, first_data_, kInstantMemory, constants_) {}

    const csc::ConvAmounts& amounts() const { return fetch_.amounts(); }
    double data(std::uint64_t beat) const {
        const double request = taken(every_cycle_.data_arrival(beat));
        const std::uint64_t ahead = constants_.outstanding_reads + kQueuedBeats;
        return beat <= ahead ? request : std::max(request, accepted(beat - ahead));
    }
    double weight(std::uint64_t beat) const { return taken(every_cycle_.weight_arrival(beat)); }

  private:
    static constexpr MemoryTiming kInstantMemory{.read_latency = 0, .write_latency = 0};
    static constexpr std::uint64_t kQueuedBeats = 64;  // between CDMA and the port
    static constexpr double kAcceptToCbuf = 28;

    double taken(double every_cycle) const {
        const double first = amounts().weight_beats > 0 ? first_weight_ : first_data_;
        const auto slot = static_cast<std::uint64_t>(std::llround(every_cycle - first));
        const OpenReads open = open_reads(memory_, constants_);
        const auto limit = static_cast<std::uint64_t>(open.limit);
        if (limit < constants_.outstanding_reads)
            return issue_cycle(slot, first, memory_, constants_);
        if (slot < limit) return every_cycle;
        const double returned =
            issue_cycle(slot - limit, first, memory_, constants_) + memory_.read_latency;
        return std::max(every_cycle, returned + open.turnaround);
    }

    // CDMA takes data slower than a beat per cycle where surfaces are packed.
    double accepted(std::uint64_t beat) const {
        const double lines =
            static_cast<double>(beat * height_) / static_cast<double>(amounts().data_beats);
        const auto line = static_cast<unsigned>(lines);
        if (line == 0 || line >= height_) return 0;
        const auto before = static_cast<double>(fetch_.line_in_cbuf(line - 1));
        const auto after = static_cast<double>(fetch_.line_in_cbuf(line));
        return before + (after - before) * (lines - line) - kAcceptToCbuf;
    }

    const TimingConstants& constants_;
    MemoryTiming memory_;
    unsigned height_;
    csc::ConvFetch fetch_;
    double first_weight_;
    double first_data_;
    CdmaStreams every_cycle_;
};

// taken: cycle in which the port takes the request of a beat of the stream.
template <class Taken>
std::uint32_t stall(const Requests& requests, std::uint64_t beats, const Queue& queue,
                    double first_request, Taken taken) {
    const std::int64_t beat = static_cast<std::int64_t>(beats) -
                              static_cast<std::int64_t>(requests.newest_beats()) - queue.beats;
    if (requests.count() <= queue.requests || beat <= 0) return 0;
    const double waited = taken(static_cast<std::uint64_t>(beat)) - first_request -
                          static_cast<double>(requests.cycles()) + queue.start;
    return static_cast<std::uint32_t>(std::llround(std::max(0.0, waited)));
}

}  // namespace

ReadStalls read_stalls(const CdmaOp& op, const csc::ConvLayer& layer, const HardwareConfig& config,
                       const MemoryTiming& memory) {
    const PortRequests port(layer, config, memory);
    const unsigned beat = config.primary.width_bytes;
    const double first = config.timing.first_weight_request;
    const csc::ConvAmounts& amounts = port.amounts();
    ReadStalls stalls;
    if (amounts.data_beats > 0) {
        const bool image = op.mode == CdmaOp::Mode::kImage;
        const Queue& queue = image ? kImageQueue : kFeatureQueue;
        Requests requests(op.atom_bytes, image ? kImageRequestAtoms : kRequestAtoms, beat,
                          queue.requests);
        image ? add_image(requests, op) : add_feature(requests, op);
        stalls.data = stall(requests, amounts.data_beats, queue, first,
                            [&](std::uint64_t k) { return port.data(k); });
    }
    if (amounts.weight_beats > 0) {
        // The last request counts as a whole one.
        const std::uint64_t longest = ceil_div(kRequestAtoms * op.atom_bytes, beat);
        const std::uint64_t whole = ceil_div(amounts.weight_beats, longest) * longest;
        Requests requests(op.atom_bytes, kRequestAtoms, beat, kWeightQueue.requests);
        requests.add(0, whole * beat / op.atom_bytes);
        stalls.weights = stall(requests, whole, kWeightQueue, first,
                               [&](std::uint64_t k) { return port.weight(k); });
    }
    return stalls;
}

}  // namespace dla::cdma
