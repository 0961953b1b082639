// SPDX-License-Identifier: Apache-2.0
// The .txn dialect: one command per line, numbers hexadecimal with 0x, # starts a comment.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "trace-tests/format/file_names.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "trace-tests/format/name_table.hpp"
#include "trace-tests/format/scanner.hpp"

namespace dla::trace {
namespace {

constexpr std::string_view kCommands =
    "write_reg, read_reg, load_mem, dump_mem, wait, write_mem or read_mem";
constexpr std::uint32_t kNonPostedBit = 1u << 17;
constexpr std::string_view kClockMark = "#@";

bool is_digit(std::string_view text, std::size_t place) {
    return place < text.size() && text[place] >= '0' && text[place] <= '9';
}

class TxnParser {
  public:
    TxnParser(const std::string& path, regs::AddressMap map) {
        trace_.path = path;
        trace_.dialect = Dialect::kTxn;
        trace_.map = map;
    }

    Trace parse(std::string_view text) {
        for_each_line(text, [this](std::uint32_t number, std::string_view line) {
            const std::size_t comment = std::min(line.size(), line.find('#'));
            Scanner in(trace_.path, number, line.substr(0, comment));
            if (in.at_end()) return;
            clock_mark(number, line.substr(comment));
            parse_command(in);
        });
        trace_.files = data_files(trace_.folder(), files_.take());
        return std::move(trace_);
    }

  private:
    // "#@1234": the command is not given before that core clock. Comments to everybody else.
    void clock_mark(std::uint32_t number, std::string_view comment) {
        if (!comment.starts_with(kClockMark) || !is_digit(comment, kClockMark.size())) return;
        Scanner in(trace_.path, number, comment.substr(kClockMark.size()));
        add(in, WaitClock{in.number("a core clock", 48, true), 0});
    }

    void parse_command(Scanner& in) {
        const std::string_view command = in.word();
        if (trace_.statements.size() == kMaxStatements)
            in.fail(fmt::format("more than {} commands", kMaxStatements));
        if (command == "write_reg")
            write_reg(in);
        else if (command == "read_reg")
            read_reg(in);
        else if (command == "load_mem")
            load_mem(in);
        else if (command == "dump_mem")
            dump_mem(in);
        else if (command == "wait")
            wait(in);
        else if (command == "write_mem")
            write_mem(in);
        else if (command == "read_mem")
            read_mem(in);
        else
            in.fail_token(kCommands);
        if (!in.at_end()) in.fail_here("the end of the line");
    }

    template <class T>
    void add(const Scanner& in, T action) {
        trace_.statements.push_back({action, in.line()});
    }

    void write_reg(Scanner& in) {
        const auto word = number32(in, "a register address");
        const auto value = number32(in, "the data");
        add(in, WriteRegister{(word & 0xffff) * 4, value, (word & kNonPostedBit) == 0});
    }

    void read_reg(Scanner& in) {
        ReadRegister read{(number32(in, "a register address") & 0xffff) * 4,
                          number32(in, "the mask"), 0, Compare::kEqual, kDefaultPolls};
        if (in.next_is('=') || in.next_is('<') || in.next_is('>')) read.compare = comparison(in);
        read.expected = number32(in, "the expected value");
        if (!in.at_end())
            read.polls = static_cast<std::uint32_t>(in.number("the number of polls", 31, true));
        add(in, read);
    }

    static Compare comparison(Scanner& in) {
        const std::string_view sign = in.word();
        if (sign == "==") return Compare::kEqual;
        if (sign == "<=") return Compare::kLessEqual;
        if (sign == ">=") return Compare::kGreaterEqual;
        in.fail_token("a comparison, ==, <= or >=");
    }

    // The region and file shared by load_mem and dump_mem.
    template <class T>
    void transfer(Scanner& in) {
        const std::uint64_t address = in.number("a memory address", 64, false);
        const std::uint64_t size = in.number("a size", 64, false);
        if (size == 0 || size > kMaxRegionBytes || address + size - 1 < address)
            in.fail_token(fmt::format("a size of 1 to 0x{:x} bytes", kMaxRegionBytes));
        const std::string_view file = bare_file_name(in, in.word());
        add(in, T{memory_of(address), address, size, files_(file), kNoId});
    }
    void load_mem(Scanner& in) { transfer<LoadMemory>(in); }
    void dump_mem(Scanner& in) { transfer<CompareMemory>(in); }

    void wait(Scanner& in) {
        // "wait high <signal>" and the like belong to the described syntax; the interrupt line is
        // the only signal there is.
        constexpr std::array<std::string_view, 4> kLevels = {"high", "low", "posedge", "negedge"};
        if (!in.at_end()) {
            const std::string_view level = in.word();
            if (std::find(kLevels.begin(), kLevels.end(), level) == kLevels.end())
                in.fail_token("the end of the line, or high, low, posedge or negedge");
            if (!in.at_end()) in.word();
        }
        add(in, WaitInterrupt{});
    }

    void write_mem(Scanner& in) {
        const std::uint64_t address = in.number("a memory address", 64, false);
        const auto mask = static_cast<std::uint16_t>(in.number("the byte mask", 16, false));
        add(in, WriteWord{address, mask, word128(in, "the data")});
    }

    void read_mem(Scanner& in) {
        const std::uint64_t address = in.number("a memory address", 64, false);
        const std::uint32_t mask = word128(in, "the bit mask");
        add(in, ReadWord{address, mask, word128(in, "the expected data")});
    }

    static std::uint32_t number32(Scanner& in, std::string_view what) {
        return static_cast<std::uint32_t>(in.number(what, 32, false));
    }

    // Up to 32 hexadecimal digits, the last two digits are the lowest address.
    std::uint32_t word128(Scanner& in, std::string_view what) {
        const std::string_view token = in.word();
        const std::string expected = fmt::format("{}, a hexadecimal 0x number of 128 bits", what);
        if (token.size() < 3 || token.size() > 34 || !token.starts_with("0x"))
            in.fail_token(expected);
        Word128 word{};
        for (std::size_t i = 0; i < token.size() - 2; ++i) {
            const char digit = token[token.size() - 1 - i];
            const auto place = std::string_view("0123456789abcdefABCDEF").find(digit);
            if (place == std::string_view::npos) in.fail_token(expected);
            const auto value = static_cast<std::uint8_t>(place < 16 ? place : place - 6);
            word[i / 2] = static_cast<std::uint8_t>(word[i / 2] | value << (i % 2 * 4));
        }
        trace_.words.push_back(word);
        return static_cast<std::uint32_t>(trace_.words.size() - 1);
    }

    Trace trace_;
    NameTable files_;
};

}  // namespace

Result<Trace> parse_txn(std::string_view text, const std::string& path, regs::AddressMap map) {
    try {
        return TxnParser(path, map).parse(text);
    } catch (const SyntaxError& error) {
        return fail(error.message);
    }
}

}  // namespace dla::trace
