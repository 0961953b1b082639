// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/cbuf_room.hpp"

#include <algorithm>
#include <limits>

namespace dla::csc {
namespace {

// Release to the first request and arrival to presence in CBUF, beyond the read latency.
constexpr double kReleaseToCbuf = 10;

}  // namespace

WeightRoom::WeightRoom(std::uint64_t capacity_bytes, unsigned beat_bytes,
                       const MemoryTiming& memory)
    : capacity_(capacity_bytes > 0 ? capacity_bytes : std::numeric_limits<std::uint64_t>::max()),
      cycles_per_byte_(memory.beat_interval / beat_bytes),
      latency_(memory.read_latency),
      windows_{{capacity_, 0}} {}

std::uint64_t WeightRoom::room_end() const {
    return windows_.back().end;
}

Cycles WeightRoom::fetch(std::uint64_t bytes, Cycles unlimited_arrival) {
    const std::uint64_t end = fetched_ + bytes;
    while (windows_.size() > 1 && windows_.front().end < end) {
        // The rest of this window, then the first byte behind it waits for the next release.
        const std::uint64_t before = std::max(fetched_, windows_.front().end);
        late_issue_ += static_cast<double>(before - fetched_) * cycles_per_byte_;
        fetched_ = before;
        windows_.pop_front();
        late_issue_ = std::max(late_issue_, static_cast<double>(windows_.front().from));
    }
    late_issue_ += static_cast<double>(end - fetched_) * cycles_per_byte_;
    fetched_ = end;
    if (late_issue_ < 0) return unlimited_arrival;
    return std::max(unlimited_arrival, to_cycles(late_issue_ + latency_ + kReleaseToCbuf));
}

void WeightRoom::release(std::uint64_t bytes, Cycles at) {
    if (capacity_ == std::numeric_limits<std::uint64_t>::max()) return;
    windows_.push_back({windows_.back().end + bytes, std::max(at, windows_.back().from)});
}

}  // namespace dla::csc
