// SPDX-License-Identifier: Apache-2.0
// Real inputs damaged at random, for tests of what must stand anything; libFuzzer's place where it
// is not at hand.
//
//   Mutations mutations({"status", "regs PDP 1"}, seed);
//   for (unsigned i = 0; i < random_runs(1000); ++i) feed(mutations.next());
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace dla::testing {

class Mutations {
  public:
    Mutations(std::vector<std::string> seeds, unsigned seed)
        : seeds_(std::move(seeds)), random_(seed) {}

    // One of the seeds with up to eight changes; one in nine as it is.
    std::string next() {
        std::string text = seeds_[below(seeds_.size())];
        for (std::size_t changes = below(9); changes > 0; --changes)
            change(text);
        return text;
    }

  private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    void change(std::string& text) {
        const std::size_t at = below(text.size() + 1);
        const std::size_t length = std::min(below(16), text.size() - at);
        switch (below(7)) {
            case 0:
                if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
                break;
            case 1:
                text.insert(at, 1, static_cast<char>(below(256)));
                break;
            case 2:
                text.erase(at, length);
                break;
            case 3:
                text.insert(at, text.substr(at, length));
                break;
            case 4: {
                const std::string& other = seeds_[below(seeds_.size())];
                text.replace(at, length, other.substr(below(other.size() + 1)));
                break;
            }
            case 5:
                text.insert(at,
                            std::vector<std::string>{"0xffffffffffffffff", "-1", " ", "99999999999",
                                                     "=", ".", "0x80000000"}[below(7)]);
                break;
            default:
                text.insert(at, below(300) * below(30), static_cast<char>(below(256)));
        }
    }

    std::vector<std::string> seeds_;
    std::mt19937 random_;
};

}  // namespace dla::testing
