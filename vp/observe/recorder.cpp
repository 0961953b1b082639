// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dla_regs/bdma_regs.hpp"
#include "dla_tlm/common/register_catalogue.hpp"

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

void Recorder::add_write(const CsbEvent& event) {
    const auto place = regs::find_register(config_.address_map, event.address);
    if (place && std::string_view(place->unit->name) == "GLB") glb_write_ = event.cycle;
    steps_.push_back({RecordStep::Kind::kWrite, event.address, 0, event.value, event.cycle});
    last_access_ = event.cycle;
}

void Recorder::add_read(std::uint64_t cycle, std::uint32_t address, std::uint32_t mask,
                        std::uint32_t expected) {
    if (mask == 0) return;
    steps_.push_back({RecordStep::Kind::kRead, address, mask, expected, cycle});
    last_access_ = cycle;
}

// A run that began after the flush of CBUF must not begin before it when replayed.
void Recorder::begin(std::uint64_t cycle) {
    if (begun_) return;
    begun_ = true;
    if (cycle > config_.cbuf.flush_cycles)
        add_read(cycle - 1, address_of("CDMA", "S_CBUF_FLUSH_STATUS"), 1, 1);
}

void Recorder::on_interrupt(const InterruptEvent& event) {
    const std::uint32_t raised = event.status & ~status_;
    if (raised != 0) raise_cycle_ = event.cycle;
    // GLB speaks of every done event, also of one whose bit is set already.
    if (raised == 0 && event.status == status_ && event.cycle != glb_write_ &&
        (event.status & ~event.mask) != 0)
        repeated_ = true;
    raised_ |= raised;
    status_ = event.status;
    note_visible(event);
}

void Recorder::note_visible(const InterruptEvent& event) {
    const std::uint32_t now = event.status & ~event.mask;
    for (unsigned bit = 0; bit < 32; ++bit) {
        if (((now & ~visible_) >> bit & 1) != 0)
            steps_.push_back({RecordStep::Kind::kInterrupt, 0, 0, bit, event.cycle});
    }
    visible_ = now;
}

// A replay begins on a fresh DLA, so whatever was before does not count.
void Recorder::on_reset(const std::uint64_t& /*cycle*/) {
    steps_.clear();
    for (RecordedMemory& memory : memories_)
        memory.restart();
    synchronised_ = 0;
    status_ = 0;
    visible_ = 0;
    raised_ = 0;
    repeated_ = false;
    begun_ = false;
}

// Of the bus, once the newest interrupt can be seen.
std::uint64_t Recorder::first_free_cycle() const {
    return std::max(last_access_, raise_cycle_) + 1;
}

// Whatever was done before the next access must be done before it in a replay too. The read that
// makes sure takes a cycle in which the bus was free; software without one cannot have known.
void Recorder::wait_for_raised(std::uint64_t next_access) {
    const std::uint64_t cycle = first_free_cycle();
    if (raised_ == 0 || cycle >= next_access) return;
    add_read(cycle, address_of("GLB", "S_INTR_STATUS"), raised_, raised_);
    raised_ = 0;
    synchronised_ = steps_.size();
}

void Recorder::on_csb(const CsbEvent& event) {
    begin(event.cycle);
    wait_for_raised(event.cycle);
    if (event.write)
        add_write(event);
    else
        read_register(event);
}

void Recorder::read_register(const CsbEvent& event) {
    const auto place = regs::find_register(config_.address_map, event.address);
    if (!place) return;
    const Lasting part = lasting_part(place->unit->name, place->info->name, event.value);
    const bool again = !steps_.empty() && steps_.back().kind == RecordStep::Kind::kRead &&
                       steps_.back().address == event.address && steps_.back().mask == part.mask &&
                       part.mask != 0xffffffff;
    if (!again) add_read(event.cycle, event.address, part.mask, part.value);
}

void Recorder::on_memory(const MemoryEvent& event) {
    RecordedMemory& memory = memories_[event.second_memory ? 1 : 0];
    if (event.write) {
        memory.write(event.address, {event.data, event.size});
        return;
    }
    for (auto& region : memory.read(event.address, {event.data, event.size})) {
        const auto place = steps_.begin() + static_cast<std::ptrdiff_t>(synchronised_);
        steps_.insert(
            place, {RecordStep::Kind::kLoad, 0, 0, 0, 0, event.second_memory, std::move(region)});
    }
}

Result<void> Recorder::write(const std::string& folder, RecordDialect dialect) const {
    Record record{.config = config_, .steps = steps_, .initial = {}, .golden = {}};
    record.repeated_interrupt = repeated_;
    if (raised_ != 0)
        record.steps.push_back({RecordStep::Kind::kRead, address_of("GLB", "S_INTR_STATUS"),
                                raised_, raised_, first_free_cycle()});
    for (std::size_t which = 0; which < memories_.size(); ++which) {
        record.initial[which] = memories_[which].initial();
        record.golden[which] = memories_[which].written();
    }
    if (dialect == RecordDialect::kTxn) return write_txn(record, folder);
    return write_cfg(record, folder, folder.substr(folder.rfind('/') + 1));
}

}  // namespace dla::vp
