// SPDX-License-Identifier: Apache-2.0
// A generated convolution whose SDP hands its output to PDP: test data, with its own definition of
// the result.
//
//   const trace::GeneratedLayer layer = fused_layer(spec, config, 0x90000000);
//   ... run it ...
//   CHECK(platform.main_memory().bytes(...) == pooled(layer, spec, config));
#pragma once

#include <algorithm>
#include <cstdint>

#include "trace-tests/generator/generated_layer.hpp"

namespace dla::testing {

// 2x2 maxima, stride 2. The convolution keeps the size of its input, which is even and square.
inline trace::GeneratedLayer fused_layer(const trace::LayerSpec& spec, const HardwareConfig& config,
                                         std::uint32_t pooled_address) {
    auto layer = trace::generate(spec, config).value();
    trace::RegisterProgram& p = layer.program;
    const std::uint32_t line = spec.width / 2 * config.memory_atom_bytes;
    p.set("SDP", "D_FEATURE_MODE_CFG", {{"FLYING_MODE", 1}, {"OUTPUT_DST", 1}});
    p.set("PDP", "S_POINTER", 0);
    p.set("PDP", "D_DATA_CUBE_IN_WIDTH", spec.width - 1);
    p.set("PDP", "D_DATA_CUBE_IN_HEIGHT", spec.height - 1);
    p.set("PDP", "D_DATA_CUBE_IN_CHANNEL", spec.kernels - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_WIDTH", spec.width / 2 - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_HEIGHT", spec.height / 2 - 1);
    p.set("PDP", "D_DATA_CUBE_OUT_CHANNEL", spec.kernels - 1);
    p.set("PDP", "D_OPERATION_MODE_CFG", 1);            // max, on the fly
    p.set("PDP", "D_POOLING_KERNEL_CFG", 0x00110101u);  // 2x2, stride 2
    p.set("PDP", "D_DST_BASE_ADDR_LOW", pooled_address);
    p.set("PDP", "D_DST_LINE_STRIDE", line);
    p.set("PDP", "D_DST_SURFACE_STRIDE", line * (spec.height / 2));
    p.set("PDP", "D_DST_RAM_CFG", 1);
    p.set("PDP", "D_DATA_FORMAT", 0);
    return layer;
}

// From the convolution's golden, surface by surface.
inline trace::Bytes pooled(const trace::GeneratedLayer& layer, const trace::LayerSpec& spec,
                           const HardwareConfig& config) {
    const unsigned atom = config.memory_atom_bytes;
    const unsigned width = spec.width / 2;
    const auto& in = layer.outputs[0].bytes;
    trace::Bytes out(in.size() / 4);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t lane = i % atom;
        const std::size_t x = i / atom % width;
        const std::size_t y = i / atom / width;  // surfaces have twice the lines too
        std::int8_t most = -128;
        for (std::size_t k = 0; k < 4; ++k) {
            const std::size_t pixel = (2 * y + k / 2) * spec.width + 2 * x + k % 2;
            most = std::max(most, static_cast<std::int8_t>(in[pixel * atom + lane]));
        }
        out[i] = static_cast<std::uint8_t>(most);
    }
    return out;
}

}  // namespace dla::testing
