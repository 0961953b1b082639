// SPDX-License-Identifier: Apache-2.0
// Which cycles no RTL was measured for: they follow from the structure of the hardware alone, and
// every report says so.
//
//   const Reasons reasons = reasons_of(event);
//   fmt::print("{}", calibration_notes(config, reasons));
#pragma once

#include <cstdint>
#include <string>

#include "dla_tlm/common/events.hpp"
#include "dla_tlm/common/hardware_config.hpp"

namespace dla::vp {

enum class Uncalibrated : std::uint8_t {
    kSecondPort,
    kElementWise,
    kSemiPlanar,
    kWinograd,
    kCompression,
    kBatch,
    kPrecision,  // other than int8
    kUnit,       // BDMA, RUBIK
    kConcurrent  // layers of independent units at the same time
};
constexpr std::size_t kUncalibrated = 9;
const char* name_of(Uncalibrated reason);

// A set of them.
class Reasons {
  public:
    void add(Uncalibrated reason, bool when = true) {
        if (when) bits_ |= bit(reason);
    }
    bool has(Uncalibrated reason) const { return (bits_ & bit(reason)) != 0; }
    bool empty() const { return bits_ == 0; }
    Reasons& operator|=(Reasons other) {
        bits_ |= other.bits_;
        return *this;
    }
    std::string words() const;  // separated by commas

  private:
    static unsigned bit(Uncalibrated reason) { return 1u << static_cast<unsigned>(reason); }

    unsigned bits_ = 0;
};

// What the layer's unit, its work and the unit's words for it say.
Reasons reasons_of(const OperationEvent& event);

// Reasons of the configuration and of its layers, separated by commas.
std::string uncalibrated_words(const HardwareConfig& config, Reasons reasons);
// The same as lines below a table; empty where all is calibrated.
std::string calibration_notes(const HardwareConfig& config, Reasons reasons);

}  // namespace dla::vp
