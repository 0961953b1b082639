// SPDX-License-Identifier: Apache-2.0
#include "vp/state/state_compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace dla::vp {
namespace {

constexpr std::array<const char*, 2> kDrivers{"trace player", "firmware"};
constexpr std::size_t kPageBytes = 4096;

// Registers have capital names and a value per group.
std::string place_of(const StateItem& item, std::size_t index) {
    if (item.words.size() == 1) return "";
    const bool groups = item.words.size() == 2;
    return fmt::format(" of {} {}", groups ? "group" : "entry", index);
}

std::string difference(const std::string& unit, const StateItem& a, const StateItem& b) {
    if (a == b) return "";
    if (a.name != b.name) return fmt::format("{}: {} and {}", unit, a.name, b.name);
    for (std::size_t i = 0; i < std::min(a.words.size(), b.words.size()); ++i) {
        if (a.words[i] != b.words[i])
            return fmt::format("{}.{}{}: 0x{:x} and 0x{:x}", unit, a.name, place_of(a, i),
                               a.words[i], b.words[i]);
    }
    for (std::size_t i = 0; i < std::min(a.bytes.size(), b.bytes.size()); ++i) {
        if (a.bytes[i] != b.bytes[i])
            return fmt::format("{}.{} at byte 0x{:x}: 0x{:02x} and 0x{:02x}", unit, a.name, i,
                               a.bytes[i], b.bytes[i]);
    }
    return fmt::format("{}.{}: {} and {} values", unit, a.name, a.words.size() + a.bytes.size(),
                       b.words.size() + b.bytes.size());
}

std::string difference(const StateSection& a, const StateSection& b) {
    for (std::size_t i = 0; i < std::min(a.items.size(), b.items.size()); ++i) {
        std::string found = difference(a.name, a.items[i], b.items[i]);
        if (!found.empty()) return found;
    }
    if (a.items.size() == b.items.size()) return "";
    return fmt::format("{}: {} and {} items", a.name, a.items.size(), b.items.size());
}

using Page = std::array<std::uint8_t, kPageBytes>;
using Pages = std::map<std::pair<bool, std::uint64_t>, Page>;

Pages pages_of(const SavedState& state) {
    Pages pages;
    for (const StateRegion& region : state.regions) {
        for (std::size_t i = 0; i < region.bytes.size(); ++i) {
            const std::uint64_t address = region.address + i;
            pages[{region.second_memory, address / kPageBytes}][address % kPageBytes] =
                region.bytes[i];
        }
    }
    return pages;
}

std::string memory_difference(const SavedState& first, const SavedState& second) {
    Pages a = pages_of(first);
    Pages b = pages_of(second);
    for (const auto& [place, page] : b)
        a.try_emplace(place);
    for (const auto& [place, page] : a) {
        const Page& other = b[place];
        const auto [x, y] = std::ranges::mismatch(page, other);
        if (x == page.end()) continue;
        return fmt::format(
            "{} memory at 0x{:x}: 0x{:02x} and 0x{:02x}", place.first ? "second" : "main",
            place.second * kPageBytes + static_cast<std::uint64_t>(x - page.begin()), *x, *y);
    }
    return "";
}

}  // namespace

std::string first_difference(const SavedState& first, const SavedState& second) {
    for (const StateSection& a : first.sections) {
        if (std::ranges::find(kDrivers, a.name) != kDrivers.end()) continue;
        const StateSection* b = second.section(a.name);
        if (b == nullptr) return fmt::format("{}: missing in the second state", a.name);
        std::string found = difference(a, *b);
        if (!found.empty()) return found;
    }
    if (first.time != second.time)
        return fmt::format("simulated time: {} and {} ps", first.time, second.time);
    return memory_difference(first, second);
}

}  // namespace dla::vp
