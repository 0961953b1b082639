// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/format/trace_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <type_traits>

namespace dla::trace {
namespace {

// Ids that some statement triggers.
std::vector<bool> triggered_ids(const Trace& trace) {
    std::vector<bool> triggered(trace.ids.size());
    for (const Statement& s : trace.statements) {
        if (const auto* notify = std::get_if<NotifySync>(&s.action)) triggered[notify->id] = true;
        if (const auto* expect = std::get_if<ExpectInterrupt>(&s.action))
            triggered[expect->id] = true;
    }
    return triggered;
}

// The id this statement waits for, or kNoId.
Id awaited(const Action& action) {
    return std::visit(
        [](const auto& a) -> Id {
            if constexpr (requires { a.trigger; })
                return a.trigger;
            else if constexpr (std::is_same_v<decltype(a), const WaitSync&>)
                return a.id;
            else
                return kNoId;
        },
        action);
}

// A trace that waits for an id nobody triggers can never end.
Result<void> check_ids(const Trace& trace) {
    const std::vector<bool> triggered = triggered_ids(trace);
    for (const Statement& statement : trace.statements) {
        const Id id = awaited(statement.action);
        if (id == kNoId || triggered[id]) continue;
        return fail(fmt::format("{}: waits for '{}', which no sync_notify or intr_notify names",
                                trace.place(statement), trace.ids[id]));
    }
    return {};
}

bool is_register(const Trace& trace, std::uint32_t address, std::string_view suffix) {
    const auto place = regs::find_register(trace.map, address);
    return place && std::string_view(place->info->name).ends_with(suffix);
}

bool starts_unit(const Trace& trace, const Statement& statement) {
    const auto* write = std::get_if<WriteRegister>(&statement.action);
    if (write == nullptr || write->value != 1) return false;
    return is_register(trace, write->address, "D_OP_ENABLE") ||
           is_register(trace, write->address, "CFG_LAUNCH0") ||
           is_register(trace, write->address, "CFG_LAUNCH1");
}

// Whether the statement learns something about a result or the end of a layer.
bool checks_something(const Trace& trace, const Statement& statement) {
    return std::visit(
        [&](const auto& action) {
            using T = std::decay_t<decltype(action)>;
            if constexpr (std::is_same_v<T, ReadRegister>)
                return !is_register(trace, action.address, "D_OP_ENABLE") &&
                       !is_register(trace, action.address, "FLUSH_STATUS");
            else
                return std::is_same_v<T, CompareMemory> || std::is_same_v<T, WaitInterrupt> ||
                       std::is_same_v<T, ReadWord> || std::is_same_v<T, CheckCrc> ||
                       std::is_same_v<T, CheckNothing> || std::is_same_v<T, ExpectInterrupt>;
        },
        statement.action);
}

// In the sequential dialect only what comes behind the last start counts.
Result<void> check_purpose(const Trace& trace) {
    const bool sequential = trace.dialect == Dialect::kTxn;
    const Statement* start = nullptr;
    bool loads = false;
    bool waits = false;
    bool checked = false;
    for (const Statement& statement : trace.statements) {
        if (starts_unit(trace, statement)) {
            start = &statement;
            if (sequential) checked = false;
        }
        loads = loads || std::holds_alternative<LoadMemory>(statement.action);
        checked = checked || checks_something(trace, statement);
        waits = waits || std::holds_alternative<WaitInterrupt>(statement.action) ||
                std::holds_alternative<CompareMemory>(statement.action);
    }
    if (start != nullptr && !checked)
        return fail(
            fmt::format("{}: a unit is started, but nothing behind it waits for or checks a "
                        "result; is the trace cut off?",
                        trace.place(*start)));
    const bool compared = sequential ? waits : checked;
    if (start == nullptr && loads && !compared)
        return fail(
            fmt::format("{}: memory is loaded, but no unit is started and nothing compared; "
                        "is the trace cut off?",
                        trace.path));
    return {};
}

// Data files of the folder that no statement names.
std::string unnamed_data_file(const Trace& trace) {
    std::set<std::string> named;
    for (const DataFile& file : trace.files)
        named.insert(file.name);
    std::set<std::string> unnamed;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(trace.folder(), error)) {
        const std::string name = entry.path().filename().string();
        if (entry.path().extension() == ".dat" && named.count(name) == 0) unnamed.insert(name);
    }
    return unnamed.empty() ? "" : *unnamed.begin();
}

// A last line without its end is no mistake by itself; together with data nobody asks for it is.
Result<void> check_end(const Trace& trace, std::string_view text) {
    if (text.empty() || text.back() == '\n') return {};
    const std::string file = unnamed_data_file(trace);
    if (file.empty()) return {};
    return fail(
        fmt::format("{}: the last line has no line end and {} is never used; the trace is cut "
                    "off",
                    trace.path, file));
}

}  // namespace

Result<void> check_trace(const Trace& trace, std::string_view text) {
    if (auto ids = check_ids(trace); !ids) return ids;
    if (auto purpose = check_purpose(trace); !purpose) return purpose;
    return check_end(trace, text);
}

}  // namespace dla::trace
