// SPDX-License-Identifier: Apache-2.0
// Hand-worked values of every stage.
#include "dla_tlm/sdp/sdp_element.hpp"

#include <limits>

#include "testing/catch.hpp"

using namespace dla;
using namespace dla::sdp;

namespace {

constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();

// fp32 patterns
constexpr std::int32_t kOne = 0x3f800000;
constexpr std::int32_t kTwo = 0x40000000;
constexpr std::int32_t kMinusOne = from_bits(0xbf800000);
constexpr std::int32_t kNan = 0x7fc00000;

XStage active_x() {
    XStage stage;
    stage.bypass = false;
    return stage;
}

XStage with_alu(AluAlgorithm algorithm) {
    XStage stage = active_x();
    stage.alu = true;
    stage.algorithm = algorithm;
    return stage;
}

YStage active_y() {
    YStage stage;
    stage.bypass = false;
    return stage;
}

}  // namespace

TEST_CASE("X works ALU, multiply, truncate, ReLU in this order") {
    XStage stage = with_alu(AluAlgorithm::kSum);
    stage.alu_shift = 2;
    stage.mul = true;
    stage.mul_shift = 2;
    const OperandPair operand{prepare_x_alu(stage, 3, false, false), -3};
    CHECK(operand.alu == 12);
    CHECK(x_stage_int(stage, -7, operand) == -4);
    stage.relu = true;
    CHECK(x_stage_int(stage, -7, operand) == 0);
    stage.prelu = true;
    CHECK(x_stage_int(stage, -7, operand) == 5);
    stage.bypass = true;
    CHECK(x_stage_int(stage, -7, operand) == -7);
}

TEST_CASE("X truncates also without a multiplier, except what PReLU keeps") {
    XStage stage = active_x();
    stage.mul_shift = 1;
    CHECK(x_stage_int(stage, 5, {}) == 3);
    CHECK(x_stage_int(stage, -5, {}) == -3);
    stage.mul = true;
    stage.prelu = true;
    CHECK(x_stage_int(stage, 5, {0, 100}) == 5);
    CHECK(x_stage_int(stage, 0, {0, 100}) == 0);
    CHECK(x_stage_int(stage, -5, {0, 3}) == -8);
}

TEST_CASE("X keeps 33 bits of a sum and saturates after the shift") {
    XStage stage = with_alu(AluAlgorithm::kSum);
    CHECK(x_stage_int(stage, kMax, {1, 0}) == kMax);
    CHECK(x_stage_int(stage, kMin, {-1, 0}) == kMin);
    stage.mul_shift = 1;
    CHECK(x_stage_int(stage, kMax, {kMax, 0}) == kMax);
    stage.mul_shift = 0;
    stage.mul = true;
    stage.prelu = true;
    CHECK(x_stage_int(stage, kMax, {1, 5}) == kMin);  // the low 32 bits
}

TEST_CASE("X takes the larger or smaller, its operand shifted with saturation") {
    CHECK(x_stage_int(with_alu(AluAlgorithm::kMax), -7, {3, 0}) == 3);
    CHECK(x_stage_int(with_alu(AluAlgorithm::kMin), -7, {3, 0}) == -7);
    XStage stage = with_alu(AluAlgorithm::kSum);
    stage.alu_shift = 63;
    CHECK(prepare_x_alu(stage, 1, false, false) == kMax);
    CHECK(prepare_x_alu(stage, 0xffff, false, false) == kMin);
    CHECK(prepare_x_alu(stage, 0, false, false) == 0);
    CHECK(prepare_x_mul(0x8000, false, false) == -32768);
}

TEST_CASE("X of fp16 layers has no shifts and passes NaN through ReLU") {
    XStage stage = with_alu(AluAlgorithm::kSum);
    stage.alu_shift = 5;
    stage.mul = true;
    stage.mul_shift = 5;
    const std::int32_t operand = prepare_x_alu(stage, 0x3c00, true, false);
    CHECK(operand == kOne);
    CHECK(x_stage_fp(stage, kOne, {operand, kTwo}) == 0x40800000);
    stage.prelu = true;
    CHECK(x_stage_fp(stage, kOne, {operand, kTwo}) == kTwo);
    stage.relu = true;
    CHECK(x_stage_fp(stage, from_bits(0xc0400000), {operand, kTwo}) == 0);
    CHECK(x_stage_fp(stage, kNan, {operand, kTwo}) == kNan);
    CHECK(prepare_x_mul(0x7e00, true, true) == 0);
    CHECK(prepare_x_mul(0x7e00, true, false) == 0x7f800200);
}

