// SPDX-License-Identifier: Apache-2.0
// Weights of some kernel groups, laid out for the MAC kernels, with the arithmetic that their sizes
// and the input's call for.
//
//   WeightPanel panel;
//   panel.load(op, input, {first_group, groups}, stream);   // uncompressed stream of these groups
//   convolve(op, input, panel, batch, {0, op.out_height}, sums);
//
// Valid for the input it was loaded with. The object keeps its memory from load to load.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dla_tlm/cmac/dot_kernels.hpp"
#include "dla_tlm/common/aligned_buffer.hpp"
#include "dla_tlm/csc/conv_op.hpp"
#include "dla_tlm/csc/input_layer.hpp"

namespace dla::csc {

struct GroupRange {
    unsigned first;
    unsigned count;
};

// How sums are formed; each is exact, chosen from bounds of |x| and |w|.
enum class SumMode : std::uint8_t {
    kNarrow,     // every sum fits 32 bits
    kWide,       // chunks of 32 bits, added up in 64
    kSaturating  // the accumulator may saturate: step by step
};

// Consecutive segments of one plane and Winograd position whose sum fits 32 bits for sure.
struct DotChunk {
    std::size_t first_segment;
    std::size_t segments;
    std::size_t steps_before;  // weights of the kernel block in front
    std::size_t plane;
    std::size_t position;
};

// Kernels that the MAC kernels treat together.
struct KernelBlock {
    std::size_t first;         // kernel of the panel
    std::size_t vectors;       // of 16 kernels
    std::size_t packed_bytes;  // offset of plane 0
};

class WeightPanel {
  public:
    // stream: from the first element of the first group to the last one of the last group.
    // pool: null for one thread.
    void load(const ConvOp& op, const InputLayer& input, GroupRange groups,
              std::span<const std::byte> stream, WorkerPool* pool = nullptr);

    unsigned first_kernel() const { return first_kernel_; }
    unsigned kernels() const { return kernels_; }
    SumMode mode() const { return mode_; }

    // For the loops of convolve().
    std::span<const KernelBlock> blocks() const { return blocks_; }
    std::span<const cmac::DotSegment> segments() const { return segments_; }
    std::span<const DotChunk> chunks() const { return chunks_; }
    // Sums of a plane count 2^plane_shift(plane) times.
    unsigned plane_shift(std::size_t plane) const { return planes_ == 1 || plane == 0 ? 0 : 8; }
    const std::byte* weights(const KernelBlock& block, const DotChunk& chunk) const;
    const std::int32_t* start(const KernelBlock& block, std::size_t chunk) const {
        return start_.data() + chunk * padded_kernels_ + block.first;
    }
    std::span<const std::byte> stream() const { return stream_copy_; }  // kSaturating only

  private:
    // Stretches of some kernels' weights, one each, consecutive in the stream and in the panel.
    struct Piece {
        std::size_t element;      // of the first kernel, in the stream
        std::size_t kernel_step;  // elements from kernel to kernel
        std::size_t kernel;       // of the panel
        std::size_t kernels;
        std::size_t segment;
        std::size_t channel;  // in the segment
        std::size_t count;    // elements per kernel
    };

    void plan_segments(const ConvOp& op, const InputLayer& input);
    void plan_blocks();
    void choose_mode(const ConvOp& op, const InputLayer& input, std::span<const std::byte> stream);
    bool plan_chunks(std::uint64_t greatest_data, std::span<const std::uint32_t> sums);
    void plan_plane(std::uint64_t greatest_data, std::size_t plane);
    void plan_one_chunk_per_position();
    // Sum of |w| per kernel and segment.
    std::vector<std::uint32_t> magnitudes(const ConvOp& op,
                                          std::span<const std::byte> stream) const;
    void pack(const ConvOp& op, std::span<const std::byte> stream);
    void pack_converted(const Piece& piece, const std::byte* elements, unsigned size);
    void pack_piece(const Piece& piece, std::size_t plane, const std::byte* elements,
                    std::size_t kernel_bytes);
    std::byte* place(std::size_t kernel, std::size_t plane, const Piece& piece);
    void prepare_start(const InputLayer& input);

    // Calls visit(piece) for all of the stream.
    template <class Visit>
    void visit_pieces(const ConvOp& op, const Visit& visit) const;
    template <class Visit>
    void visit_in_parts(const ConvOp& op, const Visit& visit) const;
    template <class Visit>
    static void visit_direct_group(const ConvOp& op, Piece piece, const Visit& visit);
    template <class Visit>
    static void visit_extended_group(const ConvOp& op, Piece piece, const Visit& visit);
    template <class Visit>
    static void visit_winograd_group(const ConvOp& op, Piece piece, const Visit& visit);

    const cmac::DotKernels* dot_kernels_ = nullptr;
    GroupRange groups_{};
    unsigned first_kernel_ = 0;
    unsigned kernels_ = 0;
    std::size_t padded_kernels_ = 0;
    SumMode mode_ = SumMode::kNarrow;
    std::size_t planes_ = 1;
    std::size_t positions_ = 1;
    std::size_t steps_ = 0;         // of all segments
    std::size_t element_size_ = 1;  // packed
    std::vector<cmac::DotSegment> segments_;
    std::vector<std::size_t> steps_before_;
    std::vector<DotChunk> chunks_;
    std::vector<KernelBlock> blocks_;
    AlignedBuffer<std::byte> packed_;
    AlignedBuffer<std::int32_t> start_;  // [chunk][kernel]
    std::vector<std::byte> stream_copy_;
    WorkerPool* pool_ = nullptr;  // of load()
};

}  // namespace dla::csc
