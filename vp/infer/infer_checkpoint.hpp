// SPDX-License-Identifier: Apache-2.0
// --save, --save-at and --restore of a network's run on the host. A state lies between two DLA
// tasks; behind the last one comes the first of the next run.
//
//   auto checkpoint = InferCheckpoint::open(platform, loadable_bytes, {.restore = "task1.state"});
//   session.load(...);
//   if (auto done = checkpoint->restore(); !done) ...
//   session.set_input(...);  session.run();
//   if (auto done = checkpoint->finish(); !done) ...
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "vp/infer/host_platform.hpp"
#include "vp/state/state_file.hpp"

namespace dla::vp {

struct InferCheckpointOptions {
    std::string save{};                 // file, may be empty
    std::optional<unsigned> save_at{};  // before this DLA task, from 0; none: behind the last one
    std::string restore{};              // file, may be empty
};

class InferCheckpoint {
  public:
    // Takes the platform's hook before tasks; lives as long as the platform runs tasks.
    static Result<std::unique_ptr<InferCheckpoint>> open(HostPlatform& platform,
                                                         std::span<const std::uint8_t> loadable,
                                                         const InferCheckpointOptions& options);

    // Whether the network's input is in the state: a restored run that is not at its first task.
    bool has_input() const { return next_task_ > 0; }
    // Once the network is loaded: hardware and memory as they were.
    Result<void> restore();
    // After the run: saves behind the last task if that was asked for.
    Result<void> finish();

  private:
    InferCheckpoint(HostPlatform& platform, const InferCheckpointOptions& options,
                    std::string subject)
        : platform_(platform), options_(options), subject_(std::move(subject)) {}
    Result<bool> before_task(unsigned task);
    Result<void> save(unsigned next_task);

    HostPlatform& platform_;
    InferCheckpointOptions options_;
    std::string subject_;
    std::optional<SavedState> state_;
    unsigned next_task_ = 0;  // of the restored run
    bool saved_ = false;
};

}  // namespace dla::vp
