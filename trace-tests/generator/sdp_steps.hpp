// SPDX-License-Identifier: Apache-2.0
// What the three steps of SDP (BS, BN, EW) do in one layer, and the naive arithmetic of it.
// spec: sdp.md 5 to 8.
#pragma once

#include <array>
#include <cstdint>

#include "dla_tlm/common/hardware_config.hpp"
#include "trace-tests/generator/random.hpp"
#include "trace-tests/generator/sdp_table.hpp"
#include "trace-tests/generator/tensor.hpp"

namespace dla::trace {

struct SdpStep {
    // As the registers code them.
    enum class Alu : std::uint8_t { kMax = 0, kMin = 1, kSum = 2, kEqual = 3, kOff };
    enum class Mul : std::uint8_t { kMultiply = 0, kPrelu = 1, kOff };
    // Converted: from memory through the operand's converter; EW only.
    enum class Operand : std::uint8_t { kRegister, kMemory, kConverted };

    Alu alu = Alu::kOff;
    Operand alu_operand = Operand::kRegister;
    unsigned alu_shift = 0;  // to the left; BS, BN
    Mul mul = Mul::kOff;
    Operand mul_operand = Operand::kRegister;
    unsigned mul_shift = 0;
    bool relu = false;  // BS, BN
    bool per_element = false;
    bool one_byte = false;
    // Values: from a register, or a cube of the layer's size; per kernel the first pixel counts.
    std::int64_t alu_value = 0;
    std::int64_t mul_value = 0;
    Cube alu_cube{1, 1, 1};
    Cube mul_cube{1, 1, 1};

    bool works() const { return alu != Alu::kOff || mul != Mul::kOff || relu; }
    bool alu_from_memory() const { return alu != Alu::kOff && alu_operand != Operand::kRegister; }
    bool mul_from_memory() const { return mul != Mul::kOff && mul_operand != Operand::kRegister; }
};

struct SdpSteps {
    std::array<SdpStep, 3> step;  // BS, BN, EW
    SdpTable table;
    Precision input = Precision::kInt8;
    Precision proc = Precision::kInt8;
    Precision output = Precision::kInt8;
    std::int64_t output_offset = 0;
    unsigned output_shift = 0;

    bool compares() const { return step[2].alu == SdpStep::Alu::kEqual; }
};

// The converter of EW's operands from memory, where it is used.
constexpr std::int64_t kOperandOffset = 3;
constexpr std::int64_t kOperandScale = 5;
constexpr unsigned kOperandTruncate = 2;

// Any legal combination, and operands for a cube of that size.
SdpSteps random_sdp_steps(const Cube& size, Precision proc, const HardwareConfig& config,
                          Random& random);
// What reaches the output converter, and what leaves it. fp16: numbers are whole and small, so that
// every step is exact.
Cube apply(const SdpSteps& steps, const Cube& input);
Cube convert(const SdpSteps& steps, const Cube& value);

}  // namespace dla::trace
