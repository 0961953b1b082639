// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/format/interrupt_names.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <utility>

#include "dla_tlm/common/interrupts.hpp"

namespace dla::trace {
namespace {

constexpr std::array<std::pair<std::string_view, InterruptSource>, 8> kSources = {{
    {"SDP", InterruptSource::kSdp},
    {"CDP", InterruptSource::kCdp},
    {"PDP", InterruptSource::kPdp},
    {"BDMA", InterruptSource::kBdma},
    {"RUBIK", InterruptSource::kRubik},
    {"CDMA_DAT", InterruptSource::kCdmaData},
    {"CDMA_WT", InterruptSource::kCdmaWeight},
    {"CACC", InterruptSource::kCacc},
}};

}  // namespace

std::optional<std::uint8_t> interrupt_bit_of(std::string_view name) {
    std::string upper;
    for (const char c : name)
        upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const bool grouped = upper.ends_with("_0") || upper.ends_with("_1");
    if (!grouped) return std::nullopt;
    const int group = upper.back() - '0';
    upper.resize(upper.size() - 2);
    for (const auto& [source_name, source] : kSources)
        if (source_name == upper)
            return static_cast<std::uint8_t>(static_cast<int>(source) + group);
    return std::nullopt;
}

std::string interrupt_name(unsigned bit) {
    for (const auto& [name, source] : kSources)
        if (static_cast<unsigned>(source) == (bit & ~1u))
            return fmt::format("{}_{}", name, bit & 1);
    return fmt::format("bit {}", bit);
}

}  // namespace dla::trace
