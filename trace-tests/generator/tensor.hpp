// SPDX-License-Identifier: Apache-2.0
// Integer tensors of the generator: plain values, no hardware layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dla::trace {

struct Cube {
    unsigned width;
    unsigned height;
    unsigned channels;
    std::vector<std::int64_t> values;

    Cube(unsigned w, unsigned h, unsigned c)
        : width(w), height(h), channels(c), values(std::size_t{w} * h * c) {}
    std::int64_t& at(unsigned x, unsigned y, unsigned c) { return values[index(x, y, c)]; }
    std::int64_t at(unsigned x, unsigned y, unsigned c) const { return values[index(x, y, c)]; }

  private:
    std::size_t index(unsigned x, unsigned y, unsigned c) const {
        return (std::size_t{c} * height + y) * width + x;
    }
};

// Kernels of a convolution; s is the column, r the row.
struct Kernels {
    unsigned count;
    unsigned width;
    unsigned height;
    unsigned channels;
    std::vector<std::int64_t> values;

    Kernels(unsigned k, unsigned w, unsigned h, unsigned c)
        : count(k), width(w), height(h), channels(c), values(std::size_t{k} * w * h * c) {}
    std::int64_t& at(unsigned k, unsigned s, unsigned r, unsigned c) {
        return values[index(k, s, r, c)];
    }
    std::int64_t at(unsigned k, unsigned s, unsigned r, unsigned c) const {
        return values[index(k, s, r, c)];
    }

  private:
    std::size_t index(unsigned k, unsigned s, unsigned r, unsigned c) const {
        return ((std::size_t{k} * channels + c) * height + r) * width + s;
    }
};

}  // namespace dla::trace
