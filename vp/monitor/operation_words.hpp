// SPDX-License-Identifier: Apache-2.0
// What a unit's register group describes, in words and as cubes in memory.
#pragma once

#include <cstdint>
#include <string>

#include "dla_tlm/core/dla.hpp"
#include "vp/monitor/cube.hpp"

namespace dla::vp::monitor {

// Empty for units whose registers alone do not say it (CSC, CMAC, CACC: see CDMA).
std::string operation_words(Dla& dla, Unit& unit, unsigned group);

// The cube that a unit reads (source) or writes; an error says which units have one.
Result<CubeInMemory> cube_of_unit(Dla& dla, Unit& unit, bool source, unsigned group);

}  // namespace dla::vp::monitor
