// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/bdma/bdma_unit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dla_regs/bdma_regs.hpp"
#include "dla_tlm/bdma/bdma_timing.hpp"
#include "dla_tlm/common/port_arbiter.hpp"
#include "dla_tlm/common/untimed_pace.hpp"

namespace dla::bdma {
namespace {

namespace regs = dla::regs::bdma;

constexpr std::size_t kQueueSize = 20;
constexpr std::uint32_t kLineUnit = 32;
constexpr std::uint32_t kChunkBytes = 64 * 1024;

void visit(StateVisitor& state, BdmaOp& op) {
    state.value("source", op.source);
    state.value("destination", op.destination);
    state.value("source_ram", op.source_ram);
    state.value("destination_ram", op.destination_ram);
    state.value("line_bytes", op.line_bytes);
    state.value("lines", op.lines);
    state.value("surfaces", op.surfaces);
    state.value("source_line_stride", op.source_line_stride);
    state.value("destination_line_stride", op.destination_line_stride);
    state.value("source_surface_stride", op.source_surface_stride);
    state.value("destination_surface_stride", op.destination_surface_stride);
}

FlowPlan flow_plan(const BdmaOp& op, const BdmaSchedule& schedule) {
    const ClientTraffic read{.client = MemoryClient::kBdma,
                             .ram = op.source_ram,
                             .read_bytes = op.bytes(),
                             .request_bytes = op.line_bytes};
    const ClientTraffic write{.client = MemoryClient::kBdma,
                              .ram = op.destination_ram,
                              .written_bytes = op.bytes(),
                              .request_bytes = op.line_bytes};
    const double first = static_cast<double>(schedule.first_request);
    return {first, first + static_cast<double>(schedule.done - schedule.first_data), {read, write}};
}

}  // namespace

BdmaUnit::BdmaUnit(sc_core::sc_module_name name, const UnitContext& context)
    : Unit(name, "BDMA", regs::kRegisters, context) {
    add_worker("run", [this] { run(); });
}

void BdmaUnit::on_reset() {
    open_.clear();
    launched_.clear();
    waiting_ = 0;
    busy_ = {};
    copying_ = false;
}

// Operations without a launch wait in the queue, whatever else happens.
void BdmaUnit::visit_state(StateVisitor& state) {
    Unit::visit_state(state);
    std::uint64_t operations = open_.size();
    state.value("queue", operations);
    open_.resize(std::min<std::size_t>(operations, kQueueSize));
    for (BdmaOp& op : open_)
        visit(state, op);
    state.values("GRP_BUSY", std::span<bool>(busy_));
}

std::string BdmaUnit::busy() const {
    return copying_ || !launched_.empty() ? "a launched group is under way" : "";
}

std::string BdmaUnit::held_up() const {
    std::string text;
    if (!open_.empty())
        text = fmt::format(
            "BDMA has {} operations in its queue and no CFG_LAUNCH0 or CFG_LAUNCH1 "
            "behind them",
            open_.size());
    for (unsigned group = 0; group < 2; ++group) {
        if (busy_[group] && !copying_ && launched_.empty())
            text += fmt::format("{}BDMA group {} was launched without an operation and never ends",
                                text.empty() ? "" : "; ", group);
    }
    return text;
}

BdmaOp BdmaUnit::staged_operation() const {
    const RegisterFile& r = registers();
    const auto ram = [&](Field field) { return static_cast<Ram>(r.get(0, field)); };
    return {
        .source = r.get_address(0, regs::CfgSrcAddrHigh::kRegister, regs::CfgSrcAddrLow::kRegister),
        .destination =
            r.get_address(0, regs::CfgDstAddrHigh::kRegister, regs::CfgDstAddrLow::kRegister),
        .source_ram = ram(regs::CfgCmd::kSrcRamType),
        .destination_ram = ram(regs::CfgCmd::kDstRamType),
        .line_bytes = (r.get(0, regs::CfgLine::kSize) + 1) * kLineUnit,
        .lines = r.get(0, regs::CfgLineRepeat::kNumber) + 1,
        .surfaces = r.get(0, regs::CfgSurfRepeat::kNumber) + 1,
        .source_line_stride = r.value(0, regs::CfgSrcLine::kRegister),
        .destination_line_stride = r.value(0, regs::CfgDstLine::kRegister),
        .source_surface_stride = r.value(0, regs::CfgSrcSurf::kRegister),
        .destination_surface_stride = r.value(0, regs::CfgDstSurf::kRegister)};
}

std::size_t BdmaUnit::queued() const {
    return open_.size() + waiting_;
}

void BdmaUnit::on_write(std::uint32_t offset, std::uint32_t value) {
    if ((value & 1u) == 0) return;
    if (offset == regs::CfgOp::kRegister.offset) push();
    if (offset == regs::CfgLaunch0::kRegister.offset) launch(0);
    if (offset == regs::CfgLaunch1::kRegister.offset) launch(1);
}

void BdmaUnit::push() {
    if (queued() >= kQueueSize) {
        report("CFG_OP",
               fmt::format("BDMA.CFG_OP pushes an operation while STATUS.FREE_SLOT is 0; the "
                           "queue holds {} operations, this one is lost",
                           kQueueSize));
        return;
    }
    open_.push_back(staged_operation());
}

void BdmaUnit::launch(unsigned group) {
    if (busy_[group]) {
        report("CFG_LAUNCH",
               fmt::format("BDMA.CFG_LAUNCH{} is written while group {} is still busy; "
                           "the launch is ignored",
                           group, group));
        return;
    }
    busy_[group] = true;
    if (open_.empty()) {
        // Hardware sets the busy bit and nothing follows.
        report("empty launch", fmt::format("BDMA.CFG_LAUNCH{} without a pushed operation: group {} "
                                           "stays busy and never ends",
                                           group, group));
        return;
    }
    waiting_ += open_.size();
    launched_.push_back({group, std::move(open_)});
    open_.clear();
    launched_event_.notify(sc_core::SC_ZERO_TIME);
}

std::uint32_t BdmaUnit::status() const {
    const bool idle = queued() == 0 && !copying_;
    std::uint32_t word = 0;
    word = regs::Status::kFreeSlot.insert(word, static_cast<std::uint32_t>(kQueueSize - queued()));
    word = regs::Status::kIdle.insert(word, idle ? 1 : 0);
    word = regs::Status::kGrp0Busy.insert(word, busy_[0] ? 1 : 0);
    return regs::Status::kGrp1Busy.insert(word, busy_[1] ? 1 : 0);
}

void BdmaUnit::on_read(std::uint32_t offset, std::uint32_t& value) {
    if (offset == regs::Status::kRegister.offset) value = status();
}

void BdmaUnit::run() {
    for (;;) {
        while (launched_.empty())
            sc_core::wait(launched_event_);
        Launch launch = std::move(launched_.front());
        launched_.pop_front();
        run_launch(launch);
    }
}

void BdmaUnit::run_launch(Launch& launch) {
    const std::uint64_t begin = clock().now();
    OperationEvent event{unit_name(), launch.group, begin, begin, "", 0, 0};
    if (events().active())
        event.words = fmt::format("copy, {} operations", launch.operations.size());
    events().operation_begin(event);
    const Ram destination = launch.operations.front().destination_ram;
    copying_ = true;
    Stalls stalls;
    for (const BdmaOp& op : launch.operations) {
        --waiting_;
        if (op.destination_ram != destination) {
            report("CFG_CMD",
                   "BDMA.CFG_CMD.DST_RAM_TYPE differs between operations of one group; "
                   "legal is one destination memory per group");
        }
        copy(op, event, stalls);
        event.bytes += op.bytes();
    }
    // Only the last write of a group asks for its response.
    if (timing().enabled) {
        const Cycles response = to_cycles(timing().memory(destination).write_latency);
        clock().wait_cycles(static_cast<std::uint64_t>(response));
        event.parts.latency += static_cast<double>(response);
    }
    copying_ = false;
    busy_[launch.group] = false;
    set_stalls(launch.group, stalls);
    event.end = clock().now();
    events().operation_end(event);
    interrupts().raise(InterruptSource::kBdma, launch.group);
}

void BdmaUnit::set_stalls(unsigned group, const Stalls& stalls) {
    const auto word = [](Cycles cycles) {
        return static_cast<std::uint32_t>(std::min<Cycles>(cycles, 0xffffffff));
    };
    RegisterFile& r = this->regs();
    r.set(0,
          group == 0 ? regs::StatusGrp0ReadStall::kRegister : regs::StatusGrp1ReadStall::kRegister,
          word(stalls.read));
    r.set(
        0,
        group == 0 ? regs::StatusGrp0WriteStall::kRegister : regs::StatusGrp1WriteStall::kRegister,
        word(stalls.write));
}

void BdmaUnit::copy(const BdmaOp& op, OperationEvent& event, Stalls& stalls) {
    require_memory(op.source_ram, event.group, "CFG_CMD.SRC_RAM_TYPE");
    require_memory(op.destination_ram, event.group, "CFG_CMD.DST_RAM_TYPE");
    const BdmaSchedule schedule = bdma_copy(op, config(), timing().memory(op.source_ram),
                                            timing().memory(op.destination_ram));
    PortFlow flow(memory().arbiter(), clock(), clock().now(), flow_plan(op, schedule));
    const std::uint32_t chunk = std::max(1u, kChunkBytes / op.line_bytes);
    double lines_done = 0;
    UntimedPace pace(clock(), timing());
    for (std::uint32_t surface = 0; surface < op.surfaces; ++surface) {
        for (std::uint32_t line = 0; line < op.lines; line += chunk) {
            const std::uint32_t count = std::min(chunk, op.lines - line);
            copy_lines(op, surface, line, count);
            pace.did(std::uint64_t{count} * op.line_bytes);
            lines_done += count;
            if (timing().enabled) {
                flow.wait_until(static_cast<std::uint64_t>(schedule.line_at(lines_done)));
            }
        }
    }
    event.work.port(op.source_ram == Ram::kPrimary).read += op.bytes();
    event.work.port(op.destination_ram == Ram::kPrimary).written += op.bytes();
    if (timing().enabled) {
        event.parts.data_fetch += static_cast<double>(schedule.done - schedule.first_data);
        event.parts.latency += static_cast<double>(schedule.first_data);
        event.parts.lose(flow.lost(), flow.shared_with());
    }
    if (timing().enabled && registers().get(0, regs::CfgStatus::kStallCountEn) != 0) {
        stalls.read += schedule.read_stall + to_cycles(flow.lost());
        stalls.write += schedule.write_stall;
    }
    // With timing off a token time remains: software must be able to see the group busy.
    if (!timing().enabled) clock().wait_cycles(TimingMode::kTokenCycles);
}

void BdmaUnit::copy_lines(const BdmaOp& op, std::uint32_t surface, std::uint32_t first,
                          std::uint32_t count) {
    line_.resize(op.line_bytes);
    for (std::uint64_t line = first; line < std::uint64_t{first} + count; ++line) {
        const std::uint64_t source = op.source + std::uint64_t{surface} * op.source_surface_stride +
                                     line * op.source_line_stride;
        const std::uint64_t destination = op.destination +
                                          std::uint64_t{surface} * op.destination_surface_stride +
                                          line * op.destination_line_stride;
        memory().read({MemoryClient::kBdma, op.source_ram, source, "CFG_SRC_ADDR"}, line_);
        memory().write({MemoryClient::kBdma, op.destination_ram, destination, "CFG_DST_ADDR"},
                       line_);
    }
}

}  // namespace dla::bdma
