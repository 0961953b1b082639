// SPDX-License-Identifier: Apache-2.0
#include "runtime/image/tensor_layout.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dla::runtime {
namespace {

constexpr unsigned kAtomBytes = 32;
constexpr unsigned kSmallAtomBytes = 8;

TensorLayout pixel_layout(const Tensor& tensor, unsigned channels, unsigned bytes) {
    return {.element_bytes = bytes,
            .group = channels,
            .pixel_bytes = std::size_t{channels} * bytes,
            .line_stride = tensor.stride[1],
            .surface_stride = 0,
            .max_channels = channels};
}

}  // namespace

unsigned element_bytes(DataType type) {
    switch (type) {
        case DataType::kFloat:
            return 4;
        case DataType::kHalf:
        case DataType::kInt16:
        case DataType::kUint16:
            return 2;
        default:
            return 1;
    }
}

TensorLayout feature_layout(const Tensor& tensor, unsigned channels_per_atom, unsigned bytes) {
    return {.element_bytes = bytes,
            .group = channels_per_atom,
            .pixel_bytes = std::size_t{channels_per_atom} * bytes,
            .line_stride = tensor.stride[1],
            .surface_stride = tensor.stride[2],
            .max_channels = static_cast<unsigned>(tensor.c)};
}

std::string TensorLayout::outside(unsigned w, unsigned h, unsigned c,
                                  std::size_t buffer_bytes) const {
    // The furthest element has the greatest y and x; c is furthest at the end or in a full group.
    const unsigned last_in_group = std::min(c, group) - 1;
    const std::size_t end =
        std::max(offset(w - 1, h - 1, c - 1),
                 c > group ? offset(w - 1, h - 1, (c / group - 1) * group + last_in_group) : 0) +
        element_bytes;
    if (end <= buffer_bytes) return {};
    return fmt::format(
        "{}x{}x{} elements with line stride {} and surface stride {} end at byte "
        "{}, the buffer has {}",
        w, h, c, line_stride, surface_stride, end, buffer_bytes);
}

Result<TensorLayout> layout_of(const Tensor& tensor) {
    const unsigned bytes = element_bytes(tensor.data_type);
    switch (tensor.pixel_format) {
        case kPixelR8:
            return pixel_layout(tensor, 1, 1);
        case kPixelA16B16G16R16F:
            return pixel_layout(tensor, 4, 2);
        case kPixelA8B8G8R8:
            return pixel_layout(tensor, 4, 1);
        case kPixelFeature:
            return feature_layout(tensor, kAtomBytes / bytes, bytes);
        case kPixelFeatureX8:
            return feature_layout(tensor, kSmallAtomBytes / bytes, bytes);
        default:
            return fail(
                fmt::format("tensor '{}' has pixel format {}, supported are R8 (0), "
                            "A16B16G16R16_F (8), A8B8G8R8 (12), FEATURE (36) and "
                            "FEATURE_X8 (37)",
                            tensor.name, tensor.pixel_format));
    }
}

}  // namespace dla::runtime
