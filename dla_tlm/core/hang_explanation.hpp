// SPDX-License-Identifier: Apache-2.0
// Why nothing moves in a DLA, for whoever waits for it in vain:
//
//   CSC group 0 waits for space in the link CSC to CMAC_B; CMAC_B is not enabled: D_OP_ENABLE of
//   its group 0 is missing last writes to CSC: D_OP_ENABLE = 0x00000001 (clock 310) last writes to
//   CMAC_B: none
#pragma once

#include <string>

#include "dla_tlm/core/dla.hpp"

namespace dla {

// Sentences on the first line, then the newest register writes of every unit they name.
std::string explain_hang(Dla& dla);

}  // namespace dla
