// SPDX-License-Identifier: Apache-2.0
// Which register field decides which number of a decoded layer: each field of the table is written
// alone, into the second group, and must change its own number and none of the others.
//
//   constexpr FieldEntry<PdpOp> kFields[] = {
//       {"kernel width", r::DPoolingKernelCfg::kKernelWidth, 5, kMember<&PdpOp::kernel_width>, 6}};
//   check_fields<PdpOp>(r::kRegisters, kFields,
//                       [&](const RegisterFile& registers) { return decode(registers, 1, config);
//                       });
#pragma once

#include <cstdint>
#include <span>

#include "dla_tlm/common/register_file.hpp"
#include "testing/catch.hpp"

namespace dla {

// The number at the end of a path of members: kMember<&SdpOp::bs, &XStage::alu>.
template <auto First, auto... Rest>
constexpr auto kMember = [](const auto& object) -> std::int64_t {
    if constexpr (sizeof...(Rest) == 0)
        return static_cast<std::int64_t>(object.*First);
    else
        return kMember<Rest...>(object.*First);
};

template <class Op>
struct FieldEntry {
    const char* name;
    Field field;
    std::uint32_t value;
    std::int64_t (*number)(const Op&);
    std::int64_t expected;
};

template <class Op, class Decode>
void check_fields(const UnitRegisters& unit, std::span<const FieldEntry<Op>> entries,
                  Decode decode) {
    constexpr std::uint32_t kPointerOffset = 4;
    for (const FieldEntry<Op>& entry : entries) {
        RegisterFile registers(unit, regs::AddressMap::kNvFull);
        registers.write(kPointerOffset, 1);
        const Op before = decode(registers);
        const std::uint32_t offset = registers.table()[entry.field.register_index].offset;
        const std::uint32_t old = registers.value(1, {entry.field.register_index, offset});
        registers.write(offset, entry.field.insert(old, entry.value));
        const Op after = decode(registers);
        INFO(entry.name);
        CHECK(entry.number(before) != entry.expected);
        CHECK(entry.number(after) == entry.expected);
        for (const FieldEntry<Op>& other : entries) {
            if (&other == &entry) continue;
            INFO("leaves " << other.name);
            CHECK(other.number(after) == other.number(before));
        }
    }
}

}  // namespace dla
