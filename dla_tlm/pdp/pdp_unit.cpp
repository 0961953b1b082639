// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/pdp/pdp_unit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dla_regs/pdp_rdma_regs.hpp"
#include "dla_regs/pdp_regs.hpp"
#include "dla_tlm/common/port_arbiter.hpp"
#include "dla_tlm/common/reason.hpp"
#include "dla_tlm/common/untimed_pace.hpp"
#include "dla_tlm/pdp/pdp_decode.hpp"

namespace dla::pdp {
namespace {

namespace r = regs::pdp;

constexpr std::size_t kChunkBytes = 64 * 1024;  // output per step of simulated time
constexpr std::size_t kInputBytes = 1 << 20;    // fetched before what they complete is written

std::size_t in_line_bytes(const PdpOp& op) {
    return std::size_t{op.in_width} * op.atom_bytes;
}
std::size_t out_line_bytes(const PdpOp& op) {
    return std::size_t{op.out_width} * op.atom_bytes;
}

std::vector<PdpStrip> timing_strips(const PdpOp& op) {
    if (op.stripes == 1 || op.on_the_fly) return {{op.in_width, op.out_width}};
    const int shared = static_cast<int>(op.kernel_width) - static_cast<int>(op.stride_width);
    std::vector<PdpStrip> strips;
    for (unsigned i = 0; i < op.stripes; ++i) {
        const bool last = i + 1 == op.stripes;
        const unsigned in =
            i == 0 ? op.stripe_in.first : (last ? op.stripe_in.last : op.stripe_in.mid);
        const unsigned out =
            i == 0 ? op.stripe_out.first : (last ? op.stripe_out.last : op.stripe_out.mid);
        const int reread = i == 0 ? 0 : shared;
        strips.push_back({static_cast<unsigned>(std::max(1, static_cast<int>(in) + reread)), out});
    }
    return strips;
}

PdpLayer timing_layer(const PdpOp& op) {
    return {.strips = timing_strips(op),
            .width = op.in_width,
            .height = op.in_height,
            .out_height = op.out_height,
            .surfaces = op.surfaces(),
            .bytes_per_element = bytes_per_element(op.precision),
            .kernel_width = op.kernel_width,
            .kernel_height = op.kernel_height,
            .stride_x = op.stride_width,
            .stride_y = op.stride_height,
            .pad_left = op.pad_left,
            .pad_top = op.pad_top};
}

FlowPlan flow_plan(const PdpOp& op, Ram source, const PdpSchedule& schedule) {
    const std::uint64_t lines = op.surfaces();
    const ClientTraffic read{.client = MemoryClient::kPdp,
                             .ram = source,
                             .read_bytes = in_line_bytes(op) * op.in_height * lines,
                             .request_bytes = in_line_bytes(op)};
    const ClientTraffic write{.client = MemoryClient::kPdp,
                              .ram = op.dst.ram,
                              .written_bytes = out_line_bytes(op) * op.out_height * lines,
                              .request_bytes = out_line_bytes(op)};
    const double first = static_cast<double>(schedule.first_request);
    return {first, first + schedule.cycles, {read, write}};
}

// On the fly: the output of so many input lines.
std::vector<ClientTraffic> written_by(const PdpOp& op, unsigned in_lines) {
    const std::uint64_t bytes = out_line_bytes(op) * op.out_height * in_lines / op.in_height;
    return {{.client = MemoryClient::kPdp,
             .ram = op.dst.ram,
             .written_bytes = bytes,
             .request_bytes = out_line_bytes(op)}};
}

std::uint32_t saturated_word(std::uint64_t count) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, 0xffffffff));
}

}  // namespace

PdpRdmaUnit::PdpRdmaUnit(sc_core::sc_module_name name, const UnitContext& context)
    : Unit(name, "PDP_RDMA", regs::pdp_rdma::kRegisters, context),
      handover_("PDP_RDMA", "PDP", context.waits) {
    add_worker("run", [this] { run(); });
}

