// SPDX-License-Identifier: Apache-2.0
// The vector half of pool_lines that lives in a file of its own.
#pragma once

#include "dla_tlm/pdp/pdp_kernel.hpp"

namespace dla::pdp {

// One output line of an fp16 average; false, with the line unfinished, where an operand is not a
// number or the atom is shorter than a vector.
bool average_line_fp16_fast(const PdpOp& op, const PlaneView& src, unsigned y, std::uint8_t* dst);

}  // namespace dla::pdp
