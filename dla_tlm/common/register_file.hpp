// SPDX-License-Identifier: Apache-2.0
// Storage and access rules of one unit's registers, with the two ping-pong copies.
// spec: csb-and-control.md section 2.
//
//   RegisterFile regs(regs::pdp::kRegisters, regs::AddressMap::kNvFull);
//   if (regs.write(0x34, value) != Access::kOk) ...       // the caller counts and reports
//   const auto width = regs.get(group, regs::pdp::DPoolingKernelCfg::kKernelWidth) + 1;
//
// The file owns S_POINTER, S_STATUS and D_OP_ENABLE of units with register groups: a write to
// D_OP_ENABLE that sets OP_EN reports kEnabled; complete() is the hardware's side of it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dla_tlm/common/register_catalogue.hpp"
#include "dla_tlm/common/register_info.hpp"

namespace dla {

enum class Access : std::uint8_t {
    kOk,
    kEnabled,        // the write set OP_EN of the producer group
    kUnknownOffset,  // no such register: reads 0, write vanishes
    kReadOnly,       // no bit of the register can be written
    kGroupBusy       // D_ register of a group whose OP_EN is 1: dropped
};

class RegisterFile {
  public:
    RegisterFile(const UnitRegisters& registers, regs::AddressMap map);

    void reset();

    // Bus side; offset is the byte offset inside the unit's slot.
    Access write(std::uint32_t offset, std::uint32_t value);
    Access read(std::uint32_t offset, std::uint32_t& value) const;

    // Hardware side. group is ignored for single registers.
    std::uint32_t value(unsigned group, Register reg) const { return copies_[group][reg.index]; }
    std::uint32_t get(unsigned group, Field field) const {
        return field.extract(copies_[group][field.register_index]);
    }
    std::int32_t get_signed(unsigned group, Field field) const;
    std::uint64_t get_address(unsigned group, Register high, Register low) const;
    void set(unsigned group, Register reg, std::uint32_t value) {
        copies_[group][reg.index] = value;
    }

    const RegisterInfo* find(std::uint32_t offset) const;
    std::span<const RegisterInfo> table() const { return table_; }
    bool has_groups() const { return first_grouped_offset_ >= 0; }

    unsigned producer() const { return producer_; }
    unsigned consumer() const { return consumer_; }
    bool enabled(unsigned group) const { return enabled_[group]; }

    // End of the consumer group's layer: clears OP_EN and toggles CONSUMER. Returns the group that
    // ended.
    unsigned complete();

    // Whole architectural state, for save and restore.
    std::vector<std::uint32_t> state() const;
    bool restore(std::span<const std::uint32_t> words);

  private:
    std::uint32_t status_word() const;
    Access write_grouped(std::size_t index, std::uint32_t value);
    std::size_t index_of(std::uint32_t offset) const;

    std::span<const RegisterInfo> table_;
    int first_grouped_offset_;
    std::size_t op_enable_index_ = 0;
    std::array<std::vector<std::uint32_t>, 2> copies_;  // single registers: same value in both
    std::vector<std::uint16_t> index_by_word_;
    std::array<bool, 2> enabled_{};
    unsigned producer_ = 0;
    unsigned consumer_ = 0;
};

}  // namespace dla
