// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/weight_panel.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "dla_tlm/cacc/accumulate_integer.hpp"

namespace dla::csc {
namespace {

constexpr std::uint64_t kGreatest32 = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t kGreatestInt8Product = 128 * 128;
// Below this many elements per chunk two planes of 8 bits are faster than one of 16.
constexpr std::uint64_t kWorthwhileChunk = 256;
constexpr std::size_t kGreatestPiece = 128;  // elements; image: 32 columns of 4 channels
constexpr std::size_t kGreatestGroup = 32;   // kernels

// int16 in a stream of bytes.
using UnalignedWord [[gnu::aligned(1), gnu::may_alias]] = std::int16_t;

// A weight is 256 * high + low with both of these at most this large.
constexpr std::uint64_t kGreatestHalf = 128;

std::uint32_t sum_of_magnitudes(const std::byte* elements, std::size_t count, unsigned size) {
    std::uint32_t sum = 0;
    if (size == 1) {
        for (std::size_t i = 0; i < count; ++i)
            sum += static_cast<std::uint32_t>(
                std::abs(std::int32_t{static_cast<std::int8_t>(elements[i])}));
        return sum;
    }
    const auto* words = reinterpret_cast<const UnalignedWord*>(elements);
    for (std::size_t i = 0; i < count; ++i)
        sum += static_cast<std::uint16_t>(std::abs(words[i]));
    return sum;
}

void widen_bytes(const std::byte* elements, std::size_t count, std::int16_t* words) {
    for (std::size_t i = 0; i < count; ++i)
        words[i] = static_cast<std::int8_t>(elements[i]);
}

void split_words(const std::byte* elements, std::size_t count, std::int16_t* low,
                 std::int16_t* high) {
    const auto* words = reinterpret_cast<const UnalignedWord*>(elements);
    // Within 16 bits, which make whole vectors: a low byte below 0 takes one from the high one.
    for (std::size_t i = 0; i < count; ++i) {
        const std::int16_t word = words[i];
        low[i] = static_cast<std::int16_t>(static_cast<std::int16_t>(word << 8) >> 8);
        high[i] = static_cast<std::int16_t>((word >> 8) + (word >> 7 & 1));
    }
}

}  // namespace

template <class Visit>
void WeightPanel::visit_pieces(const ConvOp& op, const Visit& visit) const {
    std::size_t element = 0;
    for (unsigned group = groups_.first; group < groups_.first + groups_.count; ++group) {
        Piece piece{};
        piece.kernel = group * op.kernel_group - first_kernel_;
        piece.kernels = op.group_kernels(group);
        piece.element = element;
        if (op.mode == ConvMode::kWinograd)
            visit_winograd_group(op, piece, visit);
        else if (op.row_extension > 1)
            visit_extended_group(op, piece, visit);
        else
            visit_direct_group(op, piece, visit);
        element += piece.kernels * op.kernel_elements();
    }
}

// Stream orders of data-formats.md sections 3 to 5.
template <class Visit>
void WeightPanel::visit_direct_group(const ConvOp& op, Piece piece, const Visit& visit) {
    const bool image = op.mode == ConvMode::kImage;
    for (unsigned c = 0; c < op.weight_channels; c += op.channel_block) {
        piece.channel = image ? c : c % InputLayer::kBlock;
        piece.count = std::min(op.channel_block, op.weight_channels - c);
        piece.kernel_step = piece.count;
        for (unsigned r = 0; r < op.kernel_height; ++r)
            for (unsigned s = 0; s < op.kernel_width; ++s) {
                const unsigned block = c / InputLayer::kBlock;
                piece.segment = image ? r : (block * op.kernel_height + r) * op.kernel_width + s;
                visit(piece);
                piece.element += piece.kernels * piece.count;
            }
    }
}

template <class Visit>
void WeightPanel::visit_extended_group(const ConvOp& op, Piece piece, const Visit& visit) {
    piece.count = op.weight_channels;
    const std::size_t first = piece.element;
    for (unsigned row = 0; row < op.kernel_height; row += op.row_extension) {
        const unsigned rows = std::min(op.row_extension, op.kernel_height - row);
        piece.kernel_step = rows * piece.count;
        for (unsigned r = 0; r < rows; ++r) {
            piece.segment = row + r;
            piece.element = first + (piece.kernels * row + r) * piece.count;
            visit(piece);
        }
    }
}

template <class Visit>
void WeightPanel::visit_winograd_group(const ConvOp& op, Piece piece, const Visit& visit) {
    constexpr std::size_t kPositions = 16;
    const std::size_t blocks = (op.weight_channels + InputLayer::kBlock - 1) / InputLayer::kBlock;
    const std::size_t first = piece.element;
    piece.count = 4;
    piece.kernel_step = kPositions * piece.count;
    for (unsigned c = 0; c < op.weight_channels; c += 4)
        for (std::size_t position = 0; position < kPositions; ++position) {
            piece.segment = position * blocks + c / InputLayer::kBlock;
            piece.channel = c % InputLayer::kBlock;
            piece.element = first + piece.kernels * kPositions * c + position * piece.count;
            visit(piece);
        }
}

// Each thread visits its part of the segments.
template <class Visit>
void WeightPanel::visit_in_parts(const ConvOp& op, const Visit& visit) const {
    if (pool_ == nullptr) return visit_pieces(op, visit);
    pool_->parallel_parts(segments_.size(), [&](const WorkerPool::Part& part) {
        visit_pieces(op, [&](const Piece& piece) {
            if (part.first <= piece.segment && piece.segment < part.end) visit(piece);
        });
    });
}

void WeightPanel::load(const ConvOp& op, const InputLayer& input, GroupRange groups,
                       std::span<const std::byte> stream, WorkerPool* pool) {
    pool_ = pool;
    dot_kernels_ = &input.kernels();
    groups_ = groups;
    first_kernel_ = groups.first * op.kernel_group;
    kernels_ =
        std::min(op.kernels, (groups.first + groups.count) * op.kernel_group) - first_kernel_;
    padded_kernels_ = (kernels_ + cmac::kDotLanes - 1) / cmac::kDotLanes * cmac::kDotLanes;
    element_size_ = input.element_size();
    plan_segments(op, input);
    choose_mode(op, input, stream);
    if (mode_ == SumMode::kSaturating) {
        stream_copy_.assign(stream.begin(), stream.end());
        return;
    }
    plan_blocks();
    pack(op, stream);
    prepare_start(input);
}

void WeightPanel::plan_segments(const ConvOp& op, const InputLayer& input) {
    const PackedGeometry& geometry = input.geometry();
    const auto steps = [&](std::size_t channels) {
        return (channels * element_size_ + cmac::kDotStepBytes - 1) / cmac::kDotStepBytes;
    };
    segments_.clear();
    positions_ = 1;
    if (op.mode == ConvMode::kImage) {
        for (unsigned r = 0; r < op.kernel_height; ++r)
            segments_.push_back(
                {static_cast<std::ptrdiff_t>(r * geometry.line_bytes), steps(op.weight_channels)});
    } else {
        const bool winograd = op.mode == ConvMode::kWinograd;
        positions_ = winograd ? 16 : 1;
        const unsigned rows = winograd ? 1 : op.kernel_height;
        const unsigned columns = winograd ? 1 : op.kernel_width;
        for (std::size_t position = 0; position < positions_; ++position)
            for (unsigned c = 0; c < op.weight_channels; c += InputLayer::kBlock)
                for (unsigned r = 0; r < rows; ++r)
                    for (unsigned s = 0; s < columns; ++s)
                        segments_.push_back(
                            {static_cast<std::ptrdiff_t>(position * geometry.position_bytes +
                                                         c / InputLayer::kBlock *
                                                             geometry.block_bytes +
                                                         r * op.dilation_y * geometry.line_bytes +
                                                         s * op.dilation_x * geometry.pixel_bytes),
                             steps(std::min(InputLayer::kBlock, op.weight_channels - c))});
    }
    steps_before_.clear();
    steps_ = 0;
    for (const cmac::DotSegment& segment : segments_) {
        steps_before_.push_back(steps_);
        steps_ += segment.steps;
    }
}

void WeightPanel::plan_blocks() {
    constexpr std::size_t kMost = cmac::kMaxVectors * cmac::kDotLanes;
    blocks_.clear();
    std::size_t bytes = 0;
    for (std::size_t first = 0; first < padded_kernels_; first += kMost) {
        const std::size_t vectors = std::min(kMost, padded_kernels_ - first) / cmac::kDotLanes;
        blocks_.push_back({first, vectors, bytes});
        bytes += planes_ * steps_ * vectors * cmac::kDotVectorBytes;
    }
    packed_.resize(bytes);
}

std::vector<std::uint32_t> WeightPanel::magnitudes(const ConvOp& op,
                                                   std::span<const std::byte> stream) const {
    const unsigned size = op.element_bytes();
    std::vector<std::uint32_t> sums(kernels_ * segments_.size());
    visit_in_parts(op, [&](const Piece& piece) {
        for (std::size_t k = 0; k < piece.kernels; ++k)
            sums[(piece.kernel + k) * segments_.size() + piece.segment] += sum_of_magnitudes(
                stream.data() + (piece.element + k * piece.kernel_step) * size, piece.count, size);
    });
    return sums;
}

void WeightPanel::choose_mode(const ConvOp& op, const InputLayer& input,
                              std::span<const std::byte> stream) {
    mode_ = SumMode::kNarrow;
    planes_ = 1;
    plan_one_chunk_per_position();
    if (op.precision == Precision::kInt8 &&
        op.kernel_elements() * kGreatestInt8Product <= kGreatest32)
        return;
    const std::uint64_t data = input.greatest_magnitude();
    const std::vector<std::uint32_t> whole = magnitudes(op, stream);
    std::uint64_t bound = 0;
    for (std::size_t k = 0; k < kernels_; ++k) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < segments_.size(); ++i)
            sum += whole[k * segments_.size() + i];
        bound = std::max(bound, sum * data);
    }
    if (bound <= kGreatest32) return;
    // Winograd: an output adds 9 of the 16 positions, at most 9 * 8192 * 2^30 < 2^47 in all.
    if (op.mode != ConvMode::kWinograd &&
        bound > static_cast<std::uint64_t>(cacc::greatest_sum(op.precision))) {
        mode_ = SumMode::kSaturating;
        return;
    }
    mode_ = SumMode::kWide;
    chunks_.clear();
    const bool fits = plan_chunks(data, whole);
    if (fits && (op.precision == Precision::kInt8 ||
                 chunks_.size() * kWorthwhileChunk <= op.kernel_elements()))
        return;
    planes_ = 2;
    chunks_.clear();
    for (std::size_t plane = 0; plane < planes_; ++plane)
        plan_plane(data, plane);
}

