// SPDX-License-Identifier: Apache-2.0
#include "vp/campaign/run_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace dla::vp::campaign {
namespace {

bool counts_non_finite(const RegisterInfo& info) {
    const std::string_view name = info.name;
    return info.grouped && info.write_mask == 0 &&
           (name.find("NAN") != std::string_view::npos ||
            name.find("INF") != std::string_view::npos);
}

}  // namespace

void RunWatch::watch(Dla& dla) {
    dla_ = &dla;
    dla.events().attach(*this);
}

void RunWatch::note_counters(const Unit& unit, unsigned group) {
    const auto table = unit.registers().table();
    for (unsigned i = 0; i < table.size(); ++i) {
        if (!counts_non_finite(table[i])) continue;
        const std::uint32_t value = unit.registers().value(group, {i, table[i].offset});
        if (value != 0)
            seen_.counters.push_back(
                fmt::format("{}.{}[{}] {}", unit.unit_name(), table[i].name, group, value));
    }
}

Seen RunWatch::finish() {
    for (const auto& unit : dla_->units())
        for (const unsigned group : {0u, 1u})
            note_counters(*unit, group);
    return std::move(seen_);
}

// A layer's counters stay until its group is enabled again.
void RunWatch::on_csb(const CsbEvent& event) {
    if (!event.write) return;
    const auto place = regs::find_register(dla_->config().address_map, event.address);
    if (!place || std::string_view(place->info->name) != "D_OP_ENABLE") return;
    const Unit* unit = dla_->unit(place->unit->name);
    if (unit != nullptr) note_counters(*unit, unit->registers().producer());
}

void RunWatch::on_operation_end(const OperationEvent& event) {
    seen_.first_cycle = std::min(seen_.first_cycle, event.begin);
    seen_.last_cycle = std::max(seen_.last_cycle, event.end);
}

void RunWatch::on_guest_error(const GuestErrorEvent& event) {
    seen_.errors.push_back(fmt::format("{}: {}", event.unit, event.message));
}

}  // namespace dla::vp::campaign
