// SPDX-License-Identifier: Apache-2.0
// Pieces of kernel groups in the order of delivery: the same sums as the layer in one go, whoever
// computes them.
#include "dla_tlm/csc/group_run.hpp"

#include <algorithm>
#include <iterator>
#include <random>

#include "dla_tlm/csc/conv_test_layer.hpp"
#include "testing/catch.hpp"

namespace dla::csc {
namespace {

// Values of one group and batch item in one piece of lines.
std::vector<std::int64_t> values_of(const TestLayer& layer, const GroupRun::Piece& piece,
                                    unsigned group) {
    const ConvOp& op = layer.op;
    std::vector<std::int64_t> values;
    if (!piece.sums->fp32.empty()) return {piece.sums->fp32.begin(), piece.sums->fp32.end()};
    const cacc::Accumulators& sums = piece.sums->integers;
    for (std::size_t pixel = 0; pixel < sums.pixels(); ++pixel)
        for (unsigned k = 0; k < op.group_kernels(group); ++k)
            values.push_back(sums.value(pixel, piece.first_kernel + k));
    return values;
}

std::vector<std::int64_t> run_layer(const TestLayer& layer, const InputLayer& input,
                                    unsigned groups_at_once, unsigned lines, WorkerPool& pool) {
    const ConvOp& op = layer.op;
    const auto stream = layer.stream();
    GroupRun run;
    std::vector<std::int64_t> values;
    for (unsigned first = 0; first < op.kernel_groups(); first += groups_at_once) {
        const unsigned count = std::min(groups_at_once, op.kernel_groups() - first);
        const std::size_t begin =
            std::size_t{first} * op.kernel_group * op.kernel_elements() * op.element_bytes();
        run.start(op, input, {first, count}, std::span(stream).subspan(begin), lines, pool);
        for (unsigned group = first; group < first + count; ++group)
            for (unsigned piece = 0; piece < run.pieces(); ++piece)
                for (unsigned batch = 0; batch < op.batches; ++batch)
                    std::ranges::copy(values_of(layer, run.take(group, piece, batch), group),
                                      std::back_inserter(values));
    }
    return values;
}

void check_pieces(const TestLayer& layer, WorkerPool& alone, WorkerPool& two) {
    const ConvOp& op = layer.op;
    INFO(layer.describe());
    const auto bytes = layer.slices();
    InputLayer input;
    input.load(op, views(bytes));
    const unsigned unit = op.lines_per_slice();
    const auto one_by_one = run_layer(layer, input, 1, unit, alone);
    CHECK(one_by_one == run_layer(layer, input, op.kernel_groups(), unit, two));
    const auto whole = run_layer(layer, input, 1, op.out_height, alone);
    CHECK(whole == run_layer(layer, input, 1, op.out_height, two));
    CHECK(whole == run_layer(layer, input, op.kernel_groups(), op.out_height, two));
    if (op.precision == Precision::kFp16) return;
    std::vector<std::int64_t> expected;
    for (unsigned k = 0; k < op.kernels; k += op.kernel_group)
        for (unsigned y = 0; y < op.out_height; y += unit)
            for (unsigned n = 0; n < op.batches; ++n)
                for (unsigned i = 0; i < unit * op.out_width; ++i)
                    for (unsigned j = k; j < std::min(k + op.kernel_group, op.kernels); ++j)
                        expected.push_back(
                            layer.expected(n, j, y + i / op.out_width, i % op.out_width));
    CHECK(one_by_one == expected);
}

}  // namespace

TEST_CASE("kernel groups computed ahead by threads give the sums of one after the other") {
    std::mt19937 random(17);
    WorkerPool alone(1);
    WorkerPool two(2);
    for (const Precision precision : {Precision::kInt8, Precision::kInt16, Precision::kFp16})
        for (const ConvMode mode : {ConvMode::kFeature, ConvMode::kImage, ConvMode::kWinograd})
            for (unsigned i = 0; i < 4; ++i) {
                const char* config = mode == ConvMode::kFeature && precision == Precision::kInt8
                                         ? "nv_small"
                                         : "nv_full";
                check_pieces(random_layer(random, config, {mode, precision, Magnitude::kSmall}),
                             alone, two);
            }
}

TEST_CASE("a run that is stopped in the middle leaves its pool ready for the next one") {
    std::mt19937 random(18);
    WorkerPool two(2);
    const TestLayer layer =
        random_layer(random, "nv_small", {ConvMode::kFeature, Precision::kInt8, Magnitude::kSmall});
    const auto bytes = layer.slices();
    const auto stream = layer.stream();
    InputLayer input;
    input.load(layer.op, views(bytes));
    GroupRun run;
    run.stop();
    run.start(layer.op, input, {0, layer.op.kernel_groups()}, stream, 1, two);
    run.take(0, 0, 0);
    CHECK(run.ready(0, 0, 0));
    run.stop();
    unsigned ran = 0;
    two.parallel_for(1, [&](std::size_t, unsigned) { ++ran; });
    CHECK(ran == 1);
}

TEST_CASE("groups fill the MAC kernels' tiles, and several threads take more of them") {
    ConvOp op;
    op.out_width = op.out_height = 14;
    op.kernel_group = 8;
    WorkerPool alone(1);
    WorkerPool two(2);
    CHECK(GroupRun::most_groups(op, alone) == 4);
    CHECK(GroupRun::most_groups(op, two) == 32);
    op.kernel_group = 32;
    CHECK(GroupRun::most_groups(op, alone) == 1);
    op.out_width = op.out_height = 1000;
    CHECK(GroupRun::most_groups(op, two) == 1);
    op.precision = Precision::kFp16;
    op.kernel_group = 16;
    CHECK(GroupRun::most_groups(op, alone) == 1);
}

}  // namespace dla::csc
