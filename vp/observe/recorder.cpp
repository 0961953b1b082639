// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/recorder.hpp"

#include <fmt/format.h>

#include "dla_regs/bdma_regs.hpp"
#include "trace-tests/format/trace_writer.hpp"

namespace dla::vp {
namespace {

namespace bdma = dla::regs::bdma;

constexpr std::uint32_t kFirstGroup = 0x00000003;  // S_STATUS.STATUS_0
constexpr std::uint32_t kSecondGroup = 0x00030000;

// Where another moment gives another value, only what lasts: that something is idle.
struct Lasting {
    std::uint32_t mask;
    std::uint32_t value;
};

Lasting lasting_part(std::string_view unit, std::string_view name, std::uint32_t value) {
    if (name == "S_STATUS") {
        const std::uint32_t idle = ((value & kFirstGroup) == 0 ? kFirstGroup : 0) |
                                   ((value & kSecondGroup) == 0 ? kSecondGroup : 0);
        return {idle, 0};
    }
    if (unit == "BDMA" && name == "STATUS") {
        const std::uint32_t idle = bdma::Status::kIdle.mask() & value;
        const std::uint32_t busy = bdma::Status::kGrp0Busy.mask() | bdma::Status::kGrp1Busy.mask();
        return {idle | (busy & ~value), idle};
    }
    if (name == "S_CBUF_FLUSH_STATUS") return {value & 1, value & 1};
    const bool counts_time = name.find("STALL") != std::string_view::npos ||
                             name.find("LATENCY") != std::string_view::npos;
    if (counts_time || name == "S_POINTER" || name == "S_INTR_STATUS" || name == "D_OP_ENABLE")
        return {0, 0};
    return {0xffffffff, value};
}

}  // namespace

std::uint32_t Recorder::address_of(const char* unit, const char* name) const {
    return regs::find_register(config_.address_map, unit, name)->address;
}

void Recorder::add_write(std::uint32_t address, std::uint32_t value) {
    steps_.push_back({Kind::kWrite, address, 0, value, {}});
}

void Recorder::add_read(std::uint32_t address, std::uint32_t mask, std::uint32_t expected) {
    if (mask != 0) steps_.push_back({Kind::kRead, address, mask, expected, {}});
}

// A run that began after the flush of CBUF must not begin before it when replayed.
void Recorder::begin(std::uint64_t cycle) {
    if (begun_) return;
    begun_ = true;
    if (cycle >= config_.cbuf.flush_cycles)
        add_read(address_of("CDMA", "S_CBUF_FLUSH_STATUS"), 1, 1);
}

void Recorder::on_interrupt(const InterruptEvent& event) {
    raised_ |= event.status & ~status_;
    status_ = event.status;
}

// Whatever was done before the next access must be done before it in a replay too.
void Recorder::wait_for_raised() {
    if (raised_ == 0) return;
    add_read(address_of("GLB", "S_INTR_STATUS"), raised_, raised_);
    raised_ = 0;
    synchronised_ = steps_.size();
}

void Recorder::on_csb(const CsbEvent& event) {
    begin(event.cycle);
    wait_for_raised();
    if (event.write)
        add_write(event.address, event.value);
    else
        read_register(event);
}

void Recorder::read_register(const CsbEvent& event) {
    const auto place = regs::find_register(config_.address_map, event.address);
    if (!place) return;
    const Lasting part = lasting_part(place->unit->name, place->info->name, event.value);
    const bool again = !steps_.empty() && steps_.back().kind == Kind::kRead &&
                       steps_.back().address == event.address && steps_.back().mask == part.mask &&
                       part.mask != 0xffffffff;
    if (!again) add_read(event.address, part.mask, part.value);
}

void Recorder::on_memory(const MemoryEvent& event) {
    RecordedMemory& memory = memories_[event.second_memory ? 1 : 0];
    if (event.write) {
        memory.write(event.address, {event.data, event.size});
        return;
    }
    for (auto& region : memory.read(event.address, {event.data, event.size})) {
        const auto place = steps_.begin() + static_cast<std::ptrdiff_t>(synchronised_);
        steps_.insert(place, {Kind::kLoad, 0, 0, 0, std::move(region)});
    }
}

// The dialect tells the memories apart by address.
Result<void> Recorder::check_addresses() const {
    for (std::size_t which = 0; which < memories_.size(); ++which) {
        const auto expected = static_cast<trace::Memory>(which);
        for (const auto& regions : {memories_[which].initial(), memories_[which].written()})
            for (const auto& region : regions)
                if (trace::memory_of(region.address) != expected)
                    return fail(fmt::format(
                        "--record: {} memory is used at 0x{:x}; a .txn trace has the second memory "
                        "at 0x50000000 to 0x5fffffff and main memory elsewhere",
                        which == 0 ? "main" : "second", region.address));
    }
    return {};
}

Result<void> Recorder::write(const std::string& folder) const {
    if (auto legal = check_addresses(); !legal) return legal;
    trace::TxnWriter out(folder, config_.address_map);
    out.comment(fmt::format("Recorded on {}", config_.name));
    unsigned files = 0;
    for (const RecordedMemory& memory : memories_)
        for (const auto& region : memory.initial())
            out.load(region.address, region.bytes, fmt::format("input_{}.dat", files++));
    for (const Step& step : steps_) {
        if (step.kind == Kind::kWrite)
            out.write(step.address, step.value);
        else if (step.kind == Kind::kRead)
            out.read(step.address, step.mask, step.value);
        else
            out.load(step.region.address, step.region.bytes, fmt::format("input_{}.dat", files++));
    }
    if (raised_ != 0) out.read(address_of("GLB", "S_INTR_STATUS"), raised_, raised_);
    files = 0;
    for (const RecordedMemory& memory : memories_)
        for (const auto& region : memory.written())
            out.dump(region.address, region.bytes, fmt::format("golden_{}.dat", files++));
    return out.finish("input.txn");
}

}  // namespace dla::vp
