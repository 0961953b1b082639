// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/csc_unit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dla_regs/csc_regs.hpp"
#include "dla_tlm/common/reason.hpp"
#include "dla_tlm/csc/conv_decode.hpp"

namespace dla::csc {
namespace {

namespace r = regs::csc;

constexpr unsigned kChunksPerLayer = 32;        // with timing about so many, at least one a group
constexpr std::size_t kChunkSums = 80 * 1024;   // without, per thread: SDP finds them in the cache
constexpr std::uint64_t kPoolMacs = 4'000'000;  // layers that are worth threads

// Amounts of the whole pipeline, from what CDMA and CSC know.
ConvLayer whole_layer(const ConvOp& op, ConvLayer amounts) {
    amounts.kernel_width =
        op.mode == ConvMode::kImage ? op.weight_channels / op.channels : op.kernel_width;
    amounts.kernel_height = op.kernel_height;
    amounts.kernels = op.kernels;
    amounts.kernels_per_group = op.kernel_group;
    amounts.out_width = op.out_width;
    amounts.out_height = op.out_height;
    return amounts;
}

std::string describe(const ConvOp& op, const ConvLayer& amounts) {
    constexpr const char* kPrecisions[] = {"int8", "int16", "fp16"};
    constexpr const char* kModes[] = {"", "image ", "Winograd "};
    const std::string batch = op.batches > 1 ? fmt::format(", batch {}", op.batches) : "";
    return fmt::format("{}{}x{}x{} * {}x{} stride {}x{} -> {}x{}x{} {}{}{}{}",
                       kModes[static_cast<unsigned>(op.mode)], op.width, op.height, op.channels,
                       op.kernel_width, op.kernel_height, op.stride_x, op.stride_y, op.out_width,
                       op.out_height, op.kernels, kPrecisions[static_cast<unsigned>(op.precision)],
                       batch, op.compressed ? ", compressed" : "",
                       amounts.plane_bytes_per_pixel[1] > 0 ? ", semi-planar" : "");
}

// Lines that go to SDP in one piece. Their number shows in a layer's cycles only.
unsigned chunk_lines(const ConvOp& op, bool timed, unsigned workers) {
    const unsigned unit = op.lines_per_slice();
    const std::size_t line_sums = std::size_t{op.out_width} * op.kernel_group;
    const unsigned groups = op.kernel_groups() * op.batches;
    const std::size_t most_sums = kChunkSums * workers;
    const std::size_t wanted = timed ? std::max(1u, kChunksPerLayer / groups)
                                     : (op.out_height * line_sums + most_sums - 1) / most_sums;
    const auto lines = static_cast<unsigned>((op.out_height + wanted - 1) / wanted);
    return std::min((lines + unit - 1) / unit * unit, op.out_height);
}

// What the fetch lost to other units, where the layer waited for it.
void take_lost_cycles(const cdma::LayerFetch& fetch, CycleParts& parts) {
    const double by_data = fetch.data->lost();
    const double data = std::min(parts.data_fetch, by_data);
    const double weights =
        std::min(parts.weight_fetch, std::max(0.0, fetch.weights->lost() - by_data));
    parts.data_fetch -= data;
    parts.weight_fetch -= weights;
    parts.lose(data, fetch.data->shared_with());
    parts.lose(weights, fetch.weights->shared_with());
}

}  // namespace

CscUnit::CscUnit(sc_core::sc_module_name name, const Ports& ports, const UnitContext& context)
    : Unit(name, "CSC", r::kRegisters, context), ports_(ports), weights_(ports.buffer.storage) {
    add_worker("run", [this] { run(); });
}

void CscUnit::on_reset() {
    group_run_.stop();
    layer_.reset();
    previous_.reset();
    layers_ = 0;
    weights_.reset();
}

void CscUnit::visit_state(StateVisitor& state) {
    Unit::visit_state(state);
    state.value("layers", layers_);
    state.value("held_until", ports_.pace.held_until);
    weights_.visit_state(state);
}

// Until then the layer before decides when the next one can begin; it is no part of the state.
std::string CscUnit::busy() const {
    const std::string at_work = Unit::busy();
    if (!at_work.empty() || !previous_ || !timing().enabled) return at_work;
    const auto drained =
        static_cast<std::uint64_t>(previous_->csc_done()) + config().timing.csc_layer_gap;
    return clock().now() < drained ? "the MAC array drains" : "";
}

void CscUnit::run() {
    for (;;) {
        begin_layer(wait_for_layer());
        wait_for_data();
        load_input();
        // The token times put the end behind both of CDMA's interrupts.
        if (!timing().enabled) clock().wait_until(layer_->begin + 3 * TimingMode::kTokenCycles);
        unsigned group = 0;
        while (group < layer_->op.kernel_groups())
            group += run_groups(group);
        end_layer();
    }
}

void CscUnit::report_field(const std::string& words) {
    report(field_of(words), "CSC." + words);
}

void CscUnit::refuse(unsigned group, const std::string& reason) {
    report_field(reason);
    hang(group, "a legal configuration: " + reason);
}

cdma::LayerFetch& CscUnit::wait_for_fetch(unsigned group, std::uint64_t number) {
    while (ports_.buffer.fetch_of(number) == nullptr)
        wait_for(ports_.buffer.cdma_progress, group, "CDMA to begin the layer", "CDMA");
    return *ports_.buffer.fetch_of(number);
}

void CscUnit::begin_layer(unsigned group) {
    const ConvOp op = decode(registers(), group, config());
    if (const std::string reason = why_not(op, config()); !reason.empty()) refuse(group, reason);
    const cdma::LayerFetch& fetch = wait_for_fetch(group, layers_);
    const PipelineGroups units{.cdma = {&fetch.registers, fetch.group},
                               .csc = {&registers(), group},
                               .cmac_a = {},
                               .cmac_b = {},
                               .cacc = {}};
    if (const std::string reason = why_disagree(units, config()); !reason.empty())
        refuse(group, reason);
    if (const std::string words = advice(units, config()); !words.empty()) report_field(words);

    const ConvLayer amounts = whole_layer(op, fetch.amounts);
    const ConvFetch plan(amounts, config(), timing().memory(fetch.op.weight_ram));
    const ConvPipeline pipeline =
        previous_ ? ConvPipeline(amounts, config(), *previous_) : ConvPipeline(amounts, config());
    WorkerPool& pool = workers().pool(conv_macs(amounts) >= kPoolMacs);
    layer_.emplace(Layer{.op = op,
                         .group = group,
                         .number = layers_,
                         .begin = fetch.begin_cycle,
                         .amounts = amounts,
                         .data_ram = fetch.op.data_ram,
                         .weight_ram = fetch.op.weight_ram,
                         .plan = plan,
                         .pipeline = pipeline,
                         .pool = pool,
                         .lines_per_chunk = chunk_lines(op, timing().enabled, pool.workers())});
    ++layers_;
    if (fetch.layout_changed) weights_.forget_kept();
    weights_.begin_layer(op, fetch.group_bytes);
    if (!op.data_reuse) ports_.buffer.storage.data().release_before(layer_->number);
    ports_.buffer.csc_progress.notify(sc_core::SC_ZERO_TIME);
    if (events().active())
        events().operation_begin(
            {unit_name(), group, clock().now(), 0, describe(op, amounts), conv_macs(amounts), 0});
}

void CscUnit::wait_for_data() {
    const Layer& layer = *layer_;
    cbuf::DataRegion& data = ports_.buffer.storage.data();
    const std::size_t needed = std::size_t{layer.op.slices()} * layer.op.batches;
    while (!ports_.buffer.fetch_of(layer.number)->data_complete)
        wait_for(ports_.buffer.cdma_progress, layer.group, "the last data line from CDMA", "CDMA");
    if (data.slices() < needed)
        hang(layer.group, fmt::format("{} data slices; CBUF holds {} and CDMA has sent them all",
                                      needed, data.slices()));
}

void CscUnit::load_input() {
    const ConvOp& op = layer_->op;
    cbuf::DataRegion& data = ports_.buffer.storage.data();
    std::vector<Slice> slices(std::size_t{op.slices()} * op.batches);
    for (std::size_t i = 0; i < slices.size(); ++i)
        slices[i] = std::as_bytes(data.slice(i));
    input_.load(op, slices, &layer_->pool);
}

std::string CscUnit::missing_weights(unsigned group) const {
    std::string reason = fmt::format("weights of kernel group {} from CDMA", group);
    if (!ports_.buffer.fetch_of(layer_->number)->weights_complete) return reason;
    return reason + fmt::format(
                        ", which has sent them all: D_WEIGHT_BYTES is too small, the "
                        "layer's groups up to this one take {} bytes",
                        weights_.end_of(group));
}

unsigned CscUnit::wait_for_weights(unsigned first) {
    const Layer& layer = *layer_;
    while (weights_.present(first, 1) == 0)
        wait_for(ports_.buffer.cdma_progress, layer.group, missing_weights(first));
    return weights_.present(first, GroupRun::most_groups(layer.op, layer.pool));
}

unsigned CscUnit::run_groups(unsigned first) {
    const Layer& layer = *layer_;
    const unsigned count = wait_for_weights(first);
    group_run_.start(layer.op, input_, {first, count}, weights_.read({first, count}),
                     layer.lines_per_chunk, layer.pool);
    for (unsigned group = first; group < first + count; ++group) {
        deliver(group);
        release_weights(group);
    }
    return count;
}

std::uint64_t CscUnit::planned_weights(const cdma::LayerFetch& fetch, unsigned group) const {
    return fetch.weights->cycle_at(static_cast<std::uint64_t>(layer_->plan.group_in_cbuf(group)));
}

std::uint64_t CscUnit::weights_cycle(unsigned group) {
    const std::shared_ptr<PortFlow> flow = ports_.buffer.fetch_of(layer_->number)->weights;
    const auto planned = static_cast<std::uint64_t>(layer_->plan.group_in_cbuf(group));
    // How much others still take from the port is known only when the weights are there.
    const std::uint64_t cycle = flow->alone() ? flow->cycle_at(planned) : flow->wait_until(planned);
    return std::max(cycle, ports_.buffer.fetch_of(layer_->number)->weight_stall_cycle);
}

std::uint64_t CscUnit::delivery_cycle(std::uint64_t pixels, bool last) {
    Layer& layer = *layer_;
    if (timing().enabled) {
        layer.pipeline.hold(static_cast<Cycles>(ports_.pace.held_until));
        return static_cast<std::uint64_t>(layer.pipeline.deliver(pixels));
    }
    return clock().now() + (last ? TimingMode::kTokenCycles : 0);
}

void CscUnit::deliver(unsigned group) {
    Layer& layer = *layer_;
    const ConvOp& op = layer.op;
    const std::uint64_t data_cycle = ports_.buffer.fetch_of(layer.number)->data_cycle;
    layer.pipeline.begin_group(group, static_cast<Cycles>(data_cycle),
                               static_cast<Cycles>(weights_cycle(group)));
    const unsigned chunks = group_run_.pieces() * op.batches;
    for (unsigned i = 0; i < chunks; ++i) {
        const LineRange range = group_run_.lines(i / op.batches);
        const unsigned lines = range.end - range.first;
        if (!group_run_.ready(group, i / op.batches, i % op.batches)) let_chunks_pass();
        GroupRun::Piece piece = group_run_.take(group, i / op.batches, i % op.batches);
        cmac::MacChunk chunk;
        chunk.winograd = op.mode == ConvMode::kWinograd;
        chunk.precision = op.precision;
        chunk.batch = i % op.batches;
        chunk.surface = group;
        chunk.first_line = range.first;
        chunk.lines = lines;
        chunk.width = op.out_width;
        chunk.first_kernel = piece.first_kernel;
        chunk.sums = std::move(piece.sums);
        chunk.last = group + 1 == op.kernel_groups() && i + 1 == chunks;
        chunk.deliver_cycle = delivery_cycle(std::uint64_t{lines} * op.out_width, chunk.last);
        chunk.mac_cycle = timing().enabled ? static_cast<std::uint64_t>(layer.pipeline.last_mac())
                                           : chunk.deliver_cycle;
        ports_.to_cmac_b.put(chunk, unit_name(), layer.group);
        ports_.to_cmac_a.put(std::move(chunk), unit_name(), layer.group);
    }
}

// Over CMAC and CACC to SDP: it processes them while they are in the cache, and while other threads
// compute.
void CscUnit::let_chunks_pass() {
    constexpr int kUnits = 4;
    for (int i = 0; i < kUnits; ++i)
        sc_core::wait(sc_core::SC_ZERO_TIME);
}

void CscUnit::release_weights(unsigned group) {
    if (timing().enabled) {
        clock().wait_until(static_cast<std::uint64_t>(layer_->pipeline.last_mac()));
    } else {
        clock().wait_cycles(1);  // software gets its turn in the largest layer
    }
    weights_.release(group);
    ports_.buffer.csc_progress.notify(sc_core::SC_ZERO_TIME);
}

OperationEvent CscUnit::end_event(const cdma::LayerFetch& fetch) {
    const Layer& layer = *layer_;
    OperationEvent event{unit_name(),
                         layer.group,
                         layer.begin,
                         clock().now(),
                         events().active() ? describe(layer.op, layer.amounts) : "",
                         conv_macs(layer.amounts),
                         0};
    if (!timing().enabled) return event;
    // While the layer before was in the MAC array, this one's fetch cost nothing.
    const auto begin = static_cast<Cycles>(layer.begin);
    const Cycles start = previous_ ? std::max(begin, previous_->last_mac()) : begin;
    const ConvPipeline& pipeline = layer.pipeline;
    const ConvCycles cycles{.data_done = static_cast<Cycles>(fetch.data_cycle) - start,
                            .weight_done = begin + layer.plan.weight_done() - start,
                            .first_weights = static_cast<Cycles>(planned_weights(fetch, 0)) - start,
                            .first_mac = pipeline.first_mac() - start,
                            .last_mac = pipeline.last_mac() - start,
                            .cacc_done = pipeline.last_delivery() - start,
                            .weight_stall = pipeline.weight_stall(),
                            .output_stall = pipeline.output_stall()};
    event.parts = conv_parts(cycles, layer.amounts, config(), timing().memory(layer.weight_ram),
                             cycles.cacc_done);
    take_lost_cycles(fetch, event.parts);
    event.work = conv_work(layer.amounts, config(), layer.data_ram == Ram::kPrimary,
                           layer.weight_ram == Ram::kPrimary);
    return event;
}

void CscUnit::end_layer() {
    const Layer& layer = *layer_;
    const ConvOp& op = layer.op;
    cdma::ConvBuffer& buffer = ports_.buffer;
    clock().wait_until(timing().enabled ? static_cast<std::uint64_t>(layer.pipeline.csc_done())
                                        : layer.begin + 3 * TimingMode::kTokenCycles);
    weights_.end_layer();
    if (!op.skip_data_release) {
        const unsigned unit = op.lines_per_slice();
        const unsigned slices = (op.release_slices + unit - 1) / unit;
        buffer.storage.data().release(std::size_t{slices} * op.batches);
    }
    const OperationEvent event = end_event(*buffer.fetch_of(layer.number));
    std::erase_if(buffer.fetches,
                  [&](const cdma::LayerFetch& fetch) { return fetch.layer == layer.number; });
    ++buffer.layers_consumed;
    buffer.csc_progress.notify(sc_core::SC_ZERO_TIME);
    events().operation_end(event);
    previous_ = layer.pipeline;
    finish_layer();
}

}  // namespace dla::csc
