// SPDX-License-Identifier: Apache-2.0
// Who waits for what, in words. Every worker pins its reason here while it is blocked; the watchdog
// reads the board when nothing moves.
//
//   WaitBoard::Pin pin(board, "CSC", group, {"weights of kernel group 3 from CDMA"});
//   wait(event);                                    // the pin comes off when it leaves scope
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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

    // Put together only when somebody reads them: workers wait for every chunk.
    struct Words {
        std::string_view what;
        std::string_view of{};  // appended
        std::string_view partner{};
    };

    // The words stay where they are while it is pinned.
    class Pin {
      public:
        Pin(WaitBoard& board, std::string_view unit, unsigned group, const Words& words)
            : board_(board), unit_(unit), group_(group), words_(words) {
            board_.pins_.push_back(this);
        }
        ~Pin() { std::erase(board_.pins_, this); }
        Pin(const Pin&) = delete;
        Pin& operator=(const Pin&) = delete;

        Entry entry() const {
            return {std::string(unit_), group_, std::string(words_.what).append(words_.of),
                    std::string(words_.partner)};
        }

      private:
        WaitBoard& board_;
        std::string_view unit_;
        unsigned group_;
        Words words_;
    };

    std::vector<Entry> entries() const {
        std::vector<Entry> entries;
        for (const Pin* pin : pins_)
            entries.push_back(pin->entry());
        return entries;
    }

  private:
    std::vector<const Pin*> pins_;
};

}  // namespace dla