void WeightPanel::plan_one_chunk_per_position() {
    chunks_.clear();
    const std::size_t each = segments_.size() / positions_;
    for (std::size_t position = 0; position < positions_; ++position)
        chunks_.push_back({position * each, each, steps_before_[position * each], 0, position});
}

// Chunks of whole weights; false if one segment alone is too much.
bool WeightPanel::plan_chunks(std::uint64_t greatest_data, std::span<const std::uint32_t> sums) {
    const std::size_t each = segments_.size() / positions_;
    std::vector<std::uint64_t> open(kernels_);
    bool fits = true;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        std::uint64_t with = 0;
        std::uint64_t alone = 0;
        for (std::size_t k = 0; k < kernels_; ++k) {
            const std::uint64_t sum = sums[k * segments_.size() + i];
            alone = std::max(alone, sum);
            with = std::max(with, open[k] + sum);
        }
        fits = fits && alone * greatest_data <= kGreatest32;
        if (i % each == 0 || with * greatest_data > kGreatest32) {
            std::fill(open.begin(), open.end(), 0);
            chunks_.push_back({i, 0, steps_before_[i], 0, i / each});
        }
        ++chunks_.back().segments;
        for (std::size_t k = 0; k < kernels_; ++k)
            open[k] += sums[k * segments_.size() + i];
    }
    return fits;
}

