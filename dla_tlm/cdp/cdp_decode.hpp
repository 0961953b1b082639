// SPDX-License-Identifier: Apache-2.0
// From registers to operations, and what the hardware cannot do, in words. spec: cdp.md 7 and 8.
//
//   const CdpRdmaOp rdma = decode_rdma(rdma_regs, rdma_group);
//   const CdpOp op = decode(regs, group, rdma, config);
#pragma once

#include <string>

#include "dla_tlm/cdp/cdp_op.hpp"
#include "dla_tlm/common/register_file.hpp"

namespace dla::cdp {

CdpRdmaOp decode_rdma(const RegisterFile& regs, unsigned group);
CdpOp decode(const RegisterFile& regs, unsigned group, const CdpRdmaOp& rdma,
             const HardwareConfig& config);

// "" where the operation is legal, else one sentence: field, value found, legal range.
std::string why_not(const CdpOp& op, const HardwareConfig& config);
std::string why_not(const CdpRdmaOp& rdma, const HardwareConfig& config);
std::string why_not_together(const CdpOp& op, const CdpRdmaOp& rdma);

// "LRN over 5 channels int8 8x8x32", for reports.
std::string describe(const CdpOp& op);

}  // namespace dla::cdp
