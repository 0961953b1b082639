// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/lut/lut_memory.hpp"

#include <algorithm>

namespace dla::lut {
namespace {

// S_LUT_ACCESS_CFG; the same in SDP and CDP.
constexpr std::uint32_t kAddressMask = 0x3ff;
constexpr std::uint32_t kTableLo = 1U << 16;
constexpr std::uint32_t kDirectionWrite = 1U << 17;

}  // namespace

void LutMemory::write_access_cfg(std::uint32_t word) {
    address_ = word & kAddressMask;
    table_lo_ = (word & kTableLo) != 0;
    writing_ = (word & kDirectionWrite) != 0;
}

std::uint32_t LutMemory::read_access_cfg() const {
    return address_ | (table_lo_ ? kTableLo : 0U) | (writing_ ? kDirectionWrite : 0U);
}

// Null beyond the table.
std::int16_t* LutMemory::entry() {
    if (table_lo_) return address_ < kLoEntries ? &tables_.lo[address_] : nullptr;
    return address_ < kLeEntries ? &tables_.le[address_] : nullptr;
}

void LutMemory::advance() {
    const std::uint32_t last = (table_lo_ ? kLoEntries : kLeEntries) - 1;
    if (port_ == LutPort::kCdp && address_ >= last) {
        address_ = last;
    } else {
        address_ = (address_ + 1) & kAddressMask;
    }
}

void LutMemory::write_access_data(std::uint32_t word) {
    if (!writing_) return;
    if (std::int16_t* place = entry()) *place = static_cast<std::int16_t>(word & 0xffff);
    advance();
}

std::uint32_t LutMemory::read_access_data() {
    if (writing_) return latched_;
    const std::uint16_t before = latched_;
    if (port_ == LutPort::kSdp) {
        const std::int16_t* place = entry();
        latched_ = place != nullptr ? static_cast<std::uint16_t>(*place) : std::uint16_t{0};
        advance();
        return latched_;
    }
    advance();
    latched_ = static_cast<std::uint16_t>(*entry());
    return before;
}

void LutMemory::reset() {
    *this = LutMemory(port_);
}

std::vector<std::uint32_t> LutMemory::state() const {
    std::vector<std::uint32_t> words;
    words.reserve(kStateWords);
    for (const std::int16_t value : tables_.le)
        words.push_back(static_cast<std::uint16_t>(value));
    for (const std::int16_t value : tables_.lo)
        words.push_back(static_cast<std::uint16_t>(value));
    words.push_back(read_access_cfg());
    words.push_back(latched_);
    return words;
}

bool LutMemory::restore(std::span<const std::uint32_t> words) {
    if (words.size() != kStateWords) return false;
    const auto as_entry = [](std::uint32_t word) {
        return static_cast<std::int16_t>(word & 0xffff);
    };
    std::ranges::transform(words.first(kLeEntries), tables_.le.begin(), as_entry);
    std::ranges::transform(words.subspan(kLeEntries, kLoEntries), tables_.lo.begin(), as_entry);
    write_access_cfg(words[kStateWords - 2]);
    latched_ = static_cast<std::uint16_t>(words[kStateWords - 1]);
    return true;
}

}  // namespace dla::lut
