// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/testing/network_builder.hpp"

#include <cstring>

namespace dla::firmware::testing {
namespace {

constexpr std::uint16_t kSide = 4;
constexpr std::uint16_t kChannels = 8;

template <class T>
void append(std::vector<std::uint8_t>& bytes, const std::vector<T>& entries, std::size_t stride) {
    for (const T& entry : entries) {
        const std::size_t at = bytes.size();
        bytes.resize(at + stride);
        std::memcpy(bytes.data() + at, &entry, sizeof(entry));
    }
}

}  // namespace

NetworkBuilder::NetworkBuilder(const HardwareConfig& hardware) : hardware_(hardware) {
    network_.operation_desc_index = kOperations;
    network_.surface_desc_index = kSurfaces;
    network_.dependency_graph_index = kDependencies;
    network_.lut_data_index = kLuts;
    network_.roi_array_index = -1;
    network_.surface_index = -1;
    network_.stat_list_index = -1;
    for (std::int16_t& head : network_.op_head)
        head = -1;
    network_.num_rois = 1;
    network_.input_layer = 0;
}

dla_data_cube NetworkBuilder::cube(std::int16_t address) const {
    const std::uint32_t atom = hardware_.memory_atom_bytes;
    dla_data_cube cube{};
    cube.type = DLA_MEMORY_MC;
    cube.address = address;
    cube.width = kSide;
    cube.height = kSide;
    cube.channel = kChannels;
    cube.line_stride = kSide * atom;
    cube.surf_stride = kSide * cube.line_stride;
    cube.size = cube.surf_stride;
    return cube;
}

int NetworkBuilder::add(dla_op_type type) {
    const int index = size();
    dla_common_op_desc common{};
    common.index = static_cast<std::int16_t>(index);
    common.op_type = static_cast<std::uint8_t>(type);
    for (dla_consumer& consumer : common.consumers)
        consumer.index = -1;
    common.fused_parent.index = -1;
    dependencies_.push_back(common);
    operations_.emplace_back();
    surfaces_.emplace_back();
    std::memset(&operations_.back(), 0, sizeof(operations_.back()));
    std::memset(&surfaces_.back(), 0, sizeof(surfaces_.back()));
    if (type == DLA_OP_CONV) {
        shape_conv(at(index));
    } else if (type == DLA_OP_SDP) {
        shape_sdp(at(index));
    } else {
        shape_others(at(index), type);
    }
    int& last = last_of_type_[type];
    if (last < 0) {
        network_.op_head[type] = static_cast<std::int16_t>(index);
    } else {
        dependencies_[at(last)].consumers[type].index = static_cast<std::int16_t>(index);
    }
    last = index;
    return index;
}

void NetworkBuilder::shape_conv(std::size_t index) {
    dla_conv_op_desc& conv = operations_[index].conv;
    conv.data_format = DLA_FORMAT_FEATURE;
    // One atom per pixel, four pixels per line.
    conv.entry_per_slice = static_cast<std::uint16_t>(kSide * hardware_.memory_atom_bytes /
                                                      hardware_.cbuf.entry_bytes);
    conv.fetch_grain = 1;
    conv.release = 4;
    conv.batch = 1;
    conv.data_bank = 1;
    conv.weight_bank = 1;
    conv.input_width_csc = conv.input_height_csc = kSide;
    conv.input_channel_csc = conv.kernel_channel_csc = kChannels;
    conv.kernel_width_csc = conv.kernel_height_csc = 1;
    conv.input_width_cmac = conv.input_height_cmac = kSide;
    conv.bytes_per_kernel = kChannels;
    conv.conv_stride_x = conv.conv_stride_y = 1;
    conv.dilation_x = conv.dilation_y = 1;
    conv.out_cvt.scale = 1;
    dla_conv_surface_desc& surface = surfaces_[index].conv;
    surface.src = cube(kInput);
    surface.weight = cube(kInput);
    surface.weight.size = 128;
    surface.dst = cube(static_cast<std::int16_t>(kFirstOutput + index));
}

void NetworkBuilder::shape_sdp(std::size_t index) {
    dla_sdp_op_desc& sdp = operations_[index].sdp;
    sdp.lut_index = -1;
    sdp.batch_num = 1;
    sdp.out_cvt.scale = 1;
    dla_sdp_surface_desc& surface = surfaces_[index].sdp;
    surface.src = cube(kInput);
    surface.dst = cube(static_cast<std::int16_t>(kFirstOutput + index));
    for (dla_data_cube* operand : {&surface.x1, &surface.x2, &surface.y})
        *operand = cube(kInput);
}

void NetworkBuilder::shape_others(std::size_t index, dla_op_type type) {
    const auto output = static_cast<std::int16_t>(kFirstOutput + index);
    dla_two_cube_surface_desc& surface = surfaces_[index].two_cubes;
    surface.src = cube(kInput);
    surface.dst = cube(output);
    if (type == DLA_OP_PDP) {
        dla_pdp_op_desc& pdp = operations_[index].pdp;
        pdp.split_num = 1;
        pdp.stride_x = pdp.stride_y = 1;
    } else if (type == DLA_OP_CDP) {
        dla_cdp_op_desc& cdp = operations_[index].cdp;
        cdp.lut_index = -1;
        cdp.local_size = 3;
        cdp.in_cvt.scale = cdp.out_cvt.scale = 1;
    } else if (type == DLA_OP_RUBIK) {
        dla_rubik_op_desc& rubik = operations_[index].rubik;
        rubik.stride_x = rubik.stride_y = 1;
    } else if (type == DLA_OP_BDMA) {
        std::memset(&surfaces_[index], 0, sizeof(surfaces_[index]));
        operations_[index].bdma.num_transfers = 1;
        dla_bdma_surface_desc& bdma = surfaces_[index].bdma;
        bdma.num_transfers = 1;
        bdma.transfers[0] = {kInput, output, 64, 2, 64, 64, 1, 128, 128};
    }
}

void NetworkBuilder::depend(int consumer, int producer, dla_event event) {
    dla_consumer& entry = common(producer).consumers[common(consumer).op_type];
    entry.index = static_cast<std::int16_t>(consumer);
    entry.event = static_cast<std::uint8_t>(event);
    ++common(consumer).dependency_count;
}

void NetworkBuilder::fuse(int sdp, int conv) {
    surface(sdp).sdp.src.type = DLA_MEMORY_HW;
    surface(sdp).sdp.src.address = -1;
    surface(conv).conv.dst.type = DLA_MEMORY_HW;  // its address stays, for operation_at
    common(sdp).fused_parent = {static_cast<std::int16_t>(conv), DLA_EVENT_OP_ENABLED, 0};
    ++common(conv).dependency_count;
}

int NetworkBuilder::add_lut() {
    luts_.emplace_back();
    std::memset(&luts_.back(), 0, sizeof(luts_.back()));
    return static_cast<int>(luts_.size()) - 1;
}

int NetworkBuilder::operation_at(std::uint32_t dst) {
    return static_cast<int>((dst - kBusAddress) / kMemoryBytes) - kFirstOutput;
}

void NetworkBuilder::fill(TaskPort& port, unsigned rois) const {
    std::vector<std::vector<std::uint8_t>> lists(kInput);
    dla_network_desc network = network_;
    network.num_operations = static_cast<std::uint16_t>(size());
    network.num_luts = static_cast<std::uint16_t>(luts_.size());
    network.num_addresses = static_cast<std::uint16_t>(kFirstOutput + size());
    append(lists[kNetwork], std::vector{network}, sizeof(network));
    for (unsigned roi = 0; roi < rois; ++roi) {
        append(lists[kOperations], operations_, DLA_OPERATION_BYTES);
        append(lists[kSurfaces], surfaces_, DLA_SURFACE_BYTES);
        append(lists[kDependencies], dependencies_, sizeof(dla_common_op_desc));
    }
    append(lists[kLuts], luts_, sizeof(dla_lut_desc));
    lists[kStatistics].resize(rois * dependencies_.size() * DLA_STATISTICS_BYTES);
    lists[kRois].resize(4096);
    port.memories.clear();
    port.addresses.clear();
    for (int i = 0; i < kFirstOutput + size(); ++i) {
        TaskMemory memory;
        memory.bus_address = kBusAddress + static_cast<std::uint64_t>(i) * kMemoryBytes;
        if (i < kInput)
            memory.bytes = lists[at(i)];
        else
            memory.bytes.resize(kMemoryBytes);
        port.memories.push_back(std::move(memory));
        port.addresses.push_back(at(i));
    }
}

}  // namespace dla::firmware::testing