bool PdpRdmaUnit::counts_stalls() const {
    return registers().get(registers().consumer(), regs::pdp_rdma::DPerfEnable::kDmaEn) != 0;
}

void PdpRdmaUnit::run() {
    for (;;) {
        const unsigned group = wait_for_layer();
        const PdpRdmaOp op = decode_rdma(regs(), group);
        const std::string reason = why_not(op, config());
        if (!reason.empty()) report(field_of(reason), "PDP_RDMA: " + reason);
        require_memory(op.src.ram, group, "D_SRC_RAM_CFG.SRC_RAM_TYPE");
        read_stall_ = 0;
        handover_.lend(op, group);
        // Software may want to see it busy.
        if (!timing().enabled) clock().wait_cycles(TimingMode::kTokenCycles / 2);
        finish_layer();
        regs().set(group, regs::pdp_rdma::DPerfReadStall::kRegister, saturated_word(read_stall_));
    }
}

PdpUnit::PdpUnit(sc_core::sc_module_name name, PdpRdmaUnit& reader, PoolingLink& from_sdp,
                 const UnitContext& context)
    : Unit(name, "PDP", r::kRegisters, context), reader_(reader), from_sdp_(from_sdp) {
    add_worker("run", [this] { run(); });
}

void PdpUnit::visit_state(StateVisitor& state) {
    Unit::visit_state(state);
    state.value("previous_end", previous_end_);
}

void PdpUnit::run() {
    for (;;)
        run_layer(wait_for_layer());
}

void PdpUnit::run_layer(unsigned group) {
    const PdpOp op = decode(regs(), group, config());
    const std::string reason = why_not(op, config());
    if (!reason.empty()) report(field_of(reason), "PDP: " + reason);
    require_memory(op.dst.ram, group, "D_DST_RAM_CFG.DST_RAM_TYPE");
    Statistics statistics;
    statistics.work.precision = op.precision;
    statistics.work.port(op.dst.ram == Ram::kPrimary).written =
        out_line_bytes(op) * op.out_height * op.surfaces();
    const std::string words = events().active() ? describe(op) : "";
    OperationEvent event{unit_name(), group, clock().now(), 0, words, 0, 0};
    events().operation_begin(event);
    if (op.on_the_fly) {
        run_on_the_fly(op, group, statistics);
    } else {
        run_from_memory(op, group, statistics);
    }
    event.end = clock().now();
    event.bytes = statistics.bytes;
    event.parts = statistics.parts;
    event.work = statistics.work;
    events().operation_end(event);
    previous_end_ = event.end;
    finish_layer(InterruptSource::kPdp);
    set_results(group, statistics);
}

void PdpUnit::run_from_memory(const PdpOp& op, unsigned group, Statistics& statistics) {
    const PdpRdmaOp source = reader_.handover().take(group);
    const std::string reason = why_not_together(op, source);
    if (!reason.empty()) report(field_of(reason), "PDP: " + reason);
    const std::uint64_t begin = start_cycle(source, group);
    const PdpSchedule schedule =
        pdp_from_memory(timing_layer(op), config(), timing().memory(source.src.ram));
    statistics.parts = schedule.parts;
    statistics.work.port(source.src.ram == Ram::kPrimary).read =
        in_line_bytes(op) * op.in_height * op.surfaces();
    const double all_lines = static_cast<double>(op.surfaces()) * op.out_height;
    double lines_done = 0;
    UntimedPace pace(clock(), timing());
    PortFlow flow(memory().arbiter(), clock(), begin, flow_plan(op, source.src.ram, schedule));
    const auto wrote = [&](unsigned lines) {
        lines_done += lines;
        pace.did(lines * out_line_bytes(op));
        if (timing().enabled) {
            flow.wait_until(static_cast<std::uint64_t>(schedule.cycles * lines_done / all_lines));
        }
    };
    for (unsigned surface = 0; surface < op.surfaces(); ++surface)
        pool_surface(op, source.src, surface, statistics, wrote);
    if (reader_.counts_stalls() && timing().enabled)
        reader_.set_read_stall(
            pdp_read_stall(timing_layer(op), config(), timing().memory(source.src.ram)) +
            to_cycles(flow.lost()));
    reader_.handover().give_back();
    if (timing().enabled) {
        flow.wait_until(static_cast<std::uint64_t>(schedule.done));
        statistics.parts.lose(flow.lost(), flow.shared_with());
    } else {
        clock().wait_cycles(TimingMode::kTokenCycles);
    }
}

