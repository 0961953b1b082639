// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/convolve_saturating.hpp"

#include <algorithm>
#include <cstring>

#include "dla_tlm/cacc/accumulate_integer.hpp"
#include "dla_tlm/csc/layout.hpp"

namespace dla::csc {
namespace {

// A kernel of an image has at most 32 * 128 elements, an output of Winograd adds at most 9 * 8192
// products: both too few to saturate.
class Saturating {
  public:
    Saturating(const ConvOp& op, const InputLayer& input, const WeightPanel& panel, unsigned batch)
        : op_(op),
          input_(input),
          geometry_(input.geometry()),
          panel_(panel),
          data_(input.batch(batch)),
          first_element_(std::uint64_t{panel.first_kernel()} * op.kernel_elements()) {}

    void pixel(unsigned x, unsigned y, std::int64_t* sums) const {
        std::fill_n(sums, panel_.kernels(), 0);
        for (unsigned c = 0; c < op_.weight_channels; c += op_.channel_block)
            for (unsigned r = 0; r < op_.kernel_height; ++r)
                for (unsigned s = 0; s < op_.kernel_width; ++s)
                    for (unsigned k = 0; k < panel_.kernels(); ++k)
                        sums[k] = cacc::accumulate(op_.precision, sums[k], term(x, y, c, r, s, k));
    }

  private:
    const std::byte* weights(unsigned k, unsigned c, unsigned r, unsigned s) const {
        const std::uint64_t index = weight_index(op_, panel_.first_kernel() + k, c, r, s);
        return panel_.stream().data() + (index - first_element_) * op_.element_bytes();
    }

    std::int64_t term(unsigned x, unsigned y, unsigned c, unsigned r, unsigned s,
                      unsigned k) const {
        const std::byte* data =
            data_ + (std::size_t{y} * op_.stride_y + r * op_.dilation_y) * geometry_.line_bytes +
            c / InputLayer::kBlock * geometry_.block_bytes +
            (std::size_t{x} * op_.stride_x + s * op_.dilation_x) * geometry_.pixel_bytes +
            c % InputLayer::kBlock * input_.element_size();
        return dot(data, weights(k, c, r, s), std::min(op_.channel_block, op_.weight_channels - c));
    }

    std::int64_t dot(const std::byte* data, const std::byte* w, unsigned count) const {
        std::int64_t sum = 0;
        if (op_.precision == Precision::kInt16) {
            for (unsigned i = 0; i < count; ++i)
                sum += word(data, i) * std::int64_t{word(w, i)};
            return sum;
        }
        const bool bytes = input_.form() == cmac::DotForm::kBytes;
        for (unsigned i = 0; i < count; ++i) {
            const std::int32_t x =
                bytes ? std::to_integer<std::int32_t>(data[i]) - 128 : word(data, i);
            sum += x * static_cast<std::int8_t>(w[i]);
        }
        return sum;
    }

    static std::int32_t word(const std::byte* words, unsigned i) {
        std::int16_t value;
        std::memcpy(&value, words + 2 * i, sizeof value);
        return value;
    }

    const ConvOp& op_;
    const InputLayer& input_;
    const PackedGeometry& geometry_;
    const WeightPanel& panel_;
    const std::byte* data_;
    std::uint64_t first_element_;
};

}  // namespace

void convolve_saturating(const ConvOp& op, const InputLayer& input, const WeightPanel& panel,
                         unsigned batch, LineRange lines, const SumLines& sums, WorkerPool* pool) {
    const Saturating layer(op, input, panel, batch);
    const auto run = [&](std::size_t line, unsigned) {
        const unsigned y = lines.first + static_cast<unsigned>(line);
        for (unsigned x = 0; x < op.out_width; ++x)
            layer.pixel(x, y, sums.sums.wide(std::size_t{y - sums.first_line} * op.out_width + x));
    };
    const std::size_t tasks = lines.end - lines.first;
    if (pool != nullptr)
        pool->parallel_for(tasks, run);
    else
        for (std::size_t task = 0; task < tasks; ++task)
            run(task, 0);
}

}  // namespace dla::csc
