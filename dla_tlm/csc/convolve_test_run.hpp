// SPDX-License-Identifier: Apache-2.0
// One layer through convolve() and through the reference, for tests of directed layers.
#pragma once

#include "dla_tlm/csc/conv_test_layer.hpp"
#include "dla_tlm/csc/convolve.hpp"
#include "dla_tlm/csc/convolve_reference.hpp"

namespace dla::csc {

struct Run {
    cacc::Accumulators sums;
    SumMode mode;
};

inline Run run_fast(const TestLayer& layer, LineRange lines, GroupRange groups,
                    const cmac::DotKernels& kernels = cmac::best_dot_kernels()) {
    const auto bytes = layer.slices();
    const auto stream = layer.stream();
    const std::size_t size = layer.op.element_bytes();
    const std::size_t group = layer.op.kernel_group * layer.op.kernel_elements() * size;
    InputLayer input(kernels);
    input.load(layer.op, views(bytes));
    WeightPanel panel;
    panel.load(layer.op, input, groups, std::span(stream).subspan(groups.first * group));
    Run run;
    convolve(layer.op, input, panel, 0, lines, run.sums);
    run.mode = panel.mode();
    return run;
}

inline Run run_all(const TestLayer& layer,
                   const cmac::DotKernels& kernels = cmac::best_dot_kernels()) {
    return run_fast(layer, {0, layer.op.out_height}, {0, layer.op.kernel_groups()}, kernels);
}

inline cacc::Accumulators run_reference(const TestLayer& layer) {
    const auto bytes = layer.slices();
    const auto stream = layer.stream();
    cacc::Accumulators sums;
    convolve_reference(layer.op, views(bytes), {0, layer.op.kernel_groups()}, stream, 0,
                       {0, layer.op.out_height}, sums);
    return sums;
}

// One output whose kernel covers the whole cube.
inline TestLayer whole_cube(Precision precision, unsigned side, unsigned channels,
                            unsigned kernels) {
    TestLayer layer;
    ConvOp& op = layer.op;
    const HardwareConfig config = builtin_config("nv_full").value();
    op.precision = precision;
    op.width = op.height = op.kernel_width = op.kernel_height = side;
    op.channels = op.weight_channels = channels;
    op.kernels = op.out_channels = kernels;
    op.channel_block = config.atomic_c;
    op.kernel_group = config.kernels_per_group(precision);
    op.atom_bytes = config.memory_atom_bytes;
    op.entry_bytes = config.cbuf.entry_bytes;
    layer.kernel_columns = side;
    layer.kernel_channels = channels;
    layer.data.resize(std::size_t{side} * side * channels);
    layer.weights.resize(layer.data.size() * kernels);
    return layer;
}

}  // namespace dla::csc
