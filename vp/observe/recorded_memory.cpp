// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/recorded_memory.hpp"

#include <algorithm>

namespace dla::vp {
namespace {

// Regions closer than this are one: their files are fewer and the gap is known.
constexpr std::uint64_t kGapBytes = 4096;
constexpr std::size_t kMostRegionBytes = std::size_t{1} << 24;

void append(std::vector<RecordedMemory::Region>& regions, std::uint64_t address,
            std::uint8_t value) {
    if (!regions.empty()) {
        RecordedMemory::Region& last = regions.back();
        const std::uint64_t gap = address - (last.address + last.bytes.size());
        if (gap == 0 && last.bytes.size() < kMostRegionBytes) {
            last.bytes.push_back(value);
            return;
        }
    }
    regions.push_back({address, {value}});
}

}  // namespace

void RecordedMemory::Marks::set(std::size_t offset, std::size_t size) {
    for (const std::size_t end = offset + size; offset < end;) {
        const std::size_t bit = offset % kBits;
        const std::size_t count = std::min(kBits - bit, end - offset);
        words_[offset / kBits] |= ~std::uint64_t{0} >> (kBits - count) << bit;
        offset += count;
    }
}

template <class Body>
void RecordedMemory::for_pages(std::uint64_t address, std::span<const std::uint8_t> bytes,
                               Body body) {
    while (!bytes.empty()) {
        const std::size_t offset = address % kPageBytes;
        const std::size_t size = std::min(bytes.size(), kPageBytes - offset);
        body(pages_[address / kPageBytes], offset, bytes.first(size), address);
        bytes = bytes.subspan(size);
        address += size;
    }
}

std::vector<RecordedMemory::Region> RecordedMemory::read(std::uint64_t address,
                                                         std::span<const std::uint8_t> bytes) {
    std::vector<Region> late;
    for_pages(
        address, bytes,
        [&](Page& page, std::size_t offset, std::span<const std::uint8_t> piece, std::uint64_t at) {
            const auto now = std::span(page.now).subspan(offset, piece.size());
            // Usually all is new, or as it was.
            if (std::ranges::equal(now, piece)) {
                page.seen.set(offset, piece.size());
                return;
            }
            for (std::size_t i = 0; i < piece.size(); ++i) {
                if (now[i] == piece[i]) continue;
                if (page.seen[offset + i]) {
                    append(late, at + i, piece[i]);
                    page.part_from_initial();
                } else if (page.initial) {
                    (*page.initial)[offset + i] = piece[i];
                }
                now[i] = piece[i];
            }
            page.seen.set(offset, piece.size());
        });
    return late;
}

void RecordedMemory::write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
    for_pages(
        address, bytes,
        [](Page& page, std::size_t offset, std::span<const std::uint8_t> piece, std::uint64_t) {
            page.part_from_initial();
            std::ranges::copy(piece, page.now.begin() + static_cast<std::ptrdiff_t>(offset));
            page.seen.set(offset, piece.size());
            page.written.set(offset, piece.size());
        });
}

void RecordedMemory::restart() {
    for (auto& [number, page] : pages_) {
        page.initial.reset();
        page.written.clear();
    }
}

template <class Wanted>
std::vector<RecordedMemory::Extent> RecordedMemory::extents(Wanted wanted) const {
    std::vector<Extent> found;
    for (const auto& [number, page] : pages_) {
        for (std::size_t i = 0; i < kPageBytes; ++i) {
            if (!wanted(page, i)) continue;
            const std::uint64_t address = number * kPageBytes + i;
            if (!found.empty()) {
                Extent& last = found.back();
                const std::uint64_t size = address + 1 - last.address;
                if (size - last.size <= kGapBytes && size <= kMostRegionBytes) {
                    last.size = size;
                    continue;
                }
            }
            found.push_back({address, 1});
        }
    }
    return found;
}

template <class BytesOf>
std::vector<RecordedMemory::Region> RecordedMemory::regions(const std::vector<Extent>& extents,
                                                            BytesOf bytes_of) const {
    std::vector<Region> regions;
    for (const Extent& extent : extents) {
        Region region{extent.address, std::vector<std::uint8_t>(extent.size)};
        for (std::uint64_t done = 0; done < extent.size;) {
            const std::uint64_t at = extent.address + done;
            const std::size_t offset = at % kPageBytes;
            const std::size_t count =
                std::min<std::uint64_t>(kPageBytes - offset, extent.size - done);
            const auto page = pages_.find(at / kPageBytes);
            if (page != pages_.end())
                std::ranges::copy(std::span(bytes_of(page->second)).subspan(offset, count),
                                  region.bytes.begin() + static_cast<std::ptrdiff_t>(done));
            done += count;
        }
        regions.push_back(std::move(region));
    }
    return regions;
}

std::vector<RecordedMemory::Region> RecordedMemory::initial() const {
    return regions(extents([](const Page& page, std::size_t i) { return page.at_first()[i] != 0; }),
                   [](const Page& page) -> const Bytes& { return page.at_first(); });
}

std::vector<RecordedMemory::Region> RecordedMemory::written() const {
    return regions(extents([](const Page& page, std::size_t i) { return page.written[i]; }),
                   [](const Page& page) -> const Bytes& { return page.now; });
}

}  // namespace dla::vp
