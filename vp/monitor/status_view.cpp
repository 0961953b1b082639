// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/status_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <iterator>
#include <span>

#include "dla_tlm/common/guest_error_words.hpp"
#include "trace-tests/format/interrupt_names.hpp"
#include "vp/monitor/operation_words.hpp"
#include "vp/monitor/parse.hpp"

namespace dla::vp::monitor {
namespace {

namespace json = boost::json;

// A group whose OP_ENABLE is set, as S_STATUS would tell it.
struct EnabledGroup {
    Unit* unit;
    unsigned group;
    bool running;  // else it waits for its turn
};

std::vector<EnabledGroup> enabled_groups(Dla& dla) {
    std::vector<EnabledGroup> groups;
    for (const auto& unit : dla.units()) {
        const RegisterFile& registers = unit->registers();
        for (unsigned group = 0; registers.has_groups() && group < 2; ++group)
            if (registers.enabled(group))
                groups.push_back({unit.get(), group, registers.consumer() == group});
    }
    return groups;
}

// An operation that holds a group: seen to begin, or read from the registers.
SeenOperation operation_of(DlaWatch& watch, const EnabledGroup& group) {
    for (const SeenOperation& op : watch.running()) {
        if (group.running && op.unit == group.unit->unit_name() && op.group == group.group)
            return op;
    }
    return {group.unit->unit_name(), group.group, group.unit->enabled_at(group.group), 0,
            operation_words(watch.dla(), *group.unit, group.group)};
}

// BDMA has launch groups of its own instead of register groups.
std::vector<SeenOperation> running_without_groups(DlaWatch& watch) {
    std::vector<SeenOperation> found;
    std::ranges::copy_if(watch.running(), std::back_inserter(found), [&](const auto& op) {
        const Unit* unit = watch.dla().unit(op.unit);
        return unit != nullptr && !unit->registers().has_groups();
    });
    return found;
}

std::string line_of(const SeenOperation& op, const char* since) {
    return fmt::format("  {:<9} group {} {} {}{}{}\n", op.unit, op.group, since, op.begin,
                       op.words.empty() ? "" : ": ", op.words);
}

json::object json_of(const SeenOperation& op) {
    json::object row{
        {"unit", op.unit}, {"group", op.group}, {"begin", op.begin}, {"words", op.words}};
    if (op.end != 0) row["end"] = op.end;
    return row;
}

class StatusPage {
  public:
    StatusPage(DlaWatch& watch, const std::string& stopped)
        : watch_(watch), dla_(watch.dla()), stopped_(stopped) {}

    Reply page() {
        head();
        interrupts();
        groups();
        waits();
        mistakes();
        return {std::move(text_), std::move(data_)};
    }

  private:
    void head() {
        text_ += fmt::format("{}{} at cycle {}{}\n",
                             watch_.name().empty() ? "" : watch_.name() + ", ", dla_.config().name,
                             dla_.clock().now(), stopped_.empty() ? "" : ", stopped: " + stopped_);
        data_["dla"] = watch_.name();
        data_["configuration"] = dla_.config().name;
        data_["cycle"] = dla_.clock().now();
        data_["stopped"] = stopped_;
    }

    void interrupts() {
        const std::uint32_t status = dla_.glb().status();
        const std::uint32_t mask = dla_.glb().mask();
        std::string names;
        json::array list;
        for (unsigned bit = 0; bit < 32; ++bit) {
            if ((status >> bit & 1u) == 0) continue;
            const bool masked = (mask >> bit & 1u) != 0;
            const std::string name = trace::interrupt_name(bit);
            names +=
                fmt::format("{}{}{}", names.empty() ? "" : ", ", name, masked ? " (masked)" : "");
            list.push_back({{"name", name}, {"masked", masked}});
        }
        const bool line = (status & ~mask) != 0;
        text_ += fmt::format("interrupt line {}{}\n", line ? "high" : "low",
                             names.empty() ? "" : ", not cleared: " + names);
        data_["interrupt_line"] = line;
        data_["interrupts"] = std::move(list);
    }

    void groups() {
        json::array running;
        json::array pending;
        std::string later;
        for (const EnabledGroup& group : enabled_groups(dla_)) {
            const SeenOperation op = operation_of(watch_, group);
            if (group.running) text_ += (running.empty() ? "runs:\n" : "") + line_of(op, "since");
            if (!group.running) later += line_of(op, "enabled at");
            (group.running ? running : pending).push_back(json_of(op));
        }
        if (running.empty()) text_ += "nothing runs\n";
        if (!later.empty()) text_ += "enabled, comes next:\n" + later;
        data_["running"] = std::move(running);
        data_["pending"] = std::move(pending);
    }

    void waits() {
        json::array list;
        for (const WaitBoard::Entry& entry : dla_.waits().entries()) {
            text_ += fmt::format("{}  {:<9} group {} for {}\n", list.empty() ? "waits:\n" : "",
                                 entry.unit, entry.group, entry.reason);
            list.push_back(
                {{"unit", entry.unit}, {"group", entry.group}, {"reason", entry.reason}});
        }
        data_["waiting"] = std::move(list);
    }

    void mistakes() {
        constexpr std::size_t kMost = 8;
        json::array list;
        const auto errors = dla_.events().guest_errors();
        for (const auto& [first, times] : std::span(errors).last(std::min(kMost, errors.size()))) {
            const std::string line = words(first) + times_words(times);
            text_ += fmt::format("{}  {}\n", list.empty() ? "mistakes of the guest:\n" : "", line);
            list.emplace_back(line);
        }
        data_["guest_errors"] = std::move(list);
    }

    DlaWatch& watch_;
    Dla& dla_;
    const std::string& stopped_;
    std::string text_;
    json::object data_;
};

}  // namespace

Reply show_status(DlaWatch& watch, const std::string& stopped) {
    return StatusPage(watch, stopped).page();
}

Result<Reply> show_operations(DlaWatch& watch, Words words) {
    if (words.size() > 1) return fail("op takes at most a unit: op [UNIT]");
    std::string only;
    if (!words.empty()) {
        const auto unit = parse_unit(watch.dla(), words[0]);
        if (!unit) return tl::unexpected(unit.error());
        only = (*unit)->unit_name();
    }
    std::string text;
    json::array now;
    json::array before;
    for (const SeenOperation& op : running_without_groups(watch)) {
        if (!only.empty() && only != op.unit) continue;
        text += line_of(op, "runs since");
        now.push_back(json_of(op));
    }
    for (const EnabledGroup& group : enabled_groups(watch.dla())) {
        if (!only.empty() && only != group.unit->unit_name()) continue;
        const SeenOperation op = operation_of(watch, group);
        text += line_of(op, group.running ? "runs since" : "waits for its turn since");
        now.push_back(json_of(op));
    }
    if (text.empty())
        text = only.empty() ? "  no operation is enabled\n"
                            : fmt::format("  no operation of {} is enabled\n", only);
    for (const SeenOperation& op : watch.ended()) {
        if (!only.empty() && only != op.unit) continue;
        text += fmt::format("{}  {:<9} group {} {} to {}: {}\n",
                            before.empty() ? "ended, newest last:\n" : "", op.unit, op.group,
                            op.begin, op.end, op.words);
        before.push_back(json_of(op));
    }
    return Reply{"now:\n" + text,
                 json::object{{"now", std::move(now)}, {"ended", std::move(before)}}};
}

}  // namespace dla::vp::monitor
