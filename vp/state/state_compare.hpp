// SPDX-License-Identifier: Apache-2.0
// Where two saved states differ, in words.
//
//   if (auto first = first_difference(a, b); !first.empty())
//       // "SDP.D_DST_LINE_STRIDE of group 1: 0x20 and 0x40"
#pragma once

#include <string>

#include "vp/state/state_file.hpp"

namespace dla::vp {

// Of units in the order of the first state, then of memory; empty when the states are equal. Not
// compared: what drove the DLA (a trace player, the firmware).
std::string first_difference(const SavedState& first, const SavedState& second);

}  // namespace dla::vp
