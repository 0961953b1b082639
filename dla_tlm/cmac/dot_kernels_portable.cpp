// SPDX-License-Identifier: Apache-2.0
// Plain loops that compilers vectorise for any machine.
#include <cstring>

#include "dla_tlm/cmac/dot_kernels_targets.hpp"

namespace dla::cmac {
namespace {

// Two products per lane; wraps modulo 2^32 like the vector instructions.
void multiply_step(const std::byte* data, const std::byte* weights, std::uint32_t* sums) {
    std::int16_t x[2];
    std::memcpy(x, data, sizeof x);
    std::int16_t w[2 * kDotLanes];
    std::memcpy(w, weights, sizeof w);
    for (std::size_t lane = 0; lane < kDotLanes; ++lane) {
        const auto low = static_cast<std::uint32_t>(x[0] * w[2 * lane]);
        const auto high = static_cast<std::uint32_t>(x[1] * w[2 * lane + 1]);
        sums[lane] += low + high;
    }
}

template <std::size_t Vectors>
void dot_pixel(const DotTile& tile, const std::byte* data, std::int32_t* out) {
    std::uint32_t sums[Vectors * kDotLanes];
    std::memcpy(sums, tile.start, sizeof sums);
    const std::byte* weights = tile.weights;
    for (const DotSegment& segment : tile.segments) {
        const std::byte* x = data + segment.offset;
        for (std::size_t step = 0; step < segment.steps; ++step) {
            for (std::size_t v = 0; v < Vectors; ++v)
                multiply_step(x, weights + v * kDotVectorBytes, sums + v * kDotLanes);
            x += kDotStepBytes;
            weights += Vectors * kDotVectorBytes;
        }
    }
    std::memcpy(out, sums, sizeof sums);
}

template <std::size_t Half, std::size_t Vectors>
void dot_words(const DotTile& tile) {
    for (std::size_t half = 0; half < 2; ++half)
        for (std::size_t p = 0; p < Half; ++p) {
            const auto pixel = static_cast<std::ptrdiff_t>(p);
            dot_pixel<Vectors>(tile, tile.data[half] + pixel * tile.pixel_stride,
                               tile.sums[half] + pixel * tile.sum_pitch);
        }
}

void widen(const std::int32_t* narrow, unsigned shift, std::int64_t* wide, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        wide[i] += std::int64_t{narrow[i]} << shift;
}

struct Words {
    template <std::size_t Half, std::size_t Vectors>
    static constexpr DotFunction make() {
        return &dot_words<Half, Vectors>;
    }
};

}  // namespace

void interleave_portable(const std::byte* src, std::size_t kernel_bytes, std::size_t steps,
                         std::byte* dst, std::size_t step_bytes) {
    for (std::size_t kernel = 0; kernel < kDotLanes; ++kernel)
        for (std::size_t step = 0; step < steps; ++step)
            std::memcpy(dst + step * step_bytes + kernel * kDotStepBytes,
                        src + kernel * kernel_bytes + step * kDotStepBytes, kDotStepBytes);
}

const DotKernels& portable_dot_kernels() {
    static constexpr DotKernels kKernels{
        "portable", false, {}, make_dot_table<Words>(), &widen, &interleave_portable};
    return kKernels;
}

}  // namespace dla::cmac
