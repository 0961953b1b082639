// SPDX-License-Identifier: Apache-2.0
// Registers decoded into fields and named values, without side effects of a bus read.
//
//   show_registers(dla, {})                 every unit, registers that differ from power-on
//   show_registers(dla, {"PDP"})            all registers of a unit, both groups
//   show_registers(dla, {"PDP", "1"})       one group
#pragma once

#include "dla_tlm/core/dla.hpp"
#include "vp/monitor/reply.hpp"

namespace dla::vp::monitor {

Result<Reply> show_registers(Dla& dla, Words words);

// "PRODUCER=1 (GROUP_1) CONSUMER=0 (GROUP_0)" of one register's value.
std::string fields_in_words(const char* unit, const regs::RegisterPlace& place,
                            std::uint32_t value);

}  // namespace dla::vp::monitor
