// SPDX-License-Identifier: Apache-2.0
// SDP's lookup tables as the generator uses them, and the naive lookup. spec: sdp.md 7.
#pragma once

#include <cstdint>
#include <vector>

#include "trace-tests/generator/layer_spec.hpp"
#include "trace-tests/generator/random.hpp"

namespace dla::trace {

// LO and LE linear step by 1, so that every hit is an entry.
struct SdpTable {
    TableFunction function = TableFunction::kOff;
    std::int64_t start = 0;
    std::vector<std::int64_t> entries;  // of LO, which has the priority everywhere; LE holds the
                                        // last of them only
};

// 257 entries from -128 on; fp16: whole and small, so that nothing rounds.
SdpTable random_table(TableFunction function, Precision precision, Random& random);
// Beyond either end: the last entry there.
std::int64_t look_up(const SdpTable& table, std::int64_t value);

}  // namespace dla::trace