TEST_CASE("Y multiplies before it adds") {
    YStage stage = active_y();
    stage.mul = true;
    stage.truncate = 1;
    stage.alu = true;
    CHECK(y_stage_int(stage, 3, {10, 5}) == 18);  // RHA(15, 1) + 10
    stage.prelu = true;
    CHECK(y_stage_int(stage, 3, {10, 5}) == 13);
    CHECK(y_stage_int(stage, -3, {10, 5}) == 2);
    CHECK(y_stage_int(stage, kMax, {1, 5}) == kMax);
    stage.mul = false;
    CHECK(y_stage_int(stage, 3, {10, 5}) == 13);  // no truncation without the multiplier
    stage.algorithm = AluAlgorithm::kMax;
    CHECK(y_stage_int(stage, 3, {10, 5}) == 10);
    stage.algorithm = AluAlgorithm::kMin;
    CHECK(y_stage_int(stage, 3, {10, 5}) == 3);
}

TEST_CASE("Y truncates 64-bit products, however far") {
    YStage stage = active_y();
    stage.mul = true;
    stage.truncate = 62;
    CHECK(y_stage_int(stage, kMin, {0, kMin}) == 1);
    stage.truncate = 63;
    CHECK(y_stage_int(stage, kMin, {0, kMin}) == 1);  // a tie
    stage.truncate = 1023;
    CHECK(y_stage_int(stage, kMin, {0, kMin}) == 0);
    stage.truncate = 0;
    CHECK(y_stage_int(stage, kMin, {0, kMin}) == kMax);
}

TEST_CASE("Y compares for equality") {
    YStage stage = active_y();
    stage.alu = true;
    stage.algorithm = AluAlgorithm::kEqual;
    CHECK(y_stage_int(stage, 7, {7, 0}) == 0);
    CHECK(y_stage_int(stage, 7, {8, 0}) == 1);
    CHECK(y_stage_fp(stage, 0, {from_bits(0x80000000), 0}) == 1);  // patterns, not numbers
    CHECK(y_stage_fp(stage, kNan, {kNan, 0}) == 0);
}

TEST_CASE("Y operands from memory pass their converter") {
    CHECK(prepare_y({true, 5, 3, 1}, 0xfff0, false, false) == -16);
    CHECK(prepare_y({false, 5, 3, 1}, 10, false, false) == 8);  // RHA(15, 1)
    CHECK(prepare_y({false, 5, 3, 1}, 0, false, false) == -8);  // RHA(-15, 1)
    CHECK(prepare_y({false, kMin, 32767, 0}, 0, false, false) == kMax);
    CHECK(prepare_y({false, 5, 3, 1}, 0xbc00, true, false) == kMinusOne);
    CHECK(prepare_y({false, 5, 3, 1}, 0x7e00, true, true) == 0);
}

TEST_CASE("The converter subtracts, scales, shifts and counts what leaves 17 bits") {
    Counters counters;
    CHECK(static_cast<std::int16_t>(convert_int({10, 3, 1}, Precision::kInt16, 15, counters)) == 8);
    CHECK(static_cast<std::int8_t>(convert_int({0, 1, 0}, Precision::kInt8, 200, counters)) == 127);
    CHECK(counters.saturated == 0);  // inside 17 bits
    CHECK(static_cast<std::int8_t>(convert_int({0, 1, 0}, Precision::kInt8, -70000, counters)) ==
          -128);
    CHECK(counters.saturated == 1);
    CHECK(convert_int({0, 1, 0}, Precision::kFp16, 2049, counters) == 0x6800);
    CHECK(convert_int({0, 1, 49}, Precision::kInt16, kMax, counters) == 0);
}

TEST_CASE("fp16 layers convert without offset, scale or shift and count NaN") {
    Counters counters;
    CHECK(convert_fp(Precision::kFp16, kOne, counters) == 0x3c00);
    CHECK(convert_fp(Precision::kInt16, 0x40200000, counters) == 3);
    CHECK(counters.nan_outputs == 0);
    CHECK(static_cast<std::int16_t>(convert_fp(Precision::kInt16, 0x7f800001, counters)) == -32768);
    CHECK(counters.nan_outputs == 1);
}

