// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/register_file.hpp"

#include <algorithm>

namespace dla {
namespace {

constexpr std::uint16_t kNone = 0xffff;
constexpr std::uint32_t kStatusOffset = 0x0;
constexpr std::uint32_t kPointerOffset = 0x4;
constexpr std::uint32_t kIdle = 0;
constexpr std::uint32_t kRunning = 1;
constexpr std::uint32_t kPending = 2;
constexpr unsigned kSecondGroupShift = 16;  // of S_STATUS and of S_POINTER.CONSUMER

}  // namespace

RegisterFile::RegisterFile(const UnitRegisters& registers, regs::AddressMap map)
    : table_(map == regs::AddressMap::kNvFull ? registers.nv_full : registers.nv_small),
      first_grouped_offset_(registers.first_grouped_offset) {
    index_by_word_.assign(table_.empty() ? 0 : table_.back().offset / 4 + 1, kNone);
    for (std::size_t i = 0; i < table_.size(); ++i) {
        index_by_word_[table_[i].offset / 4] = static_cast<std::uint16_t>(i);
    }
    if (has_groups())
        op_enable_index_ = index_of(static_cast<std::uint32_t>(first_grouped_offset_));
    reset();
}

void RegisterFile::reset() {
    for (auto& copy : copies_) {
        copy.resize(table_.size());
        std::ranges::transform(table_, copy.begin(), &RegisterInfo::reset);
    }
    enabled_ = {};
    producer_ = 0;
    consumer_ = 0;
}

std::size_t RegisterFile::index_of(std::uint32_t offset) const {
    const std::size_t word = offset / 4;
    return offset % 4 == 0 && word < index_by_word_.size() ? index_by_word_[word] : kNone;
}

const RegisterInfo* RegisterFile::find(std::uint32_t offset) const {
    const std::size_t index = index_of(offset);
    return index == kNone ? nullptr : &table_[index];
}

Access RegisterFile::write(std::uint32_t offset, std::uint32_t value) {
    const std::size_t index = index_of(offset);
    if (index == kNone) return Access::kUnknownOffset;
    const RegisterInfo& info = table_[index];
    if (info.grouped) return write_grouped(index, value);
    if (info.write_mask == 0) return Access::kReadOnly;
    if (has_groups() && offset == kPointerOffset) producer_ = value & 1u;
    for (auto& copy : copies_) {
        copy[index] = (copy[index] & ~info.write_mask) | (value & info.write_mask);
    }
    return Access::kOk;
}

Access RegisterFile::write_grouped(std::size_t index, std::uint32_t value) {
    const RegisterInfo& info = table_[index];
    if (info.write_mask == 0) return Access::kReadOnly;
    if (enabled_[producer_]) return Access::kGroupBusy;
    std::uint32_t& word = copies_[producer_][index];
    word = (word & ~info.write_mask) | (value & info.write_mask);
    if (index != op_enable_index_ || (value & 1u) == 0) return Access::kOk;
    enabled_[producer_] = true;
    // Result registers restart from 0 when their group is enabled.
    for (std::size_t i = index; i < table_.size(); ++i) {
        if (table_[i].write_mask == 0) copies_[producer_][i] = table_[i].reset;
    }
    return Access::kEnabled;
}

Access RegisterFile::read(std::uint32_t offset, std::uint32_t& value) const {
    value = 0;
    const std::size_t index = index_of(offset);
    if (index == kNone) return Access::kUnknownOffset;
    const RegisterInfo& info = table_[index];
    if (has_groups() && offset == kStatusOffset) {
        value = status_word();
    } else if (has_groups() && offset == kPointerOffset) {
        value = producer_ | (consumer_ << kSecondGroupShift);
    } else {
        value = copies_[info.grouped ? producer_ : 0][index] & info.read_mask;
    }
    return Access::kOk;
}

std::uint32_t RegisterFile::status_word() const {
    std::uint32_t word = 0;
    for (unsigned group = 0; group < 2; ++group) {
        const std::uint32_t state =
            !enabled_[group] ? kIdle : (consumer_ == group ? kRunning : kPending);
        word |= state << (group * kSecondGroupShift);
    }
    return word;
}

std::int32_t RegisterFile::get_signed(unsigned group, Field field) const {
    const unsigned unused = 32 - field.width;
    return static_cast<std::int32_t>(get(group, field) << unused) >> unused;
}

std::uint64_t RegisterFile::get_address(unsigned group, Register high, Register low) const {
    return (std::uint64_t{value(group, high)} << 32) | value(group, low);
}

unsigned RegisterFile::complete() {
    const unsigned group = consumer_;
    enabled_[group] = false;
    copies_[group][op_enable_index_] = 0;
    consumer_ ^= 1u;
    return group;
}

std::vector<std::uint32_t> RegisterFile::state() const {
    std::vector<std::uint32_t> words{producer_, consumer_, enabled_[0], enabled_[1]};
    for (const auto& copy : copies_)
        words.insert(words.end(), copy.begin(), copy.end());
    return words;
}

bool RegisterFile::restore(std::span<const std::uint32_t> words) {
    constexpr std::size_t kHeader = 4;
    if (words.size() != kHeader + 2 * table_.size()) return false;
    producer_ = words[0] & 1u;
    consumer_ = words[1] & 1u;
    enabled_ = {words[2] != 0, words[3] != 0};
    for (std::size_t group = 0; group < 2; ++group) {
        const auto copy = words.subspan(kHeader + group * table_.size(), table_.size());
        std::ranges::copy(copy, copies_[group].begin());
    }
    return true;
}

}  // namespace dla
