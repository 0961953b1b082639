// SPDX-License-Identifier: Apache-2.0
// The .cfg dialect: one statement kind(arguments); per line, // starts a comment.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "trace-tests/format/file_names.hpp"
#include "trace-tests/format/interrupt_names.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "trace-tests/format/name_table.hpp"
#include "trace-tests/format/scanner.hpp"

namespace dla::trace {
namespace {

constexpr std::array<std::pair<std::string_view, Pattern>, 7> kPatterns = {{
    {"ALL_ZERO", Pattern::kAllZero},
    {"ONES", Pattern::kOnes},
    {"AFIVE", Pattern::kAfive},
    {"FIVEA", Pattern::kFivea},
    {"ADDR", Pattern::kAddress},
    {"RANDOM", Pattern::kRandom},
    {"X", Pattern::kUnknown},
}};
constexpr std::string_view kStatements =
    "reg_write, reg_read_check, reg_read, poll_reg_equal, sync_notify, sync_wait, intr_notify, "
    "check_crc, check_file, check_nothing, mem_init, mem_load, mem_reserve or mem_release";
constexpr std::uint32_t kSlotBytes = 0x1000;
constexpr std::string_view kClockMark = "//@";

class CfgParser {
  public:
    CfgParser(const std::string& path, regs::AddressMap map) {
        trace_.path = path;
        trace_.dialect = Dialect::kCfg;
        trace_.map = map;
    }

    Trace parse(std::string_view text) {
        for_each_line(text, [this](std::uint32_t number, std::string_view line) {
            Scanner in(trace_.path, number, line);
            if (in.at_end() || is_comment(line)) return;
            parse_statement(in);
            in.expect(';');
            if (const std::size_t mark = line.find(kClockMark); mark != std::string_view::npos)
                clock_mark(number, line.substr(mark + kClockMark.size()));
            if (!in.at_end() && !in.next_is('/')) in.fail_here("the end of the line or // comment");
        });
        trace_.files = data_files(trace_.folder(), files_.take());
        trace_.ids = ids_.take();
        return std::move(trace_);
    }

  private:
    using Method = void (CfgParser::*)(Scanner&);

    // "//@1234" behind an access: not before that core clock. A comment to everybody else.
    void clock_mark(std::uint32_t number, std::string_view text) {
        if (text.empty() || text[0] < '0' || text[0] > '9') return;
        Scanner in(trace_.path, number, text);
        const std::uint64_t clock = in.number("a core clock", 48, true);
        std::visit(
            [&](const auto& action) {
                using T = std::decay_t<decltype(action)>;
                if constexpr (std::is_same_v<T, WriteRegister> || std::is_same_v<T, ReadRegister>)
                    trace_.statements.insert(
                        trace_.statements.end() - 1,
                        {WaitClock{clock, action.address / kSlotBytes}, number});
            },
            Action(trace_.statements.back().action));
    }

    static bool is_comment(std::string_view line) {
        const std::size_t first = line.find_first_not_of(" \t");
        return line.substr(first).starts_with("//");
    }

    void parse_statement(Scanner& in) {
        static constexpr std::array<std::pair<std::string_view, Method>, 14> kMethods = {{
            {"reg_write", &CfgParser::reg_write},
            {"reg_read_check", &CfgParser::reg_read_check},
            {"reg_read", &CfgParser::reg_read},
            {"poll_reg_equal", &CfgParser::poll_reg_equal},
            {"sync_notify", &CfgParser::sync<NotifySync>},
            {"sync_wait", &CfgParser::sync<WaitSync>},
            {"intr_notify", &CfgParser::intr_notify},
            {"check_crc", &CfgParser::check_crc},
            {"check_file", &CfgParser::check_file},
            {"check_nothing", &CfgParser::check_nothing},
            {"mem_init", &CfgParser::mem_init},
            {"mem_load", &CfgParser::mem_load},
            {"mem_reserve", &CfgParser::mem_reserve},
            {"mem_release", &CfgParser::mem_release},
        }};
        const std::string_view kind = in.name(kStatements);
        if (trace_.statements.size() == kMaxStatements)
            in.fail(fmt::format("more than {} statements", kMaxStatements));
        for (const auto& [name, method] : kMethods) {
            if (name != kind) continue;
            in.expect('(');
            (this->*method)(in);
            in.expect(')');
            return;
        }
        in.fail_token(kStatements);
    }

