// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/slice_builder.hpp"

#include <algorithm>
#include <cstring>

#include "dla_tlm/cdma/pixel_format.hpp"

namespace dla::cdma {
namespace {

constexpr unsigned kTileSide = 4;
constexpr unsigned kTilePixelBytes = 8;

template <std::size_t AtomBytes>
void scatter(const std::uint8_t* atoms, unsigned count, std::uint8_t* dst, std::size_t step) {
    for (unsigned x = 0; x < count; ++x)
        std::memcpy(dst + x * step, atoms + x * AtomBytes, AtomBytes);
}

// `count` atoms, their places `step` bytes apart.
void scatter_atoms(unsigned atom_bytes, const std::uint8_t* atoms, unsigned count,
                   std::uint8_t* dst, std::size_t step) {
    if (step == atom_bytes) {
        std::memcpy(dst, atoms, count * step);
    } else if (atom_bytes == 32) {
        scatter<32>(atoms, count, dst, step);
    } else if (atom_bytes == 16) {
        scatter<16>(atoms, count, dst, step);
    } else {
        scatter<8>(atoms, count, dst, step);
    }
}

void fill(std::span<std::uint8_t> dst, std::uint16_t value, unsigned element_bytes) {
    if (element_bytes == 1) {
        std::fill(dst.begin(), dst.end(), static_cast<std::uint8_t>(value));
        return;
    }
    for (std::size_t i = 0; i + 1 < dst.size(); i += 2)
        std::memcpy(&dst[i], &value, sizeof(value));
}

}  // namespace

SliceBuilder::SliceBuilder(const CdmaOp& op) : op_(op), converter_(op.converter) {}

Bytes SliceBuilder::converted(Bytes atoms) {
    if (converter_.transparent()) return atoms;
    line_.resize(atoms.size() / bytes_per_element(op_.converter.in) * converter_.out_bytes());
    converter_.run(atoms, 1, line_, counters_);
    return line_;
}

void SliceBuilder::feature(std::span<const Bytes> surface_lines, std::span<std::uint8_t> slice) {
    const unsigned per_entry = op_.entry_bytes / op_.atom_bytes;
    const auto atoms = static_cast<unsigned>(surface_lines.size());
    const unsigned full_blocks = atoms / per_entry;
    const unsigned tail = atoms % per_entry;
    // Pixels that share an entry of the last, partly filled block.
    const unsigned shared = 2 * tail > per_entry ? 1 : 2 * tail == per_entry ? 2 : 4;
    if (tail != 0) {
        const std::size_t full = std::size_t{full_blocks} * op_.width * op_.entry_bytes;
        std::fill(slice.begin() + static_cast<std::ptrdiff_t>(full), slice.end(), std::uint8_t{0});
    }
    for (unsigned a = 0; a < atoms; ++a) {
        const unsigned block = a / per_entry;
        const std::size_t step = op_.entry_bytes / (block == full_blocks ? shared : 1);
        const std::size_t offset = std::size_t{block} * op_.width * op_.entry_bytes +
                                   std::size_t{a % per_entry} * op_.atom_bytes;
        scatter_atoms(op_.atom_bytes, converted(surface_lines[a]).data(), op_.width, &slice[offset],
                      step);
    }
}

void SliceBuilder::image(Bytes plane0, Bytes plane1, std::span<std::uint8_t> slice) {
    const PixelFormat& format = *find_pixel_format(op_.pixel_format);
    const unsigned channels = format.channels;
    const std::size_t elements = std::size_t{op_.width} * channels;
    raw_.resize(elements * format.element_bytes());
    unpack_line(format, plane0, plane1, op_.width, raw_);

    const unsigned element_bytes = converter_.out_bytes();
    const std::size_t left = std::size_t{op_.pad_left} * channels * element_bytes;
    const std::size_t inside = elements * element_bytes;
    const std::size_t right = std::size_t{op_.pad_right} * channels * element_bytes;
    fill(slice.first(left), op_.pad_value, element_bytes);
    converter_.run(raw_, channels, slice.subspan(left, inside), counters_);
    fill(slice.subspan(left + inside, right), op_.pad_value, element_bytes);
    const auto rest = slice.subspan(left + inside + right);
    std::fill(rest.begin(), rest.end(), std::uint8_t{0});
}

// Puts one row of one surface where its stride phase and tile belong; atoms cover the whole
// padded row.
void SliceBuilder::fold_row(Bytes atoms, unsigned surface, unsigned row,
                            std::span<std::uint8_t> slice) {
    const unsigned pieces = op_.atom_bytes / kTilePixelBytes;  // channel groups of one atom
    const unsigned tiles = op_.width_ext / kTileSide;
    const unsigned tile_row = row / op_.stride_y;
    const unsigned phase_y = row % op_.stride_y;
    for (unsigned q = 0; q < op_.width_ext * op_.stride_x; ++q) {
        const unsigned x = q / op_.stride_x;
        const unsigned phase = phase_y * op_.stride_x + q % op_.stride_x;
        const std::size_t first_piece = std::size_t{phase * op_.surfaces() + surface} * pieces;
        const std::size_t place =
            kTilePixelBytes * (kTileSide * std::size_t{tile_row} + x % kTileSide);
        for (unsigned piece = 0; piece < pieces; ++piece) {
            const std::size_t entry = (first_piece + piece) * tiles + x / kTileSide;
            std::memcpy(&slice[entry * op_.entry_bytes + place],
                        &atoms[std::size_t{q} * op_.atom_bytes + piece * kTilePixelBytes],
                        kTilePixelBytes);
        }
    }
}

void SliceBuilder::winograd(std::span<const Bytes> lines, std::span<std::uint8_t> slice) {
    const unsigned surfaces = op_.surfaces();
    const unsigned columns = op_.width_ext * op_.stride_x;
    raw_.resize(std::size_t{columns} * op_.atom_bytes);
    const unsigned inside = std::min(op_.width, columns - std::min(columns, op_.pad_left));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        fill(raw_, op_.pad_value, converter_.out_bytes());
        if (!lines[i].empty()) {
            const Bytes atoms = converted(lines[i]);
            std::memcpy(&raw_[std::size_t{op_.pad_left} * op_.atom_bytes], atoms.data(),
                        std::size_t{inside} * op_.atom_bytes);
        }
        const auto row = static_cast<unsigned>(i / surfaces);
        fold_row(raw_, static_cast<unsigned>(i % surfaces), row, slice);
    }
}

}  // namespace dla::cdma
