// SPDX-License-Identifier: Apache-2.0
// From CACC's registers to a CaccOp, and the reasons why hardware could not run it.
// spec: conv-pipeline.md section 11.
#pragma once

#include <string>

#include "dla_tlm/cacc/cacc_op.hpp"
#include "dla_tlm/common/register_file.hpp"

namespace dla::cacc {

CaccOp decode(const RegisterFile& cacc, unsigned group, const HardwareConfig& config);

// "" or one sentence: register field, value, legal range.
std::string why_not(const CaccOp& op, const HardwareConfig& config);

}  // namespace dla::cacc
