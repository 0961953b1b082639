// SPDX-License-Identifier: Apache-2.0
// Registers to operations, and whether the hardware could do them. spec: sdp.md sections 2, 4, 11,
// 12; configurations.md section 1.
//
//   const SdpOp op = decode(regs(), group, config());
//   if (auto why = why_not(op, config()); !why.empty()) report("D_DATA_FORMAT", why);
#pragma once

#include <string>

#include "dla_tlm/common/register_file.hpp"
#include "dla_tlm/sdp/sdp_op.hpp"

namespace dla::sdp {

// registers: of unit SDP.
SdpOp decode(const RegisterFile& registers, unsigned group, const HardwareConfig& config);
// registers: of unit SDP_RDMA.
SdpRdmaOp decode_rdma(const RegisterFile& registers, unsigned group, const HardwareConfig& config);

// "" or a sentence naming register field, value found and what is legal.
std::string why_not(const SdpOp& op, const HardwareConfig& config);
std::string why_not(const SdpRdmaOp& op, const HardwareConfig& config);
// Whether the two units were programmed for the same layer.
std::string why_not_together(const SdpOp& op, const SdpRdmaOp& rdma);

// The same for what hardware carries out although software must not ask for it.
std::string advice(const SdpOp& op);
std::string advice(const SdpRdmaOp& op);
std::string advice_together(const SdpOp& op, const SdpRdmaOp& rdma);

}  // namespace dla::sdp
