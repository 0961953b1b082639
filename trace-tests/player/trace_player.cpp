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
constexpr std::uint64_t kSettleClocks = 64;

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
           .waiting_for = trace.path,
           .visit_state = [this](StateVisitor& state) { visit_state(state); }} {
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
    if (resume()) {
        if (txn_ != nullptr)
            txn_->play();
        else
            cfg_->play();
        save_at_end();
    }
    finish();
}

// False: the saved state is of another trace.
bool TracePlayer::resume() {
    Checkpoint* checkpoint = options_.checkpoint;
    const auto time = checkpoint != nullptr ? checkpoint->resume_time() : std::nullopt;
    if (!time) return true;
    sc_core::wait(*time - sc_core::sc_time_stamp());
    const auto done = checkpoint->resume(run_.visit_state);
    if (!done) findings_.error(done.error().message);
    return done.has_value();
}

// The last layers may end behind the last statement.
void TracePlayer::save_at_end() {
    Checkpoint* checkpoint = options_.checkpoint;
    if (checkpoint == nullptr || finished_ || !checkpoint->wanted(0)) return;
    for (unsigned idle = 0; idle < kIdleLooks && !finished_;) {
        bus_.wait_clocks(kSettleClocks);
        idle = run_.bench.moving() || (cfg_ != nullptr && cfg_->serving()) ? 0 : idle + 1;
    }
    const auto saved = checkpoint->save(run_.visit_state);
    if (!saved) findings_.error(saved.error().message);
}

void TracePlayer::visit_state(StateVisitor& state) {
    bus_.visit_state(state);
    layers_.visit_state(state);
    findings_.visit_state(state);
    if (txn_ != nullptr)
        txn_->visit_state(state);
    else
        cfg_->visit_state(state);
}

void TracePlayer::finish() {
    if (finished_) return;
    finished_ = true;
    sc_core::sc_pause();
}

void TracePlayer::watch() {
    std::uint64_t seen = 0;
    std::uint64_t since = 0;
    unsigned idle = 0;
    if (const auto begin = options_.checkpoint ? options_.checkpoint->resume_time() : std::nullopt)
        sc_core::wait(*begin);
    while (!finished_) {
        bus_.wait_clocks(kLookClocks);
        if (finished_) return;
        if (run_.progress != seen || run_.sleeping) {
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
