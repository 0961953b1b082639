// SPDX-License-Identifier: Apache-2.0
// Names of register field values, for tools that speak about registers in words.
//
//   for (const NamedValue& v : named_values())
//       if (v.unit == "PDP"sv && v.field == "FLYING_MODE"sv && v.value == 1) ...  // OFF_FLYING
#pragma once

#include <cstdint>
#include <span>

namespace dla::regs {

struct NamedValue {
    const char* unit;
    const char* register_name;
    const char* field;
    std::uint32_t value;
    const char* name;
};

std::span<const NamedValue> named_values();

}  // namespace dla::regs
