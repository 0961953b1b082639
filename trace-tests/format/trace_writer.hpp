// SPDX-License-Identifier: Apache-2.0
// Writing traces. Commands collect in memory, data files are written at once, finish() writes the
// program. Used by the generator and by the recorder.
//
//   TxnWriter out("own/nv_full/foo", regs::AddressMap::kNvFull);
//   out.comment("8x8x32 ReLU");
//   out.load(0x80000000, bytes, "input.dat");
//   out.write(address, value);
//   out.wait();
//   if (auto done = out.finish("input.txn"); !done) report(done.error().message);
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dla_tlm/common/result.hpp"
#include "trace-tests/format/trace.hpp"

namespace dla::trace {

// What both writers share: the folder, the text and the first mistake.
class TraceWriter {
  public:
    TraceWriter(std::string folder, regs::AddressMap map, std::string_view comment_sign);

    void comment(std::string_view text);
    void line(std::string_view text);
    // "UNIT.REGISTER", or the address where no register is.
    std::string register_name(std::uint32_t address) const;
    Result<void> finish(const std::string& file_name);

  protected:
    std::string path(const std::string& file_name) const { return folder_ + "/" + file_name; }
    void note(const Result<void>& result);

  private:
    std::string folder_;
    regs::AddressMap map_;
    std::string comment_sign_;
    std::string text_;
    Result<void> status_;
};

class TxnWriter : public TraceWriter {
  public:
    TxnWriter(std::string folder, regs::AddressMap map)
        : TraceWriter(std::move(folder), map, "#") {}

    // clock: not before this core clock of the run.
    void write(std::uint32_t address, std::uint32_t value, std::optional<std::uint64_t> clock = {});
    void read(std::uint32_t address, std::uint32_t mask, std::uint32_t expected,
              std::optional<std::uint64_t> clock = {});
    void wait() { line("wait"); }
    void load(std::uint64_t address, std::span<const std::uint8_t> bytes, const std::string& file);
    void dump(std::uint64_t address, std::span<const std::uint8_t> bytes, const std::string& file);

  private:
    std::string remark(std::uint32_t address, std::optional<std::uint64_t> clock) const;
};

class CfgWriter : public TraceWriter {
  public:
    CfgWriter(std::string folder, regs::AddressMap map)
        : TraceWriter(std::move(folder), map, "//") {}

    void write(std::uint32_t address, std::uint32_t value, std::optional<std::uint64_t> clock = {});
    void poll_equal(std::uint32_t address, std::uint32_t expected,
                    std::optional<std::uint64_t> clock = {});
    void read_check(std::uint32_t address, std::uint32_t expected,
                    std::optional<std::uint64_t> clock = {});
    void sync_notify(std::string_view unit, std::string_view id);
    void sync_wait(std::string_view unit, std::string_view id);
    void expect_interrupt(unsigned bit, std::string_view id);
    // trigger: the id that loads it; empty: at the start.
    void load(Memory memory, std::uint64_t address, std::span<const std::uint8_t> bytes,
              const std::string& file, std::string_view trigger = "");
    void fill_zero(Memory memory, std::uint64_t address, std::uint64_t size);
    void check_crc(std::string_view id, Memory memory, std::uint64_t address,
                   std::span<const std::uint8_t> expected);
    void check_file(std::string_view id, Memory memory, std::uint64_t address,
                    std::span<const std::uint8_t> expected, const std::string& file);
    void check_nothing(std::string_view id);
};

}  // namespace dla::trace
