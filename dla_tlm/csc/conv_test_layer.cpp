// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/conv_test_layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "dla_tlm/cbuf/cbuf.hpp"
#include "dla_tlm/csc/weight_reader.hpp"

namespace dla::csc {
namespace {

unsigned ceil_div(unsigned a, unsigned b) {
    return (a + b - 1) / b;
}

// Appends elements one after the other, as memory order lists them.
class Writer {
  public:
    explicit Writer(unsigned element_bytes) : size_(element_bytes) {}

    void put(std::int32_t value) {
        for (unsigned i = 0; i < size_; ++i)
            bytes_.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xff));
    }
    void pad_to(std::size_t multiple, std::byte with) {
        while (bytes_.size() % multiple != 0)
            bytes_.push_back(with);
    }
    std::vector<std::byte> take() { return std::move(bytes_); }

  private:
    unsigned size_;
    std::vector<std::byte> bytes_;
};

// Lanes behind the last channel hold anything in memory.
constexpr std::int32_t kJunk = 0x5b;

std::vector<std::byte> feature_slice(const TestLayer& layer, unsigned n, unsigned y) {
    const ConvOp& op = layer.op;
    const unsigned lanes = op.atom_bytes / op.element_bytes();
    const unsigned atoms = ceil_div(op.channels, lanes);
    const unsigned per_entry = op.entry_bytes / op.atom_bytes;
    Writer out(op.element_bytes());
    const auto put_atom = [&](unsigned atom, unsigned x) {
        for (unsigned c = atom * lanes; c < (atom + 1) * lanes; ++c)
            out.put(c < op.channels ? layer.at(n, c, y, x) : kJunk);
    };
    unsigned atom = 0;
    for (; atom + per_entry <= atoms; atom += per_entry)
        for (unsigned x = 0; x < op.width; ++x)
            for (unsigned a = 0; a < per_entry; ++a)
                put_atom(atom + a, x);
    const unsigned tail = atoms - atom;
    for (unsigned x = 0; x < op.width && tail != 0; ++x) {
        for (unsigned a = 0; a < tail; ++a)
            put_atom(atom + a, x);
        if (2 * tail > per_entry) out.pad_to(op.entry_bytes, std::byte{kJunk});
    }
    out.pad_to(op.entry_bytes, std::byte{kJunk});
    return out.take();
}

std::vector<std::byte> image_slice(const TestLayer& layer, unsigned y) {
    Writer out(layer.op.element_bytes());
    for (unsigned x = 0; x < layer.line_pixels; ++x)
        for (unsigned c = 0; c < layer.op.channels; ++c)
            out.put(layer.at(0, c, y, x));
    out.pad_to(layer.op.entry_bytes, std::byte{0});
    return out.take();
}

std::vector<std::byte> winograd_slice(const TestLayer& layer, unsigned first_line) {
    const ConvOp& op = layer.op;
    const unsigned per_entry = 8 / op.element_bytes();
    Writer out(op.element_bytes());
    for (unsigned c = 0; c < op.channels; c += per_entry)
        for (unsigned block = 0; block < op.width; block += 4)
            for (unsigned y = 0; y < 4; ++y)
                for (unsigned x = block; x < block + 4; ++x)
                    for (unsigned i = 0; i < per_entry; ++i)
                        out.put(layer.at(0, c + i, first_line + y, x));
    return out.take();
}

struct Range {
    unsigned begin;
    unsigned end;
};

// Weights of some kernels and channels at the kernel positions of some rows and one column.
void put_position(const TestLayer& layer, unsigned k, Range rows, unsigned s, Range channels,
                  Writer& out) {
    const bool image = layer.op.mode == ConvMode::kImage;
    const unsigned columns = layer.op.channels;
    for (unsigned r = rows.begin; r < rows.end; ++r)
        for (unsigned c = channels.begin; c < channels.end; ++c)
            out.put(image ? layer.weight(k, c % columns, r, c / columns)
                          : layer.weight(k, c, r, s));
}

// One channel block of one kernel group.
void put_weights(const TestLayer& layer, Range kernels, Range channels, Writer& out) {
    const ConvOp& op = layer.op;
    if (op.mode == ConvMode::kWinograd) {
        for (unsigned k = kernels.begin; k < kernels.end; ++k)
            for (unsigned i = 0; i < 16; ++i)
                put_position(layer, k, {i / 4, i / 4 + 1}, i % 4, channels, out);
        return;
    }
    for (unsigned r = 0; r < op.kernel_height; r += op.row_extension)
        for (unsigned s = 0; s < op.kernel_width; ++s)
            for (unsigned k = kernels.begin; k < kernels.end; ++k)
                put_position(layer, k, {r, std::min(r + op.row_extension, op.kernel_height)}, s,
                             channels, out);
}

