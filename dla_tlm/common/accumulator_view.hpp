// SPDX-License-Identifier: Apache-2.0
// Accumulators where they lie: lanes() values side by side for each pixel, pixels any distance
// apart. Does not own them.
//
//   AccumulatorView(sums, lanes)                       // packed, one pixel after the other
//   AccumulatorView(first, pixels, lanes, pitch)       // part of a wider row
//   view[pixel * view.lanes() + lane]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dla {

class AccumulatorView {
  public:
    AccumulatorView() = default;
    AccumulatorView(const std::int32_t* first, std::size_t pixels, std::size_t lanes,
                    std::size_t pitch)
        : first_(first), pixels_(pixels), lanes_(lanes), pitch_(pitch) {}
    // Precondition: whole pixels.
    AccumulatorView(std::span<const std::int32_t> packed, std::size_t lanes)
        : AccumulatorView(packed.data(), packed.size() / lanes, lanes, lanes) {}

    bool empty() const { return pixels_ == 0; }
    std::size_t size() const { return pixels_ * lanes_; }
    std::size_t lanes() const { return lanes_; }
    std::size_t pitch() const { return pitch_; }  // values from pixel to pixel
    const std::int32_t* pixel(std::size_t index) const { return first_ + index * pitch_; }
    AccumulatorView pixels(std::size_t first, std::size_t end) const {
        return {pixel(first), end - first, lanes_, pitch_};
    }
    std::int32_t operator[](std::size_t element) const {
        return pixel(element / lanes_)[element % lanes_];
    }

  private:
    const std::int32_t* first_ = nullptr;
    std::size_t pixels_ = 0;
    std::size_t lanes_ = 1;
    std::size_t pitch_ = 1;
};

}  // namespace dla