// Chunks of half weights, from their format alone. One segment always fits: at most 128 elements
// of 2^15 times 2^7.
void WeightPanel::plan_plane(std::uint64_t greatest_data, std::size_t plane) {
    const std::size_t each = segments_.size() / positions_;
    const std::uint64_t step_sum =
        greatest_data * kGreatestHalf * (cmac::kDotStepBytes / sizeof(std::int16_t));
    std::uint64_t open = 0;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        const std::uint64_t sum = segments_[i].steps * step_sum;
        if (i % each == 0 || open + sum > kGreatest32) {
            chunks_.push_back({i, 0, plane * steps_ + steps_before_[i], plane, i / each});
            open = 0;
        }
        ++chunks_.back().segments;
        open += sum;
    }
}

const std::byte* WeightPanel::weights(const KernelBlock& block, const DotChunk& chunk) const {
    return packed_.data() + block.packed_bytes +
           chunk.steps_before * block.vectors * cmac::kDotVectorBytes;
}

void WeightPanel::pack(const ConvOp& op, std::span<const std::byte> stream) {
    // Lanes without kernel and the end of a last, partial step must be 0.
    if (kernels_ % cmac::kDotLanes != 0 ||
        op.weight_channels * element_size_ % cmac::kDotStepBytes != 0)
        std::memset(packed_.data(), 0, packed_.size());
    const unsigned size = op.element_bytes();
    visit_in_parts(op, [&](const Piece& piece) {
        const std::byte* elements = stream.data() + piece.element * size;
        if (planes_ == 2 || size != element_size_)
            pack_converted(piece, elements, size);
        else
            pack_piece(piece, 0, elements, piece.kernel_step * size);
    });
}

