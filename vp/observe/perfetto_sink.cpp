// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/perfetto_sink.hpp"

#include <fmt/format.h>

#include "dla_tlm/common/register_catalogue.hpp"
#include "vp/text_escape.hpp"

namespace dla::vp {
namespace {

enum Process : unsigned { kUnits = 1, kMemory = 2, kInterrupts = 3, kFirmware = 4 };

// Accesses further apart than this are two slices.
constexpr std::uint64_t kBurstGapCycles = 256;

}  // namespace

PerfettoSink::PerfettoSink(SinkContext context) : FileSink(std::move(context)) {
    out() << "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n";
    for (const auto& [process, name] : {std::pair{kUnits, "units"},
                                        {kMemory, "memory ports"},
                                        {kInterrupts, "interrupts"},
                                        {kFirmware, "firmware"}})
        entry(fmt::format(R"("ph":"M","name":"process_name","pid":{},"args":{{"name":"{}"}})",
                          static_cast<unsigned>(process), name));
}

void PerfettoSink::entry(std::string_view json) {
    out() << (first_ ? "{" : ",\n{") << json << "}";
    first_ = false;
}

unsigned PerfettoSink::track(unsigned process, const std::string& name) {
    const auto number = static_cast<unsigned>(tracks_.size() + 1);
    const auto [place, added] = tracks_.try_emplace({process, name}, number);
    if (added)
        entry(fmt::format(R"("ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}})",
                          process, number, json_text(name)));
    return place->second;
}

void PerfettoSink::on_operation_end(const OperationEvent& event) {
    if (event.macs != 0) {
        const auto cycles = static_cast<double>(event.end - event.begin);
        macs_.add(event.begin, event.end, context().mac_share(event) * cycles);
    }
    if (!context().filter.passes(event.unit)) return;
    const unsigned tid = track(kUnits, fmt::format("{} group {}", event.unit, event.group));
    entry(fmt::format(
        R"("ph":"X","name":{},"cat":"layer","pid":{},"tid":{},"ts":{:.3f},"dur":{:.3f},)"
        R"("args":{{"cycles":{},"macs":{},"bytes":{}}})",
        json_text(event.words), static_cast<unsigned>(kUnits), tid,
        context().microseconds(event.begin), context().microseconds(event.end - event.begin),
        event.end - event.begin, event.macs, event.bytes));
}

void PerfettoSink::on_memory(const MemoryEvent& event) {
    bandwidth_[event.second_memory ? 1 : 0].add(event.cycle, event.cycle + 1,
                                                static_cast<double>(event.size));
    if (!context().filter.passes(unit_of_client(event.client))) return;
    add_access({kMemory,
                fmt::format("{} {} memory", event.client, event.second_memory ? "second" : "main"),
                event.cycle, event.write, event.size});
}

void PerfettoSink::on_csb(const CsbEvent& event) {
    const auto place = regs::find_register(context().config.address_map, event.address);
    if (!context().filter.passes(place ? place->unit->name : "CSB")) return;
    add_access({kFirmware, "register accesses", event.cycle, event.write, 1});
}

void PerfettoSink::add_access(const Access& access) {
    Burst& burst = bursts_[{access.process, access.track}];
    if (access.cycle > burst.end + kBurstGapCycles) {
        write_burst(access.process, access.track, burst);
        burst = {.begin = access.cycle, .end = access.cycle};
    }
    burst.end = std::max(burst.end, access.cycle);
    (access.write ? burst.written : burst.read) += access.amount;
}

void PerfettoSink::write_burst(unsigned process, const std::string& name, const Burst& burst) {
    if (burst.read + burst.written == 0) return;
    const unsigned tid = track(process, name);
    const bool memory = process == kMemory;
    entry(fmt::format(
        R"("ph":"X","name":"{}","cat":"{}","pid":{},"tid":{},"ts":{:.3f},"dur":{:.3f},)"
        R"("args":{{"read{}":{},"written{}":{}}})",
        burst.written == 0 ? "read" : (burst.read == 0 ? "write" : "read and write"),
        memory ? "memory" : "registers", process, tid, context().microseconds(burst.begin),
        context().microseconds(burst.end + 1 - burst.begin), memory ? "_bytes" : "", burst.read,
        memory ? "_bytes" : "", burst.written));
}

void PerfettoSink::on_firmware(const FirmwareEvent& event) {
    const unsigned tid = track(kFirmware, "calls");
    entry(fmt::format(
        R"("ph":"X","name":"{}","cat":"firmware","pid":{},"tid":{},"ts":{:.3f},"dur":{:.3f})",
        event.call, static_cast<unsigned>(kFirmware), tid, context().microseconds(event.begin),
        context().microseconds(event.end - event.begin)));
}

void PerfettoSink::on_interrupt(const InterruptEvent& event) {
    const std::uint32_t raised = event.status & ~status_;
    status_ = event.status;
    if (raised == 0 || !context().filter.passes("GLB")) return;
    const unsigned tid = track(kInterrupts, "GLB.S_INTR_STATUS");
    entry(fmt::format(R"("ph":"i","s":"t","name":"status 0x{:x}","pid":{},"tid":{},"ts":{:.3f})",
                      raised, static_cast<unsigned>(kInterrupts), tid,
                      context().microseconds(event.cycle)));
}

void PerfettoSink::on_guest_error(const GuestErrorEvent& event) {
    if (!context().filter.passes(event.unit)) return;
    const unsigned tid = track(kUnits, event.unit + " messages");
    entry(fmt::format(R"("ph":"i","s":"p","name":{},"pid":{},"tid":{},"ts":{:.3f})",
                      json_text(event.message), static_cast<unsigned>(kUnits), tid,
                      context().microseconds(event.cycle)));
}

void PerfettoSink::write_counter(std::string_view name, std::string_view unit, const Rate& rate,
                                 double scale) {
    double last = 0;
    std::uint64_t cycle = 0;
    auto values = rate.per_cycle();
    values.push_back(0);
    for (const double value : values) {
        if (value != last)
            entry(fmt::format(R"("ph":"C","name":"{}","pid":{},"ts":{:.3f},"args":{{"{}":{:.3f}}})",
                              name, static_cast<unsigned>(kMemory), context().microseconds(cycle),
                              unit, value * scale));
        last = value;
        cycle += rate.interval();
    }
}

void PerfettoSink::finish() {
    for (const auto& [place, burst] : bursts_)
        write_burst(place.first, place.second, burst);
    // bytes per cycle * MHz = 10^6 bytes per second
    write_counter("main memory", "MB/s", bandwidth_[0], context().config.clock_mhz);
    write_counter("second memory", "MB/s", bandwidth_[1], context().config.clock_mhz);
    write_counter("MAC utilisation", "percent", macs_, 100);
    out() << "\n]}\n";
}

}  // namespace dla::vp
