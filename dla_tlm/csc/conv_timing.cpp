// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/conv_timing.hpp"

#include <algorithm>
#include <cmath>

#include "dla_tlm/csc/cbuf_room.hpp"

namespace dla::csc {
namespace {

// Cycles of the parts of the pipeline that do not depend on the build (sections 4.2 to 4.5).
constexpr double kFeatureTail = 22;       // last beat to CDMA_DAT, weights arriving last
constexpr double kFeatureAloneTail = 28;  // the same, data arriving last
constexpr double kFeatureBlockTail = 37;  // and a last block of three or four surfaces
constexpr double kImageTail = 26;
constexpr double kImageTailSaving = 1;  // builds with a feature tail saving
constexpr double kReleaseToCbuf = 15;   // CSC's release of lines to data, beyond the latency
constexpr double kWeightTail = 23;      // last beat to CDMA_WT
constexpr Cycles kReuseDone = 19;       // CDMA done of a stream that is not fetched
constexpr Cycles kDataToMac = 24;       // CDMA_DAT to first MAC, plus loading of weights
constexpr Cycles kImageToMac = 29;
constexpr Cycles kWeightToMac = 15;
constexpr double kCreditReturn = 22;  // delivered pixel to MAC operation that needs its room
constexpr double kMacToDelivery = 16;
constexpr Cycles kCscDone = 48;

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

// Output pixels of one MAC cycle: Winograd works on 2x2 tiles.
std::uint64_t pixels_per_mac_cycle(const ConvLayer& layer) {
    return layer.winograd ? 4 : 1;
}

std::uint64_t group_pixels(const ConvLayer& layer) {
    return std::uint64_t{layer.out_width} * layer.out_height * layer.batches;
}

}  // namespace

ConvAmounts conv_amounts(const ConvLayer& layer, const HardwareConfig& config) {
    const std::uint64_t beat = config.primary.width_bytes;
    const std::uint64_t atom = config.memory_atom_bytes;
    ConvAmounts a{};
    a.surfaces = static_cast<unsigned>(
        ceil_div(std::uint64_t{layer.channels} * bytes_per_element(layer.precision), atom));
    if (layer.image) {
        for (const unsigned bytes : layer.plane_bytes_per_pixel) {
            const std::uint64_t before = layer.x_offset * bytes;
            a.data_beats +=
                ceil_div(before % beat + std::uint64_t{layer.width} * bytes, beat) * layer.height;
        }
        a.operations =
            ceil_div(std::uint64_t{layer.kernel_width} * layer.channels, config.atomic_c) *
            layer.kernel_height;
    } else {
        a.data_beats =
            ceil_div(layer.width * atom, beat) * a.surfaces * layer.height * layer.batches;
        a.operations = layer.winograd ? ceil_div(layer.channels, 4)
                                      : ceil_div(layer.channels, config.atomic_c) *
                                            layer.kernel_height * layer.kernel_width;
    }
    a.weight_beats = ceil_div(layer.weight_bytes, beat);
    if (layer.data_reuse) a.data_beats = 0;
    if (layer.weight_reuse) a.weight_beats = 0;
    a.groups = static_cast<unsigned>(ceil_div(layer.kernels, layer.kernels_per_group));
    a.last_group_kernels = layer.kernels - (a.groups - 1) * layer.kernels_per_group;
    a.kernel_bytes = std::uint64_t{layer.kernel_height} * layer.kernel_width * layer.channels *
                     bytes_per_element(layer.precision);
    // Compressed weights: the groups share what is fetched.
    a.kernel_bytes = std::min(a.kernel_bytes, ceil_div(layer.weight_bytes, layer.kernels));
    a.pixels = group_pixels(layer);
    return a;
}

std::uint64_t weight_capacity(const ConvLayer& layer, const HardwareConfig& config) {
    return std::uint64_t{layer.weight_banks} * config.cbuf.entries_per_bank *
           config.cbuf.entry_bytes;
}

std::uint64_t conv_mac_cycles(const ConvLayer& layer, const HardwareConfig& config) {
    const ConvAmounts a = conv_amounts(layer, config);
    StripeCutter cutter(layer, config.timing);
    cutter.begin_group();
    std::uint64_t stripe_cycles = 0;
    while (cutter.pixels_left() > 0) {
        stripe_cycles += std::max<std::uint64_t>(cutter.take() / pixels_per_mac_cycle(layer),
                                                 config.timing.least_operation_cycles);
    }
    return a.groups * a.operations * stripe_cycles;
}

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
          memory, config.timing) {
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

Cycles first_mac(const ConvLayer& layer, unsigned kernels_in_group, Cycles data_in_cbuf,
                 Cycles weights_in_cbuf) {
    const Cycles load = std::max(2u, kernels_in_group);
    return std::max(data_in_cbuf + (layer.image ? kImageToMac : kDataToMac) + load,
                    weights_in_cbuf + kWeightToMac + load);
}

StripeCutter::StripeCutter(const ConvLayer& layer, const TimingConstants& constants)
    : group_(group_pixels(layer)),
      line_(layer.image ? layer.out_width : 0),
      full_((layer.image ? constants.cacc_credits : constants.stripe_pixels) *
            pixels_per_mac_cycle(layer)),
      least_(constants.least_operation_cycles * pixels_per_mac_cycle(layer)) {}

void StripeCutter::begin_group() {
    left_ = group_;
}

std::uint64_t StripeCutter::next() const {
    if (line_ > 0) {
        const std::uint64_t in_line = left_ % line_ == 0 ? line_ : left_ % line_;
        return std::min(full_, in_line);
    }
    if (left_ >= 2 * full_) return full_;
    return left_ < 2 * least_ || left_ <= full_ ? left_ : least_;
}

std::uint64_t StripeCutter::take() {
    const std::uint64_t pixels = next();
    left_ -= pixels;
    return pixels;
}

std::uint64_t StripeCutter::equal_stripes() const {
    if (left_ == 0) return 0;
    if (line_ == 0) return left_ >= 2 * full_ ? left_ / full_ - 1 : 1;
    if (line_ % full_ == 0 || line_ < full_) return left_ / next();
    return std::max<std::uint64_t>(1, (left_ % line_ == 0 ? line_ : left_ % line_) / full_);
}

void StripeCutter::skip(std::uint64_t stripes) {
    left_ -= stripes * next();
}

ConvPipeline::ConvPipeline(const ConvLayer& layer, const HardwareConfig& config)
    : layer_(layer),
      amounts_(conv_amounts(layer, config)),
      constants_(config.timing),
      cutter_(layer, config.timing),
      cycles_per_pixel_(config.timing.cycles_per_pixel) {}

ConvPipeline::ConvPipeline(const ConvLayer& layer, const HardwareConfig& config,
                           const ConvPipeline& previous)
    : ConvPipeline(layer, config) {
    free_ = previous.free_;
    held_ = previous.held_;
    scheduled_ = previous.scheduled_;
    taken_ = previous.taken_;
    layer_begin_ = previous.scheduled_;
    runs_ = previous.runs_;
    earliest_mac_ = static_cast<double>(previous.last_mac()) +
                    static_cast<double>(previous.last_stripe_ + constants_.csc_layer_gap);
}

void ConvPipeline::begin_group(unsigned group, Cycles data_in_cbuf, Cycles weights_in_cbuf) {
    const unsigned kernels =
        group + 1 == amounts_.groups ? amounts_.last_group_kernels : layer_.kernels_per_group;
    const Cycles ready = csc::first_mac(layer_, kernels, data_in_cbuf, weights_in_cbuf);
    const double waited = static_cast<double>(ready) - mac_time_;
    if (first_mac_ >= 0) weight_stall_ += std::max(0.0, waited);
    mac_time_ = std::max({mac_time_, earliest_mac_, static_cast<double>(ready)});
    if (first_mac_ < 0) first_mac_ = mac_time_;
    cutter_.begin_group();
    steady_steps_ = 0;
}

Cycles ConvPipeline::deliver(std::uint64_t pixels) {
    taken_ += pixels;
    while (scheduled_ < taken_ && cutter_.pixels_left() > 0) {
        repeat_steady_stripes(taken_);
        if (scheduled_ < taken_) next_stripe();
    }
    return to_cycles(delivered_at(taken_));
}

void ConvPipeline::next_stripe() {
    const std::uint64_t pixels = cutter_.take();
    const std::uint64_t cycles = std::max<std::uint64_t>(pixels / pixels_per_mac_cycle(layer_),
                                                         constants_.least_operation_cycles);
    mac_time_ += static_cast<double>(cycles * (amounts_.operations - 1));
    // The last operation needs room in CACC for every pixel.
    const std::uint64_t room = scheduled_ + pixels;
    if (room > constants_.cacc_credits) {
        const double freed = delivered_at(room - constants_.cacc_credits) + kCreditReturn;
        output_stall_ += std::max(0.0, freed - mac_time_);
        mac_time_ = std::max(mac_time_, freed);
    }
    const double length = static_cast<double>(pixels) * cycles_per_pixel_;
    double ready = std::max({free_, held_, mac_time_ + kMacToDelivery});
    if (first_delivery_ < 0) first_delivery_ = ready + cycles_per_pixel_;
    const double paced =
        first_delivery_ + static_cast<double>(scheduled_ + pixels - layer_begin_) * pace_;
    ready = std::max(ready, paced - length);
    remember(pixels, ready);
    free_ = ready + length;
    mac_time_ += static_cast<double>(cycles);
    steady_steps_ = pixels == last_stripe_ ? std::min(steady_steps_ + 1, kSteps) : 1;
    last_stripe_ = pixels;
    std::shift_right(steps_.begin(), steps_.end(), 1);
    steps_.front() = {mac_time_, free_, output_stall_};
}

// Once two periods of two stripes took the same time, all further equal stripes do.
void ConvPipeline::repeat_steady_stripes(std::uint64_t wanted) {
    if (steady_steps_ < kSteps || cutter_.next() != last_stripe_) return;
    const double period = steps_[0].mac_time - steps_[2].mac_time;
    if (period != steps_[2].mac_time - steps_[4].mac_time ||
        period != steps_[0].free - steps_[2].free || period != steps_[2].free - steps_[4].free) {
        return;
    }
    const std::uint64_t pairs =
        std::min(cutter_.equal_stripes(), (wanted - scheduled_) / last_stripe_) / 2;
    const std::uint64_t stripes = 2 * pairs;
    const double later = static_cast<double>(pairs) * period;
    const std::uint64_t pixels = stripes * last_stripe_;
    cutter_.skip(stripes);
    scheduled_ += pixels;
    mac_time_ += later;
    free_ += later;
    const double stall = steps_[0].output_stall - steps_[2].output_stall;
    output_stall_ += static_cast<double>(pairs) * stall;
    for (Run& run : runs_) {
        run.first += pixels;
        run.ready += later;
    }
    for (Step& step : steps_) {
        step.mac_time += later;
        step.free += later;
        step.output_stall += static_cast<double>(pairs) * stall;
    }
}

void ConvPipeline::remember(std::uint64_t pixels, double ready) {
    std::shift_right(runs_.begin(), runs_.end(), 1);
    runs_.front() = {.first = scheduled_, .pixels = pixels, .ready = ready};
    scheduled_ += pixels;
}

// pixel counts from 1.
double ConvPipeline::delivered_at(std::uint64_t pixel) const {
    for (const Run& run : runs_) {
        if (pixel > run.first) {
            return run.ready + static_cast<double>(pixel - run.first) * cycles_per_pixel_;
        }
    }
    return 0;
}

void ConvPipeline::hold(Cycles until) {
    held_ = std::max(held_, static_cast<double>(until));
    if (scheduled_ <= taken_) return;
    // The rest of the newest stripe has not left CACC yet.
    Run& newest = runs_.front();
    const std::uint64_t rest = scheduled_ - taken_;
    if (newest.ready + static_cast<double>(newest.pixels - rest) * cycles_per_pixel_ >= held_) {
        return;
    }
    newest.pixels -= rest;
    scheduled_ -= rest;
    remember(rest, held_);
    free_ = held_ + static_cast<double>(rest) * cycles_per_pixel_;
    steady_steps_ = 0;
}

void ConvPipeline::slow_down(double cycles_per_pixel) {
    cycles_per_pixel_ = std::max(cycles_per_pixel_, cycles_per_pixel);
}

Cycles ConvPipeline::last_mac() const {
    const std::uint64_t least = constants_.least_operation_cycles;
    const std::uint64_t cycles = last_stripe_ / pixels_per_mac_cycle(layer_);
    const std::uint64_t idle = cycles < least ? least - cycles : 0;
    return to_cycles(mac_time_) - static_cast<Cycles>(idle) - 1;
}

Cycles ConvPipeline::data_free() const {
    return last_mac() + kCscDone;
}

Cycles ConvPipeline::csc_done() const {
    return data_free() + static_cast<Cycles>(last_stripe_);
}

Cycles ConvPipeline::weights_free() const {
    // The last operation has loaded its weights before it starts.
    const std::uint64_t operation = std::max<std::uint64_t>(
        last_stripe_ / pixels_per_mac_cycle(layer_), constants_.least_operation_cycles);
    return to_cycles(mac_time_) - static_cast<Cycles>(operation);
}

Cycles ConvPipeline::last_delivery() const {
    return to_cycles(free_);
}

ConvCycles conv_cycles(const ConvLayer& layer, const HardwareConfig& config,
                       const MemoryTiming& memory, ConsumerPace consumer) {
    const ConvFetch fetch(layer, config, memory);
    ConvPipeline pipeline(layer, config);
    pipeline.slow_down(consumer.cycles_per_pixel);
    pipeline.pace(consumer.pace);
    WeightRoom room(weight_capacity(layer, config), config.primary.width_bytes, memory);
    Cycles weight_done = fetch.weight_done();
    for (unsigned group = 0; group < fetch.amounts().groups; ++group) {
        const std::uint64_t bytes = fetch.amounts().group_bytes(group, layer.kernels_per_group);
        const Cycles weights = room.fetch(bytes, fetch.group_in_cbuf(group));
        weight_done = std::max(weight_done, weights);
        pipeline.begin_group(group, fetch.data_done(), weights);
        pipeline.deliver(fetch.amounts().pixels);
        room.release(bytes, pipeline.weights_free());
    }
    return {.data_done = fetch.data_done(),
            .weight_done = weight_done,
            .first_weights = fetch.group_in_cbuf(0),
            .first_mac = pipeline.first_mac(),
            .last_mac = pipeline.last_mac(),
            .cacc_done = pipeline.last_delivery(),
            .weight_stall = pipeline.weight_stall(),
            .output_stall = pipeline.output_stall()};
}

CycleParts conv_parts(const ConvCycles& cycles, const ConvLayer& layer,
                      const HardwareConfig& config, const MemoryTiming& memory, Cycles end) {
    // The first round trip is latency, whatever it was for.
    const double first_data = memory.read_latency + config.timing.first_weight_request;
    const auto fetched = [&](Cycles in_cbuf) {
        return std::max(0.0, static_cast<double>(in_cbuf) - first_data);
    };
    CycleParts parts{};
    parts.compute = static_cast<double>(conv_mac_cycles(layer, config));
    parts.output = cycles.output_stall + static_cast<double>(cycles.cacc_done - cycles.last_mac);
    parts.data_fetch = fetched(cycles.data_done);
    parts.weight_fetch =
        cycles.weight_stall + std::max(0.0, fetched(cycles.first_weights) - parts.data_fetch);
    parts.latency = std::max(0.0, static_cast<double>(end) - parts.total());
    return parts;
}

LayerWork conv_work(const ConvLayer& layer, const HardwareConfig& config, bool data_primary,
                    bool weights_primary) {
    const ConvAmounts a = conv_amounts(layer, config);
    const std::uint64_t beat = config.primary.width_bytes;
    LayerWork work{};
    work.precision = layer.precision;
    work.macs =
        a.pixels * layer.kernels * layer.kernel_height * layer.kernel_width * layer.channels;
    (data_primary ? work.primary : work.secondary).read += a.data_beats * beat;
    (weights_primary ? work.primary : work.secondary).read += a.weight_beats * beat;
    // Filled once; every MAC cycle reads an atom of data, every stripe the weights of its
    // operations.
    const std::uint64_t atom = std::uint64_t{config.atomic_c} * bytes_per_element(layer.precision);
    const std::uint64_t mac_cycles = conv_mac_cycles(layer, config);
    const std::uint64_t stripe_cycles =
        std::max<std::uint64_t>(config.timing.stripe_pixels, config.timing.least_operation_cycles);
    work.cbuf_bytes = (a.data_beats + a.weight_beats) * beat + mac_cycles * atom +
                      ceil_div(mac_cycles, stripe_cycles) * atom * layer.kernels_per_group;
    return work;
}

}  // namespace dla::csc
