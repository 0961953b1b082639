// SPDX-License-Identifier: Apache-2.0
// What the two players, the watchdog and the trace player module share during one run.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "dla_tlm/common/state_visitor.hpp"
#include "trace-tests/format/trace.hpp"
#include "trace-tests/player/bench.hpp"
#include "trace-tests/player/findings.hpp"
#include "trace-tests/player/memory_steps.hpp"
#include "trace-tests/player/register_bus.hpp"

namespace dla::trace {

// Where a run is saved and where it goes on. Asked by the player between two statements.
class Checkpoint {
  public:
    virtual ~Checkpoint() = default;

    // Simulated time at which a restored run goes on; none: it begins at the beginning.
    virtual std::optional<sc_core::sc_time> resume_time() const = 0;
    // At that time: brings back what the player itself keeps.
    virtual Result<void> resume(const std::function<void(StateVisitor&)>& player) = 0;

    // Before a statement, and with 0 at the end.
    virtual bool wanted(std::uint32_t line) = 0;
    virtual Result<void> save(const std::function<void(StateVisitor&)>& player) = 0;
};

struct PlayerOptions {
    sc_core::sc_time clock_period{1, sc_core::SC_NS};
    // A run without any progress for so long is a hang, even if something in the DLA still moves.
    std::uint64_t hang_clocks = 2'000'000'000;
    std::string dump_folder{};         // empty: no dumps
    Checkpoint* checkpoint = nullptr;  // none: the run is neither saved nor restored
};

struct RunState {
    const Trace& trace;
    const PlayerOptions& options;
    Bench& bench;
    RegisterBus& bus;
    MemorySteps& memory;
    Findings& findings;
    std::uint64_t progress = 0;  // grows with everything but a poll that found nothing new
    bool polling = false;        // some poll without limit is under way
    bool sleeping = false;       // until the clock of the next command
    std::string waiting_for;     // the statement, for the hang message
    // All that the player keeps, when it is between two statements.
    std::function<void(StateVisitor&)> visit_state{};

    // Saves before the statement if that is wanted; false: it failed and the run has to end.
    bool pass(const Statement& next) {
        Checkpoint* checkpoint = options.checkpoint;
        if (checkpoint == nullptr || !checkpoint->wanted(next.line)) return true;
        return take(next, checkpoint->save(visit_state));
    }

    // Records what a memory step found; false: the run cannot go on.
    bool take(const Statement& statement, const Result<void>& result) {
        if (!result) findings.error(trace.place(statement) + ": " + result.error().message);
        return result.has_value();
    }
    bool take(const Statement& statement, const Result<std::string>& difference) {
        if (!difference) {
            findings.error(trace.place(statement) + ": " + difference.error().message);
        } else if (!difference->empty()) {
            findings.fail(trace.place(statement) + ": " + *difference);
        }
        return difference.has_value();
    }
};

bool matches(const ReadRegister& read, std::uint32_t value);
// "read_reg of GLB.S_INTR_STATUS: expected ..., got ... after 11 reads"
std::string mismatch(const RunState& run, const ReadRegister& read, std::uint32_t value,
                     std::uint64_t reads);

}  // namespace dla::trace
