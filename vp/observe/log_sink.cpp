// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/log_sink.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "dla_tlm/common/register_catalogue.hpp"

namespace dla::vp {

void LogSink::on_csb(const CsbEvent& event) {
    const auto place = regs::find_register(context().config.address_map, event.address);
    if (!wants(LogLevel::kDebug, place ? place->unit->name : "CSB")) return;
    const std::string name = place ? fmt::format("{}.{}", place->unit->name, place->info->name)
                                   : fmt::format("0x{:x}", event.address);
    fmt::print(out(), "{} CSB {} {} = 0x{:08x}\n", event.cycle, event.write ? "write" : "read",
               name, event.value);
}

void LogSink::on_memory(const MemoryEvent& event) {
    if (!wants(LogLevel::kDebug, unit_of_client(event.client))) return;
    fmt::print(out(), "{} {} {} {} bytes of {} memory at 0x{:x}\n", event.cycle, event.client,
               event.write ? "writes" : "reads", event.size,
               event.second_memory ? "second" : "main", event.address);
}

void LogSink::on_interrupt(const InterruptEvent& event) {
    if (!wants(LogLevel::kInfo, "GLB")) return;
    fmt::print(out(), "{} GLB interrupt status 0x{:08x} mask 0x{:08x} line {}\n", event.cycle,
               event.status, event.mask, event.level ? "high" : "low");
}

void LogSink::on_operation_begin(const OperationEvent& event) {
    if (!wants(LogLevel::kInfo, event.unit)) return;
    fmt::print(out(), "{} {} group {} begins: {}\n", event.begin, event.unit, event.group,
               event.words);
}

void LogSink::on_operation_end(const OperationEvent& event) {
    if (!wants(LogLevel::kInfo, event.unit)) return;
    fmt::print(out(), "{} {} group {} ends after {} cycles, {} MACs, {} bytes\n", event.end,
               event.unit, event.group, event.end - event.begin, event.macs, event.bytes);
}

void LogSink::on_firmware(const FirmwareEvent& event) {
    if (level_ < LogLevel::kInfo || !context().filter.units.empty()) return;
    fmt::print(out(), "{} firmware: {} since {}\n", event.end, event.call, event.begin);
}

void LogSink::on_reset(const std::uint64_t& cycle) {
    if (level_ >= LogLevel::kInfo) fmt::print(out(), "{} reset\n", cycle);
}

void LogSink::on_guest_error(const GuestErrorEvent& event) {
    if (!wants(LogLevel::kError, event.unit)) return;
    fmt::print(out(), "{} {} error: {}\n", event.cycle, event.unit, event.message);
}

void LogSink::on_guest_error_count(const GuestErrorCount& error) {
    if (!wants(LogLevel::kError, error.first.unit)) return;
    fmt::print(out(), "{} {} error, {} times in all: {}\n", error.first.cycle, error.first.unit,
               error.times, error.first.message);
}

}  // namespace dla::vp