std::int32_t random_number(std::mt19937& random, Magnitude magnitude, Precision precision) {
    const std::int32_t most = precision == Precision::kInt8 ? 127 : 32767;
    const auto pick = [&](std::int32_t low, std::int32_t high) {
        return std::uniform_int_distribution<std::int32_t>(low, high)(random);
    };
    switch (magnitude) {
        case Magnitude::kSmall:
            return pick(-12, 12);
        case Magnitude::kFull:
            return pick(-most - 1, most);
        case Magnitude::kExtreme:
            break;
    }
    return pick(0, 3) == 0 ? most : -most - 1;
}

void random_direct_sizes(std::mt19937& random, ConvOp& op, unsigned batch_max) {
    const auto pick = [&](unsigned low, unsigned high) {
        return std::uniform_int_distribution<unsigned>(low, high)(random);
    };
    op.kernel_width = pick(1, 4);
    op.kernel_height = pick(1, 4);
    op.dilation_x = pick(0, 3) == 0 ? pick(2, 4) : 1;
    op.dilation_y = pick(0, 3) == 0 ? pick(2, 4) : 1;
    op.stride_x = pick(1, 3);
    op.stride_y = pick(1, 3);
    const unsigned reach_x = (op.kernel_width - 1) * op.dilation_x;
    const unsigned reach_y = (op.kernel_height - 1) * op.dilation_y;
    op.pad_left = pick(0, reach_x);
    op.pad_top = pick(0, reach_y);
    op.out_width = pick(1, 17);
    op.out_height = pick(1, 5);
    const unsigned right = pick(0, reach_x);
    const unsigned bottom = pick(0, reach_y);
    const unsigned padded_x = (op.out_width - 1) * op.stride_x + reach_x + 1;
    const unsigned padded_y = (op.out_height - 1) * op.stride_y + reach_y + 1;
    op.width = padded_x > op.pad_left + right ? padded_x - op.pad_left - right : 1;
    op.height = padded_y > op.pad_top + bottom ? padded_y - op.pad_top - bottom : 1;
    // Columns and lines that no output reads are legal.
    op.width += pick(0, 2);
    op.height += pick(0, 1);
    op.channels = pick(0, 4) == 0 ? pick(60, 200) : pick(1, 40);
    op.weight_channels = op.channels;
    op.batches = batch_max > 1 && pick(0, 3) == 0 ? pick(2, 3) : 1;
}

void random_image_sizes(std::mt19937& random, TestLayer& layer) {
    ConvOp& op = layer.op;
    const auto pick = [&](unsigned low, unsigned high) {
        return std::uniform_int_distribution<unsigned>(low, high)(random);
    };
    constexpr std::array<unsigned, 3> kChannels{1, 3, 4};
    op.channels = kChannels[pick(0, 2)];
    layer.kernel_columns = pick(0, 5) == 0 ? pick(9, 32) : pick(1, 8);
    op.kernel_height = pick(1, 8);
    op.weight_channels = op.channels * layer.kernel_columns;
    op.stride_x = pick(1, 4);
    op.stride_y = pick(1, 4);
    op.out_width = pick(1, 20);
    op.out_height = pick(1, 5);
    layer.line_pixels = (op.out_width - 1) * op.stride_x + layer.kernel_columns + pick(0, 3);
    op.width = layer.line_pixels;
    op.pad_top = pick(0, op.kernel_height - 1);
    const unsigned padded_y = (op.out_height - 1) * op.stride_y + op.kernel_height;
    op.height = padded_y > op.pad_top ? padded_y - op.pad_top : 1;
    if (op.height > 1) op.height -= pick(0, 1);
    for (const unsigned extension : {2u, 4u}) {
        const unsigned room = op.channel_block / extension;
        if (op.weight_channels <= room && op.stride_x * op.channels <= room && pick(0, 2) == 0)
            op.row_extension = extension;
    }
}

void random_winograd_sizes(std::mt19937& random, ConvOp& op) {
    const auto pick = [&](unsigned low, unsigned high) {
        return std::uniform_int_distribution<unsigned>(low, high)(random);
    };
    op.out_width = 4 * (pick(0, 9) == 0 ? pick(5, 8) : pick(1, 3));
    op.out_height = 4 * pick(1, 2);
    op.kernels = std::min(op.kernels, pick(1, 40));
    op.out_channels = op.kernels;
    op.width = op.out_width + 4;
    op.height = op.out_height + 4;
    // 96 of int8, 80 of int16: more than one block of the packed input.
    op.channels = 32 / op.element_bytes() * (pick(0, 4) == 0 ? 1 + 2 * op.element_bytes() : 1);
    op.weight_channels = op.channels;
    op.kernel_width = 4;
    op.kernel_height = 4;
    op.pra_truncate = pick(0, 2);
}

}  // namespace

