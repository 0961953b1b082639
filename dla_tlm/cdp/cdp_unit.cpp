// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdp/cdp_unit.hpp"

#include <algorithm>

#include "dla_regs/cdp_rdma_regs.hpp"
#include "dla_regs/cdp_regs.hpp"
#include "dla_tlm/cdp/cdp_decode.hpp"
#include "dla_tlm/common/port_arbiter.hpp"
#include "dla_tlm/common/reason.hpp"
#include "dla_tlm/common/untimed_pace.hpp"

namespace dla::cdp {
namespace {

namespace r = regs::cdp;

constexpr std::size_t kChunkBytes = 64 * 1024;   // output per step of simulated time
constexpr std::size_t kPieceBytes = 256 * 1024;  // of a line that are worked on at once

std::size_t line_bytes(const CdpOp& op) {
    return std::size_t{op.width} * op.atom_bytes;
}

CdpLayer timing_layer(const CdpOp& op) {
    return {.width = op.width,
            .height = op.height,
            .surfaces = op.surfaces(),
            .bytes_per_element = bytes_per_element(op.precision),
            .bypass = op.square_sum_bypass};
}

FlowPlan flow_plan(const CdpOp& op, Ram source, const CdpSchedule& schedule) {
    const std::uint64_t cube = line_bytes(op) * op.height * op.surfaces();
    // A line of a surface in pieces of eight columns.
    const std::uint64_t piece = std::min<std::uint64_t>(op.width, 8) * op.atom_bytes;
    const ClientTraffic read{
        .client = MemoryClient::kCdp, .ram = source, .read_bytes = cube, .request_bytes = piece};
    const ClientTraffic write{.client = MemoryClient::kCdp,
                              .ram = op.dst.ram,
                              .written_bytes = cube,
                              .request_bytes = piece};
    const double first = static_cast<double>(schedule.first_request);
    return {first, first + schedule.cycles, {read, write}};
}

std::uint32_t saturated_word(std::uint64_t count) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, 0xffffffff));
}

}  // namespace

CdpRdmaUnit::CdpRdmaUnit(sc_core::sc_module_name name, const UnitContext& context)
    : Unit(name, "CDP_RDMA", regs::cdp_rdma::kRegisters, context),
      handover_("CDP_RDMA", "CDP", context.waits) {
    add_worker("run", [this] { run(); });
}

bool CdpRdmaUnit::counts_stalls() const {
    return registers().get(registers().consumer(), regs::cdp_rdma::DPerfEnable::kDmaEn) != 0;
}

void CdpRdmaUnit::run() {
    for (;;) {
        const unsigned group = wait_for_layer();
        const CdpRdmaOp op = decode_rdma(regs(), group);
        const std::string reason = why_not(op, config());
        if (!reason.empty()) report(field_of(reason), "CDP_RDMA: " + reason);
        require_memory(op.src.ram, group, "D_SRC_DMA_CFG.SRC_RAM_TYPE");
        read_stall_ = 0;
        handover_.lend(op, group);
        // Software may want to see it busy.
        if (!timing().enabled) clock().wait_cycles(TimingMode::kTokenCycles / 2);
        finish_layer();
        regs().set(group, regs::cdp_rdma::DPerfReadStall::kRegister, saturated_word(read_stall_));
    }
}

CdpUnit::CdpUnit(sc_core::sc_module_name name, CdpRdmaUnit& reader, const UnitContext& context)
    : Unit(name, "CDP", r::kRegisters, context), reader_(reader) {
    add_worker("run", [this] { run(); });
}

void CdpUnit::visit_state(StateVisitor& state) {
    Unit::visit_state(state);
    std::vector<std::uint32_t> tables = lut_.state();
    state.values("LUT", std::span<std::uint32_t>(tables));
    lut_.restore(tables);
    state.value("previous_end", previous_end_);
    state.value("previous width", previous_.width);
    state.value("previous height", previous_.height);
    state.value("previous surfaces", previous_.surfaces);
    state.value("previous bytes_per_element", previous_.bytes_per_element);
    state.value("previous bypass", previous_.bypass);
}

