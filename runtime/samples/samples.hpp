// SPDX-License-Identifier: Apache-2.0
// The sample networks of loadables/: every operation kind, an image pipeline, a residual block, a
// long chain. Same bytes at every call.
//
//   for (const Sample& sample : make_samples()) write(sample.name, sample.loadable,
//   sample.input...)
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/image/dimg.hpp"
#include "runtime/image/image.hpp"

namespace dla::runtime {

struct Sample {
    std::string name;
    std::string config;
    std::string about;  // one line
    Loadable loadable{};
    std::optional<Image> picture{};  // what the input was made from
    Preprocessing preprocessing{};
    Bytes input{};          // the bound input buffer
    Dimg golden{};          // of output 0
    bool viewable = false;  // channel 0 of the output is a picture
};

// Errors name the sample.
Result<std::vector<Sample>> make_samples();

// A grey picture of discs, stripes and a ramp.
Image test_picture(unsigned width, unsigned height);

// Channel 0 of a DIMG with its greatest value as white.
Image picture_of(const Dimg& dimg);

}  // namespace dla::runtime