std::vector<std::vector<std::byte>> TestLayer::slices() const {
    std::vector<std::vector<std::byte>> result;
    for (unsigned y = 0; y < op.height; y += op.lines_per_slice())
        for (unsigned n = 0; n < op.batches; ++n)
            result.push_back(op.mode == ConvMode::kFeature ? feature_slice(*this, n, y)
                             : op.mode == ConvMode::kImage ? image_slice(*this, y)
                                                           : winograd_slice(*this, y));
    return result;
}

std::vector<std::byte> TestLayer::stream() const {
    const unsigned block = op.mode == ConvMode::kWinograd ? 4
                           : op.row_extension > 1         ? op.weight_channels
                                                          : op.channel_block;
    Writer out(op.element_bytes());
    for (unsigned k = 0; k < op.kernels; k += op.kernel_group)
        for (unsigned c = 0; c < op.weight_channels; c += block)
            put_weights(*this, {k, std::min(k + op.kernel_group, op.kernels)},
                        {c, std::min(c + block, op.weight_channels)}, out);
    return out.take();
}

std::int64_t TestLayer::expected(unsigned n, unsigned k, unsigned oy, unsigned ox) const {
    return op.mode == ConvMode::kWinograd ? expected_winograd(k, oy, ox)
                                          : expected_direct(n, k, oy, ox);
}

std::int64_t TestLayer::expected_direct(unsigned n, unsigned k, unsigned oy, unsigned ox) const {
    std::int64_t sum = 0;
    for (unsigned c = 0; c < kernel_channels; ++c)
        for (unsigned r = 0; r < op.kernel_height; ++r)
            for (unsigned s = 0; s < kernel_columns; ++s) {
                const long x = long{ox} * op.stride_x + long{s} * op.dilation_x - op.pad_left;
                const long y = long{oy} * op.stride_y + long{r} * op.dilation_y - op.pad_top;
                const bool inside = x >= 0 && x < columns() && y >= 0 && y < op.height;
                const std::int64_t value =
                    inside ? at(n, c, static_cast<unsigned>(y), static_cast<unsigned>(x))
                           : op.pad_value;
                sum += value * weight(k, c, r, s);
            }
    return sum;
}

// A' [ (B' d B) .* U ] A with the matrices of section 9.
std::int64_t TestLayer::expected_winograd(unsigned k, unsigned oy, unsigned ox) const {
    constexpr int kB[4][4] = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
    constexpr int kA[2][4] = {{1, 1, 1, 0}, {0, 1, -1, -1}};
    const std::int64_t limit = op.precision == Precision::kInt8 ? 127 : 32767;
    std::int64_t sum = 0;
    for (unsigned c = 0; c < op.channels; ++c)
        for (unsigned i = 0; i < 4; ++i)
            for (unsigned j = 0; j < 4; ++j) {
                std::int64_t v = 0;
                for (unsigned a = 0; a < 4; ++a)
                    for (unsigned b = 0; b < 4; ++b)
                        v += std::int64_t{kB[i][a]} * kB[j][b] *
                             at(0, c, oy / 2 * 2 + a, ox / 2 * 2 + b);
                const std::int64_t half = op.pra_truncate == 0 ? 0 : 1 << (op.pra_truncate - 1);
                const std::int64_t size = (std::abs(v) + half) >> op.pra_truncate;
                v = std::clamp(v < 0 ? -size : size, -limit - 1, limit);
                sum += kA[oy % 2][i] * kA[ox % 2][j] * v * weight(k, c, i, j);
            }
    return sum;
}

std::string TestLayer::describe() const {
    return fmt::format(
        "mode {} precision {} W {} H {} C {} N {} K {} S {} R {} stride {}x{} dilation {}x{} pad "
        "{},{} value {} OW {} OH {} rows {} truncate {} Cb {} Kg {} M {} entry {}",
        static_cast<int>(op.mode), static_cast<int>(op.precision), op.width, op.height, op.channels,
        op.batches, op.kernels, kernel_columns, op.kernel_height, op.stride_x, op.stride_y,
        op.dilation_x, op.dilation_y, op.pad_left, op.pad_top, op.pad_value, op.out_width,
        op.out_height, op.row_extension, op.pra_truncate, op.channel_block, op.kernel_group,
        op.atom_bytes, op.entry_bytes);
}

