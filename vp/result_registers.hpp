// SPDX-License-Identifier: Apache-2.0
// What the units report through their read-only registers, as CSV: unit, register, group, value.
#pragma once

#include <string>

#include "dla_tlm/core/dla.hpp"

namespace dla::vp {

// Counters, status and saturation of both groups, zeros included; not S_STATUS and S_POINTER.
std::string result_registers(const Dla& dla);

}  // namespace dla::vp
