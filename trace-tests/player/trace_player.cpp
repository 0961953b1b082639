// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/player/trace_player.hpp"

#include <fmt/format.h>

namespace dla::trace {
namespace {

constexpr int kStackBytes = 1 << 18;

// The watchdog looks this often; a DLA in which nothing moves for so many looks will not move
// again. A poll gets more of them, because what it waits for may come with time alone (the CBUF
// flush).
constexpr std::uint64_t kLookClocks = 65536;
constexpr unsigned kIdleLooks = 2;
constexpr unsigned kIdleLooksWhilePolling = 16;

template <class Body>
void spawn(Body body, const char* name) {
    sc_core::sc_spawn_options options;
    options.set_stack_size(kStackBytes);
    sc_core::sc_spawn(body, name, &options);
}

}  // namespace

TracePlayer::TracePlayer(sc_core::sc_module_name name, const Trace& trace,
                         const HardwareConfig& config, Bench& bench, const PlayerOptions& options)
    : sc_module(name),
      options_(options),
      layers_(config),
      bus_("bus", options.clock_period, layers_, trace.map),
      memory_(trace, bench, layers_, options.dump_folder),
      run_{.trace = trace,
           .options = options_,
           .bench = bench,
           .bus = bus_,
           .memory = memory_,
           .findings = findings_,
           .waiting_for = trace.path} {
    if (trace.dialect == Dialect::kTxn) {
        txn_ = std::make_unique<TxnPlayer>(run_);
    } else {
        cfg_ = std::make_unique<CfgPlayer>(run_);
        spawn([this] { cfg_->serve_interrupts(); }, "interrupts");
    }
    spawn([this] { play(); }, "play");
    spawn([this] { watch(); }, "watchdog");
}

void TracePlayer::play() {
    if (txn_ != nullptr)
        txn_->play();
    else
        cfg_->play();
    finish();
}

void TracePlayer::finish() {
    if (finished_) return;
    finished_ = true;
    sc_core::sc_stop();
}

void TracePlayer::watch() {
    std::uint64_t seen = 0;
    std::uint64_t since = 0;
    unsigned idle = 0;
    while (!finished_) {
        bus_.wait_clocks(kLookClocks);
        if (finished_) return;
        if (run_.progress != seen) {
            seen = run_.progress;
            since = bus_.now();
            idle = 0;
            continue;
        }
        idle = run_.bench.moving() ? 0 : idle + 1;
        const unsigned most = run_.polling ? kIdleLooksWhilePolling : kIdleLooks;
        if (idle < most && bus_.now() - since < options_.hang_clocks) continue;
        report_hang();
        finish();
    }
}

void TracePlayer::report_hang() {
    const std::string why = run_.bench.explain_hang();
    findings_.hang(fmt::format("{} at clock {}{}", run_.waiting_for, bus_.now(),
                               why.empty() ? ": nothing in the DLA moves" : ": " + why));
}

std::uint64_t TracePlayer::cycles() const {
    const auto done = run_.bench.last_done_cycle();
    const std::uint64_t end = done ? *done : bus_.last_interrupt().value_or(0);
    const std::uint64_t begin = bus_.last_enable().value_or(end);
    return end > begin ? end - begin : 0;
}

Outcome TracePlayer::outcome() const {
    return {finished_ ? findings_.verdict() : Verdict::kError, cycles(),
            finished_ ? findings_.text() : "the simulation ended before the trace did"};
}

}  // namespace dla::trace
