// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/pixel_format.hpp"

#include <cstring>

namespace dla::cdma {
namespace {

using Packing = PixelFormat::Packing;
using Order = std::array<std::uint8_t, 4>;

constexpr Order kForward{0, 1, 2, 3};
constexpr Order kSwapped{2, 1, 0, 3};  // A in the top component, then R, G, B downwards
constexpr Order kRotated{1, 2, 3, 0};  // A in the lowest component
constexpr Order kReversed{3, 2, 1, 0};

constexpr PixelFormat single(const char* name, Packing packing, bool floating = false) {
    return {name, packing, 1, false, floating, kForward, {}};
}
constexpr PixelFormat packed(const char* name, Packing packing, Order order,
                             bool floating = false) {
    return {name, packing, 4, false, floating, order, {}};
}
constexpr PixelFormat ten_bit(const char* name, Order shift) {
    return {name, Packing::kTenBit, 4, false, false, kForward, shift};
}
constexpr PixelFormat planar(const char* name, Packing packing, bool swap) {
    return {name, packing, 3, true, false, swap ? Order{0, 1, 0, 0} : Order{0, 0, 1, 0}, {}};
}

constexpr std::array<PixelFormat, kPixelFormats> kFormats{
    single("R8", Packing::kBytes),
    single("R10", Packing::kWords),
    single("R12", Packing::kWords),
    single("R16", Packing::kWords),
    single("R16_I", Packing::kWords),
    single("R16_F", Packing::kWords, true),
    packed("A16B16G16R16", Packing::kWords, kForward),
    packed("X16B16G16R16", Packing::kWords, kForward),
    packed("A16B16G16R16_F", Packing::kWords, kForward, true),
    packed("A16Y16U16V16", Packing::kWords, kSwapped),
    packed("V16U16Y16A16", Packing::kWords, kRotated),
    packed("A16Y16U16V16_F", Packing::kWords, kSwapped, true),
    packed("A8B8G8R8", Packing::kBytes, kForward),
    packed("A8R8G8B8", Packing::kBytes, kSwapped),
    packed("B8G8R8A8", Packing::kBytes, kRotated),
    packed("R8G8B8A8", Packing::kBytes, kReversed),
    packed("X8B8G8R8", Packing::kBytes, kForward),
    packed("X8R8G8B8", Packing::kBytes, kSwapped),
    packed("B8G8R8X8", Packing::kBytes, kRotated),
    packed("R8G8B8X8", Packing::kBytes, kReversed),
    ten_bit("A2B10G10R10", {0, 10, 20, 30}),
    ten_bit("A2R10G10B10", {20, 10, 0, 30}),
    ten_bit("B10G10R10A2", {2, 12, 22, 0}),
    ten_bit("R10G10B10A2", {22, 12, 2, 0}),
    ten_bit("A2Y10U10V10", {20, 10, 0, 30}),
    ten_bit("V10U10Y10A2", {2, 12, 22, 0}),
    packed("A8Y8U8V8", Packing::kBytes, kSwapped),
    packed("V8U8Y8A8", Packing::kBytes, kRotated),
    planar("Y8_U8V8_N444", Packing::kBytes, true),
    planar("Y8_V8U8_N444", Packing::kBytes, false),
    planar("Y10_U10V10_N444", Packing::kWords, true),
    planar("Y10_V10U10_N444", Packing::kWords, false),
    planar("Y12_U12V12_N444", Packing::kWords, true),
    planar("Y12_V12U12_N444", Packing::kWords, false),
    planar("Y16_U16V16_N444", Packing::kWords, true),
    planar("Y16_V16U16_N444", Packing::kWords, false),
};

// Builds for int8 only: CFGROM's masks of packed and semi-planar formats.
constexpr std::uint64_t kInt8Formats = 0x0cfff001ULL | (0x3ULL << 28);

template <class Element>
void reorder(const PixelFormat& format, const std::uint8_t* plane0, unsigned pixels,
             Element* elements) {
    const Order order = format.order;
    for (unsigned i = 0; i < pixels; ++i) {
        std::array<Element, 4> pixel;
        std::memcpy(pixel.data(), plane0 + i * sizeof(pixel), sizeof(pixel));
        for (unsigned c = 0; c < 4; ++c)
            elements[4 * i + c] = pixel[order[c]];
    }
}

template <class Element>
void interleave(const PixelFormat& format, const std::uint8_t* plane0, const std::uint8_t* plane1,
                unsigned pixels, Element* elements) {
    for (unsigned i = 0; i < pixels; ++i) {
        std::array<Element, 2> chroma;
        std::memcpy(&elements[3 * i], plane0 + i * sizeof(Element), sizeof(Element));
        std::memcpy(chroma.data(), plane1 + i * sizeof(chroma), sizeof(chroma));
        elements[3 * i + 1] = chroma[format.order[1]];
        elements[3 * i + 2] = chroma[format.order[2]];
    }
}

// Ten-bit components at the top of 16 bits, the two-bit one too.
void expand(const PixelFormat& format, const std::uint8_t* plane0, unsigned pixels,
            std::uint16_t* elements) {
    for (unsigned i = 0; i < pixels; ++i) {
        std::uint32_t pixel = 0;
        std::memcpy(&pixel, plane0 + i * sizeof(pixel), sizeof(pixel));
        for (unsigned c = 0; c < 3; ++c)
            elements[4 * i + c] =
                static_cast<std::uint16_t>(((pixel >> format.shift[c]) & 0x3ff) << 6);
        elements[4 * i + 3] = static_cast<std::uint16_t>(((pixel >> format.shift[3]) & 3) << 14);
    }
}

}  // namespace

const PixelFormat* find_pixel_format(unsigned code) {
    return code < kPixelFormats ? &kFormats[code] : nullptr;
}

bool accepts_pixel_format(unsigned code, const HardwareConfig& config) {
    if (code >= kPixelFormats) return false;
    return config.features.int16 || ((kInt8Formats >> code) & 1) != 0;
}

void unpack_line(const PixelFormat& format, std::span<const std::uint8_t> plane0,
                 std::span<const std::uint8_t> plane1, unsigned pixels,
                 std::span<std::uint8_t> elements) {
    auto* words = reinterpret_cast<std::uint16_t*>(elements.data());
    if (format.channels == 1) {
        std::memcpy(elements.data(), plane0.data(), std::size_t{pixels} * format.element_bytes());
    } else if (format.packing == Packing::kTenBit) {
        expand(format, plane0.data(), pixels, words);
    } else if (format.semi_planar && format.packing == Packing::kBytes) {
        interleave(format, plane0.data(), plane1.data(), pixels, elements.data());
    } else if (format.semi_planar) {
        interleave(format, plane0.data(), plane1.data(), pixels, words);
    } else if (format.packing == Packing::kBytes) {
        reorder(format, plane0.data(), pixels, elements.data());
    } else {
        reorder(format, plane0.data(), pixels, words);
    }
}

}  // namespace dla::cdma
