// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/convolve_reference.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "dla_tlm/cacc/accumulate_integer.hpp"
#include "dla_tlm/cmac/mac_integer.hpp"
#include "dla_tlm/csc/layout.hpp"
#include "dla_tlm/csc/winograd_transform.hpp"

namespace dla::csc {
namespace {

using Tile = std::array<std::int32_t, 64>;  // Winograd: [4 * position + channel]

// One layer's operands as hardware addresses them.
class Operands {
  public:
    Operands(const ConvOp& op, std::span<const Slice> slices, GroupRange groups,
             std::span<const std::byte> stream)
        : op_(op),
          slices_(slices),
          stream_(stream),
          first_element_(group_first_element(op, groups.first)) {}

    std::int32_t weight(unsigned k, unsigned c, unsigned r, unsigned s) const {
        return element(stream_,
                       (weight_index(op_, k, c, r, s) - first_element_) * op_.element_bytes());
    }

    // Feature and image: channel c of kernel position (r, s) for the output (ox, oy).
    std::int32_t data(unsigned batch, unsigned ox, unsigned oy, unsigned c, unsigned r,
                      unsigned s) const {
        const long y = static_cast<long>(oy) * op_.stride_y +
                       static_cast<long>(r) * op_.dilation_y - op_.pad_top;
        const bool inside = y >= 0 && y < op_.height;
        if (op_.mode == ConvMode::kImage) {
            if (!inside) return op_.pad_value;
            const unsigned first = ox * op_.stride_x;
            return element(slices_[static_cast<std::size_t>(y)],
                           data_offset(op_, c % op_.channels, first + c / op_.channels));
        }
        const long x = static_cast<long>(ox) * op_.stride_x +
                       static_cast<long>(s) * op_.dilation_x - op_.pad_left;
        if (!inside || x < 0 || x >= op_.width) return op_.pad_value;
        return element(slices_[static_cast<std::size_t>(y) * op_.batches + batch],
                       data_offset(op_, c, static_cast<unsigned>(x)));
    }

    // Four channels from super-channel * 4 on of the tile whose top-left is (x, y), transformed.
    Tile winograd_tile(unsigned x, unsigned y, unsigned super_channel) const {
        const unsigned per_entry = 8 / op_.element_bytes();
        const unsigned first = super_channel * 4 / per_entry * per_entry;
        std::array<std::uint8_t, kWinogradTileBytes> bytes;
        for (unsigned dy = 0; dy < 4; ++dy)
            for (unsigned dx = 0; dx < 4; ++dx)
                std::memcpy(&bytes[dy * 32 + dx * 8],
                            &slices_[(y + dy) / 4][data_offset(op_, first, x + dx, (y + dy) % 4)],
                            8);
        winograd_transform(op_.precision, op_.pra_truncate, bytes, bytes);
        Tile tile;
        for (unsigned position = 0; position < 16; ++position)
            for (unsigned c = 0; c < 4; ++c)
                tile[position * 4 + c] =
                    element(std::as_bytes(std::span(bytes)),
                            position * 8 + (super_channel * 4 + c - first) * op_.element_bytes());
        return tile;
    }

  private:
    std::int32_t element(std::span<const std::byte> bytes, std::uint64_t offset) const {
        if (op_.element_bytes() == 1) return static_cast<std::int8_t>(bytes[offset]);
        std::int16_t value;
        std::memcpy(&value, &bytes[offset], sizeof value);
        return value;
    }

    const ConvOp& op_;
    std::span<const Slice> slices_;
    std::span<const std::byte> stream_;
    std::uint64_t first_element_;
};

// Rows and channels that one MAC operation covers.
struct Step {
    unsigned row;
    unsigned rows;
    unsigned column;
    unsigned channel;
    unsigned channels;
};

std::vector<Step> steps_of(const ConvOp& op) {
    std::vector<Step> steps;
    if (op.row_extension > 1) {
        for (unsigned r = 0; r < op.kernel_height; r += op.row_extension)
            steps.push_back(
                {r, std::min(op.row_extension, op.kernel_height - r), 0, 0, op.weight_channels});
        return steps;
    }
    for (unsigned c = 0; c < op.weight_channels; c += op.channel_block)
        for (unsigned r = 0; r < op.kernel_height; ++r)
            for (unsigned s = 0; s < op.kernel_width; ++s)
                steps.push_back({r, 1, s, c, std::min(op.channel_block, op.weight_channels - c)});
    return steps;
}

std::int64_t direct_sum(const ConvOp& op, const Operands& operands, std::span<const Step> steps,
                        unsigned batch, unsigned k, unsigned ox, unsigned oy) {
    std::int64_t sum = 0;
    std::vector<std::int32_t> data;
    std::vector<std::int32_t> weights;
    for (const Step& step : steps) {
        data.clear();
        weights.clear();
        for (unsigned r = step.row; r < step.row + step.rows; ++r)
            for (unsigned c = step.channel; c < step.channel + step.channels; ++c) {
                data.push_back(operands.data(batch, ox, oy, c, r, step.column));
                weights.push_back(operands.weight(k, c, r, step.column));
            }
        sum = cacc::accumulate(op.precision, sum, cmac::multiply_accumulate(data, weights));
    }
    return sum;
}

std::array<std::int64_t, 4> winograd_sums(const ConvOp& op, const Operands& operands, unsigned k,
                                          unsigned x, unsigned y) {
    std::array<std::int64_t, 4> sums{};
    for (unsigned super = 0; super < op.channels / 4; ++super) {
        const Tile tile = operands.winograd_tile(x, y, super);
        std::array<std::int64_t, 16> products{};
        for (unsigned i = 0; i < 64; ++i) {
            const unsigned position = i / 4;
            products[position] += std::int64_t{tile[i]} *
                                  operands.weight(k, super * 4 + i % 4, position / 4, position % 4);
        }
        const auto outputs = cmac::post_addition(products);
        for (unsigned i = 0; i < 4; ++i)
            sums[i] = cacc::accumulate(op.precision, sums[i], outputs[i]);
    }
    return sums;
}

}  // namespace

void convolve_reference(const ConvOp& op, std::span<const Slice> slices, GroupRange groups,
                        std::span<const std::byte> stream, unsigned batch, LineRange lines,
                        cacc::Accumulators& sums) {
    const Operands operands(op, slices, groups, stream);
    const unsigned first_kernel = groups.first * op.kernel_group;
    const unsigned end_kernel =
        std::min(op.kernels, (groups.first + groups.count) * op.kernel_group);
    const std::size_t width = op.out_width;
    sums.resize((lines.end - lines.first) * width, end_kernel - first_kernel, true);
    const std::vector<Step> steps = steps_of(op);
    const unsigned side = op.mode == ConvMode::kWinograd ? 2 : 1;
    for (unsigned k = first_kernel; k < end_kernel; ++k)
        for (unsigned y = lines.first; y < lines.end; y += side)
            for (unsigned x = 0; x < op.out_width; x += side) {
                const std::size_t pixel = (y - lines.first) * width + x;
                const unsigned lane = k - first_kernel;
                if (op.mode == ConvMode::kWinograd) {
                    const auto outputs = winograd_sums(op, operands, k, x, y);
                    for (std::size_t i = 0; i < 4; ++i)
                        sums.wide(pixel + i / 2 * width + i % 2)[lane] = outputs[i];
                } else {
                    sums.wide(pixel)[lane] = direct_sum(op, operands, steps, batch, k, x, y);
                }
            }
}

}  // namespace dla::csc
