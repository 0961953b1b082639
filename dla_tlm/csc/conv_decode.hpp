// SPDX-License-Identifier: Apache-2.0
// From CSC's registers to a ConvOp, and the reasons why hardware could not run it.
// spec: conv-pipeline.md section 11.
//
//   const ConvOp op = decode(csc_registers, group, config);
//   std::string reason = why_not(op, config);
//   if (reason.empty()) reason = why_disagree({cdma, csc, cmac_a, cmac_b, cacc}, config);
//   std::string words = advice({cdma, csc}, config);  // wrong, but computed all the same
#pragma once

#include <string>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/register_file.hpp"
#include "dla_tlm/csc/conv_op.hpp"

namespace dla::csc {

ConvOp decode(const RegisterFile& csc, unsigned group, const HardwareConfig& config);

// "" or one sentence: register field, value, legal range.
std::string why_not(const ConvOp& op, const HardwareConfig& config);

// One unit's registers and the group that holds the layer.
struct UnitGroup {
    const RegisterFile* registers;
    unsigned group;
};

struct PipelineGroups {
    UnitGroup cdma;
    UnitGroup csc;
    UnitGroup cmac_a;
    UnitGroup cmac_b;
    UnitGroup cacc;
};

// Fields that several units of the pipeline hold and that must be equal; "" or the first that
// is not. A unit whose registers are null is not compared.
std::string why_disagree(const PipelineGroups& units, const HardwareConfig& config);

// Byte counts of CDMA and CSC that software must set alike though hardware finds the weights
// without; "" or a sentence. spec: evidence-nv_small.md section 5.
std::string advice(const PipelineGroups& units, const HardwareConfig& config);

}  // namespace dla::csc
