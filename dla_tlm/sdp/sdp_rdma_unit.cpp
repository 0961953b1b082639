// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_rdma_unit.hpp"

#include "dla_regs/sdp_rdma_regs.hpp"
#include "dla_tlm/sdp/sdp_decode.hpp"
#include "dla_tlm/sdp/sdp_timing.hpp"
#include "dla_tlm/sdp/sdp_words.hpp"

namespace dla::sdp {
namespace {

// Beats of the per-element operands that are read before the layer's first pixel.
std::uint64_t beats_ahead(const SdpRdmaOp& op, const HardwareConfig& config) {
    SdpLayer layer;
    const OperandReader* readers[] = {&op.bs, &op.bn, &op.ew};
    for (std::size_t i = 0; i < kStages; ++i) {
        const OperandReader& reader = *readers[i];
        if (!reader.enabled || !reader.per_element) continue;
        layer.stages[i].per_element = true;
        layer.stages[i].operand_beats =
            ceil_div(op.shape.pixels() * op.shape.batches * op.shape.surfaces() *
                         reader.bytes(op.shape.lanes()),
                     config.primary.width_bytes);
    }
    return operand_beats_ahead(layer, config);
}

}  // namespace

namespace r = regs::sdp_rdma;

SdpRdmaUnit::SdpRdmaUnit(sc_core::sc_module_name name, const UnitContext& context)
    : Unit(name, "SDP_RDMA", r::kRegisters, context), handover_("SDP_RDMA", "SDP", context.waits) {
    add_worker("run", [this] { run(); });
}

void SdpRdmaUnit::give_back(const InputCounters& input, const SdpReadStalls& stalls) {
    input_ = input;
    stalls_ = stalls;
    handover_.give_back();
}

void SdpRdmaUnit::run() {
    for (;;) {
        const unsigned group = wait_for_layer();
        const SdpRdmaOp op = decode_rdma(regs(), group, config());
        if (const std::string reason = why_not(op, config()); !reason.empty()) {
            report(first_word(reason), "SDP_RDMA: " + reason);
            hang(group, "a legal configuration: " + reason);
        }
        check_memories(op, group);
        input_ = {};
        stalls_ = {};
        if (op.shape.flying) memory().announce_operands({clock().now(), beats_ahead(op, config())});
        if (op.reads()) handover_.lend(op, group);
        // Software may want to see it busy.
        if (!timing().enabled) clock().wait_cycles(TimingMode::kTokenCycles / 2);
        finish_layer();
        set_results(op, group);
    }
}

void SdpRdmaUnit::set_results(const SdpRdmaOp& op, unsigned group) {
    const auto set = [&](Register reg, std::uint64_t count) {
        regs().set(group, reg, register_word(count));
    };
    if (op.count_nan) {
        set(r::DStatusNanInputNum::kRegister, input_.nan);
        set(r::DStatusInfInputNum::kRegister, input_.inf);
    }
    if (!op.count_stalls) return;
    const auto cycles = [](Cycles count) { return static_cast<std::uint64_t>(count); };
    set(r::DPerfMrdmaReadStall::kRegister, cycles(stalls_.source));
    set(r::DPerfBrdmaReadStall::kRegister, cycles(stalls_.operands[0]));
    set(r::DPerfNrdmaReadStall::kRegister, cycles(stalls_.operands[1]));
    set(r::DPerfErdmaReadStall::kRegister, cycles(stalls_.operands[2]));
}

void SdpRdmaUnit::check_memories(const SdpRdmaOp& op, unsigned group) {
    if (!op.shape.flying) require_memory(op.src.ram, group, "D_SRC_DMA_CFG.SRC_RAM_TYPE");
    if (op.bs.enabled) require_memory(op.bs.cube.ram, group, "D_BRDMA_CFG.BRDMA_RAM_TYPE");
    if (op.bn.enabled) require_memory(op.bn.cube.ram, group, "D_NRDMA_CFG.NRDMA_RAM_TYPE");
    if (op.ew.enabled) require_memory(op.ew.cube.ram, group, "D_ERDMA_CFG.ERDMA_RAM_TYPE");
}

}  // namespace dla::sdp