    template <class T>
    void add(const Scanner& in, T action) {
        trace_.statements.push_back({action, in.line()});
    }

    void reg_write(Scanner& in) {
        const std::uint32_t address = register_address(in);
        in.expect(',');
        add(in, WriteRegister{address, number32(in, "the value"), true});
    }

    void reg_read_check(Scanner& in) { read_equal(in, 0); }
    void poll_reg_equal(Scanner& in) { read_equal(in, kUnlimitedPolls); }
    void read_equal(Scanner& in, std::uint32_t polls) {
        const std::uint32_t address = register_address(in);
        in.expect(',');
        const std::uint32_t expected = number32(in, "the expected value");
        add(in, ReadRegister{address, 0xffffffff, expected, Compare::kEqual, polls});
    }

    void reg_read(Scanner& in) {
        const std::uint32_t address = register_address(in);
        in.expect(',');
        add(in, RecordRegister{address, ids_(in.name("a label"))});
    }

    template <class T>
    void sync(Scanner& in) {
        const regs::CatalogueUnit& unit = unit_named(in, in.name("a unit"));
        in.expect(',');
        const auto base = unit.base[static_cast<std::size_t>(trace_.map)];
        add(in, T{static_cast<std::uint32_t>(base) / kSlotBytes, id(in)});
    }

    void intr_notify(Scanner& in) {
        const std::string_view first = in.name("an interrupt or an id");
        if (in.next_is(')')) {
            add(in, ExpectInterrupt{std::nullopt, ids_(first)});
            return;
        }
        const auto bit = interrupt_bit_of(first);
        if (!bit) in.fail_token(fmt::format("an interrupt: {}", kInterruptNames));
        in.expect(',');
        add(in, ExpectInterrupt{*bit, id(in)});
    }

    void check_crc(Scanner& in) {
        const Id trigger = id(in);
        in.expect(',');
        const Memory memory = memory_name(in);
        const std::uint64_t address = base(in);
        if (address % 4 != 0) in.fail_token("a base address that is a multiple of 4");
        in.expect(',');
        const std::uint64_t size = region_size(in, address);
        if (size % 4 != 0) in.fail_token("a size that is a multiple of 4");
        in.expect(',');
        add(in, CheckCrc{memory, trigger, address, static_cast<std::uint32_t>(size),
                         number32(in, "the checksum")});
    }

    void check_file(Scanner& in) {
        const Id trigger = id(in);
        in.expect(',');
        const Memory memory = memory_name(in);
        const std::uint64_t address = base(in);
        in.expect(',');
        const std::uint64_t size = region_size(in, address);
        in.expect(',');
        add(in, CompareMemory{memory, address, size, file(in), trigger});
    }

    void check_nothing(Scanner& in) { add(in, CheckNothing{id(in)}); }

    void mem_init(Scanner& in) {
        const Memory memory = memory_name(in);
        const std::uint64_t address = base(in);
        in.expect(',');
        // With a file name the region is as large as the file's extent, known once it is read.
        const std::uint32_t extent_of = in.next_is('"') ? file(in) : kNoFile;
        const std::uint64_t size = extent_of == kNoFile ? region_size(in, address) : 0;
        in.expect(',');
        const std::string_view word = in.name("a pattern");
        const auto pattern = std::find_if(kPatterns.begin(), kPatterns.end(),
                                          [&](const auto& p) { return p.first == word; });
        if (pattern == kPatterns.end())
            in.fail_token("a pattern: ALL_ZERO, ONES, AFIVE, FIVEA, ADDR, RANDOM or X");
        const Id trigger = optional_id(in);
        add(in, FillMemory{memory, pattern->second, address, size, trigger, extent_of});
    }