TestLayer random_layer(std::mt19937& random, const std::string& config_name,
                       const TestShape& shape) {
    const HardwareConfig config = builtin_config(config_name).value();
    const auto pick = [&](unsigned low, unsigned high) {
        return std::uniform_int_distribution<unsigned>(low, high)(random);
    };
    TestLayer layer;
    ConvOp& op = layer.op;
    op.mode = shape.mode;
    op.precision = shape.precision;
    op.channel_block = config.atomic_c;
    op.kernel_group = config.kernels_per_group(shape.precision);
    op.atom_bytes = config.memory_atom_bytes;
    op.entry_bytes = config.cbuf.entry_bytes;
    op.kernels = pick(0, 3) == 0 ? pick(30, 70) : pick(1, 30);
    op.out_channels = op.kernels;
    if (shape.mode == ConvMode::kFeature)
        random_direct_sizes(random, op, config.features.batch_max);
    if (shape.mode == ConvMode::kImage) random_image_sizes(random, layer);
    if (shape.mode == ConvMode::kWinograd) random_winograd_sizes(random, op);
    if (shape.mode != ConvMode::kImage) layer.kernel_columns = op.kernel_width;
    layer.kernel_channels = op.channels;
    if (shape.batched) op.batches = pick(2, 5);
    fill_random(random, shape.magnitude, layer);
    op.compressed = shape.sparse;
    if (!shape.sparse) return layer;
    for (std::int32_t& weight : layer.weights)
        if (pick(0, 2) != 0) weight = 0;
    return layer;
}

CompressedWeights compress(const TestLayer& layer) {
    const ConvOp& op = layer.op;
    const std::vector<std::byte> stream = layer.stream();
    const std::size_t size = op.element_bytes();
    const std::size_t elements = stream.size() / size;
    const std::size_t group = op.kernel_group * op.kernel_elements();
    CompressedWeights result;
    result.mask.resize((elements + 7) / 8);
    result.group_bytes.resize((elements + group - 1) / group);
    for (std::size_t i = 0; i < elements; ++i) {
        const auto element = std::span(stream).subspan(i * size, size);
        if (std::ranges::all_of(element, [](std::byte b) { return b == std::byte{0}; })) continue;
        result.mask[i / 8] |= std::byte{1} << (i % 8);
        result.stored.insert(result.stored.end(), element.begin(), element.end());
        result.group_bytes[i / group] += static_cast<std::uint32_t>(size);
    }
    return result;
}

void fill_random(std::mt19937& random, Magnitude magnitude, TestLayer& layer) {
    ConvOp& op = layer.op;
    if (op.mode != ConvMode::kWinograd)
        op.pad_value = random_number(random, magnitude, op.precision);
    layer.data.resize(std::size_t{op.batches} * op.channels * op.height * layer.columns());
    layer.weights.resize(std::size_t{op.kernels} * layer.kernel_channels * op.kernel_height *
                         layer.kernel_columns);
    for (std::int32_t& x : layer.data)
        x = random_number(random, magnitude, op.precision);
    for (std::int32_t& w : layer.weights)
        w = random_number(random, magnitude, op.precision);
}

std::vector<std::byte> fetched_stream(const TestLayer& layer) {
    if (!layer.op.compressed) return layer.stream();
    const CompressedWeights weights = compress(layer);
    cbuf::Cbuf cbuf(builtin_config("nv_full").value().cbuf);
    cbuf.set_layout({.data_banks = 1, .weight_banks = 14});
    const auto put = [](cbuf::StreamRegion& region, std::span<const std::byte> bytes) {
        const auto room = std::as_writable_bytes(region.room(bytes.size()));
        std::ranges::copy(bytes, room.begin());
        region.append(room.size());
    };
    put(cbuf.weights(), weights.stored);
    put(cbuf.masks(), weights.mask);
    WeightReader reader(cbuf);
    reader.begin_layer(layer.op, weights.group_bytes);
    std::vector<std::byte> stream;
    for (unsigned group = 0; group < layer.op.kernel_groups(); ++group) {
        if (reader.present(group, 1) == 0) return {};
        const auto plain = reader.read({group, 1});
        stream.insert(stream.end(), plain.begin(), plain.end());
        reader.release(group);
    }
    return stream;
}

unsigned layer_count(unsigned usual) {
    const char* asked = std::getenv("DLA_CONV_LAYERS");
    return asked != nullptr ? static_cast<unsigned>(std::strtoul(asked, nullptr, 10)) : usual;
}

std::vector<Slice> views(const std::vector<std::vector<std::byte>>& slices) {
    return {slices.begin(), slices.end()};
}

}  // namespace dla::csc
