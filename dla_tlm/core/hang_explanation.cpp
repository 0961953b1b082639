// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/core/hang_explanation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dla {
namespace {

class Explanation {
  public:
    explicit Explanation(Dla& dla) : dla_(dla) {}

    std::string text() {
        for (const WaitBoard::Entry& entry : dla_.waits().entries())
            add_wait(entry);
        for (const auto& unit : dla_.units())
            add_held_up(*unit);
        for (const Dla::Stranded& left : dla_.stranded())
            add_stranded(left);
        if (sentences_.empty())
            sentences_.push_back("every unit is idle: no D_OP_ENABLE and no launch is pending");
        std::string text = fmt::format("{}", fmt::join(sentences_, "; "));
        for (const std::string& name : units_)
            text += last_writes(name);
        return text;
    }

  private:
    void name(const std::string& unit) {
        if (std::ranges::find(units_, unit) == units_.end()) units_.push_back(unit);
    }

    // A unit whose group is not enabled waits for software, not for another unit.
    void add_partner(const std::string& partner) {
        const Unit* unit = dla_.unit(partner);
        if (unit == nullptr) return;
        const unsigned turn = unit->registers().consumer();
        if (unit->registers().enabled(turn)) return;
        name(partner);
        // The other group's case is the unit's own sentence.
        if (unit->registers().enabled(1 - turn)) return;
        const std::string sentence =
            fmt::format("{} is not enabled: D_OP_ENABLE of its group {} is missing", partner, turn);
        if (std::ranges::find(sentences_, sentence) == sentences_.end())
            sentences_.push_back(sentence);
    }

    void add_wait(const WaitBoard::Entry& entry) {
        sentences_.push_back(
            fmt::format("{} group {} waits for {}", entry.unit, entry.group, entry.reason));
        name(entry.unit);
        add_partner(entry.partner);
    }

    void add_held_up(const Unit& unit) {
        const std::string sentence = unit.held_up();
        if (sentence.empty()) return;
        sentences_.push_back(sentence);
        name(unit.unit_name());
    }

    // Its producer may have ended long ago.
    void add_stranded(const Dla::Stranded& left) {
        const Unit* consumer = dla_.unit(left.consumer);
        if (consumer == nullptr || consumer->registers().enabled(consumer->registers().consumer()))
            return;
        if (std::ranges::find(units_, left.consumer) != units_.end()) return;
        sentences_.push_back(fmt::format("results lie in the link {}", left.link));
        add_partner(left.consumer);
    }

    std::string last_writes(const std::string& unit_name) const {
        const Unit& unit = *dla_.unit(unit_name);
        std::vector<std::string> writes;
        for (const RegisterWrite& write : unit.last_writes()) {
            const RegisterInfo* info = unit.registers().find(write.offset);
            writes.push_back(fmt::format(
                "{} = 0x{:08x} (clock {})",
                info != nullptr ? info->name : fmt::format("offset 0x{:x}", write.offset),
                write.value, write.cycle));
        }
        return fmt::format("\nlast writes to {}: {}", unit_name,
                           writes.empty() ? "none" : fmt::format("{}", fmt::join(writes, ", ")));
    }

    Dla& dla_;
    std::vector<std::string> sentences_;
    std::vector<std::string> units_;  // that the sentences name
};

}  // namespace

std::string explain_hang(Dla& dla) {
    return Explanation(dla).text();
}

}  // namespace dla