// int16 in two planes, or int8 as int16.
void WeightPanel::pack_converted(const Piece& piece, const std::byte* elements, unsigned size) {
    std::array<std::int16_t, kGreatestPiece * kGreatestGroup> low;
    std::array<std::int16_t, kGreatestPiece * kGreatestGroup> high;
    for (std::size_t k = 0; k < piece.kernels; ++k) {
        const std::byte* from = elements + k * piece.kernel_step * size;
        if (planes_ == 2)
            split_words(from, piece.count, &low[k * piece.count], &high[k * piece.count]);
        else
            widen_bytes(from, piece.count, &low[k * piece.count]);
    }
    const std::size_t kernel_bytes = piece.count * sizeof(std::int16_t);
    pack_piece(piece, 0, std::as_bytes(std::span(low)).data(), kernel_bytes);
    if (planes_ == 2) pack_piece(piece, 1, std::as_bytes(std::span(high)).data(), kernel_bytes);
}

// First step of the piece in the panel. Pieces begin at a step: channel blocks and Winograd's
// groups of four channels are multiples of it.
std::byte* WeightPanel::place(std::size_t kernel, std::size_t plane, const Piece& piece) {
    const KernelBlock& block = blocks_[kernel / (cmac::kMaxVectors * cmac::kDotLanes)];
    const std::size_t step = plane * steps_ + steps_before_[piece.segment] +
                             piece.channel * element_size_ / cmac::kDotStepBytes;
    return packed_.data() + block.packed_bytes + step * block.vectors * cmac::kDotVectorBytes +
           (kernel - block.first) * cmac::kDotStepBytes;
}

void WeightPanel::pack_piece(const Piece& piece, std::size_t plane, const std::byte* elements,
                             std::size_t kernel_bytes) {
    const std::size_t bytes = piece.count * element_size_;
    const std::size_t steps = bytes / cmac::kDotStepBytes;
    const std::size_t rest = bytes % cmac::kDotStepBytes;
    for (std::size_t k = 0; k < piece.kernels;) {
        const std::size_t kernel = piece.kernel + k;
        const std::size_t vectors = blocks_[kernel / (cmac::kMaxVectors * cmac::kDotLanes)].vectors;
        const std::size_t step_bytes = vectors * cmac::kDotVectorBytes;
        const std::byte* src = elements + k * kernel_bytes;
        std::byte* dst = place(kernel, plane, piece);
        const bool vector = kernel % cmac::kDotLanes == 0 && k + cmac::kDotLanes <= piece.kernels;
        const std::size_t lanes = vector ? cmac::kDotLanes : 1;
        if (vector)
            dot_kernels_->interleave(src, kernel_bytes, steps, dst, step_bytes);
        else
            for (std::size_t step = 0; step < steps; ++step)
                std::memcpy(dst + step * step_bytes, src + step * cmac::kDotStepBytes,
                            cmac::kDotStepBytes);
        for (std::size_t lane = 0; lane < lanes && rest != 0; ++lane)
            std::memcpy(dst + steps * step_bytes + lane * cmac::kDotStepBytes,
                        src + lane * kernel_bytes + steps * cmac::kDotStepBytes, rest);
        k += lanes;
    }
}

// Data bytes carry a bias of 128: each chunk starts from -128 times the sum of its weights, which
// is the dot product with ones.
void WeightPanel::prepare_start(const InputLayer& input) {
    start_.resize(chunks_.size() * padded_kernels_);
    if (input.form() != cmac::DotForm::kBytes) {
        std::fill_n(start_.data(), start_.size(), 0);
        return;
    }
    std::vector<cmac::DotSegment> in_place;
    std::size_t longest = 0;
    for (const cmac::DotSegment& segment : segments_) {
        in_place.push_back({0, segment.steps});
        longest = std::max(longest, segment.steps);
    }
    const std::vector<std::byte> ones(longest * cmac::kDotStepBytes, std::byte{1});
    const std::vector<std::int32_t> zeros(cmac::kMaxVectors * cmac::kDotLanes);
    for (std::size_t c = 0; c < chunks_.size(); ++c)
        for (const KernelBlock& block : blocks_) {
            std::int32_t* sums = start_.data() + c * padded_kernels_ + block.first;
            cmac::DotTile tile{};
            tile.data = {ones.data(), ones.data()};
            tile.segments =
                std::span(in_place).subspan(chunks_[c].first_segment, chunks_[c].segments);
            tile.weights = weights(block, chunks_[c]);
            tile.start = zeros.data();
            tile.sums = {sums, sums};
            input.kernels().bytes[1][block.vectors](tile);
            for (std::size_t i = 0; i < block.vectors * cmac::kDotLanes; ++i)
                sums[i] *= -128;
        }
}

}  // namespace dla::csc