TEST_CASE("Integer lookup interpolates with one rounding") {
    LutSettings lut;
    lut.le_offset = 2;
    lut.lo_select = 3;
    lut.lo.start = -128;
    lut::Tables tables;
    tables.le[7] = 100;
    tables.le[8] = 300;
    tables.lo[141] = -5;
    Counters counters;
    CHECK(look_up_int(lut, tables, 1000, counters) == 291);  // LE exponent: 290.625
    lut.priority.hybrid_lo = true;
    CHECK(look_up_int(lut, tables, 1000, counters) == -5);
    CHECK(counters.lut_hybrid == 2);
    CHECK(counters.lut_le_hit == 2);
    CHECK(counters.lut_lo_hit == 2);
}

TEST_CASE("Beyond its ends a table goes on with a slope") {
    LutSettings lut;
    lut.le_linear = true;
    lut.le_select = 0;
    lut.lo_select = 0;
    lut.le = {0, 64, {3, 1}, {5, -2}};
    lut.lo = {0, 256, {7, 0}, {-7, 0}};
    lut::Tables tables;
    tables.le.front() = 10;
    tables.le.back() = 20;
    tables.lo.front() = 30;
    tables.lo.back() = 40;
    Counters counters;
    CHECK(look_up_int(lut, tables, -5, counters) == 2);  // 10 + RHA(-15, 1)
    lut.priority.underflow_lo = true;
    CHECK(look_up_int(lut, tables, -5, counters) == -5);
    CHECK(look_up_int(lut, tables, 300, counters) == 20 + 236 * 5 * 4);
    lut.priority.overflow_lo = true;
    CHECK(look_up_int(lut, tables, 300, counters) == 40 - 44 * 7);
    CHECK(counters.lut_underflow == 2);
    CHECK(counters.lut_overflow == 2);
    lut.lo.overflow = {32767, -16};
    CHECK(look_up_int(lut, tables, kMax, counters) == kMax);
}

TEST_CASE("Below an exponent table the slope starts at its first interval") {
    LutSettings lut;
    lut.le_offset = 4;
    lut.le = {100, 0, {1, 0}, {0, 0}};
    lut.lo = {1000, 0, {0, 0}, {0, 0}};
    lut::Tables tables;
    Counters counters;
    CHECK(look_up_int(lut, tables, 110, counters) == 110 - 116);
    lut.le_offset = 0;  // 2^0
    CHECK(look_up_int(lut, tables, 100, counters) == -1);
    lut.le_offset = -3;
    CHECK(look_up_int(lut, tables, 100, counters) == 0);
}

TEST_CASE("fp16 lookup weighs with fp17 numbers") {
    LutSettings lut;
    lut.le_linear = true;
    lut.le_select = 0;
    lut.lo_select = 0;
    lut::Tables tables;
    tables.le[1] = 0x4000;  // 2
    tables.le[2] = 0x4400;  // 4
    Counters counters;
    CHECK(look_up_fp(lut, tables, 0x3fc00000, counters) == 0x40400000);  // halfway: 3
    CHECK(look_up_fp(lut, tables, kOne, counters) == kTwo);
    lut.le.underflow.scale = 0x4000;
    lut.le.start = kOne;
    lut.lo.start = kOne;
    tables.le[0] = 0x3c00;
    CHECK(look_up_fp(lut, tables, kMinusOne, counters) == from_bits(0xc0400000));  // 2 * -2 + 1
    CHECK(look_up_fp(lut, tables, 0x7f800001, counters) == 0x7f800001);
    CHECK(counters.lut_underflow == 2);
}

TEST_CASE(
    "fp16: the smallest first interval of an exponent table decides the sign of zero below it") {
    LutSettings lut;
    lut.le_linear = false;
    lut.le.underflow.scale = 0x3c00;  // 1.0
    lut.lo.start = 0x7f000000;        // never hit
    const lut::Tables tables{};
    Counters counters;
    lut.le_offset = -126;  // 2^-126 is the smallest number: 0 lies below it
    CHECK(look_up_fp(lut, tables, 0, counters) == from_bits(0x80000000));
    lut.le_offset = -127;  // no such number: the interval starts at 0
    CHECK(look_up_fp(lut, tables, 0, counters) == 0);
}
