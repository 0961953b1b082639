// SPDX-License-Identifier: Apache-2.0
// Memory images of both dialects, decoded as a stream of pieces. docs/trace-formats.md.
//
//   read_data(path, Dialect::kTxn, size, [&](std::uint64_t offset, auto bytes) { ... });
//
// .txn: lines of 32 bytes 0xNN, everything else skipped. .cfg: records {offset:, size:, payload:}.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "dla_tlm/common/result.hpp"
#include "trace-tests/format/passing_text.hpp"
#include "trace-tests/format/trace.hpp"

namespace dla::trace {

using DataSink = std::function<void(std::uint64_t offset, std::span<const std::uint8_t> bytes)>;

// Decodes the bytes below `limit`, in file order. Returns the extent of the part that was read.
Result<std::uint64_t> read_data(const std::string& path, Dialect dialect, std::uint64_t limit,
                                const DataSink& sink);
// The same from text; `where` is what messages call it.
Result<std::uint64_t> decode_data(PassingText text, std::string_view where, Dialect dialect,
                                  std::uint64_t limit, const DataSink& sink);

// Replaces the file.
Result<void> write_text(const std::string& path, std::string_view text);

// Writers. Header lines of the .txn form are put in front of the data.
Result<void> write_hex_data(const std::string& path, std::string_view header,
                            std::span<const std::uint8_t> bytes);
Result<void> write_record_data(const std::string& path, std::span<const std::uint8_t> bytes);

// CRC-32 as in zlib; pass the previous result to go on.
std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t previous = 0);

}  // namespace dla::trace
