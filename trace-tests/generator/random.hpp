// SPDX-License-Identifier: Apache-2.0
// Random numbers that are the same on every machine and library (SplitMix64).
#pragma once

#include <cstdint>

namespace dla::trace {

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15u;
        std::uint64_t x = state_;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
        return x ^ (x >> 31);
    }
    // Any value of `bits` bits, signed.
    std::int32_t signed_bits(unsigned bits) {
        const auto top = static_cast<std::int64_t>(next() >> (64 - bits));
        return static_cast<std::int32_t>(top - (std::int64_t{1} << (bits - 1)));
    }

  private:
    std::uint64_t state_;
};

}  // namespace dla::trace
