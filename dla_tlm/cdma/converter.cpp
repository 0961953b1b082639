// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/converter.hpp"

#include <cstring>

#include "dla_tlm/numerics/numerics.hpp"

namespace dla::cdma {
namespace {

constexpr std::uint16_t kInfinity = 0x7c00;

std::uint16_t magnitude(std::uint16_t bits) {
    return bits & 0x7fff;
}

std::uint16_t load_word(const std::uint8_t* from) {
    std::uint16_t word = 0;
    std::memcpy(&word, from, sizeof(word));
    return word;
}

void store_word(std::uint8_t* to, std::uint16_t word) {
    std::memcpy(to, &word, sizeof(word));
}

}  // namespace

std::uint16_t convert_element(const ConverterSettings& settings, std::int32_t x,
                              std::int32_t offset) {
    const std::int64_t product = std::int64_t{x - offset} * settings.scale;
    const std::int64_t q =
        numerics::saturate<17>(numerics::round_shift_half_away(product, settings.truncate));
    switch (settings.out) {
        case Precision::kInt8:
            return static_cast<std::uint8_t>(numerics::saturate<8>(q));
        case Precision::kInt16:
            return static_cast<std::uint16_t>(numerics::saturate<16>(q));
        case Precision::kFp16:
            break;
    }
    return numerics::int17_to_fp16(static_cast<std::int32_t>(q));
}

void count_non_finite(std::span<const std::uint8_t> elements, NonFinite& counters) {
    std::uint32_t nan = 0;
    std::uint32_t infinite = 0;
    for (std::size_t i = 0; i + 1 < elements.size(); i += 2) {
        const std::uint16_t value = magnitude(load_word(&elements[i]));
        nan += value > kInfinity ? 1 : 0;
        infinite += value == kInfinity ? 1 : 0;
    }
    counters.nan += nan;
    counters.infinite += infinite;
}

void flush_nan(std::span<std::uint8_t> elements) {
    for (std::size_t i = 0; i + 1 < elements.size(); i += 2) {
        const std::uint16_t bits = load_word(&elements[i]);
        store_word(&elements[i], magnitude(bits) > kInfinity ? 0 : bits);
    }
}

Converter::Converter(const ConverterSettings& settings) : settings_(settings) {
    if (!settings.enabled || settings.in != Precision::kInt8) return;
    tables_.resize(settings.offset.size());
    for (std::size_t channel = 0; channel < tables_.size(); ++channel) {
        for (unsigned raw = 0; raw < 256; ++raw) {
            const std::int32_t x = settings.unsigned_input ? static_cast<std::int32_t>(raw)
                                                           : static_cast<std::int8_t>(raw);
            tables_[channel][raw] = convert_element(settings, x, settings.offset[channel]);
        }
    }
}

bool Converter::transparent() const {
    return !settings_.enabled && settings_.in != Precision::kFp16;
}

void Converter::run(std::span<const std::uint8_t> src, unsigned channels,
                    std::span<std::uint8_t> dst, NonFinite& counters) const {
    if (settings_.enabled && settings_.in == Precision::kInt8)
        return convert_bytes(src, channels, dst);
    if (settings_.enabled && settings_.in == Precision::kInt16)
        return convert_words(src, channels, dst);
    if (settings_.in == Precision::kFp16) count_non_finite(src, counters);
    if (src.data() != dst.data()) std::memcpy(dst.data(), src.data(), src.size());
    if (settings_.in == Precision::kFp16 && settings_.flush_nan) flush_nan(dst.first(src.size()));
}

void Converter::convert_bytes(std::span<const std::uint8_t> src, unsigned channels,
                              std::span<std::uint8_t> dst) const {
    unsigned channel = 0;
    for (std::size_t i = 0; i < src.size(); ++i) {
        const std::uint16_t value = tables_[channel][src[i]];
        channel = channel + 1 == channels ? 0 : channel + 1;
        if (settings_.out == Precision::kInt8) {
            dst[i] = static_cast<std::uint8_t>(value);
        } else {
            store_word(&dst[2 * i], value);
        }
    }
}

void Converter::convert_words(std::span<const std::uint8_t> src, unsigned channels,
                              std::span<std::uint8_t> dst) const {
    unsigned channel = 0;
    for (std::size_t i = 0; i < src.size() / 2; ++i) {
        const std::uint16_t raw = load_word(&src[2 * i]);
        const std::int32_t x = settings_.unsigned_input ? static_cast<std::int32_t>(raw)
                                                        : static_cast<std::int16_t>(raw);
        const std::uint16_t value = convert_element(settings_, x, settings_.offset[channel]);
        channel = channel + 1 == channels ? 0 : channel + 1;
        if (settings_.out == Precision::kInt8) {
            dst[i] = static_cast<std::uint8_t>(value);
        } else {
            store_word(&dst[2 * i], value);
        }
    }
}

}  // namespace dla::cdma
