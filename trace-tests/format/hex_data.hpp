// SPDX-License-Identifier: Apache-2.0
// The .dat form of the .txn dialect: data lines of 32 bytes 0xNN, lowest address first; only the
// last may be shorter. Lines that do not begin with an optional blank and 0x are skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "trace-tests/format/data_file.hpp"

namespace dla::trace {

constexpr std::size_t kHexLineBytes = 32;

// Throws SyntaxError.
std::uint64_t decode_hex(PassingText& text, std::string_view where, std::uint64_t limit,
                         const DataSink& sink);

}  // namespace dla::trace
