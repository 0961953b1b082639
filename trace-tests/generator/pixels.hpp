// SPDX-License-Identifier: Apache-2.0
// Images in every pixel format: random components, and their bytes in memory. spec:
// data-formats.md 2.
//
//   const PixelImage image = random_image(20, 3, 3, random);      // format 20 is A2B10G10R10
#pragma once

#include <vector>

#include "trace-tests/generator/layout.hpp"
#include "trace-tests/generator/random.hpp"

namespace dla::trace {

constexpr unsigned kPixelFormatCodes = 36;

struct PixelImage {
    Cube components;  // R, G, B, A or Y, U, V, as CDMA delivers them; fp16: whole numbers
    Precision precision;
    Bytes plane0;
    Bytes plane1;  // empty: the format has one
    unsigned line_stride;
    unsigned line_stride1;
};

// Of one pixel.
unsigned pixel_components(unsigned code);
Precision pixel_precision(unsigned code);
PixelImage random_image(unsigned code, unsigned width, unsigned height, Random& random);

}  // namespace dla::trace
