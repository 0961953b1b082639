// SPDX-License-Identifier: Apache-2.0
// Finished sums of a chunk of output lines before CACC clips them.
//
//   accumulators.resize(lines * out_width, kernels, wide);
//   accumulators.value(pixel, kernel)
//
// Layout: pixel after pixel in raster order, kernels side by side, pitch() elements apart. Narrow
// (32 bits) when the layer's numbers prove that enough; both say the same.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dla_tlm/common/aligned_buffer.hpp"

namespace dla::cacc {

class Accumulators {
  public:
    static constexpr std::size_t kLanes = 16;  // pitch is a multiple of this

    // Keeps the storage where it is large enough; values are undefined until written.
    void resize(std::size_t pixels, std::size_t kernels, bool wide) {
        pixels_ = pixels;
        kernels_ = kernels;
        pitch_ = (kernels + kLanes - 1) / kLanes * kLanes;
        wide_ = wide;
        if (wide)
            wide_values_.resize(pixels_ * pitch_);
        else
            narrow_values_.resize(pixels_ * pitch_);
    }

    std::size_t pixels() const { return pixels_; }
    std::size_t kernels() const { return kernels_; }
    std::size_t pitch() const { return pitch_; }
    bool wide() const { return wide_; }

    std::int32_t* narrow(std::size_t pixel) { return narrow_values_.data() + pixel * pitch_; }
    const std::int32_t* narrow(std::size_t pixel) const {
        return narrow_values_.data() + pixel * pitch_;
    }
    std::int64_t* wide(std::size_t pixel) { return wide_values_.data() + pixel * pitch_; }
    const std::int64_t* wide(std::size_t pixel) const {
        return wide_values_.data() + pixel * pitch_;
    }
    std::int64_t value(std::size_t pixel, std::size_t kernel) const {
        return wide_ ? wide(pixel)[kernel] : narrow(pixel)[kernel];
    }

  private:
    AlignedBuffer<std::int32_t> narrow_values_;
    AlignedBuffer<std::int64_t> wide_values_;
    std::size_t pixels_ = 0;
    std::size_t kernels_ = 0;
    std::size_t pitch_ = 0;
    bool wide_ = false;
};

}  // namespace dla::cacc
