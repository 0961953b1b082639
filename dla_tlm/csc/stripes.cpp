// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "dla_tlm/csc/conv_timing.hpp"
#include "dla_tlm/csc/mac_cycle.hpp"

namespace dla::csc {

StripeCutter::StripeCutter(const ConvLayer& layer, const TimingConstants& constants)
    : group_(std::uint64_t{layer.out_width} * layer.out_height * layer.batches),
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

}  // namespace dla::csc