// A layer enabled before the end of the one before it has its start-up behind it by then.
std::uint64_t PdpUnit::start_cycle(const PdpRdmaOp& source, unsigned group) const {
    const auto hidden = static_cast<std::uint64_t>(
        std::max<Cycles>(0, pdp_hidden_start(config(), timing().memory(source.src.ram))));
    const std::uint64_t after_previous = previous_end_ > hidden ? previous_end_ - hidden : 0;
    return std::max({enabled_at(group), reader_.layer_enabled_at(), after_previous});
}

// Input lines are used in place where memory allows it, else plane_ holds those that are needed.
void PdpUnit::pool_surface(const PdpOp& op, const CubePlace& src, unsigned surface,
                           Statistics& statistics, const Wrote& wrote) {
    const std::size_t line_bytes = in_line_bytes(op);
    const auto access = [&](unsigned line) {
        return MemoryAccess{MemoryClient::kPdp, src.ram, src.line_address(surface, line),
                            "D_SRC_BASE_ADDR"};
    };
    const auto in_place =
        memory().view(access(0), std::size_t{op.in_height - 1} * src.line_stride + line_bytes);
    const auto step = static_cast<unsigned>(std::max<std::size_t>(1, kInputBytes / line_bytes));
    Progress progress;
    plane_.clear();
    while (progress.received < op.in_height) {
        PlaneView plane{in_place.data(), src.line_stride};
        const unsigned first = progress.received;
        progress.received = std::min(op.in_height, first + step);
        if (in_place.empty()) {
            const std::size_t kept = plane_.size();
            plane_.resize(kept + (progress.received - first) * line_bytes);
            for (unsigned line = first; line < progress.received; ++line)
                memory().read(access(line), std::span(plane_).subspan(
                                                kept + (line - first) * line_bytes, line_bytes));
            plane = {plane_.data(), line_bytes, progress.dropped};
        }
        count_inputs(op, plane, first, progress.received, statistics);
        write_ready(op, plane, surface, progress, statistics, wrote);
        if (in_place.empty()) drop_lines(op, progress);
    }
}

void PdpUnit::count_inputs(const PdpOp& op, const PlaneView& plane, unsigned first, unsigned end,
                           Statistics& statistics) {
    const std::size_t line_bytes = in_line_bytes(op);
    statistics.bytes += line_bytes * (end - first);
    if (op.precision != Precision::kFp16) return;
    for (unsigned line = first; line < end; ++line)
        statistics.in += count_specials({plane.line(line), line_bytes});
}

// All output lines that the received ones complete.
void PdpUnit::write_ready(const PdpOp& op, const PlaneView& plane, unsigned surface,
                          Progress& progress, Statistics& statistics, const Wrote& wrote) {
    const unsigned ready = ready_lines(op, progress.received);
    const auto step =
        static_cast<unsigned>(std::max<std::size_t>(1, kChunkBytes / out_line_bytes(op)));
    while (progress.written < ready) {
        const unsigned lines = std::min(step, ready - progress.written);
        write_lines(op, plane, surface, progress.written, lines, statistics);
        progress.written += lines;
        wrote(lines);
    }
}

// Frees the lines of plane_ that no later window needs.
void PdpUnit::drop_lines(const PdpOp& op, Progress& progress) {
    const unsigned needed =
        progress.written < op.out_height
            ? std::min(progress.received, first_input_line(op, progress.written))
            : progress.received;
    plane_.erase(plane_.begin(),
                 plane_.begin() +
                     static_cast<std::ptrdiff_t>((needed - progress.dropped) * in_line_bytes(op)));
    progress.dropped = needed;
}

