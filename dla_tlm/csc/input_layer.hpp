// SPDX-License-Identifier: Apache-2.0
// The input of one layer, taken out of its CBUF slices once and laid out for the MAC kernels:
// padding written out, channels in blocks of 64, Winograd tiles transformed.
//
//   InputLayer input;
//   input.load(op, slices);          // slices[slice * batches + batch], bytes as in CBUF
//   input.load(op, slices, &pool);   // the same, with several threads
//
// The object keeps its memory from layer to layer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dla_tlm/cmac/dot_kernels.hpp"
#include "dla_tlm/common/aligned_buffer.hpp"
#include "dla_tlm/common/worker_pool.hpp"
#include "dla_tlm/csc/conv_op.hpp"
#include "dla_tlm/csc/winograd_line.hpp"

namespace dla::csc {

using Slice = std::span<const std::byte>;

// Element (line, block, x, channel) lies at
//   batch * batch_bytes + line * line_bytes + block * block_bytes + x * pixel_bytes
//   + (channel in block) * element size.
// Feature: line and x include the padding; blocks of 64 channels. Image: line with padding, x in
// pixels of the CBUF line, one block that runs on into the next pixels. Winograd: line and x count
// tiles; the 16 positions of a tile are position_bytes apart.
struct PackedGeometry {
    std::size_t batch_bytes;
    std::size_t line_bytes;
    std::size_t block_bytes;
    std::size_t pixel_bytes;
    std::size_t position_bytes;
    std::size_t lines;
    std::size_t columns;
};

class InputLayer {
  public:
    static constexpr unsigned kBlock = 64;  // channels side by side

    explicit InputLayer(const cmac::DotKernels& kernels = cmac::best_dot_kernels())
        : kernels_(&kernels) {}

    // pool: null for one thread.
    void load(const ConvOp& op, std::span<const Slice> slices, WorkerPool* pool = nullptr);

    // kBytes: x + 128 as unsigned bytes (int8); kWords: int16, or fp16 bit patterns.
    cmac::DotForm form() const { return form_; }
    std::size_t element_size() const { return form_ == cmac::DotForm::kBytes ? 1 : 2; }
    const cmac::DotKernels& kernels() const { return *kernels_; }
    const PackedGeometry& geometry() const { return geometry_; }
    const std::byte* batch(unsigned n) const { return storage_.data() + n * geometry_.batch_bytes; }
    // Bound of |x| over all that takes part: padding included, after the Winograd transform.
    std::uint32_t greatest_magnitude() const { return greatest_; }

  private:
    static PackedGeometry feature_geometry(const ConvOp& op, std::size_t element_size);
    static PackedGeometry image_geometry(const ConvOp& op, std::size_t element_size);
    static PackedGeometry winograd_geometry(const ConvOp& op, std::size_t element_size);
    // Line y of the geometry, batch item n.
    void load_line(const ConvOp& op, std::span<const Slice> slices, std::size_t y, unsigned n,
                   WinogradLine& scratch);
    std::byte* line(std::size_t y, unsigned n) {
        return storage_.data() + n * geometry_.batch_bytes + y * geometry_.line_bytes;
    }
    void load_feature_line(const ConvOp& op, Slice slice, std::byte* line) const;
    void load_image_line(const ConvOp& op, Slice slice, std::byte* line) const;
    void load_winograd_tiles(const ConvOp& op, std::span<const Slice> slices,
                             std::size_t tile_line);
    void load_winograd_line(const ConvOp& op, std::span<const Slice> slices, std::size_t tile_line,
                            WinogradLine& scratch);
    static void unpack_winograd_row(const ConvOp& op, Slice slice, unsigned line, unsigned first,
                                    unsigned channels, std::int32_t* row);
    void store_elements(const std::int32_t* values, std::size_t count, std::byte* dst) const;
    // count pixels of `channels` elements, pixel_step bytes apart in src.
    void copy(const ConvOp& op, const std::byte* src, std::size_t pixel_step, std::byte* dst,
              std::size_t count, std::size_t channels) const;
    void fill(const ConvOp& op, std::byte* dst, std::size_t count, std::size_t channels) const;
    static std::uint32_t measure(const std::byte* words, std::size_t bytes);

    const cmac::DotKernels* kernels_;
    cmac::DotForm form_ = cmac::DotForm::kWords;
    PackedGeometry geometry_{};
    AlignedBuffer<std::byte> storage_;
    std::vector<WinogradLine> scratch_;  // per worker
    std::uint32_t greatest_ = 0;
};

}  // namespace dla::csc
