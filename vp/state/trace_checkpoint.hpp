// SPDX-License-Identifier: Apache-2.0
// --save, --save-at, --restore and --list-idle of one trace.
//
//   auto checkpoint = TraceCheckpoint::open(platform, trace, {.save = "end.state"});
//   TracePlayer player(..., {.checkpoint = &*checkpoint});
//   if (auto done = checkpoint->restore(); !done) ...      // then sc_start()
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trace-tests/format/trace.hpp"
#include "trace-tests/player/run_state.hpp"
#include "vp/state/platform_state.hpp"

namespace dla::vp {

struct CheckpointOptions {
    std::string save{};         // file, may be empty
    std::uint32_t save_at = 0;  // before the first statement of this line or a later one; 0: at the
                                // end
    std::string restore{};      // file, may be empty
    bool list_idle = false;
};

class TraceCheckpoint : public trace::Checkpoint {
  public:
    static Result<TraceCheckpoint> open(Platform& platform, const trace::Trace& trace,
                                        const CheckpointOptions& options);

    // Brings the platform to the saved moment. Before the rest of the simulation.
    Result<void> restore();
    // "idle before lines 3, 17", for --list-idle; else what was asked for and did not happen.
    std::string idle_lines() const;
    Result<void> finish() const;

    std::optional<sc_core::sc_time> resume_time() const override;
    Result<void> resume(const std::function<void(StateVisitor&)>& player) override;
    bool wanted(std::uint32_t line) override;
    Result<void> save(const std::function<void(StateVisitor&)>& player) override;

  private:
    TraceCheckpoint(Platform& platform, const CheckpointOptions& options, std::string subject)
        : platform_(&platform), options_(options), subject_(std::move(subject)) {}
    void note_idle(std::uint32_t line);

    Platform* platform_;
    CheckpointOptions options_;
    std::string subject_;
    std::optional<SavedState> restored_;
    bool saved_ = false;
    bool was_busy_ = true;
    std::vector<std::uint32_t> idle_;
};

}  // namespace dla::vp
