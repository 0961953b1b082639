// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/generator/sdp_table.hpp"

#include <algorithm>

namespace dla::trace {
namespace {

constexpr unsigned kLastEntry = 256;  // of LO

}  // namespace

SdpTable random_table(TableFunction function, Precision precision, Random& random) {
    SdpTable table{.function = function, .start = -128, .entries = {}};
    for (unsigned i = 0; i <= kLastEntry; ++i)
        table.entries.push_back(precision == Precision::kFp16
                                    ? 1 + static_cast<std::int64_t>(random.next() % 99)
                                    : static_cast<std::int64_t>(random.next() % 65536) - 32768);
    return table;
}

std::int64_t look_up(const SdpTable& table, std::int64_t value) {
    if (table.function == TableFunction::kOff) return value;
    const auto entry = std::clamp<std::int64_t>(value - table.start, 0, kLastEntry);
    return table.entries[static_cast<std::size_t>(entry)];
}

}  // namespace dla::trace
