// SPDX-License-Identifier: Apache-2.0
// A platform's DLA and memories to and from a saved state.
//
//   auto saved = save_platform(platform, "trace lenet");      // between simulation steps
//   ... in a fresh process, after elaboration, at about the same simulated time:
//   if (auto done = restore_platform(platform, *saved, "trace lenet"); !done) ...
#pragma once

#include "vp/platform/platform.hpp"
#include "vp/state/state_file.hpp"

namespace dla::vp {

// Refuses a DLA that is at work and names the unit.
Result<SavedState> save_platform(Platform& platform, const std::string& subject);

// Whether the state is of this configuration and of this subject.
Result<void> check_state(const SavedState& state, const HardwareConfig& config,
                         const std::string& subject);
// Checks too. Outside of simulation processes.
Result<void> restore_platform(Platform& platform, const SavedState& state,
                              const std::string& subject);
Result<void> restore_memories(Platform& platform, const SavedState& state);

// Advances a fresh simulation to just before the time of the state, so that it goes on there.
void run_up_to(const SavedState& state, const Clock& clock);

}  // namespace dla::vp
