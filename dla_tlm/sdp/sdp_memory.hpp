// SPDX-License-Identifier: Apache-2.0
// Moves whole lines between memory and the kernel's packed layout. No SystemC. spec: sdp.md
// sections 2 (reblocking), 4, 9.
//
//   LayerReader reader(rdma_op, memory);
//   LayerWriter writer(op, memory);
//   Chunk chunk = reader.read({.surface = s, .first_line = y, .lines = n});
//   process(op, tables, chunk, writer.buffer(lines, false), counters);
//   writer.write({...});
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dla_tlm/common/memory_access.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"
#include "dla_tlm/sdp/sdp_op.hpp"

namespace dla::sdp {

// Some lines of one processing surface; batch counts only for the destination.
struct Lines {
    unsigned surface = 0;
    unsigned first_line = 0;
    unsigned lines = 1;
    unsigned batch = 0;
};

// Lines per chunk that keep a chunk's data inside the second-level cache.
unsigned lines_per_chunk(const Shape& shape);

class LayerReader {
  public:
    LayerReader(const SdpRdmaOp& op, MemoryInterfaces& memory) : op_(op), memory_(memory) {}

    // Source (unless on the fly) and operands. The spans last until the next call.
    Chunk read(const Lines& lines);
    const InputCounters& input() const { return input_; }

  private:
    std::span<const std::uint8_t> read_lines(const MemoryAccess& first, std::uint32_t line_stride,
                                             std::size_t line_bytes, unsigned lines,
                                             std::vector<std::uint8_t>& buffer);
    std::span<const std::uint8_t> read_surface(const Lines& lines, unsigned surface,
                                               std::vector<std::uint8_t>& buffer);
    std::span<const std::uint8_t> read_source(const Lines& lines);
    Operands read_operands(const OperandReader& reader, MemoryClient client,
                           const char* address_register, const Lines& lines,
                           std::vector<std::uint8_t>& buffer);

    SdpRdmaOp op_;
    MemoryInterfaces& memory_;
    InputCounters input_;
    std::vector<std::uint8_t> source_;
    std::vector<std::uint8_t> halves_[2];
    std::vector<std::uint8_t> bs_;
    std::vector<std::uint8_t> bn_;
    std::vector<std::uint8_t> ew_;
};

class LayerWriter {
  public:
    LayerWriter(const SdpOp& op, MemoryInterfaces& memory) : op_(op), memory_(memory) {}

    // Room for the kernel's result of the lines; empty when the layer only compares. in_place: if
    // possible in memory itself.
    std::span<std::uint8_t> buffer(const Lines& lines, bool in_place);
    // Buffer to memory.
    void write(const Lines& lines);

  private:
    void write_surface(const Lines& lines, unsigned surface, std::span<const std::uint8_t> atoms);
    MemoryAccess access(const Lines& lines, unsigned surface) const;

    SdpOp op_;
    MemoryInterfaces& memory_;
    std::vector<std::uint8_t> atoms_;
    std::vector<std::uint8_t> half_;
    bool in_place_ = false;
};

}  // namespace dla::sdp
