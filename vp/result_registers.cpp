// SPDX-License-Identifier: Apache-2.0
#include "vp/result_registers.hpp"

#include <fmt/format.h>

namespace dla::vp {

std::string result_registers(const Dla& dla) {
    std::string text = "unit,register,group,value\n";
    for (const auto& unit : dla.units()) {
        const RegisterFile& regs = unit->registers();
        const auto table = regs.table();
        for (unsigned i = 0; i < table.size(); ++i) {
            const RegisterInfo& info = table[i];
            if (!info.grouped || info.write_mask != 0) continue;
            for (unsigned group = 0; group < 2; ++group)
                text += fmt::format("{},{},{},{}\n", unit->unit_name(), info.name, group,
                                    regs.value(group, {i, info.offset}));
        }
    }
    return text;
}

}  // namespace dla::vp