void CdpUnit::on_write(std::uint32_t offset, std::uint32_t value) {
    if (offset == r::SLutAccessCfg::kRegister.offset) lut_.write_access_cfg(value);
    if (offset == r::SLutAccessData::kRegister.offset) lut_.write_access_data(value);
}

void CdpUnit::on_read(std::uint32_t offset, std::uint32_t& value) {
    if (offset == r::SLutAccessCfg::kRegister.offset) value = lut_.read_access_cfg();
    if (offset == r::SLutAccessData::kRegister.offset) value = lut_.read_access_data();
}

void CdpUnit::on_reset() {
    lut_.reset();
    previous_end_ = 0;
}

void CdpUnit::run() {
    for (;;)
        run_layer(wait_for_layer());
}

void CdpUnit::run_layer(unsigned group) {
    const CdpRdmaOp source = reader_.handover().take(group);
    const CdpOp op = decode(regs(), group, source, config());
    for (const std::string& reason : {why_not(op, config()), why_not_together(op, source)}) {
        if (!reason.empty()) report(field_of(reason), "CDP: " + reason);
    }
    require_memory(op.dst.ram, group, "D_DST_DMA_CFG.DST_RAM_TYPE");
    CdpCounts counts;
    const std::string words = events().active() ? describe(op) : "";
    OperationEvent event{unit_name(), group, clock().now(), 0, words, 0, 0};
    events().operation_begin(event);
    run_lines(op, source.src, event, counts);
    event.end = clock().now();
    const std::uint64_t cube = line_bytes(op) * op.height * op.surfaces();
    event.bytes = 2 * cube;
    event.work.precision = op.precision;
    event.work.port(source.src.ram == Ram::kPrimary).read = cube;
    event.work.port(op.dst.ram == Ram::kPrimary).written = cube;
    events().operation_end(event);
    previous_end_ = event.end;
    previous_ = timing_layer(op);
    finish_layer(InterruptSource::kCdp);
    set_results(group, op, counts);
}

// A layer enabled before the end of the one before it has its start-up behind it by then.
std::uint64_t CdpUnit::start_cycle(const CubePlace& src, unsigned group) const {
    const std::uint64_t enabled = std::max(enabled_at(group), reader_.layer_enabled_at());
    if (previous_end_ == 0) return enabled;
    const Cycles hidden = cdp_hidden_start(previous_, config(), timing().memory(src.ram));
    const Cycles after_previous = static_cast<Cycles>(previous_end_) - hidden;
    return std::max(enabled, static_cast<std::uint64_t>(std::max<Cycles>(0, after_previous)));
}

void CdpUnit::run_lines(const CdpOp& op, const CubePlace& src, OperationEvent& event,
                        CdpCounts& counts) {
    const std::uint64_t begin = start_cycle(src, event.group);
    const CdpSchedule schedule =
        cdp_from_memory(timing_layer(op), config(), timing().memory(src.ram));
    PortFlow flow(memory().arbiter(), clock(), begin, flow_plan(op, src.ram, schedule));
    const auto wait_until = [&](double cycles) {
        flow.wait_until(static_cast<std::uint64_t>(cycles));
    };
    event.parts = schedule.parts;
    const std::size_t pixel_bytes = std::size_t{op.atom_bytes} * op.surfaces();
    const auto most = static_cast<unsigned>(std::max<std::size_t>(1, kPieceBytes / pixel_bytes));
    std::size_t since_step = 0;
    UntimedPace pace(clock(), timing());
    for (unsigned line = 0; line < op.height; ++line) {
        for (unsigned first = 0; first < op.width; first += most) {
            const Piece piece{line, first, std::min(most, op.width - first)};
            normalize_piece(op, src, piece, counts);
            since_step += piece.pixels * pixel_bytes;
            pace.did(piece.pixels * pixel_bytes);
            if (since_step < kChunkBytes || !timing().enabled) continue;
            since_step = 0;
            const double lines_done =
                line + static_cast<double>(piece.first + piece.pixels) / op.width;
            wait_until(schedule.cycles * lines_done / op.height);
        }
    }
    if (timing().enabled) wait_until(schedule.cycles);  // the last operand is there
    if (reader_.counts_stalls() && timing().enabled)
        reader_.set_read_stall(
            cdp_read_stall(timing_layer(op), config(), timing().memory(src.ram)) +
            to_cycles(flow.lost()));
    reader_.handover().give_back();
    if (timing().enabled) {
        wait_until(static_cast<double>(schedule.done));
        event.parts.lose(flow.lost(), flow.shared_with());
    } else {
        clock().wait_cycles(TimingMode::kTokenCycles);
    }
}

