// SPDX-License-Identifier: Apache-2.0
#include "runtime/image/dimg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "runtime/image/half.hpp"
#include "runtime/image/tensor_layout.hpp"

namespace dla::runtime {
namespace {

constexpr std::size_t kHeaderBytes = 36;
constexpr std::uint16_t kHalfOf31744 = 0x77c0;

DimgFormat format_of(const Tensor& tensor) {
    if (tensor.pixel_format == kPixelFeatureX8) return DimgFormat::kF8x8;
    if (tensor.data_type == DataType::kInt8) return DimgFormat::kF8x32;
    if (tensor.data_type == DataType::kInt16) return DimgFormat::kF16x16I;
    return DimgFormat::kF16x16F;
}

std::uint16_t stable_half(std::uint16_t bits) {
    const float value = half_to_float(bits);
    if (std::isnan(value)) return kHalfOf31744;
    return value == 32768.0f ? 0 : bits;
}

template <class T>
T number_at(const Bytes& bytes, std::size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    return value;
}

unsigned bytes_of(std::uint32_t format) {
    switch (static_cast<DimgFormat>(format)) {
        case DimgFormat::kA16B16G16R16F:
        case DimgFormat::kF16ChwI:
        case DimgFormat::kF16ChwF:
        case DimgFormat::kF16x16I:
        case DimgFormat::kF16x16F:
            return 2;
        case DimgFormat::kF32ChwF:
        case DimgFormat::kF32x8F:
            return 4;
        default:
            return 1;
    }
}

std::string element_text(const Dimg& dimg, std::size_t at) {
    switch (static_cast<DimgFormat>(dimg.format)) {
        case DimgFormat::kF16x16F:
        case DimgFormat::kF16ChwF:
        case DimgFormat::kA16B16G16R16F:
            return fmt::format("{:g}", half_to_float(number_at<std::uint16_t>(dimg.payload, at)));
        case DimgFormat::kF16x16I:
        case DimgFormat::kF16ChwI:
            return fmt::format("{}", number_at<std::int16_t>(dimg.payload, at));
        case DimgFormat::kF32ChwF:
        case DimgFormat::kF32x8F:
            return fmt::format("{:g}", number_at<float>(dimg.payload, at));
        default:
            return fmt::format("{}", static_cast<int>(number_at<std::int8_t>(dimg.payload, at)));
    }
}

void append_half(Bytes& payload, std::span<const std::uint8_t> element) {
    const std::uint16_t bits =
        stable_half(static_cast<std::uint16_t>(element[0] | element[1] << 8));
    payload.push_back(static_cast<std::uint8_t>(bits));
    payload.push_back(static_cast<std::uint8_t>(bits >> 8));
}

}  // namespace

Result<Dimg> make_dimg(const Tensor& tensor, std::span<const std::uint8_t> buffer,
                       Packing packing) {
    auto layout = layout_of(tensor);
    if (!layout) return tl::unexpected(layout.error());
    if (packing == Packing::kAsAtomsOf32) {
        layout = feature_layout(tensor, 32 / layout->element_bytes, layout->element_bytes);
    }
    const auto width = static_cast<unsigned>(tensor.w);
    const auto height = static_cast<unsigned>(tensor.h);
    const unsigned channels = std::min(static_cast<unsigned>(tensor.c), layout->max_channels);
    if (auto why = layout->outside(width, height, channels, buffer.size()); !why.empty()) {
        return fail(fmt::format("tensor '{}': {}", tensor.name, why));
    }
    Dimg dimg{.format = static_cast<std::uint32_t>(format_of(tensor)),
              .width = width,
              .height = height,
              .channel = channels,
              .line_stride = tensor.stride[1],
              .surface_stride = tensor.stride[2],
              .size = static_cast<std::uint32_t>(tensor.size),
              .payload = {}};
    const bool half = tensor.data_type == DataType::kHalf;
    const unsigned bytes = layout->element_bytes;
    dimg.payload.reserve(std::size_t{width} * height * channels * bytes);
    for (unsigned c = 0; c < channels; ++c) {
        for (unsigned y = 0; y < height; ++y) {
            for (unsigned x = 0; x < width; ++x) {
                const auto element = buffer.subspan(layout->offset(x, y, c), bytes);
                if (half)
                    append_half(dimg.payload, element);
                else
                    dimg.payload.insert(dimg.payload.end(), element.begin(), element.end());
            }
        }
    }
    return dimg;
}

Bytes encode_dimg(const Dimg& dimg) {
    Bytes file;
    file.reserve(kHeaderBytes + dimg.payload.size());
    file.resize(kHeaderBytes);
    const std::array<std::uint32_t, 8> words{0,
                                             dimg.format,
                                             dimg.width,
                                             dimg.height,
                                             dimg.channel,
                                             dimg.line_stride,
                                             dimg.surface_stride,
                                             dimg.size};
    std::memcpy(file.data(), "DIMG", 4);
    std::memcpy(file.data() + 4, words.data(), sizeof(words));
    file.insert(file.end(), dimg.payload.begin(), dimg.payload.end());
    return file;
}

Result<Dimg> decode_dimg(std::span<const std::uint8_t> file) {
    if (file.size() < kHeaderBytes || std::memcmp(file.data(), "DIMG", 4) != 0) {
        return fail("not a DIMG file: it does not begin with DIMG and eight numbers");
    }
    std::array<std::uint32_t, 8> words{};
    std::memcpy(words.data(), file.data() + 4, sizeof(words));
    if (words[0] != 0) return fail(fmt::format("DIMG version is {}, known is 0", words[0]));
    return Dimg{.format = words[1],
                .width = words[2],
                .height = words[3],
                .channel = words[4],
                .line_stride = words[5],
                .surface_stride = words[6],
                .size = words[7],
                .payload = Bytes(file.begin() + kHeaderBytes, file.end())};
}

std::string raw_dump(const Dimg& dimg) {
    std::string text;
    const unsigned bytes = bytes_of(dimg.format);
    for (std::size_t at = 0; at + bytes <= dimg.payload.size(); at += bytes) {
        text += element_text(dimg, at) + " ";
    }
    return text;
}

std::string dimg_difference(const Dimg& found, const Dimg& expected) {
    if (found.width != expected.width || found.height != expected.height ||
        found.channel != expected.channel) {
        return fmt::format("the output is {}x{}x{}, expected {}x{}x{}", found.width, found.height,
                           found.channel, expected.width, expected.height, expected.channel);
    }
    if (found.payload.size() != expected.payload.size()) {
        return fmt::format("the output has {} bytes, expected {}", found.payload.size(),
                           expected.payload.size());
    }
    std::size_t different = 0;
    std::size_t first = 0;
    for (std::size_t i = found.payload.size(); i-- > 0;) {
        if (found.payload[i] == expected.payload[i]) continue;
        ++different;
        first = i;
    }
    if (different == 0) return {};
    const std::size_t element = first / bytes_of(found.format);
    const std::size_t plane = std::size_t{found.width} * found.height;
    return fmt::format(
        "{} of {} bytes differ, first at channel {}, line {}, column {}: {:#04x}, "
        "expected {:#04x}",
        different, found.payload.size(), element / plane, element % plane / found.width,
        element % found.width, found.payload[first], expected.payload[first]);
}

}  // namespace dla::runtime
