// SPDX-License-Identifier: Apache-2.0
// Words and register words about SDP layers, for events and messages.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "dla_tlm/sdp/sdp_op.hpp"

namespace dla::sdp {

// "int8 56x56x64 from CACC, X1 add relu, to memory"
std::string describe(const SdpOp& op);

// Key of a guest error: the field its sentence begins with.
inline std::string first_word(const std::string& sentence) {
    return sentence.substr(0, sentence.find(' '));
}

// Counters are 32 bits wide and stay at their end.
inline std::uint32_t register_word(std::uint64_t count) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, 0xffffffff));
}

}  // namespace dla::sdp
