// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/cdma_unit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dla_regs/cdma_regs.hpp"
#include "dla_tlm/cdma/cdma_decode.hpp"
#include "dla_tlm/cdma/fetch_layer.hpp"
#include "dla_tlm/common/reason.hpp"

namespace dla::cdma {
namespace {

namespace r = regs::cdma;

// A waiting layer's requests begin as if it had been enabled so many cycles before the end of the
// layer in front (timing.md section 4.6).
constexpr std::uint64_t kBackToBackLead = 13;

constexpr std::size_t kWorthThreads = 128 * 1024;  // bytes of a stream

}  // namespace

CdmaUnit::CdmaUnit(sc_core::sc_module_name name, ConvBuffer& buffer, const UnitContext& context)
    : Unit(name, "CDMA", r::kRegisters, context), buffer_(buffer) {
    add_worker("data", [this] { run(); });
    add_worker("weights", [this] { run_weights(); });
}

void CdmaUnit::on_reset() {
    buffer_.reset();
    layer_.reset();
    layers_ = 0;
    reset_cycle_ = clock().now();
    kept_data_ = false;
    back_to_back_ = false;
}

void CdmaUnit::visit_state(StateVisitor& state) {
    Unit::visit_state(state);
    buffer_.storage.visit_state(state);
    state.value("layers_consumed", buffer_.layers_consumed);
    state.value("layers", layers_);
    state.value("reset_cycle", reset_cycle_);
    state.value("kept_data", kept_data_);
    state.value("back_to_back", back_to_back_);
}

void CdmaUnit::on_read(std::uint32_t offset, std::uint32_t& value) {
    if (offset != r::SCbufFlushStatus::kRegister.offset) return;
    const bool done = clock().now() >= reset_cycle_ + config().cbuf.flush_cycles;
    value = r::SCbufFlushStatus::kFlushDone.insert(0, done ? 1 : 0);
}

void CdmaUnit::run() {
    for (;;) {
        const unsigned group = wait_for_layer();
        clock().wait_until(reset_cycle_ + config().cbuf.flush_cycles);
        begin_layer(group);
        weights_begin_.notify(sc_core::SC_ZERO_TIME);
        fetch_data();
        while (!layer_->weights_done)
            wait_for(weights_end_, group, "the end of its weight stream");
        end_layer();
    }
}

void CdmaUnit::run_weights() {
    for (;;) {
        while (!layer_ || layer_->weights_done)
            sc_core::wait(weights_begin_);
        fetch_weights();
        layer_->weights_done = true;
        weights_end_.notify(sc_core::SC_ZERO_TIME);
    }
}

void CdmaUnit::begin_layer(unsigned group) {
    const CdmaOp op = decode(registers(), group, config());
    if (const std::string reason = why_not(op, config()); !reason.empty()) {
        report(field_of(reason), "CDMA." + reason);
        hang(group, "a legal configuration: " + reason);
    }
    require_memory(op.data_ram, group, "D_DAIN_RAM_TYPE");
    require_memory(op.weight_ram, group, "D_WEIGHT_RAM_TYPE");
    set_results(group, {});
    const std::uint64_t lead = back_to_back_ ? kBackToBackLead : 0;
    const bool changed =
        change_layout({op.data_banks, op.weight_banks, op.mode == CdmaOp::Mode::kWinograd,
                       op.mode == CdmaOp::Mode::kImage},
                      group);
    const std::uint64_t begin = clock().now() - lead;
    csc::ConvLayer amounts = fetch_layer(op);
    amounts.operand_beats_ahead = memory().operands_ahead().pending_at(begin);
    const bool reuses_all = op.data_reuse && kept_data_;
    amounts.data_reuse = reuses_all;
    layer_.emplace(Layer{.op = op,
                         .group = group,
                         .number = layers_,
                         .begin = begin,
                         .bytes_before = bytes_fetched(),
                         .amounts = amounts,
                         .plan = csc::ConvFetch(amounts, config(), timing().memory(op.data_ram)),
                         .builders = std::vector(data_pool(op).workers(), SliceBuilder(op)),
                         .reuses_all_data = reuses_all});
    open_flows();
    buffer_.fetches.push_back({.layer = layers_,
                               .op = op,
                               .amounts = amounts,
                               .registers = registers(),
                               .group = group,
                               .begin_cycle = begin,
                               .layout_changed = changed,
                               .data = layer_->data_flow,
                               .weights = layer_->weight_flow});
    ++layers_;
    buffer_.cdma_progress.notify(sc_core::SC_ZERO_TIME);
    if (events().active())
        events().operation_begin({unit_name(), group, clock().now(), 0, describe(op), 0, 0});
}

std::uint64_t CdmaUnit::bytes_fetched() {
    std::uint64_t bytes = 0;
    for (const MemoryClient client : {MemoryClient::kCdmaData, MemoryClient::kCdmaWeight})
        for (const Ram ram : {Ram::kPrimary, Ram::kSecondary})
            bytes += memory().traffic(client, ram).read_bytes;
    return bytes;
}

void CdmaUnit::end_layer() {
    const Layer& layer = *layer_;
    if (events().active())
        events().operation_end({unit_name(), layer.group, layer.begin, clock().now(),
                                describe(layer.op), 0, bytes_fetched() - layer.bytes_before});
    kept_data_ = layer.op.skip_data_release;
    finish_layer();
    layer.data_flow->close();
    layer.weight_flow->close();
    Results results{.data = data_counters(),
                    .weights = layer.weight_counters,
                    .stalls = {},
                    .data_latency = layer.data_latency};
    if (timing().enabled && counts_performance(layer.group)) {
        results.stalls =
            read_stalls(layer.op, layer.amounts, config(), timing().memory(layer.op.data_ram));
        results.stalls.data += static_cast<std::uint32_t>(layer.data_flow->lost());
        results.stalls.weights += static_cast<std::uint32_t>(layer.weight_flow->lost());
    }
    set_results(layer.group, results);
    back_to_back_ = registers().enabled(registers().consumer());
}

NonFinite CdmaUnit::data_counters() const {
    NonFinite all;
    for (const SliceBuilder& builder : layer_->builders) {
        all.nan += builder.non_finite().nan;
        all.infinite += builder.non_finite().infinite;
    }
    return all;
}

WorkerPool& CdmaUnit::data_pool(const CdmaOp& op) {
    const std::size_t bytes =
        std::size_t{op.slices()} * op.batches * op.slice_entries() * op.entry_bytes;
    return workers().pool(bytes >= kWorthThreads);
}

WorkerPool& CdmaUnit::weight_pool(const CdmaOp& op) {
    return workers().pool(op.weight_bytes >= kWorthThreads);
}

void CdmaUnit::set_results(unsigned group, const Results& results) {
    regs().set(group, r::DNanInputDataNum::kRegister, results.data.nan);
    regs().set(group, r::DInfInputDataNum::kRegister, results.data.infinite);
    regs().set(group, r::DNanInputWeightNum::kRegister, results.weights.nan);
    regs().set(group, r::DInfInputWeightNum::kRegister, results.weights.infinite);
    regs().set(group, r::DPerfDatReadStall::kRegister, results.stalls.data);
    regs().set(group, r::DPerfWtReadStall::kRegister, results.stalls.weights);
    regs().set(group, r::DPerfDatReadLatency::kRegister, results.data_latency);
}

bool CdmaUnit::counts_performance(unsigned group) const {
    return registers().get(group, r::DPerfEnable::kDmaEn) != 0;
}

bool CdmaUnit::change_layout(const cbuf::Layout& layout, unsigned group) {
    if (layout == buffer_.storage.layout()) return false;
    while (buffer_.layers_consumed < layers_)
        wait_for(buffer_.csc_progress, group,
                 "CSC to end the layers in front, before the CBUF layout changes", "CSC");
    buffer_.storage.set_layout(layout);
    kept_data_ = false;
    return true;
}

std::uint64_t CdmaUnit::read_latency(Ram ram) const {
    return static_cast<std::uint64_t>(to_cycles(timing().memory(ram).read_latency));
}

void CdmaUnit::fetch_data() {
    Layer& layer = *layer_;
    const std::uint64_t done = wait_for_data_end(layer.reuses_all_data ? Stall{} : fetch_slices());
    LayerFetch& fetch = *buffer_.fetch_of(layer.number);
    fetch.data_complete = true;
    fetch.data_cycle = done;
    layer.data_latency = data_latency(done);
    buffer_.cdma_progress.notify(sc_core::SC_ZERO_TIME);
    interrupts().raise(InterruptSource::kCdmaData, layer.group);
}

// What D_PERF_DAT_READ_LATENCY shows (timing.md section 11).
std::uint32_t CdmaUnit::data_latency(std::uint64_t done) const {
    constexpr std::uint64_t kFeature = 39;
    constexpr std::uint64_t kImage = 48;
    const std::uint64_t cycles = done - layer_->begin;
    const std::uint64_t fixed = layer_->op.mode == CdmaOp::Mode::kImage ? kImage : kFeature;
    return counts_performance(layer_->group) && cycles > fixed
               ? static_cast<std::uint32_t>(cycles - fixed)
               : 0;
}

}  // namespace dla::cdma
