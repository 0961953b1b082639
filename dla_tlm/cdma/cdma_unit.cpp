// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/cdma_unit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "dla_regs/cdma_regs.hpp"
#include "dla_tlm/cdma/cdma_decode.hpp"
#include "dla_tlm/cdma/fetch_layer.hpp"
#include "dla_tlm/cdma/pixel_format.hpp"
#include "dla_tlm/common/reason.hpp"

namespace dla::cdma {
namespace {

namespace r = regs::cdma;

// A waiting layer's requests begin as if it had been enabled so many cycles before the end of the
// layer in front (timing.md section 4.6).
constexpr std::uint64_t kBackToBackLead = 13;

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
                         .builder = SliceBuilder(op),
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
    Results results{.data = layer.builder.non_finite(),
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

CdmaUnit::Stall CdmaUnit::fetch_slices() {
    Layer& layer = *layer_;
    cbuf::DataRegion& data = buffer_.storage.data();
    const unsigned entries = layer.op.slice_entries();
    Stall stall;
    const double all = layer.op.slices() * layer.op.batches;
    for (unsigned number = 0; number < layer.op.slices(); ++number) {
        for (unsigned batch = 0; batch < layer.op.batches; ++batch) {
            while (data.free_entries() < entries) {
                if (stall.cycle == 0)
                    layer.data_flow->ask_only((number * layer.op.batches + batch) / all);
                wait_for(buffer_.csc_progress, layer.group,
                         fmt::format("{} free entries in the data banks, where {} of {} are in "
                                     "use and {} slices are still to come",
                                     entries, data.capacity() - data.free_entries(),
                                     data.capacity(), layer.op.slices() - number),
                         "CSC");
                stall = {clock().now(), layer.op.slices() - number};
            }
            if (stall.cycle != 0) layer.data_flow->ask_more(1 / all);
            const std::span<std::uint8_t> slice = data.open(entries);
            scratch_used_ = 0;
            switch (layer.op.mode) {
                case CdmaOp::Mode::kFeature:
                    fetch_feature(number, batch, slice);
                    break;
                case CdmaOp::Mode::kImage:
                    fetch_image(number, slice);
                    break;
                case CdmaOp::Mode::kWinograd:
                    fetch_winograd(number, slice);
                    break;
            }
            data.close(layer.number);
        }
    }
    return stall;
}

void CdmaUnit::fetch_feature(unsigned line, unsigned batch, std::span<std::uint8_t> slice) {
    const CdmaOp& op = layer_->op;
    const std::uint64_t first =
        op.address + batch * op.batch_stride + std::uint64_t{line} * op.line_stride;
    std::vector<Bytes> lines(op.surfaces());
    for (unsigned a = 0; a < op.surfaces(); ++a)
        lines[a] = fetch(first + a * op.surface_stride, std::size_t{op.width} * op.atom_bytes,
                         "D_DAIN_ADDR_LOW_0");
    layer_->builder.feature(lines, slice);
}

void CdmaUnit::fetch_image(unsigned line, std::span<std::uint8_t> slice) {
    const CdmaOp& op = layer_->op;
    const PixelFormat& format = *find_pixel_format(op.pixel_format);
    const std::size_t bytes0 = format.plane0_bytes();
    const std::size_t bytes1 = format.plane1_bytes();
    const Bytes plane0 =
        fetch(op.address + std::uint64_t{line} * op.line_stride + op.x_offset * bytes0,
              op.width * bytes0, "D_DAIN_ADDR_LOW_0");
    Bytes plane1;
    if (format.semi_planar) {
        // The offset in the second plane stays inside its first atom.
        const std::uint64_t offset = op.x_offset * bytes1 % op.atom_bytes;
        plane1 = fetch(op.address_uv + std::uint64_t{line} * op.uv_line_stride + offset,
                       op.width * bytes1, "D_DAIN_ADDR_LOW_1");
    }
    layer_->builder.image(plane0, plane1, slice);
}

void CdmaUnit::fetch_winograd(unsigned number, std::span<std::uint8_t> slice) {
    const CdmaOp& op = layer_->op;
    const unsigned rows = 4 * op.stride_y;
    std::vector<Bytes> lines(std::size_t{rows} * op.surfaces());
    for (unsigned i = 0; i < lines.size(); ++i) {
        const unsigned padded_row = number * rows + i / op.surfaces();
        if (padded_row < op.pad_top || padded_row - op.pad_top >= op.height) continue;
        const std::uint64_t line = padded_row - op.pad_top;
        lines[i] = fetch(op.address + line * op.line_stride + i % op.surfaces() * op.surface_stride,
                         std::size_t{op.width} * op.atom_bytes, "D_DAIN_ADDR_LOW_0");
    }
    layer_->builder.winograd(lines, slice);
}

Bytes CdmaUnit::fetch(std::uint64_t address, std::size_t size, const char* address_register) {
    const MemoryAccess access{MemoryClient::kCdmaData, layer_->op.data_ram, address,
                              address_register};
    if (const Bytes direct = memory().view(access, size); !direct.empty()) return direct;
    if (scratch_used_ == scratch_.size()) scratch_.emplace_back();
    std::vector<std::uint8_t>& bytes = scratch_[scratch_used_++];
    bytes.resize(size);
    memory().read(access, bytes);
    return bytes;
}

std::vector<std::uint32_t> CdmaUnit::fetch_group_sizes() {
    std::vector<std::uint32_t> sizes(layer_->op.kernel_groups());
    std::vector<std::uint8_t> bytes(sizes.size() * sizeof(sizes[0]));
    memory().read({MemoryClient::kCdmaWeight, layer_->op.weight_ram, layer_->op.group_size_address,
                   "D_WGS_ADDR_LOW"},
                  bytes);
    std::memcpy(sizes.data(), bytes.data(), bytes.size());
    return sizes;
}

void CdmaUnit::fetch_weights() {
    Layer& layer = *layer_;
    std::uint64_t stalled = 0;
    if (!layer.op.weight_reuse) {
        if (layer.op.compressed) buffer_.fetch_of(layer.number)->group_bytes = fetch_group_sizes();
        stalled = fill_banks();
    }
    if (LayerFetch* fetch = buffer_.fetch_of(layer.number)) fetch->weights_complete = true;
    buffer_.cdma_progress.notify(sc_core::SC_ZERO_TIME);
    wait_for_weights_end(stalled);
    interrupts().raise(InterruptSource::kCdmaWeight, layer.group);
}

std::uint64_t CdmaUnit::fill_banks() {
    Layer& layer = *layer_;
    const CdmaOp& op = layer.op;
    const unsigned entry = config().cbuf.entry_bytes;
    WeightStream weights{.address = op.weight_address,
                         .size = op.weight_bytes,
                         .address_register = "D_WEIGHT_ADDR_LOW",
                         .region = buffer_.storage.weights(),
                         .elements = op.converter.out == Precision::kFp16,
                         .entry_bytes = entry};
    WeightStream masks{.address = op.mask_address,
                       .size = op.compressed ? op.mask_bytes : 0,
                       .address_register = "D_WMB_ADDR_LOW",
                       .region = buffer_.storage.masks(),
                       .elements = false,
                       .entry_bytes = entry};
    std::uint64_t stalled = 0;
    const auto all = static_cast<double>(weights.padded() + masks.padded());
    for (std::uint64_t missing_before = weights.missing() + masks.missing();;) {
        bool moved = false;
        while (advance(masks) || advance(weights))
            moved = true;
        if (moved) buffer_.cdma_progress.notify(sc_core::SC_ZERO_TIME);
        const std::uint64_t missing = weights.missing() + masks.missing();
        const double part = static_cast<double>(missing_before - missing) / all;
        missing_before = missing;
        if (stalled != 0) layer.weight_flow->ask_more(part);
        if (missing == 0) return stalled;
        if (stalled == 0) layer.weight_flow->ask_only(part);
        wait_for(buffer_.csc_progress, layer.group,
                 fmt::format("space in the weight banks for {} more bytes", missing), "CSC");
        stalled = clock().now();
        if (LayerFetch* fetch = buffer_.fetch_of(layer.number); fetch != nullptr)
            fetch->weight_stall_cycle = stalled + read_latency(op.weight_ram);
    }
}

// A block that stays in the cache while it is looked through.
bool CdmaUnit::advance(WeightStream& stream) {
    constexpr std::uint64_t kBlockBytes = 64 * 1024;
    const std::span<std::uint8_t> block =
        stream.region.room(std::min<std::uint64_t>(stream.missing(), kBlockBytes));
    if (block.empty()) return false;
    const auto stored =
        std::min<std::uint64_t>(block.size(), stream.size - std::min(stream.size, stream.moved));
    if (stored != 0)
        memory().read({MemoryClient::kCdmaWeight, layer_->op.weight_ram,
                       stream.address + stream.moved, stream.address_register},
                      block.first(stored));
    std::fill(block.begin() + static_cast<std::ptrdiff_t>(stored), block.end(), std::uint8_t{0});
    if (stream.elements) {
        count_non_finite(block, layer_->weight_counters);
        if (layer_->op.converter.flush_nan) flush_nan(block);
    }
    stream.region.append(block.size());
    stream.moved += block.size();
    return true;
}

}  // namespace dla::cdma
