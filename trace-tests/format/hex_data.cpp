// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/format/hex_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "trace-tests/format/hex_digits.hpp"
#include "trace-tests/format/scanner.hpp"

namespace dla::trace {
namespace {

struct Line {
    std::string_view where;
    std::uint32_t number;
    std::string_view text;
};

[[noreturn]] void fail_at(const Line& line, std::size_t column, std::string_view message) {
    throw SyntaxError{fmt::format("{}:{}:{}: {}", line.where, line.number, column + 1, message)};
}

bool is_data(std::string_view text) {
    if (text.starts_with(' ')) text.remove_prefix(1);
    return text.starts_with("0x");
}

// Bytes of one data line into out; returns their number.
std::size_t decode_line(const Line& line, std::uint8_t* out) {
    const char* const begin = line.text.data();
    const char* const end = begin + line.text.size();
    const char* at = begin;
    std::size_t count = 0;
    const auto column = [&] { return static_cast<std::size_t>(at - begin); };
    for (;;) {
        while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
            ++at;
        if (at == end) return count;
        if (count == kHexLineBytes)
            fail_at(line, column(), "more than 32 bytes on a data line, legal are 32");
        const bool long_enough = end - at >= 4 && at[0] == '0' && at[1] == 'x';
        const unsigned value = long_enough ? hex_byte(at + 2) : kNotHex;
        const bool apart =
            end - at == 4 || (long_enough && (at[4] == ' ' || at[4] == '\t' || at[4] == '\r'));
        if (value >= kNotHex || !apart)
            fail_at(line, column(),
                    fmt::format(
                        "found '{}', expected a byte 0xNN with two hexadecimal digits",
                        printable(std::string_view(
                            at, std::min<std::size_t>(8, static_cast<std::size_t>(end - at))))));
        out[count++] = static_cast<std::uint8_t>(value);
        at += 4;
    }
}

}  // namespace

std::uint64_t decode_hex(PassingText& text, std::string_view where, std::uint64_t limit,
                         const DataSink& sink) {
    std::array<std::uint8_t, 128 * kHexLineBytes> piece;
    std::uint64_t offset = 0;
    std::size_t filled = 0;
    Line line{where, 0, {}};
    Line short_line = line;
    const auto flush = [&] {
        const auto bytes =
            static_cast<std::size_t>(std::min<std::uint64_t>(filled, limit - offset));
        if (bytes > 0) sink(offset, std::span(piece).first(bytes));
        offset += bytes;
        filled = 0;
    };
    const char* end = nullptr;
    for (const char* at = text.begin(); at < text.end() && offset + filled < limit; at = end + 1) {
        text.passed(at);
        end = text.find_line_end(at);
        line = {where, line.number + 1, {at, end}};
        if (!is_data(line.text)) continue;
        if (short_line.number != 0)
            fail_at(short_line, 0, "fewer than 32 bytes, legal only on the last data line");
        const std::size_t count = decode_line(line, piece.data() + filled);
        if (count < kHexLineBytes) short_line = line;
        filled += count;
        if (filled + kHexLineBytes > piece.size()) flush();
    }
    flush();
    return offset;
}

}  // namespace dla::trace
