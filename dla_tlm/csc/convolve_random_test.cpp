// SPDX-License-Identifier: Apache-2.0
// Random layers: definition, reference and every fast version agree.
// DLA_CONV_LAYERS=10000 in the environment tries that many layers per mode and precision.
#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "dla_tlm/csc/conv_test_layer.hpp"
#include "dla_tlm/csc/convolve.hpp"
#include "dla_tlm/csc/convolve_reference.hpp"
#include "dla_tlm/csc/layout.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::csc;

namespace {

std::size_t differences(const TestLayer& layer, unsigned batch, LineRange lines,
                        const cacc::Accumulators& sums) {
    std::size_t count = 0;
    for (unsigned y = lines.first; y < lines.end; ++y)
        for (unsigned x = 0; x < layer.op.out_width; ++x)
            for (unsigned k = 0; k < layer.op.kernels; ++k)
                if (sums.value((y - lines.first) * layer.op.out_width + x, k) !=
                    layer.expected(batch, k, y, x))
                    ++count;
    return count;
}

std::size_t unequal(const cacc::Accumulators& a, const cacc::Accumulators& b) {
    std::size_t count = 0;
    for (std::size_t pixel = 0; pixel < a.pixels(); ++pixel)
        for (std::size_t k = 0; k < a.kernels(); ++k)
            if (a.value(pixel, k) != b.value(pixel, k)) ++count;
    return count;
}

// Elements of the first slice, batch item 0, that are not where data_offset() says.
std::size_t misplaced(const TestLayer& layer, std::span<const Slice> slices) {
    const ConvOp& op = layer.op;
    std::size_t count = 0;
    for (unsigned y = 0; y < op.lines_per_slice(); ++y)
        for (unsigned x = 0; x < layer.columns(); ++x)
            for (unsigned c = 0; c < op.channels; ++c) {
                std::array<std::byte, 2> bytes{};
                const std::int32_t value = layer.at(0, c, y, x);
                std::memcpy(bytes.data(), &value, sizeof bytes);
                const auto found = slices[0].subspan(data_offset(op, c, x, y), op.element_bytes());
                if (!std::ranges::equal(found, std::span(bytes).first(found.size()))) ++count;
            }
    return count;
}

// Objects keep their memory from layer to layer, and with it what earlier layers left there.
struct Workspace {
    std::vector<InputLayer> inputs;
    WeightPanel panel;
    cacc::Accumulators sums;

    Workspace() {
        for (const cmac::DotKernels* kernels : cmac::available_dot_kernels())
            inputs.emplace_back(*kernels);
    }
};

void check_layer(const TestLayer& layer, Workspace& work, WorkerPool* pool) {
    const ConvOp& op = layer.op;
    const auto bytes = layer.slices();
    const std::vector<Slice> slices = views(bytes);
    const auto stream = fetched_stream(layer);
    const GroupRange all{0, op.kernel_groups()};
    const unsigned batch = op.batches - 1;
    const LineRange lines{0, op.out_height};
    INFO(layer.describe());
    CHECK(slices[0].size() == entries_per_slice(op, std::uint64_t{layer.columns()} * op.channels) *
                                  op.lines_per_slice() * op.entry_bytes);
    CHECK(misplaced(layer, slices) == 0);
    cacc::Accumulators reference;
    convolve_reference(op, slices, all, stream, batch, lines, reference);
    CHECK(differences(layer, batch, lines, reference) == 0);
    for (InputLayer& input : work.inputs) {
        INFO(input.kernels().name);
        input.load(op, slices, pool);
        work.panel.load(op, input, all, stream);
        convolve(op, input, work.panel, batch, lines, work.sums, pool);
        CHECK(work.sums.kernels() == reference.kernels());
        CHECK(work.sums.pixels() == reference.pixels());
        CHECK(unequal(work.sums, reference) == 0);
    }
}

void check_random(TestShape shape, const std::vector<std::string>& configs) {
    constexpr unsigned kLayers = 60;
    constexpr unsigned kPoolEvery = 8;
    std::mt19937 random(static_cast<unsigned>(shape.mode) * 16 +
                        static_cast<unsigned>(shape.precision) * 4 + (shape.sparse ? 2 : 0) +
                        (shape.batched ? 1 : 0));
    WorkerPool pool(2);
    Workspace work;
    for (unsigned i = 0; i < layer_count(kLayers); ++i) {
        shape.magnitude = static_cast<Magnitude>(i % 3);
        const TestLayer layer = random_layer(random, configs[i % configs.size()], shape);
        check_layer(layer, work, i % kPoolEvery == 0 ? &pool : nullptr);
    }
}

void check_compressed(Precision precision) {
    for (const ConvMode mode : {ConvMode::kFeature, ConvMode::kImage, ConvMode::kWinograd})
        check_random({.mode = mode, .precision = precision, .magnitude = {}, .sparse = true},
                     {"nv_full"});
}

const std::vector<std::string> kAll{
    "nv_small", "nv_full", "nv_small_256", "nv_medium_512", "nv_medium_1024_full", "nv_large"};

}  // namespace

TEST_CASE("random int8 feature layers give the sums of the definition") {
    check_random({ConvMode::kFeature, Precision::kInt8, {}}, kAll);
}

TEST_CASE("random int16 feature layers give the sums of the definition") {
    check_random({ConvMode::kFeature, Precision::kInt16, {}}, {"nv_full"});
}

TEST_CASE("random int8 layers of several batch items give the sums of the definition") {
    check_random({ConvMode::kFeature, Precision::kInt8, {}, true}, {"nv_full"});
}

TEST_CASE("random int16 layers of several batch items give the sums of the definition") {
    check_random({ConvMode::kFeature, Precision::kInt16, {}, true}, {"nv_full"});
}

TEST_CASE("random int8 image layers give the sums of the definition") {
    check_random({ConvMode::kImage, Precision::kInt8, {}}, kAll);
}

TEST_CASE("random int16 image layers give the sums of the definition") {
    check_random({ConvMode::kImage, Precision::kInt16, {}}, {"nv_full"});
}

TEST_CASE("random int8 Winograd layers give the sums of the definition") {
    check_random({ConvMode::kWinograd, Precision::kInt8, {}}, {"nv_full"});
}

TEST_CASE("random int16 Winograd layers give the sums of the definition") {
    check_random({ConvMode::kWinograd, Precision::kInt16, {}}, {"nv_full"});
}

TEST_CASE("random int8 layers with compressed weights give the sums of the definition") {
    check_compressed(Precision::kInt8);
}

TEST_CASE("random int16 layers with compressed weights give the sums of the definition") {
    check_compressed(Precision::kInt16);
}
