// SPDX-License-Identifier: Apache-2.0
// A feature cube in memory and its picture in text: planes of lines, one per channel.
//
//   CubeInMemory cube{.base = 0xc0000000, .width = 8, .height = 8, .channels = 16, ...};
//   auto bytes = read_cube(dla, cube);              // every byte from the first line to the last
//   cube_picture(cube, *bytes, {.first_channel = 0, .channels = 1});
//
// spec: data-formats.md section 1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dla_tlm/core/dla.hpp"
#include "vp/monitor/reply.hpp"

namespace dla::vp::monitor {

struct CubeInMemory {
    Ram ram = Ram::kPrimary;
    std::uint64_t base = 0;
    unsigned width = 1;
    unsigned height = 1;
    unsigned channels = 1;
    Precision precision = Precision::kInt8;
    unsigned atom_bytes = 8;
    std::uint64_t line_stride = 0;     // bytes
    std::uint64_t surface_stride = 0;  // bytes

    unsigned lanes() const { return atom_bytes / bytes_per_element(precision); }
    unsigned surfaces() const { return (channels + lanes() - 1) / lanes(); }
    // From base to the end of the last line.
    std::uint64_t bytes() const {
        return (surfaces() - 1) * surface_stride + (height - 1) * line_stride +
               std::uint64_t{width} * atom_bytes;
    }
    // Of an element, from base.
    std::uint64_t offset(unsigned x, unsigned y, unsigned channel) const {
        return channel / lanes() * surface_stride + y * line_stride +
               std::uint64_t{x} * atom_bytes +
               std::uint64_t{channel % lanes()} * bytes_per_element(precision);
    }
};

// Part of a cube; channels 0: up to the last one.
struct ChannelRange {
    unsigned first = 0;
    unsigned count = 0;
};

Result<Reply> cube_picture(const CubeInMemory& cube, std::span<const std::uint8_t> bytes,
                           ChannelRange range);

}  // namespace dla::vp::monitor
