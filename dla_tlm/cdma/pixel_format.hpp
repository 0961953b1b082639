// SPDX-License-Identifier: Apache-2.0
// The pixel formats of image input as data: planes, containers, order of the components.
// spec: data-formats.md section 2.
//
//   const PixelFormat* format = find_pixel_format(code);      // null: no such code
//   unpack_line(*format, plane0, plane1, pixels, elements);   // CBUF channel order, raw elements
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dla_tlm/common/hardware_config.hpp"

namespace dla::cdma {

struct PixelFormat {
    enum class Packing : std::uint8_t { kBytes, kWords, kTenBit };

    const char* name;
    Packing packing;
    unsigned channels;  // in CBUF: 1, 3 or 4
    bool semi_planar;   // first channel in plane 0, the other two in plane 1
    bool floating;      // fp16 components
    // CBUF channel to memory component; semi-planar: of the last two channels in plane 1.
    std::array<std::uint8_t, 4> order;
    std::array<std::uint8_t, 4> shift;  // ten-bit packing: lowest bit of each CBUF channel

    unsigned element_bytes() const { return packing == Packing::kBytes ? 1 : 2; }
    // Bytes of a pixel in a plane.
    unsigned plane0_bytes() const {
        if (packing == Packing::kTenBit) return 4;
        return element_bytes() * (semi_planar ? 1 : channels);
    }
    unsigned plane1_bytes() const { return semi_planar ? 2 * element_bytes() : 0; }
    Precision precision() const {
        if (floating) return Precision::kFp16;
        return packing == Packing::kBytes ? Precision::kInt8 : Precision::kInt16;
    }
};

inline constexpr unsigned kPixelFormats = 36;

const PixelFormat* find_pixel_format(unsigned code);

// Whether the configuration accepts the format.
bool accepts_pixel_format(unsigned code, const HardwareConfig& config);

// Raw elements of a line, channels side by side: pixels * channels * element_bytes() bytes.
void unpack_line(const PixelFormat& format, std::span<const std::uint8_t> plane0,
                 std::span<const std::uint8_t> plane1, unsigned pixels,
                 std::span<std::uint8_t> elements);

}  // namespace dla::cdma
