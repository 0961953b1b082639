// SPDX-License-Identifier: Apache-2.0
// A register trace as a value: both dialects parse into it. docs/trace-formats.md.
//
//   auto trace = load_trace("own/nv_full/sanity0/input.txn", regs::AddressMap::kNvFull);
//   for (const Statement& s : trace->statements) std::visit(..., s.action);
//
// Memory images stay in their files; only their extents are kept (data_file.hpp streams them).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dla_tlm/common/register_catalogue.hpp"

namespace dla::trace {

enum class Dialect : std::uint8_t { kTxn, kCfg };
enum class Compare : std::uint8_t { kEqual, kLessEqual, kGreaterEqual };
enum class Memory : std::uint8_t { kPrimary, kSecondary };
enum class Pattern : std::uint8_t { kAllZero, kOnes, kAfive, kFivea, kAddress, kRandom, kUnknown };

using Id = std::uint32_t;  // index into Trace::ids
constexpr Id kNoId = 0xffffffff;
constexpr std::uint32_t kNoFile = 0xffffffff;
constexpr std::uint32_t kDefaultPolls = 0xffffffff;    // what the options say
constexpr std::uint32_t kUnlimitedPolls = 0xfffffffe;  // until it holds

// The greatest memory region one statement may name; the windows of the original bench are as
// large.
constexpr std::uint64_t kMaxRegionBytes = 0x10000000;
constexpr std::size_t kMaxStatements = std::size_t{1} << 23;

using Word128 = std::array<std::uint8_t, 16>;  // lowest address first

struct WriteRegister {
    std::uint32_t address;  // byte address in the CSB space
    std::uint32_t value;
    bool posted;
};
// Repeats until the comparison holds, at most `polls` repetitions.
struct ReadRegister {
    std::uint32_t address;
    std::uint32_t mask;
    std::uint32_t expected;
    Compare compare;
    std::uint32_t polls;
};
struct RecordRegister {
    std::uint32_t address;
    Id label;
};
struct LoadMemory {
    Memory memory;
    std::uint64_t address;
    std::uint64_t size;
    std::uint32_t file;
    Id trigger;  // kNoId: in sequence (.txn), at the start (.cfg)
};
struct FillMemory {
    Memory memory;
    Pattern pattern;
    std::uint64_t address;
    std::uint64_t size;
    Id trigger;
    std::uint32_t extent_of;  // the file whose extent is the size, or kNoFile
};
struct CompareMemory {
    Memory memory;
    std::uint64_t address;
    std::uint64_t size;
    std::uint32_t file;
    Id trigger;
};
// One 128-bit access; `words` indexes Trace::words.
struct WriteWord {
    std::uint64_t address;
    std::uint16_t byte_mask;
    std::uint32_t data;
};
struct ReadWord {
    std::uint64_t address;
    std::uint32_t bit_mask;
    std::uint32_t expected;
};
struct WaitInterrupt {};
// Not before this core clock of the run. slot: of .cfg, whose queue waits.
struct WaitClock {
    std::uint64_t clock;
    std::uint32_t slot;
};
// slot: which register queue, the 4 KiB slot of the unit (byte address / 4096).
struct NotifySync {
    std::uint32_t slot;
    Id id;
};
struct WaitSync {
    std::uint32_t slot;
    Id id;
};
struct ExpectInterrupt {
    std::optional<std::uint8_t> bit;  // in GLB's registers; none: any interrupt
    Id id;
};
struct CheckCrc {
    Memory memory;
    Id trigger;
    std::uint64_t address;
    std::uint32_t size;
    std::uint32_t crc;
};
struct CheckNothing {
    Id trigger;
};

using Action = std::variant<WriteRegister, ReadRegister, RecordRegister, LoadMemory, FillMemory,
                            CompareMemory, WriteWord, ReadWord, WaitInterrupt, WaitClock,
                            NotifySync, WaitSync, ExpectInterrupt, CheckCrc, CheckNothing>;

struct Statement {
    Action action;
    std::uint32_t line;
};

struct DataFile {
    std::string name;      // bare name
    std::string path;      // where it is
    std::uint64_t extent;  // bytes it describes
};

struct Options {
    std::uint32_t poll_retries = 50000;
    bool poll_retries_given = false;
    bool continue_on_fail = false;
    std::uint32_t poll_interval_clocks = 55;
    std::optional<std::uint64_t> interrupt_timeout_clocks;
};

struct Trace {
    std::string name;
    std::string path;
    Dialect dialect = Dialect::kTxn;
    regs::AddressMap map = regs::AddressMap::kNvFull;
    Options options;
    std::vector<Statement> statements;
    std::vector<DataFile> files;
    std::vector<std::string> ids;
    std::vector<Word128> words;

    std::string folder() const { return path.substr(0, path.find_last_of('/') + 1); }
    std::string place(const Statement& s) const { return path + ":" + std::to_string(s.line); }
};

// Main memory or CVSRAM, as the .txn dialect tells them apart.
constexpr Memory memory_of(std::uint64_t address) {
    return address >> 28 == 0x5 ? Memory::kSecondary : Memory::kPrimary;
}

}  // namespace dla::trace
