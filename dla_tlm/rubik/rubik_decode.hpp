// SPDX-License-Identifier: Apache-2.0
// From registers to operations, and what the hardware cannot do, in words. spec: bdma-rubik.md B.4.
#pragma once

#include <string>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/register_file.hpp"
#include "dla_tlm/rubik/rubik_op.hpp"

namespace dla::rubik {

RubikOp decode(const RegisterFile& regs, unsigned group, const HardwareConfig& config);

// "" where the operation is legal, else one sentence: field, value found, legal range.
std::string why_not(const RubikOp& op, const HardwareConfig& config);

// "contract 2x2 int8 8x8x128 -> 16x16x32", for reports.
std::string describe(const RubikOp& op);

}  // namespace dla::rubik
