// SPDX-License-Identifier: Apache-2.0
// Hands out ranges of bus addresses, page by page, first fit.
//
//   BusMemory pages({.base = 0xc0000000, .bytes = 1 << 30});
//   auto address = pages.take(5000);     // Result: base of two pages
//   pages.give_back(*address);
#pragma once

#include <cstdint>
#include <map>

#include "dla_tlm/common/result.hpp"
#include "vp/platform/memory.hpp"

namespace dla::vp {

class BusMemory {
  public:
    explicit BusMemory(const MemoryRegion& region) : region_(region) {}

    Result<std::uint64_t> take(std::uint64_t bytes);
    void give_back(std::uint64_t address) { taken_.erase(address); }
    // To the end of the range at this address; 0 where none is.
    std::uint64_t size_at(std::uint64_t address) const;

  private:
    MemoryRegion region_;
    std::map<std::uint64_t, std::uint64_t> taken_;  // address to size
};

}  // namespace dla::vp
