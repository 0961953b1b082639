// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/format/record_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "trace-tests/format/hex_digits.hpp"
#include "trace-tests/format/scanner.hpp"

namespace dla::trace {
namespace {

// Collects neighbouring records, so that the sink sees few large pieces.
class Collector {
  public:
    Collector(std::uint64_t limit, const DataSink& sink) : limit_(limit), sink_(sink) {}

    void put(std::uint64_t offset, std::uint8_t byte) {
        if (offset != begin_ + filled_ || filled_ == piece_.size()) {
            flush();
            begin_ = offset;
        }
        piece_[filled_++] = byte;
    }
    void flush() {
        if (filled_ == 0 || begin_ >= limit_) {
            filled_ = 0;
            return;
        }
        const auto bytes =
            static_cast<std::size_t>(std::min<std::uint64_t>(filled_, limit_ - begin_));
        sink_(begin_, std::span(piece_).first(bytes));
        filled_ = 0;
    }

  private:
    std::uint64_t limit_;
    const DataSink& sink_;
    std::array<std::uint8_t, 4096> piece_;
    std::uint64_t begin_ = 0;
    std::size_t filled_ = 0;
};

class RecordReader {
  public:
    RecordReader(PassingText& text, std::string_view where)
        : text_(text), at_(text.begin()), end_(text.end()), where_(where) {}

    std::uint64_t read(Collector& out) {
        std::uint64_t extent = 0;
        bool opened = false;
        bool closed = false;
        for (skip_space(); at_ < end_; skip_space()) {
            if (closed) fail_here("nothing after the closing brace of the list");
            if (accept('}')) {
                if (!opened) fail_here("a record; this brace closes nothing");
                closed = true;
            } else if (accept('{')) {
                skip_space();
                const bool outer =
                    !opened && extent == 0 && at_ < end_ && (*at_ == '{' || *at_ == '}');
                if (outer)
                    opened = true;
                else
                    extent = std::max(extent, read_record(out));
            } else {
                fail_here("a record {offset:N, size:N, payload:...}");
            }
        }
        if (opened && !closed) fail_here("'}' that closes the list; the file ends early");
        out.flush();
        return extent;
    }

  private:
    std::uint64_t read_record(Collector& out) {
        expect_key("offset");
        const std::uint64_t offset = number("the offset");
        expect(',');
        expect_key("size");
        const std::uint64_t size = number("the size");
        if (offset > kMaxRegionBytes || size > kMaxRegionBytes - offset)
            fail_here(
                fmt::format("offset + size of at most 0x{:x} bytes before this", kMaxRegionBytes));
        expect(',');
        expect_key("payload");
        read_payload(offset, size, out);
        skip_space();
        accept(',');
        return offset + size;
    }

    void read_payload(std::uint64_t offset, std::uint64_t size, Collector& out) {
        std::uint64_t count = 0;
        for (;;) {
            if (at_ < end_ && *at_ <= ' ') skip_space();
            if (at_ < end_ && *at_ == '}') break;
            if (count % kPassEvery == 0) text_.passed(at_);
            if (count == size) fail_here(fmt::format("'}}' after {} payload bytes (size)", size));
            out.put(offset + count++, payload_byte());
        }
        ++at_;
        for (; count < size; ++count)
            out.put(offset + count, 0);
    }

    std::uint8_t payload_byte() {
        if (end_ - at_ > 4 && at_[0] == '0' && at_[1] == 'x' && (at_[4] == ' ' || at_[4] == '}')) {
            const unsigned value = hex_byte(at_ + 2);
            if (value < kNotHex) {
                at_ += 4;
                return static_cast<std::uint8_t>(value);
            }
        }
        const char* const token = at_;
        const std::uint64_t value = number("a payload byte");
        if (value > 0xff) {
            at_ = token;
            fail_here("a payload byte of 0 to 0xff");
        }
        return static_cast<std::uint8_t>(value);
    }

    // 0x hexadecimal, leading 0 octal, else decimal.
    std::uint64_t number(std::string_view what) {
        skip_space();
        const char* first = at_;
        int base = 10;
        if (end_ - at_ > 1 && at_[0] == '0' && (at_[1] == 'x' || at_[1] == 'X')) {
            base = 16;
            first += 2;
        } else if (end_ - at_ > 1 && at_[0] == '0') {
            base = 8;
        }
        std::uint64_t value = 0;
        const auto [last, error] = std::from_chars(first, end_, value, base);
        const bool ends = last == end_ || *last == ',' || *last == '}' || *last == ' ' ||
                          *last == '\t' || *last == '\r' || *last == '\n';
        if (error != std::errc{} || last == first || !ends)
            fail_here(
                fmt::format("{}, a number (0x hexadecimal, leading 0 octal, else decimal)", what));
        at_ = last;
        return value;
    }

    void expect_key(std::string_view key) {
        skip_space();
        if (!std::string_view(at_, end_).starts_with(key)) fail_here(fmt::format("'{}:'", key));
        at_ += key.size();
        expect(':');
    }

    bool accept(char c) {
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
        return true;
    }

    void expect(char c) {
        skip_space();
        if (!accept(c)) fail_here(fmt::format("'{}'", c));
    }

    void skip_space() {
        for (; at_ < end_; ++at_) {
            if (*at_ == '#')
                at_ = text_.find_line_end(at_);
            else if (*at_ != ' ' && *at_ != '\n' && *at_ != '\r' && *at_ != '\t')
                return;
            if (at_ == end_) return;
        }
    }

    [[noreturn]] void fail_here(std::string_view expected) const {
        const auto line = text_.line_of(at_);
        const char* line_begin = at_;
        while (line_begin > text_.begin() && line_begin[-1] != '\n')
            --line_begin;
        const auto length = std::min<std::ptrdiff_t>(12, std::find(at_, end_, '\n') - at_);
        const std::string found =
            at_ == end_ ? "the end of the file"
                        : "'" + printable({at_, static_cast<std::size_t>(length)}) + "'";
        throw SyntaxError{fmt::format("{}:{}:{}: found {}, expected {}", where_, line,
                                      at_ - line_begin + 1, found, expected)};
    }

    static constexpr std::uint64_t kPassEvery = 4096;  // payload bytes

    PassingText& text_;
    const char* at_;
    const char* end_;
    std::string_view where_;
};

}  // namespace

std::uint64_t decode_records(PassingText& text, std::string_view where, std::uint64_t limit,
                             const DataSink& sink) {
    Collector out(limit, sink);
    const std::uint64_t extent = RecordReader(text, where).read(out);
    return std::min(extent, limit);
}

}  // namespace dla::trace
