// SPDX-License-Identifier: Apache-2.0
// fp16 MAC rate of one thread, normal data: GMAC/s of every version of the block functions.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "dla_tlm/cacc/cacc_fp16_kernels.hpp"

namespace {

using dla::cacc::Fp16Kernels;
using dla::cacc::Fp16Operation;
using dla::cacc::Fp48Group;

std::vector<std::uint16_t> normal_numbers(std::size_t count, unsigned spread, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<std::uint16_t> numbers(count);
    for (auto& number : numbers) {
        const float value = std::ldexp(normal(random), -static_cast<int>(random() % (spread + 1)));
        std::uint32_t bits;
        std::memcpy(&bits, &value, sizeof(bits));
        const int exponent = static_cast<int>((bits >> 23) & 0xff) - 112;
        if (exponent <= 0) continue;
        number = static_cast<std::uint16_t>(((bits >> 16) & 0x8000) |
                                            (static_cast<unsigned>(exponent) << 10) |
                                            ((bits >> 13) & 0x3ff));
    }
    return numbers;
}

void measure(const Fp16Kernels& version, unsigned pixels, unsigned spread) {
    constexpr unsigned kLanes = 64;
    const auto weights = normal_numbers(16 * kLanes, spread, 1);
    const auto data = normal_numbers(std::size_t{pixels} * kLanes, spread, 2);
    std::vector<const std::uint16_t*> atoms;
    for (unsigned i = 0; i < pixels; ++i)
        atoms.push_back(&data[std::size_t{i} * kLanes]);
    const Fp16Operation operation{weights.data(), 16, kLanes, atoms};
    std::vector<Fp48Group> sums(pixels);
    double macs = 0;
    const auto begin = std::chrono::steady_clock::now();
    std::chrono::duration<double> elapsed{};
    do {
        version.accumulate(operation, sums);
        macs += 16.0 * kLanes * pixels;
        elapsed = std::chrono::steady_clock::now() - begin;
    } while (elapsed.count() < 0.3);
    std::printf("%-10s pixels %3u exponent spread %2u: %7.3f GMAC/s\n", version.name, pixels,
                spread, macs / elapsed.count() / 1e9);
}

}  // namespace

int main() {
    for (const Fp16Kernels& version : dla::cacc::fp16_kernels()) {
        for (const unsigned spread : {0U, 8U, 16U})
            measure(version, 64, spread);
        measure(version, 1, 0);
    }
}
