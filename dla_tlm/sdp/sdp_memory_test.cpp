// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_memory.hpp"

#include <algorithm>

#include "dla_tlm/sdp/sparse_memory.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::sdp;

namespace {

constexpr unsigned kAtom = 32;

Shape shape_of(unsigned width, unsigned height, unsigned channels) {
    Shape shape;
    shape.atom_bytes = kAtom;
    shape.width = width;
    shape.height = height;
    shape.channels = channels;
    return shape;
}

// Every byte tells its address.
SparseMemory numbered_memory(std::size_t bytes) {
    SparseMemory memory;
    for (std::size_t i = 0; i < bytes; ++i)
        memory.at(i) = static_cast<std::uint8_t>(i % 251);
    return memory;
}

std::uint8_t numbered(std::size_t address) {
    return static_cast<std::uint8_t>(address % 251);
}

// Offers the bytes in place, of one page.
struct PlaceMemory : SparseMemory {
    std::span<std::uint8_t> place(const MemoryAccess& access, std::size_t size) override {
        return {&at(access.address), size};
    }
    void write(const MemoryAccess& access, std::span<const std::uint8_t> bytes) override {
        ++writes;
        SparseMemory::write(access, bytes);
    }
    unsigned writes = 0;
};

}  // namespace

TEST_CASE("Source lines are packed from their strides") {
    SparseMemory memory = numbered_memory(0x4000);
    SdpRdmaOp op;
    op.shape = shape_of(2, 3, 64);
    op.src = {0x100, 0x80, 0x400, Ram::kPrimary};
    LayerReader reader(op, memory);
    const Chunk chunk = reader.read({.surface = 1, .first_line = 1, .lines = 2});
    CHECK(chunk.pixels == 4);
    REQUIRE(chunk.source.bytes.size() == 4 * kAtom);
    CHECK(chunk.source.bytes[0] == numbered(0x100 + 0x400 + 0x80));
    CHECK(chunk.source.bytes[2 * kAtom + 5] == numbered(0x100 + 0x400 + 0x100 + 5));
    CHECK(chunk.bs.bytes.empty());
}

TEST_CASE("An int16 source for int8 processing joins two surfaces pixel by pixel") {
    SparseMemory memory = numbered_memory(0x4000);
    SdpRdmaOp op;
    op.shape = shape_of(2, 1, 40);
    op.in = Precision::kInt16;
    op.src = {0, 0x40, 0x1000, Ram::kPrimary};
    CHECK(op.shape.surfaces() == 2);
    LayerReader reader(op, memory);
    const Chunk chunk = reader.read({.surface = 1});
    REQUIRE(chunk.source.bytes.size() == 4 * kAtom);
    CHECK(chunk.source.precision == Precision::kInt16);
    CHECK(chunk.source.bytes[0] == numbered(0x2000));
    CHECK(chunk.source.bytes[kAtom] == numbered(0x3000));
    CHECK(chunk.source.bytes[2 * kAtom] == numbered(0x2000 + kAtom));
}

TEST_CASE("Operands per channel ignore strides, operands per element follow them") {
    SparseMemory memory = numbered_memory(0x8000);
    SdpRdmaOp op;
    op.shape = shape_of(2, 4, 64);
    op.shape.flying = true;
    op.bs = {true, true, true, 2, false, {0x1000, 0x77, 0x77, Ram::kPrimary}};
    op.ew = {true, true, false, 1, true, {0x2000, 0x100, 0x800, Ram::kPrimary}};
    LayerReader reader(op, memory);
    const Chunk chunk = reader.read({.surface = 1, .first_line = 2, .lines = 2});
    CHECK(chunk.source.bytes.empty());
    REQUIRE(chunk.bs.bytes.size() == 128);
    CHECK(chunk.bs.bytes[0] == numbered(0x1000 + 128));
    CHECK_FALSE(chunk.bs.per_element);
    REQUIRE(chunk.ew.bytes.size() == 4 * kAtom);
    CHECK(chunk.ew.bytes[0] == numbered(0x2000 + 0x800 + 0x200));
    CHECK(chunk.ew.bytes[2 * kAtom] == numbered(0x2000 + 0x800 + 0x300));
}

