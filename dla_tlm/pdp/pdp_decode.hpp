// SPDX-License-Identifier: Apache-2.0
// From registers to operations, and what the hardware cannot do, in words. spec: pdp.md 8 and 9.
//
//   const PdpOp op = decode(regs, group, config);
//   if (auto reason = why_not(op, config); !reason.empty()) report(reason);
#pragma once

#include <string>

#include "dla_tlm/common/register_file.hpp"
#include "dla_tlm/pdp/pdp_op.hpp"

namespace dla::pdp {

PdpOp decode(const RegisterFile& regs, unsigned group, const HardwareConfig& config);
PdpRdmaOp decode_rdma(const RegisterFile& regs, unsigned group);

// "" where the operation is legal, else one sentence: field, value found, legal range.
std::string why_not(const PdpOp& op, const HardwareConfig& config);
std::string why_not(const PdpRdmaOp& rdma, const HardwareConfig& config);
// PDP and PDP_RDMA must agree about the layer they share.
std::string why_not_together(const PdpOp& op, const PdpRdmaOp& rdma);

// The operation in words, for reports: "max 3x3 stride 2x2 pad 1,1,1,1 int8 28x28x8 -> 14x14x8".
std::string describe(const PdpOp& op);

}  // namespace dla::pdp
