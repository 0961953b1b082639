// SPDX-License-Identifier: Apache-2.0
// The versions of the block functions of cacc_fp16_block.hpp, fastest first; for tests and
// benchmarks. The last one is the reference and runs everywhere.
//
//   for (const Fp16Kernels& version : fp16_kernels()) version.accumulate(operation, sums);
#pragma once

#include <span>
#include <vector>

#include "dla_tlm/cacc/cacc_fp16_block.hpp"

namespace dla::cacc {

struct Fp16Kernels {
    const char* name;
    void (*accumulate)(const Fp16Operation& operation, std::span<Fp48Group> sums);
    void (*accumulate_winograd)(const Fp16Operation& operation, std::span<Fp48Group> sums);
};

// Those that this machine can run.
const std::vector<Fp16Kernels>& fp16_kernels();

// Reference, pixel by pixel and kernel by kernel.
void accumulate_pixel_reference(const Fp16Operation& operation, std::size_t pixel, Fp48Group& sums);
void accumulate_tile_reference(const Fp16Operation& operation, std::size_t tile,
                               std::span<Fp48Group, 4> sums);

void accumulate_lanes(const Fp16Operation& operation, std::span<Fp48Group> sums);
void accumulate_winograd_lanes(const Fp16Operation& operation, std::span<Fp48Group> sums);

#if defined(__x86_64__)
bool has_avx2();
void accumulate_avx2(const Fp16Operation& operation, std::span<Fp48Group> sums);
void accumulate_winograd_avx2(const Fp16Operation& operation, std::span<Fp48Group> sums);
bool has_avx512();
void accumulate_avx512(const Fp16Operation& operation, std::span<Fp48Group> sums);
void accumulate_winograd_avx512(const Fp16Operation& operation, std::span<Fp48Group> sums);
#endif

}  // namespace dla::cacc