TEST_CASE("NaN and infinity of an fp16 source are counted") {
    SparseMemory memory;
    memory.at(1) = 0x7c;  // infinity
    memory.at(3) = 0xfe;  // NaN
    memory.at(5) = 0x7e;
    SdpRdmaOp op;
    op.shape = shape_of(1, 1, 16);
    op.in = op.shape.proc = op.shape.out = Precision::kFp16;
    LayerReader reader(op, memory);
    reader.read({});
    CHECK(reader.input().inf == 1);
    CHECK(reader.input().nan == 2);
}

TEST_CASE("Results go to their lines, surfaces and batch; gaps stay") {
    SparseMemory memory;
    SdpOp op;
    op.shape = shape_of(1, 2, 64);
    op.shape.flying = true;
    op.shape.batches = 2;
    op.dst = {0x100, 0x40, 0x200, Ram::kPrimary};
    op.dst_batch_stride = 0x1000;
    LayerWriter writer(op, memory);
    const Lines lines{.surface = 1, .first_line = 0, .lines = 2, .batch = 1};
    const auto buffer = writer.buffer(lines, false);
    REQUIRE(buffer.size() == 2 * kAtom);
    std::ranges::fill(buffer, std::uint8_t{0x5a});
    writer.write(lines);
    CHECK(memory.at(0x100 + 0x1000 + 0x200) == 0x5a);
    CHECK(memory.at(0x100 + 0x1000 + 0x200 + 0x40 + 31) == 0x5a);
    CHECK(memory.at(0x100 + 0x1000 + 0x200 + 0x20) == 0);
}

TEST_CASE("An int16 result of int8 processing is split over two surfaces") {
    SparseMemory memory;
    SdpOp op;
    op.shape = shape_of(2, 1, 40);
    op.shape.out = Precision::kInt16;
    op.dst = {0, 0x40, 0x1000, Ram::kPrimary};
    LayerWriter writer(op, memory);
    const auto buffer = writer.buffer({.surface = 1}, false);
    REQUIRE(buffer.size() == 4 * kAtom);
    for (std::size_t i = 0; i < buffer.size(); ++i)
        buffer[i] = static_cast<std::uint8_t>(i / kAtom + 1);
    writer.write({.surface = 1});
    CHECK(memory.at(0x2000) == 1);
    CHECK(memory.at(0x3000) == 2);
    CHECK(memory.at(0x2000 + kAtom) == 3);
    CHECK(memory.at(0x3000 + kAtom) == 4);
}

TEST_CASE("Results that follow each other in memory can be made there") {
    PlaceMemory memory;
    SdpOp op;
    op.shape = shape_of(2, 4, 64);
    op.dst = {0x100, 2 * kAtom, 0x200, Ram::kPrimary};
    LayerWriter writer(op, memory);
    const Lines lines{.surface = 1, .first_line = 1, .lines = 2};
    const auto place = writer.buffer(lines, true);
    REQUIRE(place.size() == 4 * kAtom);
    CHECK(place.data() == &memory.at(0x100 + 0x200 + 2 * kAtom));
    writer.write(lines);
    CHECK(memory.writes == 0);

    CHECK(writer.buffer(lines, false).data() != place.data());
    writer.write(lines);
    CHECK(memory.writes == 1);

    op.dst.line_stride = 3 * kAtom;
    LayerWriter with_gaps(op, memory);
    with_gaps.buffer(lines, true);
    with_gaps.write(lines);
    CHECK(memory.writes == 3);
}

TEST_CASE("A layer that only compares has nothing to write") {
    SparseMemory memory;
    SdpOp op;
    op.shape = shape_of(1, 1, 32);
    op.ew.bypass = false;
    op.ew.alu = true;
    op.ew.algorithm = AluAlgorithm::kEqual;
    CHECK(LayerWriter(op, memory).buffer({}, false).empty());
}

TEST_CASE("Chunks are whole lines of bounded size") {
    CHECK(lines_per_chunk(shape_of(1, 1, 1)) == 1);
    CHECK(lines_per_chunk(shape_of(8192, 3, 1)) == 1);
    CHECK(lines_per_chunk(shape_of(64, 64, 1)) == 16);
    CHECK(lines_per_chunk(shape_of(4, 9, 1)) == 9);
}
