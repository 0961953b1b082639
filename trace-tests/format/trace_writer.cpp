// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/format/trace_writer.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "trace-tests/format/data_file.hpp"
#include "trace-tests/format/interrupt_names.hpp"

namespace dla::trace {
namespace {

// Upper half of a .txn register address: non-posted write, all byte enables.
constexpr std::uint32_t kTxnAccess = 0xffff0000;

const char* name_of(Memory memory) {
    return memory == Memory::kPrimary ? "pri_mem" : "sec_mem";
}

std::string mark(std::optional<std::uint64_t> clock) {
    return clock ? fmt::format("  //@{}", *clock) : "";
}

std::string size_header(std::span<const std::uint8_t> bytes) {
    return fmt::format("Data_size=0x{:x}\n", bytes.size());
}

}  // namespace

TraceWriter::TraceWriter(std::string folder, regs::AddressMap map, std::string_view comment_sign)
    : folder_(std::move(folder)), map_(map), comment_sign_(comment_sign) {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) note(fail(fmt::format("{}: {}", folder_, error.message())));
}

void TraceWriter::note(const Result<void>& result) {
    if (status_ && !result) status_ = result;
}

void TraceWriter::comment(std::string_view text) {
    line(fmt::format("{} {}", comment_sign_, text));
}

void TraceWriter::line(std::string_view text) {
    text_ += text;
    text_ += '\n';
}

std::string TraceWriter::register_name(std::uint32_t address) const {
    const auto place = regs::find_register(map_, address);
    if (!place) return fmt::format("0x{:x}", address);
    return fmt::format("{}.{}", place->unit->name, place->info->name);
}

Result<void> TraceWriter::finish(const std::string& file_name) {
    if (!status_) return status_;
    return write_text(path(file_name), text_);
}

std::string TxnWriter::remark(std::uint32_t address, std::optional<std::uint64_t> clock) const {
    return clock ? fmt::format("@{} {}", *clock, register_name(address)) : register_name(address);
}

void TxnWriter::write(std::uint32_t address, std::uint32_t value,
                      std::optional<std::uint64_t> clock) {
    line(fmt::format("write_reg 0x{:08x} 0x{:08x} #{}", kTxnAccess | address / 4, value,
                     remark(address, clock)));
}

void TxnWriter::read(std::uint32_t address, std::uint32_t mask, std::uint32_t expected,
                     std::optional<std::uint64_t> clock) {
    line(fmt::format("read_reg 0x{:08x} 0x{:08x} 0x{:08x} #{}", kTxnAccess | address / 4, mask,
                     expected, remark(address, clock)));
}

void TxnWriter::load(std::uint64_t address, std::span<const std::uint8_t> bytes,
                     const std::string& file) {
    note(write_hex_data(path(file), size_header(bytes), bytes));
    line(fmt::format("load_mem 0x{:x} 0x{:x} {}", address, bytes.size(), file));
}

void TxnWriter::dump(std::uint64_t address, std::span<const std::uint8_t> bytes,
                     const std::string& file) {
    note(write_hex_data(path(file), size_header(bytes), bytes));
    line(fmt::format("dump_mem 0x{:x} 0x{:x} {}", address, bytes.size(), file));
}

void CfgWriter::write(std::uint32_t address, std::uint32_t value,
                      std::optional<std::uint64_t> clock) {
    line(fmt::format("reg_write(NVDLA_{}_0, 0x{:x});{}", register_name(address), value,
                     mark(clock)));
}

void CfgWriter::poll_equal(std::uint32_t address, std::uint32_t expected,
                           std::optional<std::uint64_t> clock) {
    line(fmt::format("poll_reg_equal(NVDLA_{}_0, 0x{:x});{}", register_name(address), expected,
                     mark(clock)));
}

void CfgWriter::read_check(std::uint32_t address, std::uint32_t expected,
                           std::optional<std::uint64_t> clock) {
    line(fmt::format("reg_read_check(NVDLA_{}_0, 0x{:x});{}", register_name(address), expected,
                     mark(clock)));
}

void CfgWriter::sync_notify(std::string_view unit, std::string_view id) {
    line(fmt::format("sync_notify(NVDLA_{}, {});", unit, id));
}

void CfgWriter::sync_wait(std::string_view unit, std::string_view id) {
    line(fmt::format("sync_wait(NVDLA_{}, {});", unit, id));
}

void CfgWriter::expect_interrupt(unsigned bit, std::string_view id) {
    line(fmt::format("intr_notify({}, {});", interrupt_name(bit), id));
}

void CfgWriter::load(Memory memory, std::uint64_t address, std::span<const std::uint8_t> bytes,
                     const std::string& file, std::string_view trigger) {
    note(write_record_data(path(file), bytes));
    line(fmt::format("mem_load({}, 0x{:x}, \"{}\"{}{});", name_of(memory), address, file,
                     trigger.empty() ? "" : ", ", trigger));
}

void CfgWriter::fill_zero(Memory memory, std::uint64_t address, std::uint64_t size) {
    line(fmt::format("mem_init({}, 0x{:x}, 0x{:x}, ALL_ZERO);", name_of(memory), address, size));
}

void CfgWriter::check_crc(std::string_view id, Memory memory, std::uint64_t address,
                          std::span<const std::uint8_t> expected) {
    line(fmt::format("check_crc({}, {}, 0x{:x}, 0x{:x}, 0x{:08x});", id, name_of(memory), address,
                     expected.size(), crc32(expected)));
}

void CfgWriter::check_file(std::string_view id, Memory memory, std::uint64_t address,
                           std::span<const std::uint8_t> expected, const std::string& file) {
    note(write_record_data(path(file), expected));
    line(fmt::format("check_file({}, {}, 0x{:x}, 0x{:x}, \"{}\");", id, name_of(memory), address,
                     expected.size(), file));
}

void CfgWriter::check_nothing(std::string_view id) {
    line(fmt::format("check_nothing({});", id));
}

}  // namespace dla::trace
