// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/player/cfg_player.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "trace-tests/format/interrupt_names.hpp"

namespace dla::trace {
namespace {

constexpr std::uint32_t kSlotBytes = 0x1000;
constexpr std::uint64_t kPollIntervalClocks = 55;
constexpr unsigned kSpuriousReads = 1000;
constexpr std::uint64_t kClosePolls = 64;
// A bench that serves an interrupt does nothing else. Measured: the next access comes 89 clocks
// after the line rose.
constexpr std::uint64_t kServiceClocks = 89;

template <class T>
constexpr bool kIsCheck = std::is_same_v<T, CheckCrc> || std::is_same_v<T, CheckNothing> ||
                          std::is_same_v<T, CompareMemory>;

std::uint32_t glb_register(regs::AddressMap map, const char* name) {
    return regs::find_register(map, "GLB", name)->address;
}

}  // namespace

CfgPlayer::CfgPlayer(RunState& run)
    : run_(run), on_trigger_(run.trace.ids.size()), triggered_(run.trace.ids.size()) {
    sort_statements();
}

// Gives every statement to its actor.
void CfgPlayer::sort_statements() {
    const auto& statements = run_.trace.statements;
    for (std::uint32_t i = 0; i < statements.size(); ++i) {
        std::visit(
            [&](const auto& action) {
                using T = std::decay_t<decltype(action)>;
                if constexpr (requires { action.slot; }) {
                    queues_[action.slot].statements.push_back(i);
                } else if constexpr (std::is_same_v<T, WriteRegister> ||
                                     std::is_same_v<T, ReadRegister> ||
                                     std::is_same_v<T, RecordRegister>) {
                    queues_[action.address / kSlotBytes].statements.push_back(i);
                } else if constexpr (std::is_same_v<T, ExpectInterrupt>) {
                    ++expectations_left_;
                    if (action.bit)
                        expected_[*action.bit & ~1u].push_back({*action.bit, action.id});
                    else
                        expected_any_.push_back(action.id);
                } else if constexpr (requires { action.trigger; }) {
                    if (action.trigger != kNoId) on_trigger_[action.trigger].push_back(i);
                    if (kIsCheck<T>) ++checks_left_;
                }
            },
            statements[i].action);
    }
    has_checks_ = checks_left_ > 0;
}

bool CfgPlayer::initialise_memory() {
    for (const Statement& statement : run_.trace.statements) {
        const auto* load = std::get_if<LoadMemory>(&statement.action);
        const auto* fill = std::get_if<FillMemory>(&statement.action);
        if (load != nullptr && load->trigger == kNoId &&
            !run_.take(statement, run_.memory.load(*load)))
            return false;
        if (fill != nullptr && fill->trigger == kNoId &&
            !run_.take(statement, run_.memory.fill(*fill)))
            return false;
    }
    return true;
}

bool CfgPlayer::done() const {
    const bool checked = has_checks_ ? checks_left_ == 0 : expectations_left_ == 0;
    return checked && std::ranges::all_of(queues_, [](const auto& q) { return q.second.empty(); });
}

void CfgPlayer::play() {
    if (!begun_ && !initialise_memory()) return;
    begun_ = true;
    while (!done() && !stopped_) {
        Queue* queue = runnable();
        if (interrupted()) {
            sc_core::wait(changed_);
        } else if (queue == nullptr) {
            wait_for_queue();
        } else {
            const bool quiet = !serving_ && !run_.bus.irq.read();
            if (quiet && !run_.pass(head(*queue))) return;
            advance(*queue);
        }
    }
}

void CfgPlayer::visit_state(StateVisitor& state) {
    for (auto& [slot, queue] : queues_) {
        state.value("queue next", queue.next);
        state.value("queue reads", queue.reads);
        auto ready_at = queue.ready_at.value();
        state.value("queue ready", ready_at);
        queue.ready_at = sc_core::sc_time::from_value(ready_at);
    }
    state.numbers("triggered", triggered_);
    state.value("checks left", checks_left_);
    state.value("expectations left", expectations_left_);
    for (auto& [source, list] : expected_) {
        std::vector<std::uint64_t> entries;
        for (const Expectation& entry : list)
            entries.insert(entries.end(), {entry.bit, entry.id});
        state.list("expected", entries);
        list.clear();
        for (std::size_t i = 0; i + 1 < entries.size(); i += 2)
            list.push_back({static_cast<unsigned>(entries[i]), static_cast<Id>(entries[i + 1])});
    }
    state.numbers("expected any", expected_any_);
    state.value("begun", begun_);
    state.value("timed", timed_);
}

const Statement& CfgPlayer::head(const Queue& queue) const {
    return run_.trace.statements[queue.statements[queue.next]];
}

bool CfgPlayer::blocked(const Queue& queue) const {
    const auto* wait = std::get_if<WaitSync>(&head(queue).action);
    return wait != nullptr && !triggered_[wait->id];
}

// Recorded accesses come at their clocks, whatever the interrupt line does.
bool CfgPlayer::interrupted() const {
    return !timed_ && (serving_ || run_.bus.irq.read());
}

CfgPlayer::Queue* CfgPlayer::runnable() {
    Queue* first = nullptr;
    for (auto& [slot, queue] : queues_) {
        if (queue.empty() || queue.ready_at > sc_core::sc_time_stamp() || blocked(queue)) continue;
        if (first == nullptr || queue.statements[queue.next] < first->statements[first->next])
            first = &queue;
    }
    return first;
}

// Until the next answer is there or some id is triggered.
bool CfgPlayer::wait_for_queue() {
    std::optional<sc_core::sc_time> earliest;
    run_.waiting_for.clear();
    for (const auto& [slot, queue] : queues_) {
        if (queue.empty()) continue;
        if (run_.waiting_for.empty()) run_.waiting_for = run_.trace.place(head(queue));
        if (!blocked(queue)) earliest = std::min(earliest.value_or(queue.ready_at), queue.ready_at);
    }
    if (run_.waiting_for.empty())
        run_.waiting_for = fmt::format("{}: {} checks still wait for their interrupts",
                                       run_.trace.path, checks_left_);
    run_.sleeping = timed_ && earliest;
    if (earliest)
        sc_core::wait(*earliest - sc_core::sc_time_stamp(), changed_);
    else
        sc_core::wait(changed_);
    run_.sleeping = false;
    return earliest.has_value();
}

void CfgPlayer::advance(Queue& queue) {
    const Statement& statement = head(queue);
    if (const auto* poll = std::get_if<ReadRegister>(&statement.action)) {
        read(queue, statement, *poll);
        return;
    }
    ++queue.next;
    ++run_.progress;
    std::visit(
        [&](const auto& action) {
            using T = std::decay_t<decltype(action)>;
            if constexpr (std::is_same_v<T, WriteRegister>) {
                run_.bus.write(action.address, action.value, action.posted);
            } else if constexpr (std::is_same_v<T, RecordRegister>) {
                const std::uint32_t value = run_.bus.start_read(action.address, queue.ready_at);
                run_.findings.note(fmt::format("{} = 0x{:08x} ({})", run_.trace.ids[action.label],
                                               value, run_.bus.register_name(action.address)));
            } else if constexpr (std::is_same_v<T, NotifySync>) {
                trigger(action.id);
            } else if constexpr (std::is_same_v<T, WaitClock>) {
                timed_ = true;
                run_.bus.keep_time();
                queue.ready_at = std::max(queue.ready_at, run_.bus.span_of(action.clock));
            }
        },
        statement.action);
}

void CfgPlayer::read(Queue& queue, const Statement& statement, const ReadRegister& read) {
    const std::uint32_t value = run_.bus.start_read(read.address, queue.ready_at);
    ++queue.reads;
    const bool equal = matches(read, value);
    // A recorded access does not wait for the answer to the one before.
    if (timed_) queue.ready_at = sc_core::sc_time_stamp();
    run_.polling = !equal && read.polls == kUnlimitedPolls;
    if (run_.polling) {
        const bool soon = timed_ && queue.reads < kClosePolls;
        queue.ready_at += run_.bus.span_of(soon ? 1 : kPollIntervalClocks);
        return;
    }
    if (!equal) {
        run_.findings.fail(run_.trace.place(statement) + ": " +
                           mismatch(run_, read, value, queue.reads));
    }
    queue.reads = 0;
    ++queue.next;
    ++run_.progress;
}

void CfgPlayer::trigger(Id id) {
    if (triggered_[id]) return;
    triggered_[id] = true;
    ++run_.progress;
    for (const std::uint32_t index : on_trigger_[id])
        run_triggered(run_.trace.statements[index]);
    changed_.notify(sc_core::SC_ZERO_TIME);
}

void CfgPlayer::run_triggered(const Statement& statement) {
    const bool usable = std::visit(
        [&](const auto& action) {
            using T = std::decay_t<decltype(action)>;
            if constexpr (kIsCheck<T>) --checks_left_;
            if constexpr (std::is_same_v<T, LoadMemory>)
                return run_.take(statement, run_.memory.load(action));
            else if constexpr (std::is_same_v<T, FillMemory>)
                return run_.take(statement, run_.memory.fill(action));
            else if constexpr (std::is_same_v<T, CompareMemory> || std::is_same_v<T, CheckCrc>)
                return run_.take(statement, run_.memory.compare(action));
            else
                return true;
        },
        statement.action);
    if (!usable) stopped_ = true;
}

void CfgPlayer::serve_interrupts() {
    unsigned spurious = 0;
    while (!stopped_) {
        if (!run_.bus.irq.read()) sc_core::wait(run_.bus.irq.posedge_event());
        serving_ = true;
        const std::uint64_t end = run_.bus.now() + kServiceClocks;
        spurious = serve_once() ? 0 : spurious + 1;
        if (!timed_ && end > run_.bus.now()) run_.bus.wait_clocks(end - run_.bus.now());
        serving_ = false;
        changed_.notify(sc_core::SC_ZERO_TIME);
        if (spurious < kSpuriousReads) continue;
        run_.findings.fail("the interrupt line is high without an unmasked bit in S_INTR_STATUS");
        stopped_ = true;
    }
    changed_.notify(sc_core::SC_ZERO_TIME);
}

bool CfgPlayer::serve_once() {
    const std::uint32_t status = glb_register(run_.trace.map, "S_INTR_STATUS");
    const std::uint32_t mask = glb_register(run_.trace.map, "S_INTR_MASK");
    std::uint32_t active = run_.bus.read(status);
    active &= ~run_.bus.read(mask);
    for (unsigned bit = 0; bit < 32; ++bit)
        if ((active >> bit & 1) != 0) expect(bit);
    if (active == 0) return false;
    run_.bus.write(status, active, false);
    return true;
}

// Takes the expectation that fits: the unit's next one, or the one behind it.
void CfgPlayer::expect(unsigned bit) {
    auto& list = expected_[bit & ~1u];
    const auto end =
        list.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, list.size()));
    const auto found = std::find_if(list.begin(), end, [&](const auto& e) { return e.bit == bit; });
    if (found != end) {
        const Id id = found->id;
        list.erase(found);
        --expectations_left_;
        trigger(id);
    } else if (!expected_any_.empty()) {
        const Id id = expected_any_.front();
        expected_any_.pop_front();
        --expectations_left_;
        trigger(id);
    } else {
        const std::string next = list.empty() ? "none" : interrupt_name(list.front().bit);
        run_.findings.fail(
            fmt::format("interrupt {} came unexpected; the next expected one of its "
                        "unit is {}",
                        interrupt_name(bit), next));
        stopped_ = true;
        changed_.notify(sc_core::SC_ZERO_TIME);
    }
}

}  // namespace dla::trace
