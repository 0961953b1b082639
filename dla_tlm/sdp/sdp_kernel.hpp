// SPDX-License-Identifier: Apache-2.0
// SDP arithmetic on some whole lines of one surface. Pure: no SystemC, registers, log.
// spec: sdp.md sections 3 to 8.
//
//   const Chunk chunk{.pixels = width * lines, .source = {.accumulators = from_cacc}, .bs = bias};
//   process(op, lut.tables(), chunk, atoms, counters);
//
// Elements lie pixel by pixel, shape.lanes() of them each, in source, operands and dst alike; a
// conversion between int8 and int16 therefore finds and leaves the two 16-channel halves of a pixel
// side by side. Precondition: why_not() is empty for the operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dla_tlm/common/accumulator_view.hpp"
#include "dla_tlm/lut/lut_memory.hpp"
#include "dla_tlm/sdp/sdp_op.hpp"

namespace dla::sdp {

// One of the two is filled.
struct Source {
    AccumulatorView accumulators;         // s(32), or fp32 bits with PROC fp16
    std::span<const std::uint8_t> bytes;  // elements of `precision`
    Precision precision = Precision::kInt8;
};

// What one operand reader delivers: bytes of every element, or of one surface's channels if not
// per_element. ALU and MUL values alternate when it feeds both.
struct Operands {
    std::span<const std::uint8_t> bytes;
    unsigned value_bytes = 1;
    bool feeds_alu = false;
    bool feeds_mul = false;
    bool per_element = false;
};

struct Chunk {
    std::size_t pixels = 0;
    Source source;
    Operands bs;
    Operands bn;
    Operands ew;
};

// Statistics of a layer, added up over its chunks; batches and tail lanes count.
struct Counters {
    std::uint64_t saturated = 0;
    std::uint64_t nan_outputs = 0;
    std::uint64_t unequal = 0;
    std::uint64_t lut_underflow = 0;
    std::uint64_t lut_overflow = 0;
    std::uint64_t lut_hybrid = 0;
    std::uint64_t lut_le_hit = 0;
    std::uint64_t lut_lo_hit = 0;

    bool operator==(const Counters&) const = default;
    Counters& operator+=(const Counters& other);
};

// Pixels [first, end) of a chunk.
Chunk part_of(const Chunk& chunk, const Shape& shape, std::size_t first, std::size_t end);

// dst: pixels * lanes elements of the output precision; ignored (may be empty) when op.compares().
void process(const SdpOp& op, const lut::Tables& tables, const Chunk& chunk,
             std::span<std::uint8_t> dst, Counters& counters);

// The same, element by element: the definition process() is tested against.
void process_reference(const SdpOp& op, const lut::Tables& tables, const Chunk& chunk,
                       std::span<std::uint8_t> dst, Counters& counters);

// Lookups of a chunk's last elements alone.
Counters last_lookups(const SdpOp& op, const lut::Tables& tables, const Chunk& chunk,
                      unsigned elements);

// NaN and infinity patterns among fp16 elements, as SDP_RDMA counts its input.
struct InputCounters {
    std::uint64_t nan = 0;
    std::uint64_t inf = 0;
};
void count_input(std::span<const std::uint8_t> fp16_bytes, InputCounters& counters);

}  // namespace dla::sdp
