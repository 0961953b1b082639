// SPDX-License-Identifier: Apache-2.0
// CDMA's input converter: offset or mean, scale, truncation, precision; NaN flush and counters.
// spec: conv-pipeline.md section 3.
//
//   Converter converter(settings);
//   converter.run(raw_elements, channels, converted, counters);
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"

namespace dla::cdma {

struct ConverterSettings {
    bool enabled = false;
    Precision in = Precision::kInt8;
    Precision out = Precision::kInt8;
    bool unsigned_input = false;
    std::array<std::int32_t, 4> offset{};  // per channel
    std::int32_t scale = 0;
    unsigned truncate = 0;  // 0..63
    bool flush_nan = false;
};

// Elements of fp16 as fetched from memory, before any flush.
struct NonFinite {
    std::uint32_t nan = 0;
    std::uint32_t infinite = 0;
};

// One element through the integer path; the result in the low 8 or 16 bits.
std::uint16_t convert_element(const ConverterSettings& settings, std::int32_t x,
                              std::int32_t offset);

void count_non_finite(std::span<const std::uint8_t> elements, NonFinite& counters);
void flush_nan(std::span<std::uint8_t> elements);

class Converter {
  public:
    explicit Converter(const ConverterSettings& settings);

    // Neither changes nor counts anything: memory can be copied as it is.
    bool transparent() const;
    unsigned out_bytes() const { return bytes_per_element(settings_.out); }

    // channels: elements side by side that have an offset of their own (1: all the same). src and
    // dst may be the same where the element size stays.
    void run(std::span<const std::uint8_t> src, unsigned channels, std::span<std::uint8_t> dst,
             NonFinite& counters) const;

  private:
    void convert_bytes(std::span<const std::uint8_t> src, unsigned channels,
                       std::span<std::uint8_t> dst) const;
    void convert_words(std::span<const std::uint8_t> src, unsigned channels,
                       std::span<std::uint8_t> dst) const;

    ConverterSettings settings_;
    std::vector<std::array<std::uint16_t, 256>> tables_;  // int8 input: per channel, by raw byte
};

}  // namespace dla::cdma
