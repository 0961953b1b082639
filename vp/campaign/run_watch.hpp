// SPDX-License-Identifier: Apache-2.0
// What a run of the campaign shows to software and to nobody: the span of its operations, the
// mistakes that units reported, and every NaN and infinity counter at the end of its layer.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "dla_tlm/core/dla.hpp"

namespace dla::vp::campaign {

struct Seen {
    std::uint64_t first_cycle = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t last_cycle = 0;
    std::vector<std::string> errors{};
    std::vector<std::string> counters{};  // those that are not 0, "SDP.D_STATUS_NAN_INPUT_NUM[0] 3"
};

class RunWatch : public EventSink {
  public:
    void watch(Dla& dla);
    // With the counters of the last layers; after the run.
    Seen finish();

    void on_csb(const CsbEvent& event) override;
    void on_operation_end(const OperationEvent& event) override;
    void on_guest_error(const GuestErrorEvent& event) override;

  private:
    void note_counters(const Unit& unit, unsigned group);

    Dla* dla_ = nullptr;
    Seen seen_;
};

}  // namespace dla::vp::campaign
