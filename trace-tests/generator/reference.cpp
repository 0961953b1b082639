// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/generator/reference.hpp"

#include <algorithm>

namespace dla::trace {
namespace {

unsigned outputs(unsigned input, unsigned kernel, unsigned stride, const LayerSpec& spec) {
    const unsigned reach = (kernel - 1) * spec.dilation + 1;
    return (input + spec.pad + spec.pad_behind() - reach) / stride + 1;
}

// One window of one channel; columns and lines outside the cube are padding.
struct Window {
    int left;
    int top;
    int width;
    int height;
};

bool inside(int position, unsigned size) {
    return position >= 0 && position < static_cast<int>(size);
}

std::int64_t extreme(const Cube& input, const Window& window, unsigned c, bool greatest) {
    bool first = true;
    std::int64_t best = 0;
    for (int y = window.top; y < window.top + window.height; ++y) {
        for (int x = window.left; x < window.left + window.width; ++x) {
            if (!inside(x, input.width) || !inside(y, input.height)) continue;
            const auto value = input.at(static_cast<unsigned>(x), static_cast<unsigned>(y), c);
            best = first ? value : (greatest ? std::max(best, value) : std::min(best, value));
            first = false;
        }
    }
    return best;
}

// Every position counts, padding with the pad value; width and height are divided out one after the
// other, each with its own rounding. Exact: fp16 numbers that leave nothing to round.
std::int64_t average(const Cube& input, const Window& window, unsigned c, std::int64_t pad_value,
                     bool exact) {
    std::int64_t sum = 0;
    for (int y = window.top; y < window.top + window.height; ++y) {
        for (int x = window.left; x < window.left + window.width; ++x) {
            const bool real = inside(x, input.width) && inside(y, input.height);
            sum +=
                real ? input.at(static_cast<unsigned>(x), static_cast<unsigned>(y), c) : pad_value;
        }
    }
    if (exact) return sum / (std::int64_t{window.width} * window.height);
    const auto across = divide_rounded(sum * reciprocal(static_cast<unsigned>(window.width)), 16);
    return divide_rounded(across * reciprocal(static_cast<unsigned>(window.height)), 16);
}

}  // namespace

std::int64_t divide_rounded(std::int64_t value, unsigned shift) {
    if (shift == 0) return value;
    const std::int64_t half = std::int64_t{1} << (shift - 1);
    return value < 0 ? -((-value + half) >> shift) : (value + half) >> shift;
}

std::int64_t clamp_bits(std::int64_t value, unsigned bits) {
    const std::int64_t limit = std::int64_t{1} << (bits - 1);
    return std::clamp(value, -limit, limit - 1);
}

std::uint32_t reciprocal(unsigned kernel_size) {
    return 0x10000 / kernel_size;
}

Cube convolve(const Cube& input, const Kernels& kernels, const LayerSpec& spec) {
    Cube sums(outputs(input.width, kernels.width, spec.stride, spec),
              outputs(input.height, kernels.height, spec.stride_down(), spec), kernels.count);
    const auto pad = static_cast<int>(spec.pad);
    const auto product_row = [&](unsigned k, unsigned ox, int y, unsigned r) {
        std::int64_t sum = 0;
        for (unsigned s = 0; s < kernels.width; ++s) {
            const int x = static_cast<int>(ox * spec.stride + s * spec.dilation) - pad;
            const bool real = inside(x, input.width) && inside(y, input.height);
            for (unsigned c = 0; c < input.channels; ++c) {
                const std::int64_t value =
                    real ? input.at(static_cast<unsigned>(x), static_cast<unsigned>(y), c)
                         : spec.pad_value;
                sum += value * kernels.at(k, s, r, c);
            }
        }
        return sum;
    };
    for (unsigned k = 0; k < kernels.count; ++k)
        for (unsigned oy = 0; oy < sums.height; ++oy)
            for (unsigned ox = 0; ox < sums.width; ++ox)
                for (unsigned r = 0; r < kernels.height; ++r) {
                    const int y =
                        static_cast<int>(oy * spec.stride_down() + r * spec.dilation) - pad;
                    sums.at(ox, oy, k) += product_row(k, ox, y, r);
                }
    return sums;
}

Cube post_process(const Cube& input, const PostProcessing& post) {
    constexpr unsigned kPipeBits = 32;
    Cube output(input.width, input.height, input.channels);
    for (unsigned c = 0; c < input.channels; ++c) {
        for (unsigned y = 0; y < input.height; ++y) {
            for (unsigned x = 0; x < input.width; ++x) {
                std::int64_t value =
                    clamp_bits(divide_rounded(input.at(x, y, c), post.clip_truncate), kPipeBits);
                if (!post.bias.empty())
                    value +=
                        clamp_bits(post.bias[c] * (std::int64_t{1} << post.bias_shift), kPipeBits);
                value = clamp_bits(value, kPipeBits);
                if (post.relu) value = std::max<std::int64_t>(value, 0);
                value = look_up(post.table, value);
                output.at(x, y, c) =
                    clamp_bits(divide_rounded(value, post.output_shift), post.output_bits);
            }
        }
    }
    return output;
}

Cube pool(const Cube& input, const LayerSpec& spec) {
    Cube output(outputs(input.width, spec.kernel_width, spec.stride, spec),
                outputs(input.height, spec.kernel_height, spec.stride_down(), spec),
                input.channels);
    for (unsigned c = 0; c < input.channels; ++c) {
        for (unsigned oy = 0; oy < output.height; ++oy) {
            for (unsigned ox = 0; ox < output.width; ++ox) {
                const Window window{
                    static_cast<int>(ox * spec.stride) - static_cast<int>(spec.pad),
                    static_cast<int>(oy * spec.stride_down()) - static_cast<int>(spec.pad),
                    static_cast<int>(spec.kernel_width), static_cast<int>(spec.kernel_height)};
                output.at(ox, oy, c) =
                    spec.method == PoolingMethod::kAverage
                        ? average(input, window, c, spec.pad_value,
                                  spec.precision == Precision::kFp16)
                        : extreme(input, window, c, spec.method == PoolingMethod::kMax);
            }
        }
    }
    return output;
}

}  // namespace dla::trace
