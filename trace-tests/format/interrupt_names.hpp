// SPDX-License-Identifier: Apache-2.0
// Names of the interrupts in traces: SDP_0, CDMA_DAT_1, ... in any letter case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dla::trace {

constexpr std::string_view kInterruptNames =
    "SDP, CDP, PDP, BDMA, RUBIK, CDMA_DAT, CDMA_WT or CACC followed by _0 or _1";

// Bit in GLB's registers.
std::optional<std::uint8_t> interrupt_bit_of(std::string_view name);
std::string interrupt_name(unsigned bit);

}  // namespace dla::trace
