// SPDX-License-Identifier: Apache-2.0
#include "vp/calibration.hpp"

#include <fmt/format.h>

#include <string_view>

namespace dla::vp {

const char* name_of(Uncalibrated reason) {
    constexpr const char* kNames[kUncalibrated] = {
        "second memory port", "element-wise stage",       "semi-planar image",
        "Winograd",           "compressed weights",       "batches",
        "16-bit precision",   "no RTL runs of this unit", "independent units at the same time"};
    return kNames[static_cast<std::size_t>(reason)];
}

std::string Reasons::words() const {
    std::string text;
    for (std::size_t i = 0; i < kUncalibrated; ++i) {
        const auto reason = static_cast<Uncalibrated>(i);
        if (has(reason)) text += std::string(text.empty() ? "" : ", ") + name_of(reason);
    }
    return text;
}

Reasons reasons_of(const OperationEvent& event) {
    const std::string_view unit = event.unit;
    const auto says = [&](std::string_view word) {
        return event.words.find(word) != std::string::npos;
    };
    Reasons reasons;
    reasons.add(Uncalibrated::kUnit, unit == "BDMA" || unit == "RBK");
    reasons.add(Uncalibrated::kSecondPort, event.work.secondary.total() > 0);
    reasons.add(Uncalibrated::kPrecision, event.work.precision != Precision::kInt8);
    reasons.add(Uncalibrated::kConcurrent, !event.parts.shared_with.empty());
    reasons.add(Uncalibrated::kElementWise, unit == "SDP" && says(", Y"));
    if (unit != "CSC") return reasons;
    reasons.add(Uncalibrated::kSemiPlanar, says("semi-planar"));
    reasons.add(Uncalibrated::kWinograd, says("Winograd"));
    reasons.add(Uncalibrated::kCompression, says("compressed"));
    reasons.add(Uncalibrated::kBatch, says("batch"));
    return reasons;
}

std::string uncalibrated_words(const HardwareConfig& config, Reasons reasons) {
    const std::string words = reasons.words();
    if (config.timing.calibrated) return words;
    return "no RTL cycles of " + config.name + (words.empty() ? "" : ", " + words);
}

std::string calibration_notes(const HardwareConfig& config, Reasons reasons) {
    std::string text;
    if (!config.timing.calibrated) {
        text += fmt::format(
            "* not calibrated: no RTL cycles of {} were measured; its timing "
            "follows from its structure\n",
            config.name);
    }
    if (!reasons.empty()) text += fmt::format("* not calibrated: {}\n", reasons.words());
    return text;
}

}  // namespace dla::vp
