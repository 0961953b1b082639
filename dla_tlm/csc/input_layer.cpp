// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/input_layer.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "dla_tlm/csc/layout.hpp"
#include "dla_tlm/csc/winograd_transform.hpp"

namespace dla::csc {
namespace {

constexpr std::size_t kLineAlignment = 64;
constexpr std::size_t kSlack =
    64;  // the last step may read past the last element; its weights are 0

std::size_t round_up(std::size_t value, std::size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

std::byte biased(std::byte x) {
    return x ^ std::byte{0x80};
}

// Pixels of n bytes, a constant where the compiler can use it.
template <std::size_t N>
void copy_biased(const std::byte* src, std::size_t src_step, std::byte* dst, std::size_t dst_step,
                 std::size_t count, std::size_t n) {
    for (std::size_t x = 0; x < count; ++x) {
        const std::byte* from = src + x * src_step;
        std::byte* to = dst + x * dst_step;
        for (std::size_t i = 0; i < (N != 0 ? N : n); ++i)
            to[i] = biased(from[i]);
    }
}

void copy_widened(const std::byte* src, std::size_t src_step, std::byte* dst, std::size_t dst_step,
                  std::size_t count, std::size_t n) {
    for (std::size_t x = 0; x < count; ++x) {
        const std::byte* from = src + x * src_step;
        std::byte* to = dst + x * dst_step;
        for (std::size_t i = 0; i < n; ++i) {
            const auto value = static_cast<std::int16_t>(static_cast<std::int8_t>(from[i]));
            std::memcpy(to + 2 * i, &value, sizeof value);
        }
    }
}

}  // namespace

void InputLayer::copy(const ConvOp& op, const std::byte* src, std::size_t pixel_step,
                      std::byte* dst, std::size_t count, std::size_t channels) const {
    const std::size_t dst_step = geometry_.pixel_bytes;
    if (op.precision != Precision::kInt8) {
        for (std::size_t x = 0; x < count; ++x)
            std::memcpy(dst + x * dst_step, src + x * pixel_step, channels * 2);
    } else if (form_ == cmac::DotForm::kWords) {
        copy_widened(src, pixel_step, dst, dst_step, count, channels);
    } else if (channels == kBlock) {
        copy_biased<kBlock>(src, pixel_step, dst, dst_step, count, channels);
    } else if (channels == 8) {
        copy_biased<8>(src, pixel_step, dst, dst_step, count, channels);
    } else {
        copy_biased<0>(src, pixel_step, dst, dst_step, count, channels);
    }
}

void InputLayer::fill(const ConvOp& op, std::byte* dst, std::size_t count,
                      std::size_t channels) const {
    const auto word = static_cast<std::uint16_t>(op.pad_value);
    for (std::size_t x = 0; x < count; ++x) {
        std::byte* pixel = dst + x * geometry_.pixel_bytes;
        if (form_ == cmac::DotForm::kBytes) {
            std::memset(pixel, static_cast<std::uint8_t>(word ^ 0x80U), channels);
        } else {
            for (std::size_t i = 0; i < channels; ++i)
                std::memcpy(pixel + 2 * i, &word, sizeof word);
        }
    }
}

void InputLayer::load(const ConvOp& op, std::span<const Slice> slices, WorkerPool* pool) {
    const bool bytes = op.precision == Precision::kInt8 && kernels_->has_bytes;
    form_ = bytes ? cmac::DotForm::kBytes : cmac::DotForm::kWords;
    geometry_ = op.mode == ConvMode::kFeature ? feature_geometry(op, element_size())
                : op.mode == ConvMode::kImage ? image_geometry(op, element_size())
                                              : winograd_geometry(op, element_size());
    storage_.resize(geometry_.batch_bytes * op.batches + kSlack);
    scratch_.resize(pool != nullptr ? pool->workers() : 1);
    // int8: the format's bound is as good as any.
    std::vector<std::uint32_t> greatest(scratch_.size(), 0);
    const bool measured = op.precision == Precision::kInt16;
    const auto load_one = [&](std::size_t index, unsigned worker) {
        const std::size_t y = index / op.batches;
        const auto n = static_cast<unsigned>(index % op.batches);
        load_line(op, slices, y, n, scratch_[worker]);
        if (measured)
            greatest[worker] =
                std::max(greatest[worker], measure(line(y, n), geometry_.line_bytes));
    };
    const std::size_t lines = geometry_.lines * op.batches;
    const auto load_part = [&](const WorkerPool::Part& part) {
        for (std::size_t line = part.first; line < part.end; ++line)
            load_one(line, part.worker);
    };
    if (pool != nullptr)
        pool->parallel_parts(lines, load_part);
    else
        load_part({0, lines, 0});
    greatest_ = measured ? *std::max_element(greatest.begin(), greatest.end()) : 128;
}

void InputLayer::load_line(const ConvOp& op, std::span<const Slice> slices, std::size_t y,
                           unsigned n, WinogradLine& scratch) {
    if (op.mode == ConvMode::kWinograd) {
        op.precision == Precision::kFp16 ? load_winograd_tiles(op, slices, y)
                                         : load_winograd_line(op, slices, y, scratch);
        return;
    }
    const bool inside = y >= op.pad_top && y - op.pad_top < op.height;
    const Slice slice = inside ? slices[(y - op.pad_top) * op.batches + n] : Slice{};
    op.mode == ConvMode::kImage ? load_image_line(op, slice, line(y, n))
                                : load_feature_line(op, slice, line(y, n));
}

PackedGeometry InputLayer::feature_geometry(const ConvOp& op, std::size_t element_size) {
    const std::size_t blocks = (op.channels + kBlock - 1) / kBlock;
    const std::size_t side = std::min(op.channels, kBlock);
    PackedGeometry geometry{};
    geometry.lines = (op.out_height - 1) * op.stride_y + (op.kernel_height - 1) * op.dilation_y + 1;
    geometry.columns = (op.out_width - 1) * op.stride_x + (op.kernel_width - 1) * op.dilation_x + 1;
    geometry.pixel_bytes = round_up(side * element_size, cmac::kDotStepBytes);
    geometry.block_bytes = geometry.columns * geometry.pixel_bytes;
    geometry.line_bytes = blocks * geometry.block_bytes;
    geometry.batch_bytes = geometry.lines * geometry.line_bytes;
    return geometry;
}

PackedGeometry InputLayer::image_geometry(const ConvOp& op, std::size_t element_size) {
    const std::size_t elements =
        std::size_t{op.out_width - 1} * op.stride_x * op.channels + op.weight_channels;
    PackedGeometry geometry{};
    geometry.lines = (op.out_height - 1) * op.stride_y + op.kernel_height;
    geometry.pixel_bytes = op.channels * element_size;
    geometry.columns = elements / op.channels;
    geometry.line_bytes = round_up(elements * element_size, kLineAlignment);
    geometry.block_bytes = geometry.line_bytes;
    geometry.batch_bytes = geometry.lines * geometry.line_bytes;
    return geometry;
}

PackedGeometry InputLayer::winograd_geometry(const ConvOp& op, std::size_t element_size) {
    const std::size_t blocks = (op.channels + kBlock - 1) / kBlock;
    const std::size_t side = std::min(op.channels, kBlock);
    PackedGeometry geometry{};
    geometry.lines = op.out_height / 2;
    geometry.columns = op.out_width / 2;
    geometry.pixel_bytes = round_up(side * element_size, cmac::kDotStepBytes);
    geometry.block_bytes = geometry.columns * geometry.pixel_bytes;
    geometry.position_bytes = blocks * geometry.block_bytes;
    geometry.line_bytes = 16 * geometry.position_bytes;
    geometry.batch_bytes = geometry.lines * geometry.line_bytes;
    return geometry;
}

// An empty slice stands for a line of padding.
void InputLayer::load_feature_line(const ConvOp& op, Slice slice, std::byte* line) const {
    const std::size_t columns = geometry_.columns;
    const std::size_t left = slice.empty() ? columns : std::min<std::size_t>(op.pad_left, columns);
    const std::size_t inside = std::min<std::size_t>(columns - left, op.width);
    const std::size_t right = columns - left - inside;
    const unsigned entry = op.entry_bytes / op.element_bytes();
    const unsigned run = std::min(entry, kBlock);
    for (unsigned c = 0; c < op.channels; c += run) {
        const std::size_t channels = std::min(run, op.channels - c);
        std::byte* dst = line + c / kBlock * geometry_.block_bytes + c % kBlock * element_size();
        fill(op, dst, left, channels);
        if (inside != 0) {
            const std::size_t offset = data_offset(op, c, 0);
            const std::size_t step = data_offset(op, c, 1) - offset;
            copy(op, slice.data() + offset, step, dst + left * geometry_.pixel_bytes, inside,
                 channels);
        }
        fill(op, dst + (left + inside) * geometry_.pixel_bytes, right, channels);
    }
    const std::size_t tail = op.channels % kBlock * element_size();
    if (tail == 0 || tail == geometry_.pixel_bytes) return;
    std::byte* last = line + op.channels / kBlock * geometry_.block_bytes;
    for (std::size_t x = 0; x < columns; ++x)
        std::memset(last + x * geometry_.pixel_bytes + tail, 0, geometry_.pixel_bytes - tail);
}

void InputLayer::load_image_line(const ConvOp& op, Slice slice, std::byte* line) const {
    const std::size_t elements = geometry_.columns * op.channels;
    if (slice.empty())
        fill(op, line, 1, elements);
    else
        copy(op, slice.data(), 0, line, 1, elements);
    std::memset(line + elements * element_size(), 0,
                geometry_.line_bytes - elements * element_size());
}

// fp16: tile by tile.
void InputLayer::load_winograd_tiles(const ConvOp& op, std::span<const Slice> slices,
                                     std::size_t tile_line) {
    constexpr unsigned kPerEntry = 4;
    std::byte* line = storage_.data() + tile_line * geometry_.line_bytes;
    std::array<std::uint8_t, kWinogradTileBytes> tile;
    for (unsigned c = 0; c < op.channels; c += kPerEntry)
        for (unsigned column = 0; column < geometry_.columns; ++column) {
            for (unsigned i = 0; i < 16; ++i) {
                const std::size_t y = 2 * tile_line + i / 4;
                const unsigned x = 2 * column + i % 4;
                const std::size_t offset = data_offset(op, c, x, static_cast<unsigned>(y % 4));
                std::memcpy(&tile[i * 8], &slices[y / 4][offset], 8);
            }
            winograd_transform(op.precision, op.pra_truncate, tile, tile);
            std::byte* dst = line + c / kBlock * geometry_.block_bytes +
                             column * geometry_.pixel_bytes + c % kBlock * element_size();
            for (unsigned i = 0; i < 16; ++i)
                std::memcpy(dst + i * geometry_.position_bytes, &tile[i * 8], 8);
        }
}

// Integers: all tiles of a line and a block of channels at once.
void InputLayer::load_winograd_line(const ConvOp& op, std::span<const Slice> slices,
                                    std::size_t tile_line, WinogradLine& scratch) {
    const std::int32_t greatest = op.precision == Precision::kInt8 ? 127 : 32767;
    std::array<std::int32_t, kBlock> operands;
    for (unsigned c = 0; c < op.channels; c += kBlock) {
        const unsigned channels = std::min(kBlock, op.channels - c);
        scratch.resize(op.width, channels);
        for (std::size_t row = 0; row < WinogradLine::kRows; ++row) {
            const std::size_t y = 2 * tile_line + row;
            unpack_winograd_row(op, slices[y / 4], static_cast<unsigned>(y % 4), c, channels,
                                scratch.row(row));
        }
        scratch.transform_rows();
        std::byte* block =
            storage_.data() + tile_line * geometry_.line_bytes + c / kBlock * geometry_.block_bytes;
        for (std::size_t tile = 0; tile < geometry_.columns; ++tile)
            for (std::size_t position = 0; position < 16; ++position) {
                scratch.operands(position, tile, op.pra_truncate, greatest, operands.data());
                store_elements(
                    operands.data(), channels,
                    block + position * geometry_.position_bytes + tile * geometry_.pixel_bytes);
            }
    }
}

// Channels first .. first + channels - 1 of all pixels of a line, side by side.
void InputLayer::unpack_winograd_row(const ConvOp& op, Slice slice, unsigned line, unsigned first,
                                     unsigned channels, std::int32_t* row) {
    const unsigned per_entry = 8 / op.element_bytes();
    for (unsigned c = 0; c < channels; c += per_entry) {
        const std::byte* first_pixel = slice.data() + data_offset(op, first + c, 0, line);
        for (std::size_t x = 0; x < op.width; ++x) {
            const std::byte* from = first_pixel + x / 4 * op.entry_bytes + x % 4 * 8;
            std::int32_t* to = row + x * channels + c;
            if (op.element_bytes() == 1) {
                for (unsigned i = 0; i < per_entry; ++i)
                    to[i] = static_cast<std::int8_t>(from[i]);
                continue;
            }
            std::array<std::int16_t, 4> words;
            std::memcpy(words.data(), from, sizeof words);
            std::copy(words.begin(), words.end(), to);
        }
    }
}

void InputLayer::store_elements(const std::int32_t* values, std::size_t count,
                                std::byte* dst) const {
    if (form_ == cmac::DotForm::kBytes) {
        for (std::size_t i = 0; i < count; ++i)
            dst[i] = biased(static_cast<std::byte>(values[i] & 0xff));
        return;
    }
    std::array<std::int16_t, kBlock> words;
    for (std::size_t i = 0; i < count; ++i)
        words[i] = static_cast<std::int16_t>(values[i]);
    std::memcpy(dst, words.data(), count * sizeof(std::int16_t));
}

std::uint32_t InputLayer::measure(const std::byte* bytes, std::size_t count) {
    const auto* words = reinterpret_cast<const std::int16_t*>(bytes);
    std::int16_t least = 0;
    std::int16_t most = 0;
    for (std::size_t i = 0; i < count / sizeof(std::int16_t); ++i) {
        least = std::min(least, words[i]);
        most = std::max(most, words[i]);
    }
    return static_cast<std::uint32_t>(std::max(-std::int32_t{least}, std::int32_t{most}));
}

}  // namespace dla::csc
