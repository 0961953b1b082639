// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/format/scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dla::trace {
namespace {

bool blank(char c) {
    return c == ' ' || c == '\t';
}

bool name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

// What the user typed, short and printable.
std::string shown(std::string_view text) {
    constexpr std::size_t kLongest = 40;
    if (text.empty()) return "the end of the line";
    std::string out = "'";
    for (const char c : text.substr(0, kLongest))
        out += c >= 0x20 && c < 0x7f ? c : '?';
    return out + (text.size() > kLongest ? "...'" : "'");
}

}  // namespace

void Scanner::skip_blanks() {
    while (at_ < text_.size() && blank(text_[at_]))
        ++at_;
}

bool Scanner::at_end() {
    skip_blanks();
    return at_ == text_.size();
}

std::string_view Scanner::take(std::size_t length) {
    token_at_ = at_;
    token_ = text_.substr(at_, length);
    at_ += length;
    return token_;
}

std::string_view Scanner::word() {
    skip_blanks();
    std::size_t length = 0;
    while (at_ + length < text_.size() && !blank(text_[at_ + length]))
        ++length;
    return take(length);
}

std::string_view Scanner::name(std::string_view expected) {
    skip_blanks();
    std::size_t length = 0;
    while (at_ + length < text_.size() && name_character(text_[at_ + length]))
        ++length;
    if (length == 0) fail_here(expected);
    return take(length);
}

std::string_view Scanner::quoted(std::string_view expected) {
    if (!next_is('"')) fail_here(expected);
    const std::size_t end = text_.find('"', at_ + 1);
    if (end == std::string_view::npos) fail_here("a closing quote on the same line");
    take(end + 1 - at_);
    return token_.substr(1, token_.size() - 2);
}

bool Scanner::next_is(char c) {
    skip_blanks();
    return at_ < text_.size() && text_[at_] == c;
}

bool Scanner::accept(char c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
}

void Scanner::expect(char c) {
    if (!accept(c)) fail_here(fmt::format("'{}'", c));
}

std::uint64_t Scanner::number(std::string_view what, unsigned bits, bool decimal_allowed) {
    skip_blanks();
    std::size_t length = 0;
    while (at_ + length < text_.size() && name_character(text_[at_ + length]))
        ++length;
    const std::string_view token = take(length);
    const bool hex = token.starts_with("0x") || token.starts_with("0X");
    const auto expected = [&] {
        return fmt::format("{}, {} number of at most {} bits", what,
                           decimal_allowed ? "a decimal or 0x" : "a hexadecimal 0x", bits);
    };
    if (!hex && !decimal_allowed) fail_token(expected());
    const std::string_view digits = hex ? token.substr(2) : token;
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
    const bool whole = !digits.empty() && end == digits.data() + digits.size();
    if (!whole || error != std::errc{} || (bits < 64 && value >> bits != 0)) fail_token(expected());
    return value;
}

void Scanner::fail_token(std::string_view expected) const {
    fail_at(token_at_, fmt::format("found {}, expected {}", shown(token_), expected));
}

void Scanner::fail_here(std::string_view expected) const {
    const std::string_view rest = text_.substr(std::min(at_, text_.size()));
    const std::size_t end = rest.find_first_of(" \t,;)");
    const std::string_view found = rest.substr(0, end == 0 ? 1 : end);
    fail_at(at_, fmt::format("found {}, expected {}", shown(found), expected));
}

void Scanner::fail(std::string_view message) const {
    fail_at(token_at_, message);
}

void Scanner::fail_at(std::size_t column, std::string_view message) const {
    throw SyntaxError{fmt::format("{}:{}:{}: {}", file_, line_, column + 1, message)};
}

}  // namespace dla::trace
