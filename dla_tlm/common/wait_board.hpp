// SPDX-License-Identifier: Apache-2.0
// Who waits for what, in words. Every worker pins its reason here while it is blocked; the watchdog
// reads the board when nothing moves.
//
//   WaitBoard::Pin pin(board, "CSC", group, "weights of kernel group 3 from CDMA");
//   wait(event);                                    // the pin comes off when it leaves scope
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <vector>

namespace dla {

class WaitBoard {
  public:
    struct Entry {
        std::string unit;
        unsigned group;
        std::string reason;
        std::string partner;  // the unit that has to do something; may be empty
    };

    class Pin {
      public:
        Pin(WaitBoard& board, std::string unit, unsigned group, std::string reason,
            std::string partner = "")
            : board_(board),
              place_(board.entries_.insert(
                  board.entries_.end(),
                  {std::move(unit), group, std::move(reason), std::move(partner)})) {}
        ~Pin() { board_.entries_.erase(place_); }
        Pin(const Pin&) = delete;
        Pin& operator=(const Pin&) = delete;

      private:
        WaitBoard& board_;
        std::list<Entry>::iterator place_;
    };

    std::vector<Entry> entries() const { return {entries_.begin(), entries_.end()}; }

  private:
    std::list<Entry> entries_;
};

}  // namespace dla