void CdpUnit::normalize_piece(const CdpOp& op, const CubePlace& src, const Piece& piece,
                              CdpCounts& counts) {
    const std::size_t bytes = std::size_t{piece.pixels} * op.atom_bytes;
    output_.resize(bytes * op.surfaces());
    const PixelView pixels = fetch(op, src, piece);
    normalize(op, lut_.tables(), pixels, piece.pixels, output_.data(), bytes, counts);
    for (unsigned surface = 0; surface < op.surfaces(); ++surface) {
        memory().write(
            {MemoryClient::kCdp, op.dst.ram,
             op.dst.line_address(surface, piece.line) + std::uint64_t{piece.first} * op.atom_bytes,
             "D_DST_BASE_ADDR"},
            std::span(output_).subspan(surface * bytes, bytes));
    }
}

// The pixels of all surfaces: in place where memory allows it, else a copy in input_.
PixelView CdpUnit::fetch(const CdpOp& op, const CubePlace& src, const Piece& piece) {
    const auto access = [&](unsigned surface) {
        return MemoryAccess{
            MemoryClient::kCdp, src.ram,
            src.line_address(surface, piece.line) + std::uint64_t{piece.first} * op.atom_bytes,
            "D_SRC_BASE_ADDR"};
    };
    const std::size_t bytes = std::size_t{piece.pixels} * op.atom_bytes;
    if (op.surfaces() == 1) {
        const auto in_place = memory().view(access(0), bytes);
        if (!in_place.empty()) return {in_place.data(), bytes};
    }
    input_.resize(bytes * op.surfaces());
    for (unsigned surface = 0; surface < op.surfaces(); ++surface)
        memory().read(access(surface), std::span(input_).subspan(surface * bytes, bytes));
    return {input_.data(), bytes};
}

void CdpUnit::set_results(unsigned group, const CdpOp& op, const CdpCounts& counts) {
    const auto set = [&](Register reg, std::uint64_t count) {
        regs().set(group, reg, saturated_word(count));
    };
    // The RTL of the configurable tree reads 0 here however many outputs clamp.
    if (config().address_map == regs::AddressMap::kNvFull) {
        set(r::DOutSaturation::kRegister, counts.saturated);
    }
    set(r::DPerfLutUflow::kRegister, counts.lut_underflow);
    set(r::DPerfLutOflow::kRegister, counts.lut_overflow);
    set(r::DPerfLutHybrid::kRegister, counts.lut_hybrid);
    set(r::DPerfLutLeHit::kRegister, counts.lut_le_hit);
    set(r::DPerfLutLoHit::kRegister, counts.lut_lo_hit);
    if (op.precision != Precision::kFp16) return;
    set(r::DNanInputNum::kRegister, counts.nan_inputs);
    set(r::DInfInputNum::kRegister, counts.inf_inputs);
    set(r::DNanOutputNum::kRegister, counts.nan_outputs);
}

}  // namespace dla::cdp
