// SPDX-License-Identifier: Apache-2.0
#include "bench/kernel_convolution.hpp"

#include <cstring>
#include <random>
#include <vector>

#include "dla_tlm/cacc/deliver.hpp"
#include "dla_tlm/csc/convolve.hpp"
#include "dla_tlm/csc/convolve_fp16.hpp"
#include "dla_tlm/csc/layout.hpp"

namespace dla::bench {
namespace {

csc::ConvOp layer_op(const BenchLayer& layer, Precision precision) {
    const HardwareConfig config = builtin_config("nv_full").value();
    csc::ConvOp op;
    op.mode = layer.image ? csc::ConvMode::kImage : csc::ConvMode::kFeature;
    op.precision = precision;
    op.width = layer.size;
    op.height = layer.size;
    op.channels = layer.channels;
    op.kernels = layer.kernels;
    op.out_channels = layer.kernels;
    op.kernel_width = layer.image ? 1 : layer.kernel;
    op.kernel_height = layer.kernel;
    op.weight_channels = layer.image ? layer.kernel * layer.channels : layer.channels;
    op.stride_x = layer.stride;
    op.stride_y = layer.stride;
    op.pad_left = layer.padding();
    op.pad_top = layer.padding();
    op.out_width = layer.out_size();
    op.out_height = layer.out_size();
    op.channel_block = config.atomic_c;
    op.kernel_group = config.kernels_per_group(precision);
    op.atom_bytes = config.memory_atom_bytes;
    op.entry_bytes = config.cbuf.entry_bytes;
    const std::uint64_t line = std::uint64_t{layer.size + 2 * layer.padding()} * layer.channels;
    op.entries_per_slice = static_cast<unsigned>(csc::entries_per_slice(op, line));
    return op;
}

std::vector<std::byte> random_elements(std::size_t bytes, Precision precision, Range range) {
    const unsigned element_bytes = bytes_per_element(precision);
    std::mt19937 random(1);
    std::vector<std::byte> result(bytes);
    for (std::size_t i = 0; i + element_bytes <= bytes; i += element_bytes) {
        const auto value = static_cast<unsigned>(random());
        auto element = range == Range::kFull
                           ? static_cast<std::int16_t>(value)
                           : static_cast<std::int16_t>(static_cast<int>(value % 401) - 200);
        // Exponents of 2^-4 to 2^1.
        if (precision == Precision::kFp16)
            element = static_cast<std::int16_t>((value & 0x83ff) | (11 + value / 1024 % 6) << 10);
        std::memcpy(&result[i], &element, element_bytes);
    }
    return result;
}

// All kernel groups one after the other.
void convolve_all_fp16(const csc::ConvOp& op, const csc::InputLayer& input,
                       std::span<const std::byte> stream, WorkerPool* pool,
                       std::vector<std::int32_t>& values) {
    values.resize(std::size_t{op.out_width} * op.out_height * op.lanes_per_surface());
    for (unsigned group = 0; group < op.kernel_groups(); ++group) {
        const auto weights = stream.subspan(2 * csc::group_first_element(op, group));
        convolve_fp16(op, input, {group, weights, 0}, {0, op.out_height}, values, pool);
    }
}

}  // namespace

KernelTimes kernel_times(const BenchLayer& layer, Precision precision, Range range,
                         WorkerPool* pool) {
    const csc::ConvOp op = layer_op(layer, precision);
    const unsigned size = op.element_bytes();
    const auto cbuf = random_elements(op.slice_bytes() * op.height, precision, range);
    const auto stream = random_elements(op.kernels * op.kernel_elements() * size, precision, range);
    std::vector<csc::Slice> slices;
    for (unsigned y = 0; y < op.height; ++y)
        slices.push_back(std::span(cbuf).subspan(y * op.slice_bytes(), op.slice_bytes()));
    csc::InputLayer input;
    csc::WeightPanel panel;
    cacc::Accumulators sums;
    const csc::GroupRange all{0, op.kernel_groups()};
    const csc::LineRange lines{0, op.out_height};
    KernelTimes times{};
    times.input = seconds_per_run([&] { input.load(op, slices); });
    if (precision == Precision::kFp16) {
        std::vector<std::int32_t> values;
        times.convolve =
            seconds_per_run([&] { convolve_all_fp16(op, input, stream, pool, values); });
        return times;
    }
    times.weights = seconds_per_run([&] { panel.load(op, input, all, stream); });
    times.convolve = seconds_per_run([&] { convolve(op, input, panel, 0, lines, sums, pool); });
    const std::size_t lanes = op.lanes_per_surface();
    std::vector<std::int32_t> values(sums.pixels() * lanes);
    times.deliver = seconds_per_run([&] {
        for (std::size_t k = 0; k < op.kernels; k += lanes)
            deliver(sums, k, lanes, 0, values);
    });
    return times;
}

double peak_int8_rate() {
    const cmac::DotKernels& kernels = cmac::best_dot_kernels();
    constexpr std::size_t kSteps = 64;
    const std::vector<std::byte> data(kSteps * cmac::kDotStepBytes);
    const std::vector<std::byte> weights(kSteps * cmac::kMaxVectors * cmac::kDotVectorBytes);
    const std::vector<std::int32_t> start(cmac::kMaxVectors * cmac::kDotLanes);
    std::vector<std::int32_t> sums(2 * cmac::kMaxHalf * start.size());
    // All in the first-level cache, long enough to hide loading and storing of the sums.
    const std::vector<cmac::DotSegment> segments(64, {0, 1});
    cmac::DotTile tile{};
    tile.data = {data.data(), data.data()};
    tile.segments = segments;
    tile.weights = weights.data();
    tile.start = start.data();
    tile.sums = {sums.data(), sums.data() + cmac::kMaxHalf * start.size()};
    tile.sum_pitch = static_cast<std::ptrdiff_t>(start.size());
    const auto function =
        (kernels.has_bytes ? kernels.bytes : kernels.words)[cmac::kMaxHalf][cmac::kMaxVectors];
    const double products = kernels.has_bytes ? 4 : 2;
    const double macs = products * static_cast<double>(segments.size() * sums.size());
    return macs / seconds_per_run([&] { function(tile); });
}

}  // namespace dla::bench
