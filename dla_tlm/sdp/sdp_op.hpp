// SPDX-License-Identifier: Apache-2.0
// One SDP layer and one SDP_RDMA layer in plain numbers: no minus-ones, no register codes.
// spec: sdp.md sections 2 to 8.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_access.hpp"
#include "dla_tlm/lut/lut_index.hpp"

namespace dla::sdp {

enum class AluAlgorithm : std::uint8_t { kMax = 0, kMin = 1, kSum = 2, kEqual = 3 };

// X1 (BS) or X2 (BN): ALU, multiply, truncate, ReLU.
struct XStage {
    bool bypass = true;
    bool alu = false;
    AluAlgorithm algorithm = AluAlgorithm::kSum;
    bool alu_from_memory = false;
    std::uint16_t alu_operand = 0;  // register operand: s(16) or fp16
    unsigned alu_shift = 0;
    bool mul = false;
    bool prelu = false;
    bool mul_from_memory = false;
    std::uint16_t mul_operand = 0;
    unsigned mul_shift = 0;
    bool relu = false;
};

// Converter of a Y operand read from memory.
struct OperandConverter {
    bool bypass = true;
    std::int32_t offset = 0;
    std::int32_t scale = 1;
    unsigned truncate = 0;
};

// Y (EW): multiply, ALU, lookup table.
struct YStage {
    bool bypass = true;
    bool mul = false;
    bool prelu = false;
    bool mul_from_memory = false;
    std::int32_t mul_operand = 0;  // register operand: s(32) or fp32
    OperandConverter mul_converter;
    unsigned truncate = 0;
    bool alu = false;
    AluAlgorithm algorithm = AluAlgorithm::kSum;
    bool alu_from_memory = false;
    std::int32_t alu_operand = 0;
    OperandConverter alu_converter;
    bool lut = false;
};

// Continuation of a table beyond one of its ends.
struct Slope {
    std::int16_t scale = 0;  // or fp16
    int shift = 0;           // -16 .. 15, negative multiplies
};

struct LutRange {
    std::int32_t start = 0;  // or fp32
    std::int32_t end = 0;
    Slope underflow;
    Slope overflow;
};

struct LutSettings {
    bool le_linear = false;
    int le_offset = 0;  // of the exponent form
    int le_select = 0;
    int lo_select = 0;
    lut::Priority priority{};
    LutRange le;
    LutRange lo;
};

struct OutputConverter {
    std::int32_t offset = 0;
    std::int32_t scale = 1;
    unsigned shift = 0;
};

// A feature cube in memory; address(surface, line, column) = base + ... in whole atoms.
struct Cube {
    std::uint64_t base = 0;
    std::uint32_t line_stride = 0;
    std::uint32_t surface_stride = 0;
    Ram ram = Ram::kPrimary;
};

// Size and precision, programmed into both units.
struct Shape {
    unsigned width = 1;
    unsigned height = 1;
    unsigned channels = 1;
    unsigned batches = 1;
    bool flying = false;  // source is CACC
    bool winograd = false;
    Precision proc = Precision::kInt8;
    Precision out = Precision::kInt8;
    unsigned atom_bytes = 8;

    // Channels of one processing surface.
    unsigned lanes() const { return atom_bytes / bytes_per_element(proc); }
    unsigned surfaces() const { return (channels + lanes() - 1) / lanes(); }
    std::size_t pixels() const { return std::size_t{width} * height; }
    // Atoms in memory that hold one pixel of one processing surface.
    unsigned atoms_per_pixel(Precision precision) const {
        return lanes() * bytes_per_element(precision) / atom_bytes;
    }

    bool operator==(const Shape&) const = default;
};

struct SdpOp {
    Shape shape;
    bool to_pdp = false;
    bool nan_to_zero = false;
    Cube dst;
    std::uint32_t dst_batch_stride = 0;
    XStage bs;
    XStage bn;
    YStage ew;
    LutSettings lut;
    OutputConverter cvt;
    // Which statistics registers run.
    bool count_lut = false;
    bool count_saturation = false;
    bool count_nan = false;

    // Compares with the operand instead of writing: only STATUS_UNEQUAL results.
    bool compares() const { return !ew.bypass && ew.alu && ew.algorithm == AluAlgorithm::kEqual; }
    bool looks_up() const { return !ew.bypass && ew.lut; }
    bool bs_from_memory() const { return from_memory(bs); }
    bool bn_from_memory() const { return from_memory(bn); }
    bool ew_from_memory() const { return from_memory(ew); }
    bool needs_rdma() const {
        return !shape.flying || bs_from_memory() || bn_from_memory() || ew_from_memory();
    }

  private:
    template <class Stage>
    static bool from_memory(const Stage& stage) {
        return !stage.bypass &&
               ((stage.alu && stage.alu_from_memory) || (stage.mul && stage.mul_from_memory));
    }
};

// Operands of one stage as they lie in memory.
struct OperandReader {
    bool enabled = false;
    bool feeds_alu = false;
    bool feeds_mul = false;
    unsigned value_bytes = 1;
    bool per_element = false;  // else one value per channel
    Cube cube;

    // Bytes of one pixel (or, per channel, of one surface) of `lanes` channels.
    std::size_t bytes(unsigned lanes) const {
        return std::size_t{lanes} * value_bytes * (feeds_alu && feeds_mul ? 2 : 1);
    }
};

struct SdpRdmaOp {
    Shape shape;
    Precision in = Precision::kInt8;
    Cube src;
    OperandReader bs;
    OperandReader bn;
    OperandReader ew;
    bool count_nan = false;
    bool count_stalls = false;

    bool reads() const { return !shape.flying || bs.enabled || bn.enabled || ew.enabled; }
};

}  // namespace dla::sdp
