// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_memory.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace dla::sdp {
namespace {

constexpr std::size_t kChunkElements = 32768;

std::size_t line_bytes(const Shape& shape) {
    return std::size_t{shape.width} * shape.atom_bytes;
}

std::uint64_t line_address(const Cube& cube, unsigned surface, unsigned line) {
    return cube.base + std::uint64_t{surface} * cube.surface_stride +
           std::uint64_t{line} * cube.line_stride;
}

}  // namespace

unsigned lines_per_chunk(const Shape& shape) {
    const std::size_t line = std::size_t{shape.width} * shape.lanes();
    return static_cast<unsigned>(
        std::clamp<std::size_t>(kChunkElements / line, 1, std::max(1U, shape.height)));
}

// In place where the lines follow each other in memory, else gathered in the buffer.
std::span<const std::uint8_t> LayerReader::read_lines(const MemoryAccess& first,
                                                      std::uint32_t line_stride,
                                                      std::size_t line_bytes, unsigned lines,
                                                      std::vector<std::uint8_t>& buffer) {
    const std::size_t total = line_bytes * lines;
    if (lines == 1 || line_stride == line_bytes) {
        const auto view = memory_.view(first, total);
        if (!view.empty()) return view;
    }
    buffer.resize(total);
    MemoryAccess access = first;
    for (unsigned line = 0; line < lines; ++line) {
        memory_.read(access, std::span(buffer).subspan(line * line_bytes, line_bytes));
        access.address += line_stride;
    }
    return buffer;
}

std::span<const std::uint8_t> LayerReader::read_surface(const Lines& lines, unsigned surface,
                                                        std::vector<std::uint8_t>& buffer) {
    const MemoryAccess access{MemoryClient::kSdp, op_.src.ram,
                              line_address(op_.src, surface, lines.first_line),
                              "SDP_RDMA.D_SRC_BASE_ADDR"};
    const auto bytes =
        read_lines(access, op_.src.line_stride, line_bytes(op_.shape), lines.lines, buffer);
    if (op_.in == Precision::kFp16) count_input(bytes, input_);
    return bytes;
}

// A pixel that fills two atoms of the source takes its halves from two consecutive surfaces.
std::span<const std::uint8_t> LayerReader::read_source(const Lines& lines) {
    const unsigned atoms = op_.shape.atoms_per_pixel(op_.in);
    if (atoms == 1) return read_surface(lines, lines.surface, source_);
    const std::size_t atom = op_.shape.atom_bytes;
    const std::size_t pixels = std::size_t{op_.shape.width} * lines.lines;
    source_.resize(pixels * atom * atoms);
    for (unsigned half = 0; half < atoms; ++half) {
        const auto bytes = read_surface(lines, lines.surface * atoms + half, halves_[half]);
        for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
            std::memcpy(&source_[(pixel * atoms + half) * atom], &bytes[pixel * atom], atom);
        }
    }
    return source_;
}

Operands LayerReader::read_operands(const OperandReader& reader, MemoryClient client,
                                    const char* address_register, const Lines& lines,
                                    std::vector<std::uint8_t>& buffer) {
    if (!reader.enabled) return {};
    Operands operands{
        {}, reader.value_bytes, reader.feeds_alu, reader.feeds_mul, reader.per_element};
    const std::size_t pixel = reader.bytes(op_.shape.lanes());
    MemoryAccess access{client, reader.cube.ram, 0, address_register};
    if (reader.per_element) {
        access.address = line_address(reader.cube, lines.surface, lines.first_line);
        operands.bytes = read_lines(access, reader.cube.line_stride, pixel * op_.shape.width,
                                    lines.lines, buffer);
    } else {
        access.address = reader.cube.base + lines.surface * pixel;
        operands.bytes = read_lines(access, 0, pixel, 1, buffer);
    }
    return operands;
}

Chunk LayerReader::read(const Lines& lines) {
    Chunk chunk;
    chunk.pixels = std::size_t{op_.shape.width} * lines.lines;
    if (!op_.shape.flying) chunk.source = {{}, read_source(lines), op_.in};
    chunk.bs = read_operands(op_.bs, MemoryClient::kSdpBs, "SDP_RDMA.D_BS_BASE_ADDR", lines, bs_);
    chunk.bn = read_operands(op_.bn, MemoryClient::kSdpBn, "SDP_RDMA.D_BN_BASE_ADDR", lines, bn_);
    chunk.ew = read_operands(op_.ew, MemoryClient::kSdpEw, "SDP_RDMA.D_EW_BASE_ADDR", lines, ew_);
    return chunk;
}

std::span<std::uint8_t> LayerWriter::buffer(const Lines& lines, bool in_place) {
    if (op_.compares()) return {};
    const unsigned atoms = op_.shape.atoms_per_pixel(op_.shape.out);
    const std::size_t bytes = line_bytes(op_.shape) * atoms * lines.lines;
    if (in_place && atoms == 1 && op_.dst.line_stride == line_bytes(op_.shape)) {
        const std::span<std::uint8_t> place = memory_.place(access(lines, lines.surface), bytes);
        in_place_ = !place.empty();
        if (in_place_) return place;
    }
    atoms_.resize(bytes);
    return atoms_;
}

MemoryAccess LayerWriter::access(const Lines& lines, unsigned surface) const {
    return {MemoryClient::kSdp, op_.dst.ram,
            line_address(op_.dst, surface, lines.first_line) +
                std::uint64_t{lines.batch} * op_.dst_batch_stride,
            "SDP.D_DST_BASE_ADDR"};
}

void LayerWriter::write_surface(const Lines& lines, unsigned surface,
                                std::span<const std::uint8_t> atoms) {
    const std::size_t bytes = line_bytes(op_.shape);
    MemoryAccess next = access(lines, surface);
    if (op_.dst.line_stride == bytes) {
        memory_.write(next, atoms);
        return;
    }
    for (unsigned line = 0; line < lines.lines; ++line) {
        memory_.write(next, atoms.subspan(line * bytes, bytes));
        next.address += op_.dst.line_stride;
    }
}

void LayerWriter::write(const Lines& lines) {
    if (std::exchange(in_place_, false)) return;
    const unsigned atoms = op_.shape.atoms_per_pixel(op_.shape.out);
    if (atoms == 1) {
        write_surface(lines, lines.surface, atoms_);
        return;
    }
    const std::size_t atom = op_.shape.atom_bytes;
    const std::size_t pixels = std::size_t{op_.shape.width} * lines.lines;
    half_.resize(pixels * atom);
    for (unsigned part = 0; part < atoms; ++part) {
        for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
            std::memcpy(&half_[pixel * atom], &atoms_[(pixel * atoms + part) * atom], atom);
        }
        write_surface(lines, lines.surface * atoms + part, half_);
    }
}

}  // namespace dla::sdp
