// SPDX-License-Identifier: Apache-2.0
// The .dat and .mem form of the .cfg dialect:
//
//   {
//   {offset:0x0, size:4, payload:0x01 0x02 0x03 0x04},
//   }
//
// The outer braces and the commas may be missing, # starts a comment. Missing payload bytes are 0.
#pragma once

#include <cstdint>
#include <string_view>

#include "trace-tests/format/data_file.hpp"

namespace dla::trace {

// Throws SyntaxError.
std::uint64_t decode_records(PassingText& text, std::string_view where, std::uint64_t limit,
                             const DataSink& sink);

}  // namespace dla::trace
