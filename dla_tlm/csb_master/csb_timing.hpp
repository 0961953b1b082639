// SPDX-License-Identifier: Apache-2.0
// When the DLA's configuration bus takes register accesses that come back to back. Measured on RTL:
// a posted write is taken in one cycle, but its clock-crossing queue of four places gives places
// back only every nine cycles; a read is answered 18 cycles after it is taken.
//
//   CsbTiming csb;
//   clock.wait_until(csb.write(clock.now() + 1));   // then the write happens
//   clock.wait_until(csb.read(clock.now() + 1));    // then the answer is there
#pragma once

#include <algorithm>
#include <cstdint>

#include "dla_tlm/common/state_visitor.hpp"

namespace dla::csb {

class CsbTiming {
  public:
    static constexpr std::uint64_t kReadCycles = 18;

    // earliest: first cycle in which the initiator asks. Returns the cycle of acceptance.
    std::uint64_t write(std::uint64_t earliest) { return accept(earliest, false); }
    // Returns the cycle of the answer.
    std::uint64_t read(std::uint64_t earliest) {
        const std::uint64_t accepted = accept(earliest, true);
        place_ = 0;  // the answer shows that the queue is empty
        return accepted + kReadCycles;
    }

    void visit_state(StateVisitor& state) {
        state.value("bus place", place_);
        state.value("bus refill", refill_);
        state.value("bus next", next_);
    }

  private:
    std::uint64_t accept(std::uint64_t earliest, bool read) {
        std::uint64_t accepted = std::max(earliest, next_);
        if (accepted >= next_ + kRefillCycles) place_ = 0;
        // Five places at first, then four; the last of them is in front of the queue, where a read
        // cannot stay.
        const bool first = place_ <= kPlaces;
        const std::uint64_t place = first ? place_ : (place_ - kPlaces - 1) % kPlaces;
        const bool last = place + 1 == (first ? kPlaces + 1 : kPlaces);
        if (place == 0 && !first) {
            accepted = std::max(accepted, refill_);
        } else if (last && read) {
            accepted = std::max(accepted, refill_ - 1);
        }
        if (place == 0) refill_ = accepted + kRefillCycles + (first ? 1 : 0);
        ++place_;
        next_ = accepted + 1;
        return accepted;
    }

    static constexpr unsigned kPlaces = 4;
    static constexpr std::uint64_t kRefillCycles = 9;

    std::uint64_t place_ = 0;   // accesses since the queue was empty
    std::uint64_t refill_ = 0;  // when the queue has places again
    std::uint64_t next_ = 0;    // one access per cycle
};

}  // namespace dla::csb
