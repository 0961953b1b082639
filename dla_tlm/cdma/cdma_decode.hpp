// SPDX-License-Identifier: Apache-2.0
// From CDMA's registers to a CdmaOp, and the reasons why hardware could not run it.
// spec: conv-pipeline.md section 11, data-formats.md section 2.
//
//   const CdmaOp op = decode(registers, group, config);
//   const std::string reason = why_not(op, config);
#pragma once

#include <string>

#include "dla_tlm/cdma/cdma_op.hpp"
#include "dla_tlm/common/register_file.hpp"

namespace dla::cdma {

CdmaOp decode(const RegisterFile& registers, unsigned group, const HardwareConfig& config);

// "" or one sentence: register field, value, legal range.
std::string why_not(const CdmaOp& op, const HardwareConfig& config);

// Entries of one line (Winograd: a quarter of a slice) that the layer's sizes call for.
std::uint64_t entries_needed(const CdmaOp& op);

// One sentence in words, for logs and reports.
std::string describe(const CdmaOp& op);

}  // namespace dla::cdma
