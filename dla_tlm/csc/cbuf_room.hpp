// SPDX-License-Identifier: Apache-2.0
// When weights that do not all fit into CBUF arrive: CDMA stops at the last free entry and goes on
// when CSC has released a kernel group. spec: timing.md sections 4.3 and 4.6.
//
//   WeightRoom room(layer.weight_banks * bank_bytes, memory);
//   Cycles in_cbuf = room.fetch(group_bytes, arrival_with_room_for_all);
//   room.release(group_bytes, end_of_the_groups_last_operation);    // in order of the groups
#pragma once

#include <cstdint>
#include <deque>
#include <limits>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_timing.hpp"

namespace dla::csc {

class WeightRoom {
  public:
    // No capacity: as much as is asked for.
    WeightRoom(std::uint64_t capacity_bytes, unsigned beat_bytes, const MemoryTiming& memory);

    // Next bytes of the stream; when they are in CBUF. Releases that make room for them must have
    // been reported before; what was not is taken as never needed.
    Cycles fetch(std::uint64_t bytes, Cycles unlimited_arrival);
    // The oldest bytes are free from this cycle on.
    void release(std::uint64_t bytes, Cycles at);
    // Whether room for the next bytes is already free or reported.
    bool has_room(std::uint64_t bytes) const { return fetched_ + bytes <= room_end(); }

  private:
    struct Window {
        std::uint64_t end;  // bytes of the stream that may be fetched
        Cycles from;
    };
    std::uint64_t room_end() const;

    std::uint64_t capacity_;
    double cycles_per_byte_;
    double latency_;
    std::uint64_t fetched_ = 0;
    // Request of the last byte that had to wait for room.
    double late_issue_ = std::numeric_limits<double>::lowest();
    std::deque<Window> windows_;
};

}  // namespace dla::csc
