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
            const auto seen = std::span(page.seen).subspan(offset, piece.size());
            const auto now = std::span(page.now).subspan(offset, piece.size());
            // Usually all is new, or as it was.
            if (std::ranges::equal(now, piece) && std::ranges::find(seen, 0) == seen.end()) return;
            for (std::size_t i = 0; i < piece.size(); ++i) {
                if (seen[i] == 0)
                    page.initial[offset + i] = piece[i];
                else if (now[i] != piece[i])
                    append(late, at + i, piece[i]);
            }
            std::ranges::fill(seen, std::uint8_t{1});
            std::ranges::copy(piece, now.begin());
        });
    return late;
}

void RecordedMemory::write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
    for_pages(
        address, bytes,
        [](Page& page, std::size_t offset, std::span<const std::uint8_t> piece, std::uint64_t) {
            const auto place = static_cast<std::ptrdiff_t>(offset);
            std::ranges::copy(piece, page.now.begin() + place);
            std::fill_n(page.seen.begin() + place, piece.size(), std::uint8_t{1});
            std::fill_n(page.written.begin() + place, piece.size(), std::uint8_t{1});
        });
}

void RecordedMemory::restart() {
    for (auto& [number, page] : pages_) {
        page.initial = page.now;
        page.written.fill(0);
    }
}

template <class Wanted, class Value>
std::vector<RecordedMemory::Region> RecordedMemory::regions(Wanted wanted, Value value) const {
    std::vector<Region> found;
    for (const auto& [number, page] : pages_) {
        for (std::size_t i = 0; i < kPageBytes; ++i) {
            if (!wanted(page, i)) continue;
            const std::uint64_t address = number * kPageBytes + i;
            if (!found.empty()) {
                // The gap lies in this page or the one before it; pages in between would be longer.
                const std::uint64_t end = found.back().address + found.back().bytes.size();
                if (address - end < kGapBytes)
                    for (std::uint64_t at = end; at < address; ++at) {
                        const auto place = pages_.find(at / kPageBytes);
                        append(found, at,
                               place == pages_.end() ? std::uint8_t{0}
                                                     : value(place->second, at % kPageBytes));
                    }
            }
            append(found, address, value(page, i));
        }
    }
    return found;
}

std::vector<RecordedMemory::Region> RecordedMemory::initial() const {
    const auto value = [](const Page& page, std::size_t i) { return page.initial[i]; };
    return regions([&](const Page& page, std::size_t i) { return value(page, i) != 0; }, value);
}

std::vector<RecordedMemory::Region> RecordedMemory::written() const {
    return regions([](const Page& page, std::size_t i) { return page.written[i] != 0; },
                   [](const Page& page, std::size_t i) { return page.now[i]; });
}

}  // namespace dla::vp
