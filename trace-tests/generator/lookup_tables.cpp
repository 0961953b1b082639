// SPDX-License-Identifier: Apache-2.0
// spec: sdp.md 7, cdp.md 3.
#include <fmt/format.h>

#include "trace-tests/generator/layer_builder.hpp"

namespace dla::trace {

void program_lookup_tables(RegisterProgram& p, const std::string& unit, Precision precision,
                           std::uint64_t le_function, const std::vector<std::int64_t>& lo_entries) {
    constexpr std::uint32_t kWriteTable = 1u << 17;
    constexpr std::uint32_t kTableLo = 1u << 16;
    const auto put_entry = [&](std::int64_t value) {
        p.put(unit, "S_LUT_ACCESS_DATA",
              static_cast<std::uint32_t>(element_bits(value, precision)) & 0xffff);
    };
    p.put(unit, "S_LUT_ACCESS_CFG", kWriteTable);
    for (unsigned i = 0; i < kLeEntries; ++i)
        put_entry(lo_entries.back());
    p.put(unit, "S_LUT_ACCESS_CFG", kWriteTable | kTableLo);
    for (const std::int64_t value : lo_entries)
        put_entry(value);
    p.set(unit, "S_LUT_CFG",
          {{"LUT_LE_FUNCTION", le_function},
           {"LUT_UFLOW_PRIORITY", 1},
           {"LUT_OFLOW_PRIORITY", 1},
           {"LUT_HYBRID_PRIORITY", 1}});
    for (const char* which : {"LE", "LO"}) {
        p.set(unit, fmt::format("S_LUT_{}_SLOPE_SCALE", which), 0);
        p.set(unit, fmt::format("S_LUT_{}_SLOPE_SHIFT", which), 0);
    }
}

}  // namespace dla::trace
