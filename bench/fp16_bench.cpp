// SPDX-License-Identifier: Apache-2.0
// fp16 convolution, one thread, 10^9 multiply-adds per second: blocks of one MAC operation by
// instruction set and spread of exponents, then whole layers from packed input to fp32 outputs.
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <ctime>
#include <random>
#include <vector>

#include "bench/bench_layers.hpp"
#include "dla_tlm/cacc/cacc_fp16_kernels.hpp"
#include "dla_tlm/csc/convolve_fp16.hpp"
#include "dla_tlm/csc/layout.hpp"
#include "dla_tlm/numerics/numerics.hpp"

namespace dla::bench {
namespace {

using cacc::Fp16Kernels;

// Processor time of this thread: long runs on a busy machine still compare.
template <class Run>
double cpu_seconds_per_run(const Run& run) {
    constexpr double kLeast = 0.2;
    run();
    // Reading the clock takes longer than a run of one pixel.
    for (unsigned runs = 1;; runs *= 2) {
        const std::clock_t start = std::clock();
        for (unsigned i = 0; i < runs; ++i)
            run();
        const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        if (seconds > kLeast) return seconds / runs;
    }
}

// Normal distribution, scaled down by up to 2^spread.
std::vector<std::uint16_t> normal_numbers(std::size_t count, unsigned spread, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<std::uint16_t> numbers(count);
    for (auto& number : numbers) {
        const int down = static_cast<int>(random() % (spread + 1));
        const float value = std::ldexp(normal(random), -down);
        number = numerics::fp32_to_fp16(std::bit_cast<std::uint32_t>(value));
    }
    return numbers;
}

void measure_block(const Fp16Kernels& version, unsigned pixels, unsigned spread) {
    constexpr std::size_t kLanes = cmac::kFp16Lanes;
    const auto weights = normal_numbers(cacc::kFp16GroupKernels * kLanes, spread, 1);
    const auto data = normal_numbers(pixels * kLanes, spread, 2);
    std::vector<const std::uint16_t*> atoms;
    for (std::size_t i = 0; i < pixels; ++i)
        atoms.push_back(&data[i * kLanes]);
    const cacc::Fp16Operation operation{weights.data(), cacc::kFp16GroupKernels, kLanes, atoms};
    std::vector<cacc::Fp48Group> sums(pixels);
    const double seconds = cpu_seconds_per_run([&] { version.accumulate(operation, sums); });
    fmt::print("{:<10} {:>3} pixels, exponents spread by 2^{:<2} {:8.3f}\n", version.name, pixels,
               spread, cacc::kFp16GroupKernels * kLanes * pixels / seconds / 1e9);
}

csc::ConvOp layer_op(const BenchLayer& layer, bool winograd) {
    csc::ConvOp op;
    op.mode = winograd ? csc::ConvMode::kWinograd : csc::ConvMode::kFeature;
    op.precision = Precision::kFp16;
    op.channel_block = 64;
    op.kernel_group = cacc::kFp16GroupKernels;
    op.atom_bytes = 32;
    op.entry_bytes = 128;
    op.out_width = op.out_height = layer.out_size();
    op.width = op.height = winograd ? layer.size + 4 : layer.size;
    op.channels = op.weight_channels = layer.channels;
    op.kernels = op.out_channels = layer.kernels;
    op.kernel_width = op.kernel_height = winograd ? 4 : layer.kernel;
    op.stride_x = op.stride_y = layer.stride;
    op.pad_left = op.pad_top = winograd ? 0 : layer.padding();
    op.entries_per_slice = static_cast<unsigned>(csc::entries_per_slice(op));
    return op;
}

// Multiply-adds of the direct convolution, also where Winograd needs fewer.
void measure_layer(const BenchLayer& layer, bool winograd) {
    const csc::ConvOp op = layer_op(layer, winograd);
    const auto data = normal_numbers(op.slices() * op.slice_bytes() / 2, 0, 3);
    const auto weights = normal_numbers(op.kernels * op.kernel_elements(), 0, 4);
    std::vector<csc::Slice> slices;
    for (unsigned i = 0; i < op.slices(); ++i)
        slices.push_back(
            std::as_bytes(std::span(data)).subspan(i * op.slice_bytes(), op.slice_bytes()));
    csc::InputLayer input;
    const double load = cpu_seconds_per_run([&] { input.load(op, slices); });
    std::vector<std::int32_t> values(std::size_t{op.out_width} * op.out_height *
                                     op.lanes_per_surface());
    const double seconds = cpu_seconds_per_run([&] {
        for (unsigned group = 0; group < op.kernel_groups(); ++group) {
            const auto first = csc::group_first_element(op, group);
            const auto stream = std::as_bytes(std::span(weights)).subspan(2 * first);
            csc::convolve_fp16(op, input, {group, stream, 0}, {0, op.out_height}, values);
        }
    });
    fmt::print("{:<24}{:<10}{:8.3f}   with input {:8.3f}\n", layer.name, winograd ? "Winograd" : "",
               layer.macs() / seconds / 1e9, layer.macs() / (seconds + load) / 1e9);
}

void run() {
    for (const Fp16Kernels& version : cacc::fp16_kernels()) {
        for (const unsigned spread : {0U, 8U, 16U})
            measure_block(version, 64, spread);
        for (const unsigned spread : {0U, 16U})
            measure_block(version, 1, spread);
    }
    measure_layer({"fully connected 2048-1000", 1, 2048, 1000, 1, 1, false}, false);
    for (const BenchLayer& layer : kResnetLayers) {
        if (layer.image) continue;
        measure_layer(layer, false);
        if (layer.kernel == 3 && layer.stride == 1 && layer.out_size() % 4 == 0)
            measure_layer(layer, true);
    }
}

}  // namespace
}  // namespace dla::bench

int main() {
    dla::bench::run();
}