    void mem_load(Scanner& in) {
        const Memory memory = memory_name(in);
        const std::uint64_t address = base(in);
        in.expect(',');
        const std::uint32_t image = file(in);
        add(in, LoadMemory{memory, address, 0, image, optional_id(in)});
    }

    // Declarations without effect on the run; only their form is checked.
    void mem_reserve(Scanner& in) {
        memory_name(in);
        const std::uint64_t address = base(in);
        in.expect(',');
        region_size(in, address);
        optional_id(in);
    }
    void mem_release(Scanner& in) {
        memory_name(in);
        base(in);
        in.expect(',');
        in.name("an id");
    }

    Id id(Scanner& in) { return ids_(in.name("an id")); }
    Id optional_id(Scanner& in) { return in.accept(',') ? id(in) : kNoId; }

    std::uint32_t file(Scanner& in) {
        return files_(bare_file_name(in, in.quoted("a file name in double quotes")));
    }

    // Anything but sec_mem means main memory; published traces also write 1.
    static Memory memory_name(Scanner& in) {
        const std::string_view name = in.name("a memory, pri_mem or sec_mem");
        in.expect(',');
        return name == "sec_mem" ? Memory::kSecondary : Memory::kPrimary;
    }

    static std::uint64_t base(Scanner& in) { return in.number("a memory address", 64, true); }

    static std::uint64_t region_size(Scanner& in, std::uint64_t address) {
        const std::uint64_t size = in.number("a size", 64, true);
        if (size == 0 || size > kMaxRegionBytes || address + size - 1 < address)
            in.fail_token(fmt::format("a size of 1 to 0x{:x} bytes", kMaxRegionBytes));
        return size;
    }

    static std::uint32_t number32(Scanner& in, std::string_view what) {
        return static_cast<std::uint32_t>(in.number(what, 32, true));
    }

    // Two units have a second name in the manual.
    static std::string_view catalogue_name(std::string_view name) {
        if (name == "RUBIK") return "RBK";
        if (name == "SRAMIF") return "CVIF";
        return name;
    }

    const regs::CatalogueUnit& unit_named(const Scanner& in, std::string_view name) const {
        const regs::CatalogueUnit* unit = nullptr;
        if (name.starts_with("NVDLA_")) unit = regs::find_unit(catalogue_name(name.substr(6)));
        if (unit == nullptr || unit->base[static_cast<std::size_t>(trace_.map)] < 0)
            in.fail_token("a unit of this address map, such as NVDLA_SDP (docs/registers)");
        return *unit;
    }

    std::uint32_t register_address(Scanner& in) const {
        const std::string_view name = in.name("a register such as NVDLA_SDP.D_OP_ENABLE_0");
        const std::size_t dot = name.find('.');
        const regs::CatalogueUnit& unit = unit_named(in, name.substr(0, dot));
        std::string_view reg = dot == std::string_view::npos ? "" : name.substr(dot + 1);
        if (reg.ends_with("_0")) reg.remove_suffix(2);
        const auto place = regs::find_register(trace_.map, unit.name, reg);
        if (!place)
            in.fail_token(
                fmt::format("NVDLA_{}.REGISTER_0 with a register of this unit "
                            "(docs/registers)",
                            unit.name));
        return place->address;
    }

    Trace trace_;
    NameTable ids_;
    NameTable files_;
};

}  // namespace

Result<Trace> parse_cfg(std::string_view text, const std::string& path, regs::AddressMap map) {
    try {
        return CfgParser(path, map).parse(text);
    } catch (const SyntaxError& error) {
        return fail(error.message);
    }
}

}  // namespace dla::trace
