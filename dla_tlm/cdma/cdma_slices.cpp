// SPDX-License-Identifier: Apache-2.0
// CDMA's data stream: lines of memory to slices in CBUF, as many at once as there is room for.
#include <fmt/format.h>

#include "dla_tlm/cdma/cdma_unit.hpp"
#include "dla_tlm/cdma/pixel_format.hpp"

namespace dla::cdma {

CdmaUnit::Stall CdmaUnit::fetch_slices() {
    Layer& layer = *layer_;
    cbuf::DataRegion& data = buffer_.storage.data();
    const unsigned entries = layer.op.slice_entries();
    Stall stall;
    const double all = layer.op.slices() * layer.op.batches;
    for (unsigned number = 0; number < layer.op.slices(); ++number) {
        for (unsigned batch = 0; batch < layer.op.batches; ++batch) {
            while (data.free_entries() < entries) {
                build_slices();
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
            fetch_slice(number, batch);
        }
    }
    build_slices();
    return stall;
}

void CdmaUnit::fetch_slice(unsigned number, unsigned batch) {
    cbuf::DataRegion& data = buffer_.storage.data();
    const unsigned entries = layer_->op.slice_entries();
    const bool in_place = data.next_in_place(entries);
    const std::size_t first = lines_.size();
    add_lines(number, batch);
    pending_.push_back({first, lines_.size() - first, data.open(entries)});
    // Buffers that the next ones need as well.
    if (!in_place || scratch_used_ > 0) build_slices();
    data.close(layer_->number);
}

void CdmaUnit::add_lines(unsigned number, unsigned batch) {
    switch (layer_->op.mode) {
        case CdmaOp::Mode::kFeature:
            return add_feature_lines(number, batch);
        case CdmaOp::Mode::kImage:
            return add_image_lines(number);
        case CdmaOp::Mode::kWinograd:
            return add_winograd_lines(number);
    }
}

// Nobody looks at a slice before simulated time goes on. Threads get those lines that are theirs in
// CSC too.
void CdmaUnit::build_slices() {
    Layer& layer = *layer_;
    const auto build = [&](const PendingSlice& slice, SliceBuilder& builder) {
        const auto lines = std::span(lines_).subspan(slice.first_line, slice.lines);
        switch (layer.op.mode) {
            case CdmaOp::Mode::kFeature:
                return builder.feature(lines, slice.place);
            case CdmaOp::Mode::kImage:
                return builder.image(lines[0], lines[1], slice.place);
            case CdmaOp::Mode::kWinograd:
                return builder.winograd(lines, slice.place);
        }
    };
    data_pool(layer.op).parallel_parts(pending_.size(), [&](const WorkerPool::Part& part) {
        for (std::size_t index = part.first; index < part.end; ++index)
            build(pending_[index], layer.builders[part.worker]);
    });
    pending_.clear();
    lines_.clear();
    scratch_used_ = 0;
}

void CdmaUnit::add_feature_lines(unsigned line, unsigned batch) {
    const CdmaOp& op = layer_->op;
    const std::uint64_t first =
        op.address + batch * op.batch_stride + std::uint64_t{line} * op.line_stride;
    for (unsigned a = 0; a < op.surfaces(); ++a)
        lines_.push_back(fetch(first + a * op.surface_stride, std::size_t{op.width} * op.atom_bytes,
                               "D_DAIN_ADDR_LOW_0"));
}

// Of both planes; the second is empty unless the format is semi-planar.
void CdmaUnit::add_image_lines(unsigned line) {
    const CdmaOp& op = layer_->op;
    const PixelFormat& format = *find_pixel_format(op.pixel_format);
    const std::size_t bytes0 = format.plane0_bytes();
    const std::size_t bytes1 = format.plane1_bytes();
    lines_.push_back(fetch(op.address + std::uint64_t{line} * op.line_stride + op.x_offset * bytes0,
                           op.width * bytes0, "D_DAIN_ADDR_LOW_0"));
    lines_.emplace_back();
    if (!format.semi_planar) return;
    // The offset in the second plane stays inside its first atom.
    const std::uint64_t offset = op.x_offset * bytes1 % op.atom_bytes;
    lines_.back() = fetch(op.address_uv + std::uint64_t{line} * op.uv_line_stride + offset,
                          op.width * bytes1, "D_DAIN_ADDR_LOW_1");
}

// [line * surfaces + surface]; padding is empty.
void CdmaUnit::add_winograd_lines(unsigned number) {
    const CdmaOp& op = layer_->op;
    const unsigned rows = 4 * op.stride_y;
    for (unsigned i = 0; i < rows * op.surfaces(); ++i) {
        lines_.emplace_back();
        const unsigned padded_row = number * rows + i / op.surfaces();
        if (padded_row < op.pad_top || padded_row - op.pad_top >= op.height) continue;
        const std::uint64_t line = padded_row - op.pad_top;
        lines_.back() =
            fetch(op.address + line * op.line_stride + i % op.surfaces() * op.surface_stride,
                  std::size_t{op.width} * op.atom_bytes, "D_DAIN_ADDR_LOW_0");
    }
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

}  // namespace dla::cdma
