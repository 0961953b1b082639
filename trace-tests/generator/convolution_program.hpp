// SPDX-License-Identifier: Apache-2.0
// A convolution's registers from CDMA to CACC. spec: conv-pipeline.md 11.
#pragma once

#include <array>
#include <cstdint>

#include "trace-tests/generator/compression.hpp"
#include "trace-tests/generator/layer_builder.hpp"

namespace dla::trace {

struct Banks {
    unsigned data;
    unsigned weights;
};

// CDMA's converter: (x - offset) * scale / 2^truncate. spec: conv-pipeline.md 3.
struct Converter {
    bool enabled = false;
    bool means = false;
    std::array<std::int64_t, 4> offset{};  // per channel; features have one
    std::int64_t scale = 1;
    unsigned truncate = 0;
};

// What the convolution reads: a cube, or an image in one or two planes.
struct Source {
    Cube cube;  // as it reaches the multipliers
    Precision precision;
    Bytes bytes;
    Bytes plane1;
    unsigned line_stride;
    unsigned line_stride1;
    unsigned surface_stride;
    Converter converter;
};

struct Convolution {
    const LayerSpec& spec;
    Source source;
    Cube data;                 // what the kernels meet: the source's cube, Winograd: extended
    Kernels kernels;           // Winograd: transformed
    CompressedWeights packed;  // where the layer's weights are compressed
    Bytes weights;             // as they are in memory
    unsigned slice_entries;
    Banks banks;

    bool image() const { return spec.pixel_format != kNoPixels; }
};

struct ConvolutionPlaces {
    std::uint64_t plane0;
    std::uint64_t plane1;
    std::uint64_t weights;
    std::uint64_t mask;
    std::uint64_t sizes;
};

void program_cdma(RegisterProgram& p, const Convolution& conv, const ConvolutionPlaces& places);
void program_csc(RegisterProgram& p, const Convolution& conv, const Cube& output);
void program_array(RegisterProgram& p, const LayerSpec& spec, const Cube& output,
                   const CubeLayout& layout, std::uint64_t destination, unsigned clip_truncate);

}  // namespace dla::trace