void PdpUnit::run_on_the_fly(const PdpOp& op, unsigned group, Statistics& statistics) {
    PdpStream stream(timing_layer(op), config());
    statistics.parts = stream.parts();
    std::uint64_t begin = 0;
    std::uint64_t before = 0;
    PortFlow flow(memory().arbiter(), clock(), clock().now(), {}, Pipeline::kConvolution);
    for (unsigned surface = 0; surface < op.surfaces(); ++surface) {
        plane_.clear();
        Progress progress;
        while (progress.received < op.in_height) {
            const PoolingChunk chunk = from_sdp_.get("PDP", group);
            if (begin == 0) begin = clock().now();
            accept_chunk(op, chunk, group);
            progress.received = std::min(op.in_height, progress.received + chunk.lines);
            const auto alone = static_cast<std::uint64_t>(stream.accept(
                std::uint64_t{chunk.lines} * op.in_width, static_cast<Cycles>(chunk.ready_cycle)));
            // How long the first chunk was on its way is not known.
            const std::uint64_t taken =
                before == 0 ? alone : flow.carry(before, alone, written_by(op, chunk.lines));
            if (taken > alone) stream.hold(static_cast<Cycles>(taken));
            before = taken;
            if (timing().enabled) clock().wait_until(taken);
            write_ready(op, {plane_.data(), in_line_bytes(op), progress.dropped}, surface, progress,
                        statistics, [](unsigned) {});
            drop_lines(op, progress);
        }
    }
    statistics.parts.shared_with = flow.shared_with();
    clock().wait_until(timing().enabled
                           ? static_cast<std::uint64_t>(stream.done(timing().memory(op.dst.ram)))
                           : begin + TimingMode::kTokenCycles);
}

void PdpUnit::accept_chunk(const PdpOp& op, const PoolingChunk& chunk, unsigned group) {
    const std::size_t expected = chunk.lines * in_line_bytes(op);
    if (chunk.atoms.size() != expected) {
        const std::string words = fmt::format(
            "input lines of {} atoms (CUBE_IN_WIDTH {}), but SDP delivers {} bytes for {} lines; "
            "legal: the cube of SDP",
            op.in_width, op.in_width, chunk.atoms.size(), chunk.lines);
        report("CUBE_IN_WIDTH", "PDP expects " + words);
        hang(group, words);
    }
    plane_.insert(plane_.end(), chunk.atoms.begin(), chunk.atoms.end());
}

void PdpUnit::write_lines(const PdpOp& op, const PlaneView& plane, unsigned surface, unsigned first,
                          unsigned lines, Statistics& statistics) {
    const std::size_t line_bytes = out_line_bytes(op);
    output_.resize(lines * line_bytes);
    pool_lines(op, plane, first, lines, output_.data(), line_bytes);
    if (op.precision == Precision::kFp16) statistics.out += count_specials(output_);
    statistics.bytes += output_.size();
    const bool packed = op.dst.line_stride == line_bytes;
    const std::size_t piece = packed ? output_.size() : line_bytes;
    for (std::size_t place = 0, line = first; place < output_.size(); place += piece, ++line) {
        memory().write(
            {MemoryClient::kPdp, op.dst.ram,
             op.dst.line_address(surface, static_cast<unsigned>(line)), "D_DST_BASE_ADDR"},
            std::span(output_).subspan(place, piece));
    }
}

void PdpUnit::set_results(unsigned group, const Statistics& statistics) {
    regs().set(group, r::DInfInputNum::kRegister, saturated_word(statistics.in.infinities));
    regs().set(group, r::DNanInputNum::kRegister, saturated_word(statistics.in.nans));
    regs().set(group, r::DNanOutputNum::kRegister, saturated_word(statistics.out.nans));
}

}  // namespace dla::pdp
