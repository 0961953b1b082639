// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/generator/own_traces.hpp"

namespace dla::trace {
namespace {

LayerSpec copy(const char* name, Memory memory, Ending ending, std::uint64_t seed) {
    LayerSpec spec;
    spec.name = name;
    spec.kind = LayerKind::kCopy;
    spec.width = 256;
    spec.height = 8;
    spec.channels = 1;
    spec.memory = memory;
    spec.ending = ending;
    spec.seed = seed;
    return spec;
}

// Kernel as large as the input: one output pixel.
LayerSpec full_convolution(const char* name, Memory memory, Ending ending, std::uint64_t seed) {
    LayerSpec spec;
    spec.name = name;
    spec.precision = Precision::kInt16;
    spec.kernel_width = 8;
    spec.kernel_height = 8;
    spec.relu = true;
    spec.memory = memory;
    spec.ending = ending;
    spec.seed = seed;
    return spec;
}

LayerSpec registers() {
    LayerSpec spec;
    spec.name = "sanity0";
    spec.kind = LayerKind::kRegisters;
    spec.seed = 100;
    return spec;
}

LayerSpec sdp_relu() {
    LayerSpec spec;
    spec.name = "sdp_relu_int16";
    spec.kind = LayerKind::kSdp;
    spec.precision = Precision::kInt16;
    spec.relu = true;
    spec.seed = 109;
    return spec;
}

LayerSpec pdp_max() {
    LayerSpec spec;
    spec.name = "pdp_max_pooling_int16";
    spec.kind = LayerKind::kPooling;
    spec.precision = Precision::kInt16;
    spec.channels = 64;
    spec.kernel_width = 2;
    spec.kernel_height = 2;
    spec.seed = 108;
    return spec;
}

LayerSpec googlenet() {
    LayerSpec spec;
    spec.name = "googlenet_conv2_3x3_int16";
    spec.precision = Precision::kInt16;
    spec.width = 19;
    spec.height = 19;
    spec.channels = 64;
    spec.kernels = 192;
    spec.pad = 1;
    spec.relu = true;
    spec.line_gap = 6;
    spec.surface_gap = 12;
    spec.memory = Memory::kSecondary;
    spec.ending = Ending::kWaitEach;
    spec.expect_unflushed = true;
    spec.seed = 110;
    return spec;
}

LayerSpec alexnet() {
    LayerSpec spec;
    spec.name = "cc_alexnet_conv5_relu5_int16_cvsram";
    spec.precision = Precision::kInt16;
    spec.width = 13;
    spec.height = 13;
    spec.channels = 192;
    spec.kernels = 128;
    spec.pad = 1;
    spec.bias = true;
    spec.relu = true;
    spec.memory = Memory::kSecondary;
    spec.ending = Ending::kWaitEach;
    spec.seed = 111;
    return spec;
}

}  // namespace

std::vector<OwnTrace> own_traces() {
    constexpr auto kMain = Memory::kPrimary;
    constexpr auto kSram = Memory::kSecondary;
    return {
        {registers(), true},
        {copy("sanity1", kMain, Ending::kPoll, 101), true},
        {copy("sanity1_cvsram", kSram, Ending::kPoll, 102), true},
        {copy("sanity2", kMain, Ending::kWait, 103), true},
        {copy("sanity2_cvsram", kSram, Ending::kWait, 104), true},
        {full_convolution("sanity3", kMain, Ending::kWaitEach, 105), false},
        {full_convolution("sanity3_cvsram", kSram, Ending::kWaitEach, 106), false},
        {full_convolution("conv_8x8_fc_int16", kMain, Ending::kWaitNamed, 107), false},
        {pdp_max(), true},
        {sdp_relu(), true},
        {googlenet(), false},
        {alexnet(), false},
    };
}

}  // namespace dla::trace
