// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/layout.hpp"

#include <algorithm>

namespace dla::csc {
namespace {

// How the atoms of one pixel sit in the entries of a feature line.
struct FeatureEntries {
    unsigned atoms_per_entry;
    unsigned full_blocks;      // entries per pixel that are full
    unsigned tail_atoms;       // atoms per pixel in the block behind them
    unsigned pixels_per_tail;  // pixels that share an entry of that block
};

FeatureEntries feature_entries(const ConvOp& op) {
    const unsigned per_entry = op.entry_bytes / op.atom_bytes;
    const unsigned atoms = (op.channels * op.element_bytes() + op.atom_bytes - 1) / op.atom_bytes;
    const unsigned tail = atoms % per_entry;
    const unsigned shared = tail == 0 || 2 * tail > per_entry ? 1 : 2 * tail == per_entry ? 2 : 4;
    return {per_entry, atoms / per_entry, tail, shared};
}

std::uint64_t feature_offset(const ConvOp& op, unsigned channel, unsigned x) {
    const FeatureEntries entries = feature_entries(op);
    const unsigned byte = channel * op.element_bytes();
    const unsigned block = byte / op.entry_bytes;
    const unsigned shared = block == entries.full_blocks ? entries.pixels_per_tail : 1;
    return std::uint64_t{block} * op.width * op.entry_bytes +
           std::uint64_t{x} * (op.entry_bytes / shared) + byte % op.entry_bytes;
}

// Entry: 4x4 pixels of 8 bytes.
std::uint64_t winograd_offset(const ConvOp& op, unsigned channel, unsigned x, unsigned line) {
    const unsigned per_entry = 8 / op.element_bytes();
    const std::uint64_t entry = std::uint64_t{channel / per_entry} * (op.width / 4) + x / 4;
    return entry * op.entry_bytes + line * 32 + (x % 4) * 8 +
           (channel % per_entry) * op.element_bytes();
}

}  // namespace

std::uint64_t entries_per_slice(const ConvOp& op, std::uint64_t line_elements) {
    switch (op.mode) {
        case ConvMode::kImage:
            return (line_elements * op.element_bytes() + op.entry_bytes - 1) / op.entry_bytes;
        case ConvMode::kWinograd:
            return std::uint64_t{op.width} * op.channels * op.element_bytes() / op.entry_bytes;
        case ConvMode::kFeature:
            break;
    }
    const FeatureEntries entries = feature_entries(op);
    const std::uint64_t full = std::uint64_t{entries.full_blocks} * op.width;
    if (entries.tail_atoms == 0) return full;
    return full + (op.width + entries.pixels_per_tail - 1) / entries.pixels_per_tail;
}

std::uint64_t data_offset(const ConvOp& op, unsigned channel, unsigned x, unsigned line) {
    switch (op.mode) {
        case ConvMode::kImage:
            return (std::uint64_t{x} * op.channels + channel) * op.element_bytes();
        case ConvMode::kWinograd:
            return winograd_offset(op, channel, x, line);
        case ConvMode::kFeature:
            break;
    }
    return feature_offset(op, channel, x);
}

std::uint64_t weight_index(const ConvOp& op, unsigned kernel, unsigned kernel_channel, unsigned r,
                           unsigned s) {
    const unsigned group = kernel / op.kernel_group;
    const std::uint64_t kernels = op.group_kernels(group);
    const std::uint64_t lane = kernel % op.kernel_group;
    const std::uint64_t first = group_first_element(op, group);
    const std::uint64_t channels = op.weight_channels;
    if (op.mode == ConvMode::kWinograd)
        return first + kernels * 64 * (kernel_channel / 4) + lane * 64 + (r * 4 + s) * 4 +
               kernel_channel % 4;
    if (op.row_extension > 1) {
        const unsigned extension = op.row_extension;
        const unsigned block_row = r / extension * extension;
        const std::uint64_t rows = std::min(extension, op.kernel_height - block_row);
        return first + kernels * channels * block_row + lane * rows * channels +
               (r - block_row) * channels + kernel_channel;
    }
    const unsigned block_channel = kernel_channel / op.channel_block * op.channel_block;
    const std::uint64_t lanes = std::min(op.channel_block, op.weight_channels - block_channel);
    const std::uint64_t positions = std::uint64_t{op.kernel_width} * op.kernel_height;
    return first + kernels * positions * block_channel +
           ((std::uint64_t{r} * op.kernel_width + s) * kernels + lane) * lanes +
           (kernel_channel - block_channel);
}

}  // namespace dla::csc
