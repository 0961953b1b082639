// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/slice_builder.hpp"

#include <cstring>
#include <utility>

#include "dla_tlm/cdma/cdma_decode.hpp"
#include "testing/catch.hpp"

namespace dla::cdma {
namespace {

std::vector<std::uint8_t> numbered(std::size_t count, unsigned seed) {
    std::vector<std::uint8_t> bytes(count);
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = static_cast<std::uint8_t>((i + seed) * 2654435761u >> 13);
    return bytes;
}

CdmaOp feature_op(unsigned atom_bytes, unsigned entry_bytes, unsigned width, unsigned atoms) {
    CdmaOp op;
    op.atom_bytes = atom_bytes;
    op.entry_bytes = entry_bytes;
    op.width = width;
    op.channels = atoms * atom_bytes;
    op.entries_per_slice = static_cast<unsigned>(entries_needed(op));
    return op;
}

// Byte place of an atom by the rules of the specification.
std::size_t atom_place(const CdmaOp& op, unsigned a, unsigned x) {
    const unsigned per_entry = op.entry_bytes / op.atom_bytes;
    const unsigned block = a / per_entry;
    const unsigned tail = op.surfaces() % per_entry;
    const std::size_t first_entry = std::size_t{block} * op.width;
    const bool packed_tail = block == op.surfaces() / per_entry;
    if (packed_tail && tail == 1 && per_entry == 4)
        return (first_entry + x / 4) * op.entry_bytes + x % 4 * op.atom_bytes;
    if (packed_tail && 2 * tail == per_entry)
        return (first_entry + x / 2) * op.entry_bytes + x % 2 * (op.entry_bytes / 2) +
               a % per_entry * op.atom_bytes;
    return (first_entry + x) * op.entry_bytes + a % per_entry * op.atom_bytes;
}

}  // namespace

TEST_CASE("entries per slice follow the packing of the last block") {
    // 32-byte atoms, four to an entry, five pixels: 4, 5, 6 and 7 atoms per pixel.
    CHECK(entries_needed(feature_op(32, 128, 5, 4)) == 5);
    CHECK(entries_needed(feature_op(32, 128, 5, 5)) == 7);
    CHECK(entries_needed(feature_op(32, 128, 5, 6)) == 8);
    CHECK(entries_needed(feature_op(32, 128, 5, 7)) == 10);
    CHECK(entries_needed(feature_op(8, 8, 5, 3)) == 15);
    CHECK(entries_needed(feature_op(32, 64, 5, 3)) == 8);
}

TEST_CASE("feature atoms land in the entries that the packing rules give") {
    constexpr unsigned kGeometries[][2] = {{32, 128}, {8, 8}, {8, 32}, {32, 64}, {16, 32}};
    for (const auto& [atom_bytes, entry_bytes] : kGeometries) {
        for (unsigned atoms = 1; atoms <= 9; ++atoms) {
            for (const unsigned width : {1u, 2u, 7u, 8u}) {
                const CdmaOp op = feature_op(atom_bytes, entry_bytes, width, atoms);
                std::vector<std::vector<std::uint8_t>> lines;
                for (unsigned a = 0; a < atoms; ++a)
                    lines.push_back(numbered(std::size_t{width} * atom_bytes, 1000 * a));
                std::vector<std::uint8_t> slice(op.entries_per_slice * entry_bytes, 0xee);
                SliceBuilder(op).feature(std::vector<Bytes>(lines.begin(), lines.end()), slice);
                // Zeros wherever the last block has no atom.
                std::vector<std::uint8_t> expected(slice.size(), 0);
                for (unsigned a = 0; a < atoms; ++a) {
                    for (unsigned x = 0; x < width; ++x)
                        std::memcpy(&expected[atom_place(op, a, x)], &lines[a][x * atom_bytes],
                                    atom_bytes);
                }
                INFO(atom_bytes << " " << entry_bytes << " atoms " << atoms << " width " << width);
                CHECK(slice == expected);
            }
        }
    }
}

TEST_CASE("an image line is converted, then padded with the raw value, then filled with zeros") {
    CdmaOp op;
    op.mode = CdmaOp::Mode::kImage;
    op.pixel_format = 15;  // R8G8B8A8
    op.channels = 4;
    op.width = 2;
    op.pad_left = 1;
    op.pad_right = 2;
    op.pad_value = 0x1f7;
    op.entries_per_slice = static_cast<unsigned>(entries_needed(op));
    REQUIRE(op.entries_per_slice == 3);
    op.converter.enabled = true;
    op.converter.unsigned_input = true;
    op.converter.offset = {1, 2, 3, 4};
    op.converter.scale = 2;
    const std::vector<std::uint8_t> pixels{13, 12, 11, 10, 23, 22, 21, 20};
    std::vector<std::uint8_t> slice(24, 0xee);
    SliceBuilder(op).image(pixels, {}, slice);
    const std::vector<std::uint8_t> expected{0xf7, 0xf7, 0xf7, 0xf7, 18,   18,   18,   18,
                                             38,   38,   38,   38,   0xf7, 0xf7, 0xf7, 0xf7,
                                             0xf7, 0xf7, 0xf7, 0xf7, 0,    0,    0,    0};
    CHECK(slice == expected);
}

TEST_CASE("feature atoms pass the converter, with the offset of the first channel") {
    for (const Precision precision : {Precision::kInt8, Precision::kInt16}) {
        CdmaOp op = feature_op(8, 8, 40, 1);
        op.converter.enabled = true;
        op.converter.in = op.converter.out = precision;
        op.converter.offset = {1, 50, 50, 50};
        op.converter.scale = 3;
        const unsigned bytes = bytes_per_element(precision);
        std::vector<std::uint8_t> line(320);
        std::vector<std::uint8_t> expected(320);
        for (unsigned i = 0; i < 320 / bytes; ++i) {
            const int x = static_cast<int>(i % 40);
            const int y = 3 * (x - 1);
            std::memcpy(&line[i * bytes], &x, bytes);
            std::memcpy(&expected[i * bytes], &y, bytes);
        }
        std::vector<std::uint8_t> slice(320, 0xee);
        SliceBuilder(op).feature(std::vector<Bytes>{line}, slice);
        CHECK(slice == expected);
    }
}

TEST_CASE("an image line of 16-bit pixels is as long as its words") {
    CdmaOp op;
    op.mode = CdmaOp::Mode::kImage;
    op.pixel_format = 3;  // R16
    op.channels = 1;
    op.width = 40;
    op.converter.in = op.converter.out = Precision::kInt16;
    op.entries_per_slice = static_cast<unsigned>(entries_needed(op));
    const auto pixels = numbered(80, 5);
    std::vector<std::uint8_t> slice(op.slice_entries() * op.entry_bytes, 0xee);
    SliceBuilder(op).image(pixels, {}, slice);
    std::vector<std::uint8_t> expected = pixels;
    expected.resize(slice.size(), 0);
    CHECK(slice == expected);
}

TEST_CASE("a Winograd slice holds tiles of padded input with strides folded into channels") {
    // Six columns leave room on the right; of eight the padding pushes the last ones out.
    for (const auto& [stride, columns] : {std::pair{1u, 6u}, {2u, 6u}, {1u, 8u}, {2u, 8u}}) {
        CdmaOp op;
        op.mode = CdmaOp::Mode::kWinograd;
        op.converter.in = op.converter.out = Precision::kInt16;
        op.atom_bytes = 32;
        op.entry_bytes = 128;
        op.channels = 17;
        op.width = columns * stride;
        op.pad_left = 1;
        op.pad_value = 0x7777;
        op.stride_x = op.stride_y = stride;
        op.width_ext = 8;
        op.height_ext = 4;
        op.entries_per_slice = static_cast<unsigned>(entries_needed(op));
        const unsigned rows = 4 * stride;
        std::vector<std::vector<std::uint8_t>> rows_of_surfaces;
        for (unsigned i = 0; i < 2 * rows; ++i)
            rows_of_surfaces.push_back(numbered(op.width * 32, 77 * i));
        rows_of_surfaces[0].clear();  // first row is padding
        rows_of_surfaces[1].clear();
        std::vector<std::uint8_t> slice(op.slice_entries() * 128, 0xee);
        SliceBuilder(op).winograd(
            std::vector<Bytes>(rows_of_surfaces.begin(), rows_of_surfaces.end()), slice);

        bool equal = true;
        for (unsigned cx = 0; cx < op.channels_ext(); ++cx) {
            for (unsigned y = 0; y < 4; ++y) {
                for (unsigned x = 0; x < 8; ++x) {
                    const unsigned phase = cx / 32;
                    const unsigned c = cx % 32;
                    const unsigned row = y * stride + phase / stride;
                    const int column = static_cast<int>(x * stride + phase % stride) - 1;
                    const auto& line = rows_of_surfaces[row * 2 + c / 16];
                    std::uint16_t expected = 0x7777;
                    if (!line.empty() && column >= 0 && column < static_cast<int>(op.width))
                        std::memcpy(&expected,
                                    &line[static_cast<unsigned>(column) * 32 + c % 16 * 2], 2);
                    std::uint16_t actual = 0;
                    std::memcpy(
                        &actual,
                        &slice[(cx / 4 * 2 + x / 4) * 128 + y * 32 + x % 4 * 8 + cx % 4 * 2], 2);
                    equal = equal && actual == expected;
                }
            }
        }
        CHECK(equal);
    }
}

}  // namespace dla::cdma
