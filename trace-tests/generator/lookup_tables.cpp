// SPDX-License-Identifier: Apache-2.0
// spec: sdp.md 7, cdp.md 3.
#include <fmt/format.h>

#include <bit>

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

std::uint32_t wide_bits(std::int64_t value, Precision precision) {
    return precision == Precision::kFp16 ? std::bit_cast<std::uint32_t>(static_cast<float>(value))
                                         : static_cast<std::uint32_t>(value);
}

void program_table(RegisterProgram& p, const SdpTable& table, Precision precision) {
    constexpr std::int64_t kBeyondAll = 1 << 20;
    if (table.function == TableFunction::kOff) return;
    program_lookup_tables(p, "SDP", precision, static_cast<std::uint64_t>(table.function),
                          table.entries);
    const auto last = static_cast<std::int64_t>(table.entries.size()) - 1;
    const std::int64_t end = table.start + last;
    p.set("SDP", "S_LUT_INFO", 0);
    const std::int64_t le_start = precision == Precision::kFp16 ? kBeyondAll : end;
    p.set("SDP", "S_LUT_LE_START", wide_bits(le_start, precision));
    p.set("SDP", "S_LUT_LE_END", wide_bits(le_start + kLeEntries - 1, precision));
    p.set("SDP", "S_LUT_LO_START", wide_bits(table.start, precision));
    p.set("SDP", "S_LUT_LO_END", wide_bits(end, precision));
}

}  // namespace dla::trace
