// SPDX-License-Identifier: Apache-2.0
// Bounded channel between two units; the unit of transfer is a chunk of whole lines. A full link
// holds the producer back and an empty one the consumer, so stalls appear in simulated time.
//
//   Link<SdpChunk> link("CACC to SDP", board, 4);    // producer to consumer
//   link.put(std::move(chunk), "CACC", group);       // blocks while full
//   SdpChunk chunk = link.get("SDP", group);         // blocks while empty
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <systemc>
#include <utility>

#include "dla_tlm/common/wait_board.hpp"

namespace dla {

template <class Chunk>
class Link {
  public:
    Link(std::string name, WaitBoard& board, std::size_t capacity)
        : name_(std::move(name)),
          producer_(name_.substr(0, name_.find(kTo))),
          consumer_(name_.substr(std::min(name_.size(), producer_.size() + kTo.size()))),
          board_(board),
          capacity_(capacity) {}

    void put(Chunk chunk, const char* unit, unsigned group) {
        while (chunks_.size() >= capacity_) {
            const WaitBoard::Pin pin(board_, unit, group, {"space in the link ", name_, consumer_});
            sc_core::wait(taken_);
        }
        chunks_.push_back(std::move(chunk));
        offered_.notify(sc_core::SC_ZERO_TIME);
    }

    Chunk get(const char* unit, unsigned group) {
        while (chunks_.empty()) {
            const WaitBoard::Pin pin(board_, unit, group,
                                     {"data from the link ", name_, producer_});
            sc_core::wait(offered_);
        }
        Chunk chunk = std::move(chunks_.front());
        chunks_.pop_front();
        taken_.notify(sc_core::SC_ZERO_TIME);
        return chunk;
    }

    bool empty() const { return chunks_.empty(); }
    std::size_t size() const { return chunks_.size(); }
    void reset() { chunks_.clear(); }

    const std::string& name() const { return name_; }
    const std::string& consumer() const { return consumer_; }

  private:
    static constexpr std::string_view kTo = " to ";

    std::string name_;
    std::string producer_;
    std::string consumer_;
    WaitBoard& board_;
    std::size_t capacity_;
    std::deque<Chunk> chunks_;
    sc_core::sc_event offered_;
    sc_core::sc_event taken_;
};

}  // namespace dla
