// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/generator/winograd.hpp"

#include <algorithm>
#include <array>

#include "trace-tests/generator/reference.hpp"

namespace dla::trace {
namespace {

constexpr unsigned kOutputs = 2;         // of a tile, each way
constexpr unsigned kChannelsAtOnce = 4;  // of the weight stream
constexpr std::size_t kAlignment = 128;

using Tile = std::array<std::array<std::int64_t, kWinogradTile>, kWinogradTile>;  // [y][x]

Tile transposed(const Tile& tile) {
    Tile out;
    for (unsigned y = 0; y < kWinogradTile; ++y)
        for (unsigned x = 0; x < kWinogradTile; ++x)
            out[x][y] = tile[y][x];
    return out;
}

Tile data_rows(const Tile& d) {
    Tile t;
    for (unsigned x = 0; x < kWinogradTile; ++x) {
        t[0][x] = d[0][x] - d[2][x];
        t[1][x] = d[1][x] + d[2][x];
        t[2][x] = d[2][x] - d[1][x];
        t[3][x] = d[1][x] - d[3][x];
    }
    return t;
}

Tile output_rows(const Tile& p) {
    Tile a{};
    for (unsigned x = 0; x < kWinogradTile; ++x) {
        a[0][x] = p[0][x] + p[1][x] + p[2][x];
        a[1][x] = p[1][x] - p[2][x] - p[3][x];
    }
    return a;
}

// The tile at an output's place, as the multipliers see it.
Tile data_tile(const Cube& extended, unsigned ox, unsigned oy, unsigned c, const LayerSpec& spec) {
    Tile tile;
    for (unsigned y = 0; y < kWinogradTile; ++y)
        for (unsigned x = 0; x < kWinogradTile; ++x)
            tile[y][x] = extended.at(ox + x, oy + y, c);
    tile = transposed(data_rows(transposed(data_rows(tile))));
    if (spec.precision == Precision::kFp16) return tile;
    for (auto& row : tile)
        for (auto& value : row)
            value = clamp_bits(divide_rounded(value, spec.pre_truncate),
                               8 * bytes_per_element(spec.precision));
    return tile;
}

void add_products(const Tile& data, const Kernels& kernels, unsigned k, unsigned c, Tile& sums) {
    for (unsigned y = 0; y < kWinogradTile; ++y)
        for (unsigned x = 0; x < kWinogradTile; ++x)
            sums[y][x] += data[y][x] * kernels.at(k, x, y, c);
}

}  // namespace

Cube winograd_extended(const Cube& input, const LayerSpec& spec) {
    const unsigned stride_x = spec.stride;
    const unsigned stride_y = spec.stride_down();
    Cube out((spec.pad + input.width + spec.pad_behind()) / stride_x,
             (spec.pad + input.height + spec.pad_behind()) / stride_y,
             input.channels * stride_x * stride_y);
    for (unsigned cx = 0; cx < out.channels; ++cx) {
        const unsigned phase = cx / input.channels;
        for (unsigned y = 0; y < out.height; ++y)
            for (unsigned x = 0; x < out.width; ++x) {
                const unsigned column = x * stride_x + phase % stride_x - spec.pad;
                const unsigned line = y * stride_y + phase / stride_x - spec.pad;
                const bool real = column < input.width && line < input.height;
                out.at(x, y, cx) =
                    real ? input.at(column, line, cx % input.channels) : spec.pad_value;
            }
    }
    return out;
}

Cube winograd_sums(const Cube& extended, const Kernels& kernels, const LayerSpec& spec) {
    Cube sums(extended.width - kWinogradTile, extended.height - kWinogradTile, kernels.count);
    for (unsigned oy = 0; oy < sums.height; oy += kOutputs)
        for (unsigned ox = 0; ox < sums.width; ox += kOutputs) {
            std::vector<Tile> products(kernels.count, Tile{});
            for (unsigned c = 0; c < extended.channels; ++c) {
                const Tile data = data_tile(extended, ox, oy, c, spec);
                for (unsigned k = 0; k < kernels.count; ++k)
                    add_products(data, kernels, k, c, products[k]);
            }
            for (unsigned k = 0; k < kernels.count; ++k) {
                const Tile a = transposed(output_rows(transposed(output_rows(products[k]))));
                for (unsigned y = 0; y < kOutputs; ++y)
                    for (unsigned x = 0; x < kOutputs; ++x)
                        sums.at(ox + x, oy + y, k) = a[y][x];
            }
        }
    return sums;
}

Bytes winograd_weight_bytes(const Kernels& kernels, const HardwareConfig& config,
                            Precision precision) {
    const unsigned group = config.kernels_per_group(precision);
    const unsigned element = bytes_per_element(precision);
    Bytes bytes;
    const auto append = [&](unsigned k, unsigned c) {
        for (unsigned y = 0; y < kWinogradTile; ++y)
            for (unsigned x = 0; x < kWinogradTile; ++x)
                for (unsigned i = c; i < c + kChannelsAtOnce; ++i) {
                    const auto bits =
                        static_cast<std::uint64_t>(element_bits(kernels.at(k, x, y, i), precision));
                    for (unsigned b = 0; b < element; ++b)
                        bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * b)));
                }
    };
    for (unsigned first = 0; first < kernels.count; first += group)
        for (unsigned c = 0; c < kernels.channels; c += kChannelsAtOnce)
            for (unsigned k = first; k < std::min(first + group, kernels.count); ++k)
                append(k, c);
    bytes.resize((bytes.size() + kAlignment - 1) / kAlignment * kAlignment);
    return bytes;
}

}  // namespace dla::trace
