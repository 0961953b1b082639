// SPDX-License-Identifier: Apache-2.0
#include "runtime/builder/geometry.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dla::runtime {
namespace {

constexpr unsigned kImageLineAlignment = 32;

unsigned divide_up(std::size_t a, std::size_t b) {
    return static_cast<unsigned>((a + b - 1) / b);
}

void append(Bytes& bytes, std::int16_t value, unsigned size) {
    bytes.push_back(static_cast<std::uint8_t>(value));
    if (size == 2) bytes.push_back(static_cast<std::uint8_t>(value >> 8));
}

struct Range {
    unsigned begin = 0;
    unsigned end = 0;
};

// One position of the kernel: the channels of a block, kernel after kernel of a group.
void append_block(Bytes& stream, const Weights& weights, unsigned rs, Range kernels, Range channels,
                  unsigned size) {
    for (unsigned k = kernels.begin; k < kernels.end; ++k) {
        for (unsigned c = channels.begin; c < channels.end; ++c) {
            append(stream, weights.at(k, c, rs / weights.s, rs % weights.s), size);
        }
    }
}

// Calls visit(value index in c, h, w order, byte in memory) for every element of a packed cube.
template <class Visit>
void for_each_element(const HardwareConfig& config, const Shape& shape, Precision precision,
                      Visit visit) {
    const unsigned per_atom = config.elements_per_atom(precision);
    const Strides strides = packed_feature(config, shape, precision);
    std::size_t i = 0;
    for (unsigned c = 0; c < shape.c; ++c) {
        for (unsigned y = 0; y < shape.h; ++y) {
            for (unsigned x = 0; x < shape.w; ++x, ++i) {
                visit(i, std::size_t{c / per_atom} * strides.surface +
                             std::size_t{y} * strides.line +
                             std::size_t{x} * config.memory_atom_bytes +
                             c % per_atom * bytes_per_element(precision));
            }
        }
    }
}

}  // namespace

Strides packed_feature(const HardwareConfig& config, const Shape& shape, Precision precision) {
    Strides strides;
    strides.line = shape.w * config.memory_atom_bytes;
    strides.surface = strides.line * shape.h;
    strides.size = strides.surface * divide_up(shape.c, config.elements_per_atom(precision));
    return strides;
}

Strides packed_image(const Shape& shape, Precision precision) {
    const unsigned bytes = shape.w * shape.c * bytes_per_element(precision);
    Strides strides;
    strides.line = divide_up(bytes, kImageLineAlignment) * kImageLineAlignment;
    strides.size = strides.line * shape.h;
    return strides;
}

unsigned feature_entries(const HardwareConfig& config, unsigned width, unsigned channels,
                         Precision precision) {
    const unsigned atoms = divide_up(channels, config.elements_per_atom(precision));
    const unsigned per_entry = config.cbuf.entry_bytes / config.memory_atom_bytes;
    const unsigned rest = atoms % per_entry;
    unsigned tail = 0;
    if (2 * rest > per_entry) {
        tail = width;
    } else if (rest > 0) {
        // One or half of the atoms of an entry: neighbouring pixels share it.
        tail = divide_up(width, per_entry / rest);
    }
    return atoms / per_entry * width + tail;
}

unsigned image_entries(const HardwareConfig& config, unsigned padded_width, unsigned channels,
                       Precision precision) {
    return divide_up(std::size_t{padded_width} * channels * bytes_per_element(precision),
                     config.cbuf.entry_bytes);
}

Bytes pack_weights(const HardwareConfig& config, Precision precision, const Weights& weights) {
    const unsigned group = config.kernels_per_group(precision);
    const unsigned block = config.atomic_c;
    const unsigned size = bytes_per_element(precision);
    Bytes stream;
    stream.reserve(weights.values.size() * size + config.cbuf.entry_bytes);
    for (unsigned k0 = 0; k0 < weights.k; k0 += group) {
        const unsigned k1 = std::min(k0 + group, weights.k);
        for (unsigned c0 = 0; c0 < weights.c; c0 += block) {
            const unsigned c1 = std::min(c0 + block, weights.c);
            for (unsigned rs = 0; rs < weights.r * weights.s; ++rs) {
                append_block(stream, weights, rs, {k0, k1}, {c0, c1}, size);
            }
        }
    }
    stream.resize(std::size_t{divide_up(stream.size(), config.cbuf.entry_bytes)} *
                  config.cbuf.entry_bytes);
    return stream;
}

Weights flatten_rows(const Weights& weights) {
    Weights flat{.k = weights.k, .c = weights.c * weights.s, .r = weights.r, .s = 1, .values = {}};
    for (unsigned k = 0; k < flat.k; ++k) {
        for (unsigned c = 0; c < flat.c; ++c) {
            for (unsigned r = 0; r < flat.r; ++r) {
                flat.values.push_back(weights.at(k, c % weights.c, r, c / weights.c));
            }
        }
    }
    return flat;
}

Result<Banks> split_banks(const HardwareConfig& config, std::size_t data_entries,
                          std::size_t weight_bytes, std::size_t kernel_group_bytes,
                          unsigned reserved) {
    const std::size_t bank_bytes =
        std::size_t{config.cbuf.entries_per_bank} * config.cbuf.entry_bytes;
    const unsigned data = divide_up(data_entries, config.cbuf.entries_per_bank);
    const unsigned least = divide_up(kernel_group_bytes, bank_bytes);
    const unsigned banks = config.cbuf.banks - reserved;
    if (data + least > banks) {
        return fail(
            fmt::format("the convolution needs {} CBUF banks for its input and {} for one "
                        "kernel group, {} has {}",
                        data, least, config.name, banks));
    }
    return Banks{data, std::min(divide_up(weight_bytes, bank_bytes), banks - data)};
}

Bytes pack_operands(const HardwareConfig& config, Precision precision,
                    const std::vector<std::int16_t>& alu, const std::vector<std::int16_t>& mul) {
    const std::size_t channels = std::max(alu.size(), mul.size());
    const unsigned per_atom = config.elements_per_atom(precision);
    const std::size_t padded = std::size_t{divide_up(channels, per_atom)} * per_atom;
    Bytes table;
    for (std::size_t c = 0; c < padded; ++c) {
        if (!alu.empty()) append(table, c < alu.size() ? alu[c] : std::int16_t{0}, 2);
        if (!mul.empty()) append(table, c < mul.size() ? mul[c] : std::int16_t{0}, 2);
    }
    return table;
}

Bytes pack_feature(const HardwareConfig& config, const Shape& shape, Precision precision,
                   const std::vector<std::int16_t>& values) {
    Bytes memory(packed_feature(config, shape, precision).size, 0);
    for_each_element(config, shape, precision, [&](std::size_t i, std::size_t at) {
        memory[at] = static_cast<std::uint8_t>(values[i]);
        if (precision != Precision::kInt8) {
            memory[at + 1] = static_cast<std::uint8_t>(values[i] >> 8);
        }
    });
    return memory;
}

std::vector<std::int16_t> unpack_feature(const HardwareConfig& config, const Shape& shape,
                                         Precision precision, const Bytes& memory) {
    std::vector<std::int16_t> values(std::size_t{shape.w} * shape.h * shape.c);
    for_each_element(config, shape, precision, [&](std::size_t i, std::size_t at) {
        values[i] = precision == Precision::kInt8
                        ? static_cast<std::int8_t>(memory[at])
                        : static_cast<std::int16_t>(memory[at] | memory[at + 1] << 8);
    });
    return values;
}

}  // namespace dla::runtime
