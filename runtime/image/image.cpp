// SPDX-License-Identifier: Apache-2.0
#include "runtime/image/image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "runtime/image/half.hpp"
#include "runtime/image/tensor_layout.hpp"
#include "runtime/loadable/file_bytes.hpp"

namespace dla::runtime {
namespace {

constexpr unsigned kMaxSide = 65536;

// Reads the numbers of a PGM header; '#' starts a comment.
class HeaderReader {
  public:
    explicit HeaderReader(std::span<const std::uint8_t> file) : file_(file) {}

    // 0 where no number follows.
    unsigned number() {
        while (at_ < file_.size() && (std::isspace(file_[at_]) || file_[at_] == '#')) {
            if (file_[at_] == '#') {
                while (at_ < file_.size() && file_[at_] != '\n')
                    ++at_;
            } else {
                ++at_;
            }
        }
        unsigned value = 0;
        while (at_ < file_.size() && std::isdigit(file_[at_]) && value <= kMaxSide) {
            value = value * 10 + (file_[at_++] - '0');
        }
        return value;
    }
    std::size_t position() const { return at_; }

  private:
    std::span<const std::uint8_t> file_;
    std::size_t at_ = 2;
};

std::uint16_t fp16_pixel(std::uint8_t pixel, float mean, int normalize) {
    return float_to_half((static_cast<float>(pixel) - mean) / static_cast<float>(normalize));
}

std::uint8_t int8_pixel(std::uint8_t pixel) {
    return static_cast<std::uint8_t>(std::floor(pixel * 127.0 / 255.0 + 0.5));
}

std::string fill_problem(const Image& image, const Tensor& tensor) {
    const bool half = tensor.data_type == DataType::kHalf;
    if (!half && tensor.data_type != DataType::kInt8) {
        return fmt::format("input tensor '{}' has data type {}, images fill half (2) and int8 (4)",
                           tensor.name, static_cast<unsigned>(tensor.data_type));
    }
    if (static_cast<int>(image.width) != tensor.w || static_cast<int>(image.height) != tensor.h) {
        return fmt::format("the image is {}x{}, input tensor '{}' takes {}x{}", image.width,
                           image.height, tensor.name, tensor.w, tensor.h);
    }
    return {};
}

void store_pixel(std::span<std::uint8_t> element, std::uint8_t pixel, unsigned channel,
                 const Preprocessing& how, bool half) {
    if (half) {
        const std::uint16_t bits = fp16_pixel(pixel, how.mean[channel], how.normalize);
        element[0] = static_cast<std::uint8_t>(bits);
        element[1] = static_cast<std::uint8_t>(bits >> 8);
    } else {
        element[0] = int8_pixel(pixel);
    }
}

}  // namespace

Result<Image> decode_pgm(std::span<const std::uint8_t> file) {
    if (file.size() < 2 || file[0] != 'P' || file[1] != '5') {
        return fail("not a binary PGM picture: it does not begin with P5");
    }
    HeaderReader header(file);
    Image image;
    image.width = header.number();
    image.height = header.number();
    const unsigned greatest = header.number();
    if (image.width == 0 || image.height == 0 || image.width > kMaxSide ||
        image.height > kMaxSide) {
        return fail(fmt::format("the PGM picture is {}x{}, legal are 1 to {}", image.width,
                                image.height, kMaxSide));
    }
    if (greatest != 255) {
        return fail(fmt::format("the PGM picture has maximum value {}, legal is 255", greatest));
    }
    const std::size_t start = header.position() + 1;
    const std::size_t size = std::size_t{image.width} * image.height;
    if (start > file.size() || file.size() - start < size) {
        return fail(fmt::format("the PGM picture has {} bytes of pixels, {}x{} needs {}",
                                file.size() - std::min(start, file.size()), image.width,
                                image.height, size));
    }
    const auto pixels = file.subspan(start, size);
    image.pixels.assign(pixels.begin(), pixels.end());
    return image;
}

Bytes encode_pgm(const Image& image) {
    const std::string header = fmt::format("P5\n{} {}\n255\n", image.width, image.height);
    Bytes file(header.begin(), header.end());
    for (unsigned y = 0; y < image.height; ++y) {
        for (unsigned x = 0; x < image.width; ++x)
            file.push_back(image.at(x, y, 0));
    }
    return file;
}

Result<Image> read_image(const std::string& path) {
    const auto file = read_file(path);
    if (!file) return tl::unexpected(file.error());
    std::string ending = path.substr(std::min(path.rfind('.'), path.size()));
    for (char& letter : ending)
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    Result<Image> image = fail("a picture's name must end in .pgm, .jpg or .jpeg");
    if (ending == ".pgm") image = decode_pgm(*file);
    if (ending == ".jpg" || ending == ".jpeg") image = decode_jpeg(*file);
    if (!image) return fail(path + ": " + image.error().message);
    return image;
}

Result<void> fill_tensor(const Image& image, const Tensor& tensor, const Preprocessing& how,
                         std::span<std::uint8_t> buffer) {
    if (auto why = fill_problem(image, tensor); !why.empty()) return fail(why);
    const auto layout = layout_of(tensor);
    if (!layout) return tl::unexpected(layout.error());
    const unsigned channels = std::min({image.channels, layout->max_channels, 4u});
    if (auto why = layout->outside(image.width, image.height, channels, buffer.size());
        !why.empty()) {
        return fail(why);
    }
    const bool half = tensor.data_type == DataType::kHalf;
    for (unsigned y = 0; y < image.height; ++y) {
        for (unsigned x = 0; x < image.width; ++x) {
            for (unsigned c = 0; c < channels; ++c) {
                store_pixel(buffer.subspan(layout->offset(x, y, c)), image.at(x, y, c), c, how,
                            half);
            }
        }
    }
    return {};
}

}  // namespace dla::runtime
