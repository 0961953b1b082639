// SPDX-License-Identifier: Apache-2.0
// CMAC_A and CMAC_B: one half of the MAC array each. The arithmetic is done where the work is cut
// (CSC); this unit keeps the layer's order and its end. spec: conv-pipeline.md sections 2 and 11.
#pragma once

#include "dla_tlm/cmac/mac_chunk.hpp"
#include "dla_tlm/common/unit.hpp"

namespace dla::cmac {

class CmacUnit : public Unit {
  public:
    // unit_name: CMAC_A or CMAC_B.
    CmacUnit(sc_core::sc_module_name name, const char* unit_name, MacLink& in, MacLink& out,
             const UnitContext& context);

  private:
    void run();
    void check(unsigned group, const MacChunk& chunk);

    MacLink& in_;
    MacLink& out_;
};

}  // namespace dla::cmac
