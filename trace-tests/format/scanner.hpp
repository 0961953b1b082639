// SPDX-License-Identifier: Apache-2.0
// Reading one line of a text file token by token, with errors that carry file, line and column:
// "input.txn:12:15: found 'wait_', legal are write_reg, read_reg, ...".
//
// Inside the parsers a mistake in the text is thrown as SyntaxError; the functions that parse a
// whole file catch it and return a Result.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dla::trace {

struct SyntaxError {
    std::string message;
};

class Scanner {
  public:
    Scanner(std::string_view file, std::uint32_t line, std::string_view text)
        : file_(file), line_(line), text_(text) {}

    std::uint32_t line() const { return line_; }
    bool at_end();  // nothing but blanks left

    // The next token up to a blank; empty at the end of the line.
    std::string_view word();
    // A name: letters, digits, '_', '.', '-'.
    std::string_view name(std::string_view expected);
    // Text in double quotes.
    std::string_view quoted(std::string_view expected);
    bool accept(char c);
    void expect(char c);
    bool next_is(char c);

    // A number that must fit `bits`; hexadecimal with 0x, or decimal where allowed.
    std::uint64_t number(std::string_view what, unsigned bits, bool decimal_allowed);

    // The mistake is in the token read last, or in the text at the cursor.
    [[noreturn]] void fail_token(std::string_view expected) const;
    [[noreturn]] void fail_here(std::string_view expected) const;
    [[noreturn]] void fail(std::string_view message) const;

  private:
    void skip_blanks();
    std::string_view take(std::size_t length);
    [[noreturn]] void fail_at(std::size_t column, std::string_view message) const;

    std::string_view file_;
    std::uint32_t line_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t token_at_ = 0;
    std::string_view token_;
};

// Calls visit(line number, text without line end) for every line; the last may lack its line end.
template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
    std::uint32_t number = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        visit(++number, line);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

}  // namespace dla::trace
