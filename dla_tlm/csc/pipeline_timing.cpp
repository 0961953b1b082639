// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "dla_tlm/csc/conv_timing.hpp"
#include "dla_tlm/csc/mac_cycle.hpp"

namespace dla::csc {
namespace {

// Cycles that do not depend on the build (sections 4.4 to 4.6).
constexpr Cycles kDataToMac = 24;  // CDMA_DAT to first MAC, plus loading of weights
constexpr Cycles kImageToMac = 29;
constexpr Cycles kWeightToMac = 15;
constexpr double kCreditReturn = 22;  // delivered pixel to MAC operation that needs its room
constexpr double kMacToDelivery = 16;
constexpr Cycles kCscDone = 48;

}  // namespace

Cycles first_mac(const ConvLayer& layer, unsigned kernels_in_group, Cycles data_in_cbuf,
                 Cycles weights_in_cbuf) {
    const Cycles load = std::max(2u, kernels_in_group);
    return std::max(data_in_cbuf + (layer.image ? kImageToMac : kDataToMac) + load,
                    weights_in_cbuf + kWeightToMac + load);
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

}  // namespace dla::csc
