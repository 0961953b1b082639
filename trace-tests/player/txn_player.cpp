// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/player/txn_player.hpp"

#include <fmt/format.h>

#include <type_traits>

namespace dla::trace {
namespace {

constexpr std::uint64_t kClosePolls = 64;

}  // namespace

void TxnPlayer::play() {
    const auto& statements = run_.trace.statements;
    for (; next_ < statements.size(); ++next_) {
        ++run_.progress;
        if (!run_.pass(statements[next_]) || !step(statements[next_])) return;
    }
}

bool TxnPlayer::step(const Statement& statement) {
    return std::visit(
        [&](const auto& action) {
            using T = std::decay_t<decltype(action)>;
            if constexpr (std::is_same_v<T, WriteRegister>) {
                run_.bus.write(action.address, action.value, action.posted || timed_);
                return true;
            } else if constexpr (std::is_same_v<T, WaitClock>) {
                wait_clock(action.clock);
                return true;
            } else if constexpr (std::is_same_v<T, ReadRegister>) {
                return read(statement, action);
            } else if constexpr (std::is_same_v<T, WaitInterrupt>) {
                return wait_interrupt(statement);
            } else if constexpr (std::is_same_v<T, LoadMemory>) {
                return run_.take(statement, run_.memory.load(action));
            } else if constexpr (std::is_same_v<T, WriteWord>) {
                return run_.take(statement, run_.memory.write(action));
            } else if constexpr (std::is_same_v<T, CompareMemory> || std::is_same_v<T, ReadWord>) {
                return run_.take(statement, run_.memory.compare(action));
            } else {
                return true;  // statements of the other dialect, which this parser never makes
            }
        },
        statement.action);
}

bool TxnPlayer::read(const Statement& statement, const ReadRegister& read) {
    const Options& options = run_.trace.options;
    const bool explicit_limit = read.polls != kDefaultPolls || options.poll_retries_given;
    const std::uint64_t retries = read.polls == kDefaultPolls ? options.poll_retries : read.polls;
    const std::uint64_t begin = run_.bus.now();
    for (std::uint64_t reads = 1;; ++reads) {
        sc_core::sc_time answered;
        const std::uint32_t value =
            timed_ ? run_.bus.start_read(read.address, answered) : run_.bus.read(read.address);
        ++run_.progress;
        if (matches(read, value)) return true;
        // The default is meant to be generous: it does not end while the DLA still works.
        const bool patient = !explicit_limit && run_.bench.moving() &&
                             run_.bus.now() - begin < run_.options.hang_clocks;
        if (reads > retries && !patient) {
            run_.findings.fail(run_.trace.place(statement) + ": " +
                               mismatch(run_, read, value, reads));
            return options.continue_on_fail;
        }
        // What a recorded read saw is at most a few clocks away.
        const bool soon = timed_ && reads < kClosePolls;
        run_.bus.wait_clocks(soon ? 1 : options.poll_interval_clocks);
    }
}

void TxnPlayer::wait_clock(std::uint64_t clock) {
    timed_ = true;
    run_.bus.keep_time();
    if (clock <= run_.bus.now()) return;
    run_.sleeping = true;
    run_.bus.wait_clocks(clock - run_.bus.now());
    run_.sleeping = false;
}

bool TxnPlayer::wait_interrupt(const Statement& statement) {
    if (run_.bus.irq.read()) return true;
    run_.waiting_for = run_.trace.place(statement) + ": wait for the interrupt line";
    const auto& timeout = run_.trace.options.interrupt_timeout_clocks;
    if (!timeout) {
        sc_core::wait(run_.bus.irq.posedge_event());  // the watchdog ends a hopeless wait
        return true;
    }
    sc_core::wait(run_.bus.span_of(*timeout), run_.bus.irq.posedge_event());
    if (run_.bus.irq.read()) return true;
    run_.findings.hang(
        fmt::format("{}: no interrupt within the {} clocks of "
                    "+wait_interrupt_timeout_clocks",
                    run_.trace.place(statement), *timeout));
    return run_.trace.options.continue_on_fail;
}

}  // namespace dla::trace
