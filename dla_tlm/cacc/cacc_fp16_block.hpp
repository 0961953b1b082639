// SPDX-License-Identifier: Apache-2.0
// fp16 MAC operations of one kernel group, for a block of output pixels at once: the fast form of
// cmac_fp16.hpp plus cacc_fp16.hpp, same bits. Picks the best instruction set at run time.
//
//   std::vector<Fp48Group> sums(pixels);                    // all zero
//   for each MAC operation in the order of accumulation:
//       fp16_accumulate({weights, kernels, lanes, data_of_each_pixel}, sums);
//   to_fp32(sums[i], bits);                                 // kernels words of pixel i
//
// A call prepares the weights once and uses them for every pixel: give it 16 pixels or more where
// there are so many.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dla_tlm/cacc/cacc_fp16.hpp"

namespace dla::cacc {

inline constexpr unsigned kFp16GroupKernels = 16;

// Accumulators of one output pixel, one per kernel of the group.
struct alignas(64) Fp48Group {
    std::array<std::int64_t, kFp16GroupKernels> mantissa{};
    std::array<std::int64_t, kFp16GroupKernels> exponent{};
};

struct Fp16Operation {
    const std::uint16_t* weights;  // kernel k, lane c at [k * lanes + c], as in the weight stream
    unsigned kernels;              // 1..16
    unsigned lanes;                // 1..64, channels of this operation
    std::span<const std::uint16_t* const> data;  // per pixel: its atom of `lanes` elements
};

// sums[i] += operation on data[i].
void fp16_accumulate(const Fp16Operation& operation, std::span<Fp48Group> sums);

// Winograd: 64 lanes as in cmac::fp16_mac_winograd, data[i] is one transformed 4x4 tile of four
// channels; its four outputs go to sums[4 * i + 0..3].
void fp16_accumulate_winograd(const Fp16Operation& operation, std::span<Fp48Group> sums);

// The first bits.size() kernels of a pixel.
void to_fp32(const Fp48Group& sums, std::span<std::uint32_t> bits);

}  // namespace dla::cacc
