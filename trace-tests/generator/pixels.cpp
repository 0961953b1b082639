// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/generator/pixels.hpp"

#include <array>
#include <utility>

namespace dla::trace {
namespace {

enum class Packing : std::uint8_t { kSingle, kElements, kTenBits, kPlanes };

// Elements: where each component lies in memory; ten bits: the lowest bit of each; planes: where U
// and V lie in the second one.
struct Format {
    Packing packing;
    Precision precision;
    std::array<unsigned, 4> place;
};

constexpr unsigned kStrideStep = 32;  // bytes

std::array<unsigned, 4> element_places(unsigned code) {
    switch (code) {
        case 9:
        case 11:
        case 13:
        case 17:
        case 26:
            return {2, 1, 0, 3};
        case 10:
        case 14:
        case 18:
        case 27:
            return {1, 2, 3, 0};
        case 15:
        case 19:
            return {3, 2, 1, 0};
        default:
            return {0, 1, 2, 3};
    }
}

Format format_of(unsigned code) {
    constexpr std::array<std::array<unsigned, 4>, 6> kBits{{{0, 10, 20, 30},
                                                            {20, 10, 0, 30},
                                                            {2, 12, 22, 0},
                                                            {22, 12, 2, 0},
                                                            {20, 10, 0, 30},
                                                            {2, 12, 22, 0}}};
    const Precision precision = pixel_precision(code);
    if (code <= 5) return {Packing::kSingle, precision, {}};
    if (code >= 20 && code <= 25) return {Packing::kTenBits, precision, kBits[code - 20]};
    if (code < 28) return {Packing::kElements, precision, element_places(code)};
    const bool v_first = code % 2 == 0;
    return {Packing::kPlanes, precision, {0, v_first ? 1u : 0u, v_first ? 0u : 1u, 0}};
}

std::int64_t random_component(const Format& format, unsigned channel, Random& random) {
    constexpr unsigned kTenBitShift = 6;
    constexpr unsigned kTwoBitShift = 14;
    if (format.precision == Precision::kFp16)
        return 2 * static_cast<std::int64_t>(random.next() % 8) - 7;
    if (format.packing == Packing::kTenBits)
        return channel == 3 ? static_cast<std::int64_t>(random.next() % 4) << kTwoBitShift
                            : static_cast<std::int64_t>(random.next() % 1024) << kTenBitShift;
    return static_cast<std::int64_t>(random.next() %
                                     (format.precision == Precision::kInt8 ? 256 : 65536));
}

void put(Bytes& bytes, std::size_t at, std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i)
        bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

unsigned stride_of(unsigned bytes) {
    return (bytes + kStrideStep - 1) / kStrideStep * kStrideStep;
}

std::uint64_t ten_bit_pixel(const PixelImage& image, const Format& format, unsigned x, unsigned y) {
    std::uint64_t word = 0;
    for (unsigned c = 0; c < 4; ++c)
        word |= static_cast<std::uint64_t>(image.components.at(x, y, c) >> (c == 3 ? 14 : 6))
                << format.place[c];
    return word;
}

void pack(PixelImage& image, const Format& format, unsigned x, unsigned y) {
    const unsigned size = bytes_per_element(format.precision);
    const auto bits = [&](unsigned c) {
        return static_cast<std::uint64_t>(
            element_bits(image.components.at(x, y, c), format.precision));
    };
    const std::size_t line = std::size_t{y} * image.line_stride;
    switch (format.packing) {
        case Packing::kSingle:
            return put(image.plane0, line + x * size, bits(0), size);
        case Packing::kElements:
            for (unsigned c = 0; c < 4; ++c)
                put(image.plane0, line + (x * 4 + format.place[c]) * size, bits(c), size);
            return;
        case Packing::kTenBits:
            return put(image.plane0, line + std::size_t{x} * 4, ten_bit_pixel(image, format, x, y),
                       4);
        case Packing::kPlanes:
            put(image.plane0, line + x * size, bits(0), size);
            for (unsigned c = 1; c < 3; ++c)
                put(image.plane1,
                    std::size_t{y} * image.line_stride1 + (x * 2 + format.place[c]) * size, bits(c),
                    size);
    }
}

}  // namespace

unsigned pixel_components(unsigned code) {
    if (code <= 5) return 1;
    return code < 28 ? 4 : 3;
}

Precision pixel_precision(unsigned code) {
    if (code == 5 || code == 8 || code == 11) return Precision::kFp16;
    const bool bytes = code == 0 || (code >= 12 && code <= 19) || (code >= 26 && code <= 29);
    return bytes ? Precision::kInt8 : Precision::kInt16;
}

PixelImage random_image(unsigned code, unsigned width, unsigned height, Random& random) {
    const Format format = format_of(code);
    const unsigned size = bytes_per_element(format.precision);
    const bool planes = format.packing == Packing::kPlanes;
    const unsigned pixel_bytes = format.packing == Packing::kTenBits ? 4
                                 : planes                            ? size
                                          : size * pixel_components(code);
    PixelImage image{.components = Cube(width, height, pixel_components(code)),
                     .precision = format.precision,
                     .plane0 = {},
                     .plane1 = {},
                     .line_stride = stride_of(width * pixel_bytes),
                     .line_stride1 = planes ? stride_of(width * 2 * size) : 0};
    image.plane0.resize(std::size_t{image.line_stride} * height);
    image.plane1.resize(std::size_t{image.line_stride1} * height);
    for (unsigned y = 0; y < height; ++y) {
        for (unsigned x = 0; x < width; ++x) {
            for (unsigned c = 0; c < pixel_components(code); ++c)
                image.components.at(x, y, c) = random_component(format, c, random);
            pack(image, format, x, y);
        }
    }
    return image;
}

}  // namespace dla::trace
