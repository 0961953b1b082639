// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/generator/layout.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace dla::trace {
namespace {

constexpr std::size_t kWeightAlignment = 128;

unsigned divide_up(unsigned a, unsigned b) {
    return (a + b - 1) / b;
}

std::uint16_t half(std::int64_t value) {
    if (value == 0) return 0;
    const auto magnitude = static_cast<std::uint64_t>(value < 0 ? -value : value);
    const auto top = static_cast<unsigned>(std::bit_width(magnitude)) - 1;
    const auto fraction = top > 10 ? magnitude >> (top - 10) : magnitude << (10 - top);
    if (top > 15 || (top > 10 && (fraction << (top - 10)) != magnitude))
        throw std::logic_error("the generator's fp16 numbers must be whole and exact");
    return static_cast<std::uint16_t>((value < 0 ? 0x8000u : 0u) | ((top + 15) << 10) |
                                      (fraction & 0x3ff));
}

void put_element(Bytes& bytes, std::size_t at, std::int64_t value, unsigned element_bytes) {
    for (unsigned i = 0; i < element_bytes; ++i)
        bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

void append_element(Bytes& bytes, std::int64_t value, unsigned element_bytes) {
    bytes.resize(bytes.size() + element_bytes);
    put_element(bytes, bytes.size() - element_bytes, value, element_bytes);
}

struct Range {
    unsigned begin;
    unsigned end;
};

}  // namespace

std::int64_t element_bits(std::int64_t value, Precision precision) {
    return precision == Precision::kFp16 ? half(value) : value;
}

CubeLayout cube_layout(const HardwareConfig& config, Precision precision, const Cube& cube,
                       unsigned line_gap, unsigned surface_gap) {
    CubeLayout layout{};
    layout.atom_bytes = config.memory_atom_bytes;
    layout.element_bytes = bytes_per_element(precision);
    layout.fp16 = precision == Precision::kFp16;
    layout.line_stride = (cube.width + line_gap) * layout.atom_bytes;
    layout.surface_stride = layout.line_stride * cube.height + surface_gap * layout.atom_bytes;
    layout.surfaces = divide_up(cube.channels, layout.lanes());
    return layout;
}

void put_cube(const Cube& cube, const CubeLayout& layout, Bytes& bytes) {
    bytes.resize(std::max(bytes.size(), layout.bytes()));
    const unsigned lanes = layout.lanes();
    for (unsigned c = 0; c < layout.surfaces * lanes; ++c) {
        for (unsigned y = 0; y < cube.height; ++y) {
            for (unsigned x = 0; x < cube.width; ++x) {
                const std::size_t at = std::size_t{c / lanes} * layout.surface_stride +
                                       std::size_t{y} * layout.line_stride +
                                       std::size_t{x} * layout.atom_bytes +
                                       std::size_t{c % lanes} * layout.element_bytes;
                const std::int64_t value = c < cube.channels ? cube.at(x, y, c) : 0;
                put_element(bytes, at, layout.fp16 ? half(value) : value, layout.element_bytes);
            }
        }
    }
}

Bytes weight_bytes(const Kernels& kernels, const HardwareConfig& config, Precision precision) {
    const unsigned group = config.kernels_per_group(precision);
    const unsigned block = config.atomic_c;
    const unsigned element = bytes_per_element(precision);
    Bytes bytes;
    const auto append_block = [&](Range k, Range c) {
        for (unsigned r = 0; r < kernels.height; ++r)
            for (unsigned s = 0; s < kernels.width; ++s)
                for (unsigned kernel = k.begin; kernel < k.end; ++kernel)
                    for (unsigned channel = c.begin; channel < c.end; ++channel)
                        append_element(bytes,
                                       element_bits(kernels.at(kernel, s, r, channel), precision),
                                       element);
    };
    for (unsigned k = 0; k < kernels.count; k += group)
        for (unsigned c = 0; c < kernels.channels; c += block)
            append_block({k, std::min(k + group, kernels.count)},
                         {c, std::min(c + block, kernels.channels)});
    bytes.resize((bytes.size() + kWeightAlignment - 1) / kWeightAlignment * kWeightAlignment);
    return bytes;
}

Bytes operand_bytes(const std::vector<std::int64_t>& values, unsigned lanes, Precision precision) {
    constexpr unsigned kOperandBytes = 2;
    Bytes bytes;
    for (const std::int64_t value : values)
        append_element(bytes, element_bits(value, precision), kOperandBytes);
    bytes.resize(std::size_t{divide_up(static_cast<unsigned>(values.size()), lanes)} * lanes *
                 kOperandBytes);
    return bytes;
}

unsigned entries_per_slice(const HardwareConfig& config, Precision precision, const Cube& cube) {
    const unsigned atoms_per_entry = config.cbuf.entry_bytes / config.memory_atom_bytes;
    const unsigned atoms =
        divide_up(cube.channels * bytes_per_element(precision), config.memory_atom_bytes);
    const unsigned rest = atoms % atoms_per_entry;
    const unsigned whole = atoms / atoms_per_entry * cube.width;
    if (rest == 0) return whole;
    if (rest * 2 > atoms_per_entry) return whole + cube.width;
    // Several pixels share an entry: two with half an entry each, four with a quarter.
    const unsigned pixels = rest * 2 == atoms_per_entry ? 2 : atoms_per_entry;
    return whole + divide_up(cube.width, pixels);
}

}  // namespace dla::trace
