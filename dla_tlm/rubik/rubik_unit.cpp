// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/rubik/rubik_unit.hpp"

#include <algorithm>

#include "dla_regs/rubik_regs.hpp"
#include "dla_tlm/common/port_arbiter.hpp"
#include "dla_tlm/common/reason.hpp"
#include "dla_tlm/common/untimed_pace.hpp"
#include "dla_tlm/rubik/rubik_decode.hpp"
#include "dla_tlm/rubik/rubik_kernel.hpp"

namespace dla::rubik {
namespace {

namespace r = regs::rubik;

// Steps of simulated time in a layer: so many at least, and one for every so many bytes at least.
constexpr unsigned kSteps = 32;
constexpr std::uint64_t kStepBytes = 1 << 20;
constexpr unsigned kPieceBytes = 256 * 1024;  // of a line that are written at once

FlowPlan flow_plan(const RubikOp& op, const RubikSchedule& schedule, std::uint64_t line_bytes) {
    const ClientTraffic read{.client = MemoryClient::kRubik,
                             .ram = op.src.ram,
                             .read_bytes = schedule.bytes_read,
                             .request_bytes = line_bytes};
    const ClientTraffic write{.client = MemoryClient::kRubik,
                              .ram = op.dst.ram,
                              .written_bytes = schedule.bytes_written,
                              .request_bytes = line_bytes};
    const double first = static_cast<double>(schedule.first_request);
    return {first, first + schedule.cycles, {read, write}};
}

}  // namespace

RubikUnit::RubikUnit(sc_core::sc_module_name name, const UnitContext& context)
    : Unit(name, "RBK", regs::rubik::kRegisters, context) {
    add_worker("run", [this] { run(); });
}

void RubikUnit::run() {
    for (;;)
        run_layer(wait_for_layer());
}

void RubikUnit::run_layer(unsigned group) {
    const RubikOp op = decode(regs(), group, config());
    const std::string reason = why_not(op, config());
    if (!reason.empty()) report(field_of(reason), "RUBIK: " + reason);
    require_memory(op.src.ram, group, "D_DAIN_RAM_TYPE");
    require_memory(op.dst.ram, group, "D_DAOUT_RAM_TYPE");
    const RubikSchedule schedule =
        rubik_layer(op, config(), timing().memory(op.src.ram), timing().memory(op.dst.ram));
    const std::uint64_t begin = clock().now();
    OperationEvent event{unit_name(),
                         group,
                         begin,
                         0,
                         events().active() ? describe(op) : "",
                         0,
                         schedule.bytes_read + schedule.bytes_written};
    events().operation_begin(event);
    const std::uint64_t lines = std::uint64_t{op.surfaces()} * op.height;
    const std::uint64_t line_bytes = std::max<std::uint64_t>(1, schedule.bytes_written / lines);
    const std::uint64_t step = std::min(schedule.bytes_written / kSteps, kStepBytes);
    UntimedPace pace(clock(), timing());
    PortFlow flow(memory().arbiter(), clock(), begin, flow_plan(op, schedule, line_bytes));
    std::uint64_t written = 0;
    std::uint64_t since_step = 0;
    const Did did = [&](std::uint64_t bytes) {
        pace.did(bytes);
        written = std::min(written + bytes, schedule.bytes_written);
        since_step += bytes;
        if (!timing().enabled || since_step < step) return;
        since_step = 0;
        const double part =
            static_cast<double>(written) / static_cast<double>(schedule.bytes_written);
        flow.wait_until(static_cast<std::uint64_t>(schedule.cycles * part));
    };
    for (std::uint64_t i = 0; i < lines; ++i)
        move_line(op, static_cast<unsigned>(i / op.height), static_cast<unsigned>(i % op.height),
                  did);
    flow.wait_until(timing().enabled ? static_cast<std::uint64_t>(schedule.done)
                                     : TimingMode::kTokenCycles);
    event.end = clock().now();
    event.work.port(op.src.ram == Ram::kPrimary).read = schedule.bytes_read;
    event.work.port(op.dst.ram == Ram::kPrimary).written = schedule.bytes_written;
    if (timing().enabled) {
        event.parts = {.data_fetch = schedule.cycles,
                       .latency = static_cast<double>(schedule.done) - schedule.cycles};
        event.parts.lose(flow.lost(), flow.shared_with());
    }
    events().operation_end(event);
    const bool counts = regs().get(group, r::DPerfEnable::kPerfEn) != 0 && timing().enabled;
    finish_layer(InterruptSource::kRubik);
    if (!counts) return;
    regs().set(group, r::DPerfReadStall::kRegister,
               static_cast<std::uint32_t>(schedule.read_stall + to_cycles(flow.lost())));
    regs().set(group, r::DPerfWriteStall::kRegister,
               static_cast<std::uint32_t>(schedule.write_stall));
}

void RubikUnit::move_line(const RubikOp& op, unsigned surface, unsigned line, const Did& did) {
    switch (op.mode) {
        case RubikMode::kSplit:
            split_line(op, surface, line);
            did(plane_line_bytes(op) * std::min(op.lanes(), op.planes() - surface * op.lanes()));
            break;
        case RubikMode::kMerge:
            merge_line(op, surface, line);
            did(output_.size());
            break;
        default:
            contract_line(op, surface, line, did);
            break;
    }
}

void RubikUnit::read(const RubikOp& op, std::uint64_t address) {
    memory().read({MemoryClient::kRubik, op.src.ram, address, "D_DAIN_ADDR"}, input_);
}

void RubikUnit::write(const RubikOp& op, std::uint64_t address, std::size_t bytes) {
    memory().write({MemoryClient::kRubik, op.dst.ram, address, "D_DAOUT_ADDR"},
                   std::span(output_).first(bytes));
}

// One input line of each block makes stride_y output lines, which can be 8 MiB long each.
void RubikUnit::contract_line(const RubikOp& op, unsigned surface, unsigned line, const Did& did) {
    const std::uint64_t src = op.src.base + std::uint64_t{surface} * op.src.surface_stride +
                              std::uint64_t{line} * op.src.line_stride;
    const std::uint64_t dst = op.dst.base + std::uint64_t{surface} * op.dst.surface_stride +
                              std::uint64_t{line} * op.line_group_stride;
    const unsigned most = kPieceBytes / (op.atom_bytes * op.stride_x);  // columns
    for (unsigned j = 0; j < op.stride_y; ++j) {
        for (unsigned first = 0; first < op.width; first += most) {
            input_.resize(std::size_t{std::min(most, op.width - first)} * op.atom_bytes);
            output_.resize(input_.size() * op.stride_x);
            const std::uint64_t offset = std::uint64_t{first} * op.atom_bytes;
            for (unsigned i = 0; i < op.stride_x; ++i) {
                read(op, src + (std::uint64_t{j} * op.stride_x + i) * op.block_stride + offset);
                spread_atoms(op, input_, i, output_);
            }
            write(op, dst + std::uint64_t{j} * op.dst.line_stride + offset * op.stride_x,
                  output_.size());
            did(output_.size());
        }
    }
}

void RubikUnit::split_line(const RubikOp& op, unsigned surface, unsigned line) {
    input_.resize(std::size_t{op.width} * op.atom_bytes);
    output_.resize(plane_line_bytes(op));
    read(op, op.src.base + std::uint64_t{surface} * op.src.surface_stride +
                 std::uint64_t{line} * op.src.line_stride);
    const unsigned first = surface * op.lanes();
    const unsigned lanes = std::min(op.lanes(), op.planes() - first);
    for (unsigned lane = 0; lane < lanes; ++lane) {
        extract_plane(op, input_, lane, output_);
        write(op,
              op.dst.base + std::uint64_t{first + lane} * op.dst.planar_stride +
                  std::uint64_t{line} * op.dst.line_stride,
              output_.size());
    }
}

void RubikUnit::merge_line(const RubikOp& op, unsigned surface, unsigned line) {
    input_.resize(std::size_t{op.width} * op.element_bytes);
    output_.assign(std::size_t{op.width} * op.atom_bytes, 0);
    const unsigned first = surface * op.lanes();
    const unsigned lanes = std::min(op.lanes(), op.planes() - first);
    for (unsigned lane = 0; lane < lanes; ++lane) {
        read(op, op.src.base + std::uint64_t{first + lane} * op.src.planar_stride +
                     std::uint64_t{line} * op.src.line_stride);
        insert_plane(op, input_, lane, output_);
    }
    write(op,
          op.dst.base + std::uint64_t{surface} * op.dst.surface_stride +
              std::uint64_t{line} * op.dst.line_stride,
          output_.size());
}

}  // namespace dla::rubik
