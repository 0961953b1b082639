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
#include <memory>
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
    using Bytes = std::array<std::uint8_t, kPageBytes>;

    // Which bytes of a page.
    class Marks {
      public:
        void set(std::size_t offset, std::size_t size);
        void clear() { words_ = {}; }
        bool operator[](std::size_t offset) const {
            return (words_[offset / kBits] >> offset % kBits & 1) != 0;
        }

      private:
        static constexpr std::size_t kBits = 64;
        std::array<std::uint64_t, kPageBytes / kBits> words_{};
    };

    struct Page {
        Bytes now{};                     // 0 where not seen
        std::unique_ptr<Bytes> initial;  // once it differs from now
        Marks seen;                      // read or written
        Marks written;

        const Bytes& at_first() const { return initial ? *initial : now; }
        void part_from_initial() {
            if (!initial) initial = std::make_unique<Bytes>(now);
        }
    };
    struct Extent {
        std::uint64_t address;
        std::uint64_t size;
    };

    // Calls body(page, offset, piece, address) for every part of the bytes within one page.
    template <class Body>
    void for_pages(std::uint64_t address, std::span<const std::uint8_t> bytes, Body body);
    // Where wanted(page, offset) holds, joined over small gaps.
    template <class Wanted>
    std::vector<Extent> extents(Wanted wanted) const;
    // bytes_of(page): which of the page's contents.
    template <class BytesOf>
    std::vector<Region> regions(const std::vector<Extent>& extents, BytesOf bytes_of) const;

    std::map<std::uint64_t, Page> pages_;  // by number
};

}  // namespace dla::vp
