// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cacc/cacc_unit.hpp"

#include <fmt/format.h>

#include "dla_regs/cacc_regs.hpp"
#include "dla_tlm/cacc/cacc_decode.hpp"
#include "dla_tlm/cacc/deliver.hpp"
#include "dla_tlm/common/reason.hpp"

namespace dla::cacc {
namespace {

namespace r = regs::cacc;

}  // namespace

CaccUnit::CaccUnit(sc_core::sc_module_name name, const Ports& ports, const UnitContext& context)
    : Unit(name, "CACC", r::kRegisters, context), ports_(ports) {
    add_worker("run", [this] { run(); });
}

void CaccUnit::run() {
    for (;;) {
        const unsigned group = wait_for_layer();
        const CaccOp op = begin_layer(group);
        const std::uint64_t begin = clock().now();
        const std::string words =
            events().active()
                ? fmt::format("accumulate {}x{}x{}", op.out_width, op.out_height, op.out_channels)
                : "";
        events().operation_begin({unit_name(), group, begin, begin, words, 0, 0});
        for (bool last = false; !last;) {
            assembly_ = ports_.from_cmac_a.get(unit_name(), group);
            ports_.from_cmac_b.get(unit_name(), group);
            check(op, *assembly_, group);
            last = assembly_->last;
            deliver_chunk(op, group);
        }
        events().operation_end({unit_name(), group, begin, clock().now(), words, 0, 0});
        finish_layer(InterruptSource::kCacc);
        regs().set(group, r::DOutSaturation::kRegister, static_cast<std::uint32_t>(saturated_));
    }
}

CaccOp CaccUnit::begin_layer(unsigned group) {
    const CaccOp op = decode(registers(), group, config());
    if (const std::string reason = why_not(op, config()); !reason.empty()) {
        report(field_of(reason), "CACC." + reason);
        hang(group, "a legal configuration: " + reason);
    }
    saturated_ = 0;
    regs().set(group, r::DOutSaturation::kRegister, 0);
    return op;
}

void CaccUnit::check(const CaccOp& op, const cmac::MacChunk& chunk, unsigned group) {
    std::string reason;
    if (op.precision != chunk.precision || op.winograd != chunk.winograd)
        reason = "D_MISC_CFG of CACC differs from CSC's";
    else if (op.out_width != chunk.width || chunk.first_line + chunk.lines > op.out_height)
        reason = fmt::format("D_DATAOUT_SIZE_0 of CACC gives {}x{}, CSC delivers lines of {}",
                             op.out_width, op.out_height, chunk.width);
    if (reason.empty()) return;
    report(field_of(reason), reason);
    hang(group, "the same layer as CSC: " + reason);
}

void CaccUnit::deliver_chunk(const CaccOp& op, unsigned group) {
    clock().wait_until(assembly_->deliver_cycle);
    const cmac::MacChunk chunk = std::move(*assembly_);
    assembly_.reset();
    AccumulatorChunk out{.batch = chunk.batch,
                         .surface = chunk.surface,
                         .first_line = chunk.first_line,
                         .lines = chunk.lines,
                         .values = {},
                         .storage = {},
                         .ready_cycle = chunk.deliver_cycle,
                         .last = chunk.last};
    deliver_values(op, chunk, out);
    const std::uint64_t offered = clock().now();
    ports_.to_sdp.put(std::move(out), unit_name(), group);
    if (clock().now() > offered) ports_.pace.held_until = clock().now();
}

void CaccUnit::deliver_values(const CaccOp& op, const cmac::MacChunk& chunk,
                              AccumulatorChunk& out) {
    const std::size_t lanes = op.lanes_per_surface;
    out.storage = chunk.sums;
    if (op.precision == Precision::kFp16) {
        out.values = {chunk.sums->fp32, lanes};
        return;
    }
    const Accumulators& sums = chunk.sums->integers;
    out.values = delivered_in_place(sums, chunk.first_kernel, lanes, op.clip_truncate);
    if (!out.values.empty()) return;
    const std::shared_ptr<AlignedBuffer<std::int32_t>> values = delivered_.take();
    values->resize(sums.pixels() * lanes);
    const auto clip = [&](const WorkerPool::Part& lines) -> std::uint64_t {
        const PixelRange pixels{lines.first * chunk.width, lines.end * chunk.width};
        return deliver(sums, pixels, chunk.first_kernel, lanes, op.clip_truncate,
                       values->span().subspan(pixels.first * lanes));
    };
    saturated_ += workers()
                      .pool(values->size() >= kValuesWorthThreads)
                      .sum_of_parts<std::uint64_t>(chunk.lines, clip);
    out.values = {values->span(), lanes};
    out.storage = values;
}

}  // namespace dla::cacc
