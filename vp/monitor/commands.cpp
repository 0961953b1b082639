// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "trace-tests/format/interrupt_names.hpp"
#include "vp/monitor/memory_view.hpp"
#include "vp/monitor/parse.hpp"
#include "vp/monitor/register_view.hpp"
#include "vp/monitor/status_view.hpp"

namespace dla::vp::monitor {
namespace {

namespace json = boost::json;

Reply say(std::string sentence) {
    json::object data{{"message", sentence}};
    return {std::move(sentence) + "\n", std::move(data)};
}

Result<void> no_words(Words words, const char* command) {
    if (words.empty()) return {};
    return fail(fmt::format("{} takes nothing behind it, found '{}'", command, words[0]));
}

std::string value_text(const RegisterBreak& stop) {
    return stop.value ? fmt::format(" with {:#x}", *stop.value) : "";
}

}  // namespace

// One row of the table; run gets the words behind the name.
struct Commands::Command {
    const char* name;
    const char* usage;
    const char* what;
    std::function<void(Commands&, DlaWatch&, Words, std::uint64_t, const Answer&)> run;
};

const std::vector<Commands::Command>& Commands::table() {
    static const std::vector<Command> kTable{
        {"status", "status", "who runs, who waits for what, interrupts, mistakes of the guest",
         [](auto& self, auto& watch, Words words, auto, const Answer& answer) {
             if (auto legal = no_words(words, "status"); !legal)
                 return answer(tl::unexpected(legal.error()));
             answer(show_status(watch, self.gate_.reason()));
         }},
        {"op", "op [UNIT]", "operations that run, come next and ended last, in words",
         [](auto&, auto& watch, Words words, auto, const Answer& answer) {
             answer(show_operations(watch, words));
         }},
        {"regs", "regs [UNIT] [GROUP]",
         "registers with their fields; without a unit those that differ from power-on",
         [](auto&, auto& watch, Words words, auto, const Answer& answer) {
             answer(show_registers(watch.dla(), words));
         }},
        {"mem",
         "mem ADDRESS SIZE [second] | mem cube ADDRESS WxHxC PRECISION [line=BYTES] "
         "[surface=BYTES] [second] [channels=A..B] | mem cube UNIT src|dst [GROUP] "
         "[channels=A..B]",
         "memory as bytes or as a feature cube",
         [](auto&, auto& watch, Words words, auto, const Answer& answer) {
             answer(show_memory(watch.dla(), words));
         }},
        {"cbuf", "cbuf [BANK | all]", "the convolution buffer: what is in it, or its bytes",
         [](auto&, auto& watch, Words words, auto, const Answer& answer) {
             answer(show_cbuf(watch.dla(), words));
         }},
        {"pause", "pause", "hold the run",
         [](auto& self, auto&, Words words, auto session, const Answer& answer) {
             answer(self.pause(words, session));
         }},
        {"resume", "resume", "let it go on",
         [](auto& self, auto&, Words words, auto, const Answer& answer) {
             answer(self.resume(words));
         }},
        {"step", "step [UNIT]", "go on until the next operation, of this unit, has ended",
         [](auto& self, auto& watch, Words words, auto session, const Answer& answer) {
             self.step(watch, words, session, answer);
         }},
        {"arm-step", "arm-step [UNIT]", "as step, but answers at once and does not resume",
         [](auto& self, auto& watch, Words words, auto, const Answer& answer) {
             answer(self.arm_step(watch, words));
         }},
        {"wait", "wait", "answer when the run stops, with the reason",
         [](auto& self, auto&, Words words, auto session, const Answer& answer) {
             self.wait_for_stop(words, session, answer);
         }},
        {"break-reg", "break-reg UNIT.REGISTER [VALUE]", "stop when the register is written",
         [](auto& self, auto& watch, Words words, auto session, const Answer& answer) {
             answer(self.break_register(watch, words, session));
         }},
        {"breaks", "breaks", "the register breaks that are set",
         [](auto& self, auto&, Words words, auto, const Answer& answer) {
             answer(self.list_breaks(words));
         }},
        {"delete", "delete [NUMBER]", "remove a register break, or all",
         [](auto& self, auto&, Words words, auto, const Answer& answer) {
             answer(self.delete_break(words));
         }},
        {"interrupt", "interrupt NAME", "raise a done interrupt: SDP_0, CDMA_WT_1, ...",
         [](auto& self, auto& watch, Words words, auto, const Answer& answer) {
             answer(self.inject_interrupt(watch, words));
         }},
        {"debugger", "debugger", "for GDB: stops hold the guest, and end with this connection",
         [](auto& self, auto&, Words words, auto session, const Answer& answer) {
             answer(self.take_debugger(words, session));
         }},
        {"help", "help [COMMAND]", "this list",
         [](auto& self, auto&, Words words, auto, const Answer& answer) {
             answer(self.help(words));
         }},
    };
    return kTable;
}

Commands::Commands(Gate& gate) : gate_(gate) {}
Commands::~Commands() = default;

void Commands::watch(std::string name, Dla& dla) {
    watches_.push_back(std::make_unique<DlaWatch>(std::move(name), dla, gate_));
}

void Commands::attach() {
    if (attached_) return;
    attached_ = true;
    for (const auto& watch : watches_)
        watch->attach();
}

// "dla=1" in front of the command; the first DLA without it.
Result<DlaWatch*> Commands::choose(std::vector<std::string>& words) {
    if (words.empty() || !words[0].starts_with("dla=")) return watches_.front().get();
    const auto index =
        parse_number(words[0].substr(std::string("dla=").size()), "dla", 0, watches_.size() - 1);
    if (!index) return tl::unexpected(index.error());
    words.erase(words.begin());
    return watches_[*index].get();
}

void Commands::execute(const Request& request, const Answer& answer) {
    attach();
    auto words = split_words(request.line);
    const auto watch = choose(words);
    if (!watch) return answer(tl::unexpected(watch.error()));
    if (words.empty()) return answer(help({}));
    const auto found =
        std::ranges::find_if(table(), [&](const Command& c) { return words[0] == c.name; });
    if (found != table().end())
        return found->run(*this, **watch, Words(words).subspan(1), request.session, answer);
    std::string names;
    for (const Command& command : table())
        names += fmt::format("{}{}", names.empty() ? "" : ", ", command.name);
    answer(fail(fmt::format("'{}' is not a command; commands are {}", words[0], names)));
}

Result<Reply> Commands::help(Words words) const {
    std::string text;
    json::array list;
    for (const Command& command : table()) {
        if (!words.empty() && words[0] != command.name) continue;
        text += fmt::format("{}\n    {}\n", command.usage, command.what);
        list.push_back({{"name", command.name}, {"usage", command.usage}, {"what", command.what}});
    }
    if (text.empty()) return fail(fmt::format("'{}' is not a command", words[0]));
    return Reply{std::move(text), std::move(list)};
}

Result<Reply> Commands::pause(Words words, std::uint64_t session) {
    if (auto legal = no_words(words, "pause"); !legal) return tl::unexpected(legal.error());
    if (gate_.paused()) return say(fmt::format("already stopped: {}", gate_.reason()));
    const bool debugger = session != 0 && session == debugger_;
    gate_.pause(debugger ? "the guest is stopped in its debugger" : "paused by command");
    return say(fmt::format("stopped at cycle {}", watches_.front()->dla().clock().now()));
}

Result<Reply> Commands::resume(Words words) {
    if (auto legal = no_words(words, "resume"); !legal) return tl::unexpected(legal.error());
    const bool paused = gate_.paused();
    gate_.resume();
    return say(paused ? "goes on" : "was not stopped");
}

Result<Reply> Commands::arm_step(DlaWatch& watch, Words words) {
    if (words.size() > 1) return fail("step takes at most a unit: step [UNIT]");
    std::string unit;
    if (!words.empty()) {
        const auto found = parse_unit(watch.dla(), words[0]);
        if (!found) return tl::unexpected(found.error());
        unit = (*found)->unit_name();
    }
    watch.step(unit);
    return say(fmt::format("stops when the next operation{} has ended",
                           unit.empty() ? "" : " of " + unit));
}

void Commands::step(DlaWatch& watch, Words words, std::uint64_t session, const Answer& answer) {
    if (auto armed = arm_step(watch, words); !armed) return answer(std::move(armed));
    gate_.on_next_stop(session, [answer](const std::string& reason) { answer(say(reason)); });
    gate_.resume();
}

void Commands::wait_for_stop(Words words, std::uint64_t session, const Answer& answer) {
    if (auto legal = no_words(words, "wait"); !legal) return answer(tl::unexpected(legal.error()));
    if (gate_.paused()) return answer(say(gate_.reason()));
    gate_.on_next_stop(session, [answer](const std::string& reason) { answer(say(reason)); });
}

Result<Reply> Commands::break_register(DlaWatch& watch, Words words, std::uint64_t session) {
    if (words.empty() || words.size() > 2 || words[0].find('.') == std::string::npos)
        return fail(
            "break-reg takes UNIT.REGISTER and perhaps a value, such as "
            "break-reg SDP.D_OP_ENABLE 1");
    const std::size_t dot = words[0].find('.');
    const auto unit = parse_unit(watch.dla(), words[0].substr(0, dot));
    if (!unit) return tl::unexpected(unit.error());
    const std::string name = upper(words[0].substr(dot + 1));
    const auto place =
        regs::find_register(watch.dla().config().address_map, (*unit)->unit_name(), name);
    if (!place)
        return fail(fmt::format("{} has no register '{}'; `regs {}` lists them",
                                (*unit)->unit_name(), name, (*unit)->unit_name()));
    RegisterBreak stop{.number = ++last_break_,
                       .name = fmt::format("{}.{}", (*unit)->unit_name(), place->info->name),
                       .address = place->address,
                       .value = {},
                       .owner = session == debugger_ ? session : 0};
    if (words.size() == 2) {
        const auto value = parse_number(words[1], "VALUE", 0, 0xffffffff);
        if (!value) return tl::unexpected(value.error());
        stop.value = static_cast<std::uint32_t>(*value);
    }
    const std::string sentence =
        fmt::format("break-reg {}: stops when {}{} is written{}", stop.number, stop.name,
                    watch.of_name(), value_text(stop));
    watch.breaks().push_back(std::move(stop));
    return say(sentence);
}

Result<Reply> Commands::list_breaks(Words words) const {
    if (auto legal = no_words(words, "breaks"); !legal) return tl::unexpected(legal.error());
    std::string text;
    json::array list;
    for (const auto& watch : watches_) {
        for (const RegisterBreak& stop : watch->breaks()) {
            text += fmt::format("{}: {}{}{}\n", stop.number, stop.name, watch->of_name(),
                                value_text(stop));
            json::object row{{"number", stop.number}, {"register", stop.name}};
            if (!watch->name().empty()) row["dla"] = watch->name();
            if (stop.value) row["value"] = *stop.value;
            list.push_back(std::move(row));
        }
    }
    if (text.empty()) text = "no register breaks\n";
    return Reply{std::move(text), std::move(list)};
}

Result<Reply> Commands::delete_break(Words words) {
    if (words.size() > 1) return fail("delete takes at most a number: delete [NUMBER]");
    std::uint64_t number = 0;
    if (!words.empty()) {
        const auto parsed = parse_number(words[0], "NUMBER", 1, 0xffffffff);
        if (!parsed) return tl::unexpected(parsed.error());
        number = *parsed;
    }
    std::size_t removed = 0;
    for (const auto& watch : watches_)
        removed += std::erase_if(watch->breaks(), [&](const RegisterBreak& stop) {
            return number == 0 || stop.number == number;
        });
    if (removed == 0 && number != 0)
        return fail(fmt::format("there is no register break {}; `breaks` lists them", number));
    return say(fmt::format("{} register break{} removed", removed, removed == 1 ? "" : "s"));
}

Result<Reply> Commands::inject_interrupt(DlaWatch& watch, Words words) {
    const auto bit =
        words.size() == 1 ? trace::interrupt_bit_of(words[0]) : std::optional<std::uint8_t>{};
    if (!bit)
        return fail(fmt::format("interrupt takes one name, legal is {}", trace::kInterruptNames));
    const std::string name = trace::interrupt_name(*bit);
    const std::string unit = name.substr(0, name.find('_'));
    const HardwareConfig& config = watch.dla().config();
    if (!config.has_unit(unit))
        return fail(fmt::format("{} has no {}, so no {} either", config.name, unit, name));
    const unsigned group = *bit & 1u;
    watch.dla().glb().raise(static_cast<InterruptSource>(*bit - group), group);
    return say(fmt::format("{} raised", name));
}

Result<Reply> Commands::take_debugger(Words words, std::uint64_t session) {
    if (auto legal = no_words(words, "debugger"); !legal) return tl::unexpected(legal.error());
    if (session == 0) return fail("only a connection can be the debugger's");
    if (debugger_ != 0 && debugger_ != session)
        return fail("another debugger is connected to this run");
    debugger_ = session;
    gate_.set_stop_action([this](const std::string& why) {
        gate_.pause(why);
        gate_.ask_guest_stop();
    });
    return say("stops hold the guest");
}

void Commands::end_session(std::uint64_t session) {
    if (session == 0) return;
    gate_.forget(session);
    if (session != debugger_) return;
    debugger_ = 0;
    gate_.set_stop_action({});
    for (const auto& watch : watches_)
        std::erase_if(watch->breaks(), [&](const auto& stop) { return stop.owner == session; });
    gate_.resume();
}

}  // namespace dla::vp::monitor
