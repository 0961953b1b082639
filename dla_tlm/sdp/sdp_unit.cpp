// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_unit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dla_regs/sdp_regs.hpp"
#include "dla_tlm/common/port_arbiter.hpp"
#include "dla_tlm/common/untimed_pace.hpp"
#include "dla_tlm/sdp/sdp_decode.hpp"
#include "dla_tlm/sdp/sdp_words.hpp"

namespace dla::sdp {
namespace {

namespace r = regs::sdp;

template <class Stage>
SdpStage timing_stage(const Stage& stage, const OperandReader* reader, const Shape& shape,
                      unsigned beat_bytes) {
    SdpStage timing{.active = !stage.bypass,
                    .alu = !stage.bypass && stage.alu,
                    .multiplier = !stage.bypass && stage.mul};
    if (reader == nullptr || !reader->enabled || stage.bypass) return timing;
    const std::uint64_t places = reader->per_element ? shape.pixels() : 1;
    timing.per_element = reader->per_element;
    timing.paired = reader->feeds_alu && reader->feeds_mul;
    timing.operand_beats =
        ceil_div(places * shape.surfaces() * reader->bytes(shape.lanes()), beat_bytes);
    return timing;
}

// rdma: null if the layer reads nothing.
SdpLayer timing_layer(const SdpOp& op, const SdpRdmaOp* rdma, const HardwareConfig& config) {
    const Shape& shape = op.shape;
    const Precision in = rdma != nullptr && !shape.flying ? rdma->in : shape.proc;
    const unsigned beat = config.primary.width_bytes;
    SdpLayer layer;
    layer.pixels = shape.pixels() * shape.batches;
    layer.surfaces =
        shape.surfaces() * std::max(shape.atoms_per_pixel(in), shape.atoms_per_pixel(shape.out));
    layer.height = shape.height;
    layer.bytes_per_element = std::max(bytes_per_element(in), bytes_per_element(shape.out));
    layer.to_pdp = op.to_pdp;
    layer.stages = {timing_stage(op.bs, rdma ? &rdma->bs : nullptr, shape, beat),
                    timing_stage(op.bn, rdma ? &rdma->bn : nullptr, shape, beat),
                    timing_stage(op.ew, rdma ? &rdma->ew : nullptr, shape, beat)};
    SdpStage& ew = layer.stages[kElementWise];
    ew.lut = op.looks_up();
    ew.converted = (ew.alu && op.ew.alu_from_memory && !op.ew.alu_converter.bypass) ||
                   (ew.multiplier && op.ew.mul_from_memory && !op.ew.mul_converter.bypass);
    return layer;
}

// rdma: null if the layer reads nothing.
LayerWork work_of(const SdpOp& op, const SdpRdmaOp* rdma, const SdpLayer& layer,
                  unsigned beat_bytes) {
    const std::uint64_t cube = layer.pixels * layer.surfaces * op.shape.atom_bytes;
    LayerWork work;
    work.precision = op.shape.proc;
    if (!op.to_pdp && !op.compares()) work.port(op.dst.ram == Ram::kPrimary).written = cube;
    if (rdma == nullptr) return work;
    if (!op.shape.flying) work.port(rdma->src.ram == Ram::kPrimary).read = cube;
    const OperandReader* readers[] = {&rdma->bs, &rdma->bn, &rdma->ew};
    for (std::size_t i = 0; i < kStages; ++i) {
        work.port(readers[i]->cube.ram == Ram::kPrimary).read +=
            layer.stages[i].operand_beats * beat_bytes;
    }
    return work;
}

// Of so many lines of a surface.
std::vector<ClientTraffic> traffic_of(const SdpOp& op, const SdpRdmaOp* rdma, const SdpLayer& layer,
                                      std::uint64_t lines, std::uint64_t all_lines,
                                      unsigned beat_bytes) {
    const std::uint64_t line = layer.pixels * layer.surfaces * op.shape.atom_bytes / all_lines;
    std::vector<ClientTraffic> traffic;
    if (!op.to_pdp && !op.compares())
        traffic.push_back({.client = MemoryClient::kSdp,
                           .ram = op.dst.ram,
                           .written_bytes = line * lines,
                           .request_bytes = line});
    if (rdma == nullptr) return traffic;
    if (!op.shape.flying)
        traffic.push_back({.client = MemoryClient::kSdp,
                           .ram = rdma->src.ram,
                           .read_bytes = line * lines,
                           .request_bytes = line});
    constexpr MemoryClient kClients[] = {MemoryClient::kSdpBs, MemoryClient::kSdpBn,
                                         MemoryClient::kSdpEw};
    const OperandReader* readers[] = {&rdma->bs, &rdma->bn, &rdma->ew};
    for (std::size_t i = 0; i < kStages; ++i) {
        if (!layer.stages[i].per_element || layer.stages[i].operand_beats == 0) continue;
        const std::uint64_t bytes = layer.stages[i].operand_beats * beat_bytes / all_lines;
        traffic.push_back({.client = kClients[i],
                           .ram = readers[i]->cube.ram,
                           .read_bytes = bytes * lines,
                           .request_bytes = bytes});
    }
    return traffic;
}

}  // namespace

SdpUnit::SdpUnit(sc_core::sc_module_name name, SdpRdmaUnit& reader, AccumulatorLink& from_cacc,
                 PoolingLink& to_pdp, const UnitContext& context)
    : Unit(name, "SDP", r::kRegisters, context),
      reader_(reader),
      from_cacc_(from_cacc),
      to_pdp_(to_pdp) {
    add_worker("run", [this] { run(); });
}

void SdpUnit::run() {
    for (;;)
        run_layer(wait_for_layer());
}

void SdpUnit::run_layer(unsigned group) {
    Layer layer = begin_layer(group);
    const std::string words = events().active() ? describe(layer.op) : "";
    OperationEvent event{unit_name(), group, clock().now(), 0, words, 0, 0};
    event.work = layer.work;
    event.bytes = layer.work.primary.total() + layer.work.secondary.total();
    events().operation_begin(event);
    const std::uint64_t done =
        layer.op.shape.flying ? run_from_cacc(layer) : run_from_memory(layer);
    clock().wait_until(timing().enabled ? done : clock().now() + TimingMode::kTokenCycles);
    event.end = clock().now();
    event.parts = layer.parts;
    events().operation_end(event);
    previous_end_ = event.end;
    finish_layer(InterruptSource::kSdp);
    set_results(layer);
}

SdpUnit::Layer SdpUnit::begin_layer(unsigned group) {
    const SdpOp op = decode(regs(), group, config());
    if (const std::string reason = why_not(op, config()); !reason.empty()) {
        report(first_word(reason), "SDP: " + reason);
        hang(group, "a legal configuration: " + reason);
    }
    advise(advice(op));
    const bool writes = !op.to_pdp && !op.compares();
    if (writes) require_memory(op.dst.ram, group, "D_DST_DMA_CFG.DST_RAM_TYPE");
    MemoryTiming port = timing().memory(writes ? op.dst.ram : Ram::kPrimary);
    const unsigned beat = config().primary.width_bytes;
    if (!op.needs_rdma()) {
        Layer layer{op,   group,        timing_layer(op, nullptr, config()),
                    port, std::nullopt, LayerWriter(op, memory()),
                    {}};
        layer.work = work_of(op, nullptr, layer.timing, beat);
        return layer;
    }
    const SdpRdmaOp source = take_reader_layer(op, group);
    const double write_latency = port.write_latency;
    port = timing().memory(op.shape.flying ? op.dst.ram : source.src.ram);
    port.write_latency = write_latency;
    Layer layer{op,
                group,
                timing_layer(op, &source, config()),
                port,
                LayerReader(source, memory()),
                LayerWriter(op, memory()),
                {}};
    layer.work = work_of(op, &source, layer.timing, beat);
    layer.source = source;
    layer.count_stalls = source.count_stalls && timing().enabled;
    return layer;
}

SdpRdmaOp SdpUnit::take_reader_layer(const SdpOp& op, unsigned group) {
    const SdpRdmaOp source = reader_.take(group);
    if (const std::string reason = why_not_together(op, source); !reason.empty()) {
        report(first_word(reason), "SDP: " + reason);
        hang(group, "the same layer in SDP_RDMA: " + reason);
    }
    advise(advice(source));
    advise(advice_together(op, source));
    return source;
}

void SdpUnit::advise(const std::string& words) {
    if (!words.empty()) report(first_word(words), "SDP: " + words);
}

// A layer enabled before the end of the one before it has its start-up behind it by then.
std::uint64_t SdpUnit::start_cycle(const Layer& layer, Cycles alone) const {
    const Cycles after_previous = sdp_done_after_sdp(0, layer.timing, config(), layer.memory);
    const auto hidden = static_cast<std::uint64_t>(std::max<Cycles>(0, alone - after_previous));
    const std::uint64_t earliest = previous_end_ > hidden ? previous_end_ - hidden : 0;
    return std::max({enabled_at(layer.group), reader_.layer_enabled_at(), earliest});
}

std::uint64_t SdpUnit::run_from_memory(Layer& layer) {
    const Shape& shape = layer.op.shape;
    const SdpSchedule schedule = sdp_from_memory(layer.timing, config(), layer.memory);
    const std::uint64_t begin = start_cycle(layer, schedule.done);
    layer.parts = schedule.parts;
    if (layer.count_stalls) layer.stalls = sdp_read_stalls(layer.timing, config(), layer.memory);
    const std::uint64_t atoms_per_line =
        layer.timing.pixels * layer.timing.surfaces / layer.all_lines();
    const unsigned step = lines_per_chunk(shape);
    const double first = static_cast<double>(schedule.first_request);
    const double cycles = schedule.cycles_per_atom * static_cast<double>(layer.all_lines()) *
                          static_cast<double>(atoms_per_line);
    PortFlow flow(memory().arbiter(), clock(), begin,
                  {first, first + cycles, traffic_of(layer, layer.all_lines())},
                  layer.op.to_pdp ? Pipeline::kConvolution : Pipeline::kOwn);
    UntimedPace pace(clock(), timing());
    for (unsigned surface = 0; surface < shape.surfaces(); ++surface) {
        for (unsigned line = 0; line < shape.height; line += step) {
            const Lines lines{surface, line, std::min(step, shape.height - line), 0};
            const std::uint64_t atoms = (layer.lines_done + lines.lines) * atoms_per_line;
            const std::span<std::uint8_t> result = process_lines(layer, lines, {});
            const auto ready = static_cast<std::uint64_t>(schedule.output_at(atoms));
            send_lines(layer, lines, result, timing().enabled ? flow.wait_until(ready) : 0);
            pace.did(std::uint64_t{lines.lines} * shape.width * shape.atom_bytes);
        }
    }
    if (layer.count_stalls) layer.stalls.source += to_cycles(flow.lost());
    count_idle_lookups(layer, schedule.last_output + to_cycles(flow.lost()));
    give_back(layer);
    if (!timing().enabled) return 0;
    const std::uint64_t done = flow.wait_until(static_cast<std::uint64_t>(schedule.done));
    layer.parts.lose(flow.lost(), flow.shared_with());
    return done;
}

// The reader has delivered all of the layer.
void SdpUnit::give_back(const Layer& layer) {
    if (layer.reader) reader_.give_back(layer.reader->input(), layer.stalls);
}

std::vector<ClientTraffic> SdpUnit::traffic_of(const Layer& layer, std::uint64_t lines) const {
    return sdp::traffic_of(layer.op, layer.source ? &*layer.source : nullptr, layer.timing, lines,
                           layer.all_lines(), config().primary.width_bytes);
}

// Operands that memory delivers too slowly hold the accumulators back.
std::uint64_t SdpUnit::run_from_cacc(Layer& layer) {
    const Shape& shape = layer.op.shape;
    const double memory_pace = memory_cycles_per_pixel(layer.timing, config(), layer.memory);
    FlyingStalls stalls(layer.timing, config());
    const double requests_from = layer.reader ? static_cast<double>(reader_.layer_enabled_at()) : 0;
    PortFlow flow(memory().arbiter(), clock(), clock().now(), {}, Pipeline::kConvolution);
    std::uint64_t first = 0;
    std::uint64_t delivered = 0;
    while (layer.lines_done < layer.all_lines()) {
        const AccumulatorChunk chunk = from_cacc_.get(unit_name(), layer.group);
        check_chunk(layer, chunk);
        if (layer.lines_done == 0) first = chunk.ready_cycle;
        const double pixels = static_cast<double>((layer.lines_done + chunk.lines) * shape.width);
        const std::uint64_t alone =
            std::max(chunk.ready_cycle, first + static_cast<std::uint64_t>(pixels * memory_pace));
        // How long the first chunk was on its way is not known.
        delivered = delivered == 0 || !timing().enabled
                        ? alone
                        : flow.carry(delivered, alone, traffic_of(layer, chunk.lines));
        stalls.delivered(pixels, static_cast<double>(delivered) - requests_from);
        const Cycles out =
            sdp_output_after_cacc(static_cast<Cycles>(delivered), layer.timing, config());
        const Lines lines{chunk.surface, chunk.first_line, chunk.lines, chunk.batch};
        const std::span<std::uint8_t> result = process_lines(layer, lines, chunk.values);
        const auto ready = static_cast<std::uint64_t>(out);
        if (timing().enabled) clock().wait_until(ready);
        send_lines(layer, lines, result, ready);
    }
    layer.parts.shared_with = flow.shared_with();
    if (layer.count_stalls) layer.stalls = stalls.stalls();
    const Cycles out =
        sdp_output_after_cacc(static_cast<Cycles>(delivered), layer.timing, config());
    count_idle_lookups(layer, out - static_cast<Cycles>(enabled_at(layer.group)));
    give_back(layer);
    return static_cast<std::uint64_t>(
        sdp_done_after_cacc(static_cast<Cycles>(delivered), layer.timing, config(), layer.memory));
}

std::span<std::uint8_t> SdpUnit::process_lines(Layer& layer, const Lines& lines,
                                               const AccumulatorView& accumulators) {
    const SdpOp& op = layer.op;
    Chunk chunk;
    if (layer.reader) chunk = layer.reader->read(lines);
    chunk.pixels = std::size_t{op.shape.width} * lines.lines;
    if (op.shape.flying) chunk.source.accumulators = accumulators;
    const std::span<std::uint8_t> result = layer.writer.buffer(lines, writes_in_place(layer));
    const auto process_part = [&](const WorkerPool::Part& part) {
        Counters counters;
        const std::size_t line = result.size() / lines.lines;
        process(op, lut_.tables(),
                part_of(chunk, op.shape, part.first * op.shape.width, part.end * op.shape.width),
                result.subspan(part.first * line, (part.end - part.first) * line), counters);
        return counters;
    };
    layer.counters += workers()
                          .pool(chunk.pixels * op.shape.lanes() >= kValuesWorthThreads)
                          .sum_of_parts<Counters>(lines.lines, process_part);
    layer.lines_done += lines.lines;
    if (op.looks_up() && layer.lines_done == layer.all_lines())
        layer.last_lookups = last_lookups(op, lut_.tables(), chunk, config().throughput.sdp_ew);
    return result;
}

// With timing off results are due at once, and without operands of every element nothing that is
// still to be read can lie where they go.
bool SdpUnit::writes_in_place(const Layer& layer) const {
    const auto whole = [](const OperandReader& reader) {
        return reader.enabled && reader.per_element;
    };
    if (timing().enabled || !layer.op.shape.flying || layer.op.to_pdp) return false;
    return !layer.source ||
           !(whole(layer.source->bs) || whole(layer.source->bn) || whole(layer.source->ew));
}

void SdpUnit::send_lines(Layer& layer, const Lines& lines, std::span<const std::uint8_t> result,
                         std::uint64_t ready_cycle) {
    const SdpOp& op = layer.op;
    if (op.compares()) return;
    if (!op.to_pdp) {
        layer.writer.write(lines);
        return;
    }
    to_pdp_.put({lines.surface,
                 lines.first_line,
                 lines.lines,
                 {result.begin(), result.end()},
                 std::max(ready_cycle, clock().now()),
                 layer.lines_done == layer.all_lines()},
                unit_name(), layer.group);
}

void SdpUnit::check_chunk(const Layer& layer, const AccumulatorChunk& chunk) {
    const Shape& shape = layer.op.shape;
    const bool fits = chunk.surface < shape.surfaces() && chunk.batch < shape.batches &&
                      chunk.first_line + chunk.lines <= shape.height &&
                      chunk.values.size() == std::size_t{chunk.lines} * shape.width * shape.lanes();
    if (fits) return;
    const std::string why = fmt::format(
        "D_DATA_CUBE_WIDTH, _HEIGHT, _CHANNEL give {}x{}x{} in {} batches, but CACC delivers {} "
        "values for lines {} to {} of surface {} in batch {}; legal: the output cube of CACC",
        shape.width, shape.height, shape.channels, shape.batches, chunk.values.size(),
        chunk.first_line, chunk.first_line + chunk.lines - 1, chunk.surface, chunk.batch);
    report("D_DATA_CUBE_WIDTH", "SDP: " + why);
    hang(layer.group, "the layer of CACC: " + why);
}

// RTL adds up what stands in front of the tables on every clock, new or not.
void SdpUnit::count_idle_lookups(Layer& layer, Cycles last_output) {
    const LookupClocks clocks =
        timing().enabled ? lookup_idle_clocks(layer.timing, config(), last_output) : LookupClocks{};
    const unsigned lanes = config().throughput.sdp_ew;
    held_lookups_.count(clocks.before, lanes, layer.counters);
    if (!layer.op.looks_up()) return;
    held_lookups_.hold(layer.last_lookups);
    held_lookups_.count(clocks.after, lanes, layer.counters);
}

void SdpUnit::set_results(const Layer& layer) {
    const SdpOp& op = layer.op;
    const Counters& counters = layer.counters;
    const auto set = [&](Register reg, std::uint64_t count) {
        regs().set(layer.group, reg, register_word(count));
    };
    // A layer that writes memory leaves the flag set too, as seen on the RTL.
    const bool unequal = op.compares() ? counters.unequal > 0 : !op.to_pdp;
    set(r::DStatus::kRegister, unequal ? 1 : 0);
    if (op.count_nan && op.shape.proc == Precision::kFp16)
        set(r::DStatusNanOutputNum::kRegister, counters.nan_outputs);
    if (op.count_saturation) set(r::DPerfOutSaturation::kRegister, counters.saturated);
    if (!op.count_lut) return;
    set(r::DPerfLutUflow::kRegister, counters.lut_underflow);
    set(r::DPerfLutOflow::kRegister, counters.lut_overflow);
    set(r::DPerfLutHybrid::kRegister, counters.lut_hybrid);
    set(r::DPerfLutLeHit::kRegister, counters.lut_le_hit);
    set(r::DPerfLutLoHit::kRegister, counters.lut_lo_hit);
}

void SdpUnit::on_write(std::uint32_t offset, std::uint32_t value) {
    const bool access_cfg = offset == r::SLutAccessCfg::kRegister.offset;
    const bool access_data = offset == r::SLutAccessData::kRegister.offset;
    if (!(access_cfg || access_data) || !config().features.sdp_lut) return;
    if (regs().enabled(regs().consumer())) {
        report("S_LUT_ACCESS_CFG",
               "SDP.S_LUT_ACCESS_* is written while a layer is in flight; the layer may see old or "
               "new table entries");
    }
    access_cfg ? lut_.write_access_cfg(value) : lut_.write_access_data(value);
}

void SdpUnit::on_read(std::uint32_t offset, std::uint32_t& value) {
    if (offset == r::SLutAccessData::kRegister.offset) {
        value = config().features.sdp_lut ? lut_.read_access_data() : 0;
    } else if (offset == r::SLutAccessCfg::kRegister.offset && config().features.sdp_lut) {
        value = lut_.read_access_cfg();
    }
}

void SdpUnit::on_reset() {
    lut_.reset();
    held_lookups_ = {};
    previous_end_ = 0;
}

void SdpUnit::visit_state(StateVisitor& state) {
    Unit::visit_state(state);
    std::vector<std::uint32_t> tables = lut_.state();
    state.values("LUT", std::span<std::uint32_t>(tables));
    lut_.restore(tables);
    state.value("previous_end", previous_end_);
    held_lookups_.visit_state(state);
}

}  // namespace dla::sdp
