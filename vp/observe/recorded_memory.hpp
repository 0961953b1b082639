// SPDX-License-Identifier: Apache-2.0
// What a DLA saw of one memory, page by page: the contents it needs at the beginning and what it
// wrote. Memory that it read as zero before writing it is not kept, a fresh memory has that.
//
//   RecordedMemory memory;
//   for (const auto& late : memory.read(address, bytes)) ...   // changed by others since
//   memory.write(address, bytes);
//   for (const auto& region : memory.initial()) ...
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace dla::vp {

class RecordedMemory {
  public:
    struct Region {
        std::uint64_t address;
        std::vector<std::uint8_t> bytes;
    };

    // Returns the pieces that somebody else changed after the DLA had seen them.
    std::vector<Region> read(std::uint64_t address, std::span<const std::uint8_t> bytes);
    void write(std::uint64_t address, std::span<const std::uint8_t> bytes);

    // What is there now is the beginning.
    void restart();

    // What was not zero when first read.
    std::vector<Region> initial() const;
    // What the DLA wrote, as it is now; small gaps are filled with what is there.
    std::vector<Region> written() const;

  private:
    static constexpr std::size_t kPageBytes = 4096;
    struct Page {
        std::array<std::uint8_t, kPageBytes> initial{};
        std::array<std::uint8_t, kPageBytes> now{};
        std::array<std::uint8_t, kPageBytes> seen{};  // 1: initial or written
        std::array<std::uint8_t, kPageBytes> written{};
    };

    // Calls body(page, offset, piece, address) for every part of the bytes within one page.
    template <class Body>
    void for_pages(std::uint64_t address, std::span<const std::uint8_t> bytes, Body body);
    // wanted(page, offset) and value(page, offset) choose and give the bytes.
    template <class Wanted, class Value>
    std::vector<Region> regions(Wanted wanted, Value value) const;

    std::map<std::uint64_t, Page> pages_;  // by number
};

}  // namespace dla::vp
