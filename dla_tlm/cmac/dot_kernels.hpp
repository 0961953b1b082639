// SPDX-License-Identifier: Apache-2.0
// Exact integer dot products of a few pixels with 16 or 32 kernels, for every instruction set.
//
//   const DotKernels& kernels = best_dot_kernels();
//   kernels.words[half_width][vectors](tile);
//
// A tile is two runs ("halves") of up to kMaxHalf pixels at a fixed distance from each other.
// Sums are modulo 2^32: exact when the true sum fits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dla::cmac {

enum class DotForm : std::uint8_t {
    kBytes,  // data uint8, weights int8, four products per step
    kWords   // data int16, weights int16, two products per step
};

inline constexpr std::size_t kDotLanes = 16;        // kernels of one vector
inline constexpr std::size_t kDotStepBytes = 4;     // data of one step
inline constexpr std::size_t kDotVectorBytes = 64;  // weights of one step and vector
inline constexpr std::size_t kMaxHalf = 7;
inline constexpr std::size_t kMaxVectors = 2;

// A run of consecutive data, the same distance from every pixel's origin.
struct DotSegment {
    std::ptrdiff_t offset;  // bytes
    std::size_t steps;
};

struct DotTile {
    std::array<const std::byte*, 2> data;  // first pixel of each half
    std::ptrdiff_t pixel_stride;           // bytes
    std::span<const DotSegment> segments;
    const std::byte* weights;   // per segment and step: vectors * 64 bytes
    const std::int32_t* start;  // vectors * 16 first values
    std::array<std::int32_t*, 2> sums;
    std::ptrdiff_t sum_pitch;  // elements from pixel to pixel
};

using DotFunction = void (*)(const DotTile&);
// wide[i] += narrow[i] * 2^shift; count is a multiple of 16.
using WidenFunction = void (*)(const std::int32_t* narrow, unsigned shift, std::int64_t* wide,
                               std::size_t count);

// Weights of 16 kernels into the order of a tile: step after step, step_bytes apart, four bytes per
// kernel. src: kernel after kernel, kernel_bytes apart, steps * 4 bytes each.
using InterleaveFunction = void (*)(const std::byte* src, std::size_t kernel_bytes,
                                    std::size_t steps, std::byte* dst, std::size_t step_bytes);

struct DotKernels {
    using Table = std::array<std::array<DotFunction, kMaxVectors + 1>, kMaxHalf + 1>;

    const char* name;
    bool has_bytes;
    Table bytes;  // [pixels of a half][vectors]; entries 0 are empty
    Table words;
    WidenFunction widen;
    InterleaveFunction interleave;
};

// What this processor runs, slowest first; the first is portable.
std::span<const DotKernels* const> available_dot_kernels();
inline const DotKernels& best_dot_kernels() {
    return *available_dot_kernels().back();
}

}  // namespace dla::cmac
