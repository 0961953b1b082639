// SPDX-License-Identifier: Apache-2.0
// Two hexadecimal digits to a byte by table, the inner loop of reading memory images.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace dla::trace {

constexpr unsigned kNotHex = 0x100;

inline constexpr auto kHexDigit = [] {
    std::array<std::uint16_t, 256> table{};
    table.fill(kNotHex);
    for (unsigned i = 0; i < 10; ++i)
        table['0' + i] = static_cast<std::uint16_t>(i);
    for (unsigned i = 0; i < 6; ++i) {
        table['a' + i] = static_cast<std::uint16_t>(10 + i);
        table['A' + i] = static_cast<std::uint16_t>(10 + i);
    }
    return table;
}();

// kNotHex or more: at least one of the two characters is no digit.
inline unsigned hex_byte(const char* at) {
    const unsigned high = kHexDigit[static_cast<std::uint8_t>(at[0])];
    const unsigned low = kHexDigit[static_cast<std::uint8_t>(at[1])];
    return (high | low) >= kNotHex ? kNotHex : high * 16 + low;
}

// Text from a file as it may stand in a message.
inline std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text)
        out += c >= 0x20 && c < 0x7f ? c : '?';
    return out;
}

}  // namespace dla::trace
