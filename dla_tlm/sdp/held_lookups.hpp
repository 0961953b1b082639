// SPDX-License-Identifier: Apache-2.0
// The register in front of the lookup tables: it keeps the outcomes of its last elements until new
// ones come, and the RTL's counters add up what it shows on every clock of the EW stage.
#pragma once

#include <array>
#include <cstdint>

#include "dla_tlm/common/state_visitor.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"

namespace dla::sdp {

class HeldLookups {
  public:
    // From now on it shows these lookups, those of one clock.
    void hold(const Counters& lookups) {
        shown_ = {lookups.lut_underflow, lookups.lut_overflow, lookups.lut_le_hit,
                  lookups.lut_lo_hit};
    }

    // Clocks without a new element; what is neither below nor above its table counts as hybrid.
    void count(std::uint64_t clocks, unsigned lanes, Counters& counters) const {
        const auto [underflow, overflow, le_hit, lo_hit] = shown_;
        counters.lut_underflow += clocks * underflow;
        counters.lut_overflow += clocks * overflow;
        counters.lut_hybrid += clocks * (lanes - underflow - overflow);
        counters.lut_le_hit += clocks * le_hit;
        counters.lut_lo_hit += clocks * lo_hit;
    }

    void visit_state(StateVisitor& state) {
        state.values("held lookups", std::span<std::uint64_t>(shown_));
    }

  private:
    std::array<std::uint64_t, 4> shown_{};  // underflows, overflows, hits of LE and of LO
};

}  // namespace dla::sdp
