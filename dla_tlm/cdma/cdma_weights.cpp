// SPDX-License-Identifier: Apache-2.0
// CDMA's weight stream: weights, masks and sizes of groups from memory into their banks.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "dla_tlm/cdma/cdma_unit.hpp"

namespace dla::cdma {

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
        copy_blocks();
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
    if (stored != 0) read_block(stream, block.first(stored));
    std::fill(block.begin() + static_cast<std::ptrdiff_t>(stored), block.end(), std::uint8_t{0});
    if (stream.elements) {
        count_non_finite(block, layer_->weight_counters);
        if (layer_->op.converter.flush_nan) flush_nan(block);
    }
    stream.region.append(block.size());
    stream.moved += block.size();
    return true;
}

// Large weights are copied by several threads, once all blocks that there is room for are known.
void CdmaUnit::read_block(const WeightStream& stream, std::span<std::uint8_t> block) {
    const MemoryAccess access{MemoryClient::kCdmaWeight, layer_->op.weight_ram,
                              stream.address + stream.moved, stream.address_register};
    if (!stream.elements && weight_pool(layer_->op).workers() > 1) {
        const Bytes direct = memory().view(access, block.size());
        if (!direct.empty()) {
            blocks_.push_back({direct, block, stream.moved});
            return;
        }
    }
    memory().read(access, block);
}

// Each thread takes the kernels that it will pack in CSC.
void CdmaUnit::copy_blocks() {
    const std::uint64_t kernels = layer_->op.bytes_per_kernel * kKernelsPerTurn;
    weight_pool(layer_->op)
        .parallel_for(
            blocks_.size(),
            [&](std::size_t index, unsigned) {
                const Block& block = blocks_[index];
                std::memcpy(block.place.data(), block.source.data(), block.source.size());
            },
            [&](std::size_t index) {
                return static_cast<unsigned>(blocks_[index].offset / kernels);
            });
    blocks_.clear();
}

}  // namespace dla::cdma
