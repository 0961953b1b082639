// SPDX-License-Identifier: Apache-2.0
// Pictures for the input of a network. spec: linux-interfaces.md section 4.
//
//   auto image = read_image("one.pgm");                 // .pgm or .jpg, by the name's ending
//   fill_tensor(*image, tensor, {.normalize = 255}, buffer);
#pragma once

#include <array>
#include <span>
#include <string>

#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

struct Image {
    unsigned width = 0;
    unsigned height = 0;
    unsigned channels = 1;  // 1 grey; 3 colour in the order blue, green, red
    Bytes pixels{};         // interleaved, no padding

    std::uint8_t at(unsigned x, unsigned y, unsigned c) const {
        return pixels[(std::size_t{y} * width + x) * channels + c];
    }
};

Result<Image> read_image(const std::string& path);
Result<Image> decode_pgm(std::span<const std::uint8_t> file);
Result<Image> decode_jpeg(std::span<const std::uint8_t> file);
Bytes encode_pgm(const Image& image);  // channel 0

// fp16 tensors hold (pixel - mean) / normalize; int8 tensors floor(pixel * 127 / 255 + 0.5).
struct Preprocessing {
    int normalize = 1;
    std::array<float, 4> mean{};
};

// Writes the image's channels into the tensor's buffer; other bytes stay.
Result<void> fill_tensor(const Image& image, const Tensor& tensor, const Preprocessing& how,
                         std::span<std::uint8_t> buffer);

}  // namespace dla::runtime
