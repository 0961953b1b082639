// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cacc/cacc_fp16_block.hpp"

#include "dla_tlm/cacc/cacc_fp16_kernels.hpp"

namespace dla::cacc {
namespace {

void accumulate_kernel(Fp48Group& sums, unsigned kernel, const cmac::Fp16MacResult& term) {
    Fp48 sum{sums.mantissa[kernel], sums.exponent[kernel]};
    accumulate(sum, term);
    sums.mantissa[kernel] = sum.mantissa;
    sums.exponent[kernel] = sum.exponent;
}

void accumulate_reference(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    for (std::size_t i = 0; i < operation.data.size(); ++i)
        accumulate_pixel_reference(operation, i, sums[i]);
}

void accumulate_winograd_reference(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    for (std::size_t i = 0; i < operation.data.size(); ++i)
        accumulate_tile_reference(operation, i, sums.subspan(4 * i).first<4>());
}

std::vector<Fp16Kernels> find_kernels() {
    std::vector<Fp16Kernels> kernels;
#if defined(__x86_64__)
    if (has_avx512()) kernels.push_back({"avx512", accumulate_avx512, accumulate_winograd_avx512});
    if (has_avx2()) kernels.push_back({"avx2", accumulate_avx2, accumulate_winograd_avx2});
#endif
    kernels.push_back({"plain", accumulate_lanes, accumulate_winograd_lanes});
    kernels.push_back({"reference", accumulate_reference, accumulate_winograd_reference});
    return kernels;
}

}  // namespace

void accumulate_pixel_reference(const Fp16Operation& operation, std::size_t pixel,
                                Fp48Group& sums) {
    const std::span data(operation.data[pixel], operation.lanes);
    for (unsigned k = 0; k < operation.kernels; ++k) {
        const std::span weights(operation.weights + k * operation.lanes, operation.lanes);
        accumulate_kernel(sums, k, cmac::fp16_mac(data, weights));
    }
}

void accumulate_tile_reference(const Fp16Operation& operation, std::size_t tile,
                               std::span<Fp48Group, 4> sums) {
    using Atom = std::span<const std::uint16_t, cmac::kFp16Lanes>;
    const Atom data(operation.data[tile], cmac::kFp16Lanes);
    for (unsigned k = 0; k < operation.kernels; ++k) {
        const Atom weights(operation.weights + k * cmac::kFp16Lanes, cmac::kFp16Lanes);
        const auto terms = cmac::fp16_mac_winograd(data, weights);
        for (unsigned output = 0; output < 4; ++output)
            accumulate_kernel(sums[output], k, terms[output]);
    }
}

const std::vector<Fp16Kernels>& fp16_kernels() {
    static const std::vector<Fp16Kernels> kernels = find_kernels();
    return kernels;
}

void fp16_accumulate(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    fp16_kernels().front().accumulate(operation, sums);
}

void fp16_accumulate_winograd(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    fp16_kernels().front().accumulate_winograd(operation, sums);
}

void to_fp32(const Fp48Group& sums, std::span<std::uint32_t> bits) {
    for (std::size_t k = 0; k < bits.size(); ++k)
        bits[k] = to_fp32(Fp48{sums.mantissa[k], sums.exponent[k]});
}

}  // namespace dla::cacc
