// SPDX-License-Identifier: Apache-2.0
#include "vp/text_escape.hpp"

#include <fmt/format.h>

namespace dla::vp {

std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += fmt::format("\\{}", c);
        else if (code < 0x20 || code >= 0x7f)
            out += fmt::format("\\u{:04x}", code);
        else
            out += c;
    }
    return out + '"';
}

std::string xml_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\n':
                out += "&#10;";
                break;
            default:
                out += c >= 0x20 && c < 0x7f ? c : '?';
        }
    }
    return out;
}

}  // namespace dla::vp
