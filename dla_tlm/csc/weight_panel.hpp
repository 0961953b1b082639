// SPDX-License-Identifier: Apache-2.0
// Weights of some kernel groups, laid out for the MAC kernels, with the arithmetic that their sizes
// and the input's call for.
//
//   WeightPanel panel;
//   panel.load(op, input, {first_group, groups}, stream);   // uncompressed stream of these groups
//   convolve(op, input, panel, {0, op.out_height}, 0, sums);
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

// How sums are formed; each is exact, chosen from bounds on |x| and |w|.
enum class SumMode : std::uint8_t {
    kNarrow,     // every result fits 32 bits
    kWide,       // partial sums of 32 bits, results of 64
    kSaturating  // the accumulator may saturate: step by step
};

// Segments whose sum fits 32 bits for sure.
struct Chunk {
    std::size_t first_segment;
    std::size_t segments;
    std::size_t weight_bytes_before;  // in one kernel block, per vector
};

class WeightPanel {
  public:
    // stream: from the first element of the first group to the last one of the last group.
    void load(const ConvOp& op, const InputLayer& input, GroupRange groups,
              std::span<const std::byte> stream);

    unsigned first_kernel() const { return first_kernel_; }
    unsigned kernels() const { return kernels_; }
    SumMode mode() const { return mode_; }

  private:
    friend class Convolver;

    void measure(const ConvOp& op, const InputLayer& input);
    void plan_chunks(const ConvOp& op, const InputLayer& input);
    void pack(const ConvOp& op, const InputLayer& input);

    std::vector<std::int16_t> elements_;  // stream order
    AlignedBuffer<std::byte> packed_;
    std::vector<cmac::DotSegment> segments_;
    std::vector<Chunk> chunks_;
    unsigned first_kernel_ = 0;
    unsigned kernels_ = 0;
    SumMode mode_ = SumMode::kNarrow;
};

}  // namespace dla::csc
