// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/dla_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dla::vp::monitor {
namespace {

constexpr std::size_t kRemembered = 8;

template <class Item>
void remember(std::deque<Item>& items, Item item) {
    items.push_back(std::move(item));
    if (items.size() > kRemembered) items.pop_front();
}

std::string name_of(Dla& dla, std::uint32_t address) {
    const auto place = regs::find_register(dla.config().address_map, address);
    return place ? fmt::format("{}.{}", place->unit->name, place->info->name)
                 : fmt::format("offset {:#x}", address);
}

}  // namespace

DlaWatch::DlaWatch(std::string name, Dla& dla, Gate& gate)
    : name_(std::move(name)), dla_(dla), gate_(gate) {}

DlaWatch::~DlaWatch() {
    if (attached_) dla_.events().detach(*this);
}

void DlaWatch::attach() {
    if (!attached_) dla_.events().attach(*this);
    attached_ = true;
}

void DlaWatch::on_csb(const CsbEvent& event) {
    if (event.write && !breaks_.empty()) {
        const auto hit = std::ranges::find_if(breaks_, [&](const RegisterBreak& b) {
            return b.address == event.address && b.value.value_or(event.value) == event.value;
        });
        if (hit != breaks_.end()) {
            gate_.stop(fmt::format("break-reg {}: {:#010x} is written to {}{} at cycle {}",
                                   hit->number, event.value, name_of(dla_, event.address),
                                   of_name(), event.cycle));
        }
    }
    gate_.point();
}

void DlaWatch::on_memory(const MemoryEvent& /*event*/) {
    gate_.point();
}

void DlaWatch::on_interrupt(const InterruptEvent& /*event*/) {
    gate_.point();
}

void DlaWatch::on_operation_begin(const OperationEvent& event) {
    running_.push_back({event.unit, event.group, event.begin, 0, event.words});
    gate_.point();
}

void DlaWatch::on_operation_end(const OperationEvent& event) {
    const auto same = [&](const SeenOperation& op) {
        return op.unit == event.unit && op.group == event.group;
    };
    const auto found = std::ranges::find_if(running_, same);
    SeenOperation ended{event.unit, event.group, event.begin, event.end, event.words};
    if (found != running_.end()) {
        if (ended.words.empty()) ended.words = found->words;
        running_.erase(found);
    }
    remember(ended_, ended);
    if (step_ && (step_->empty() || *step_ == event.unit)) {
        step_.reset();
        gate_.stop(fmt::format("{} group {}{} ended at cycle {}: {}", ended.unit, ended.group,
                               of_name(), ended.end, ended.words));
    }
    gate_.point();
}

void DlaWatch::on_guest_error(const GuestErrorEvent& /*event*/) {
    gate_.point();
}

}  // namespace dla::vp::monitor
