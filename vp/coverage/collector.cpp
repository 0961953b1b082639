// SPDX-License-Identifier: Apache-2.0
#include "vp/coverage/collector.hpp"

#include <string_view>

namespace dla::vp::coverage {

void Collector::watch(Dla& dla) {
    dla_ = &dla;
    dla.events().attach(*this);
    collected_.configs[dla.config().name].runs = 1;
}

// BDMA has no register groups; CFG_OP puts the command with the registers' values into a queue.
void Collector::on_csb(const CsbEvent& event) {
    if (!event.write || (event.value & 1u) == 0) return;
    const auto place = regs::find_register(dla_->config().address_map, event.address);
    if (!place) return;
    const std::string_view name = place->info->name;
    if (name != "D_OP_ENABLE" &&
        !(name == "CFG_OP" && place->unit->name == std::string_view("BDMA")))
        return;
    const UnitModel* unit = model_.unit(place->unit->name);
    const Unit* module = dla_->unit(place->unit->name);
    if (unit == nullptr || module == nullptr) return;
    const RegisterFile& registers = module->registers();
    const unsigned group = registers.producer();
    if (registers.has_groups() && registers.enabled(group)) return;  // the write is dropped
    std::vector<std::uint32_t> words;
    const auto table = registers.table();
    for (unsigned i = 0; i < table.size(); ++i)
        words.push_back(registers.value(table[i].grouped ? group : 0, {i, table[i].offset}));
    collected_.count(dla_->config().name, *unit, words);
}

}  // namespace dla::vp::coverage
