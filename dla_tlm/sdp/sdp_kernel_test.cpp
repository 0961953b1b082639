// SPDX-License-Identifier: Apache-2.0
// Directed layers by both kernels: corners that random layers seldom meet.
#include "dla_tlm/sdp/sdp_kernel.hpp"

#include <limits>
#include <vector>

#include "testing/catch.hpp"

using namespace dla;
using namespace dla::sdp;

namespace {

constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();

SdpOp op_of(Precision precision) {
    SdpOp op;
    op.shape.proc = op.shape.out = precision;
    op.shape.atom_bytes = 32;
    return op;
}

SdpOp looking_up(Precision precision) {
    SdpOp op = op_of(precision);
    op.ew.bypass = false;
    op.ew.lut = true;
    return op;
}

// One pixel whose elements are all `value`; the first result.
std::uint16_t one_value(decltype(&process) kernel, const SdpOp& op, const lut::Tables& tables,
                        std::int32_t value, Counters& counters) {
    const std::vector<std::int32_t> sums(op.shape.lanes(), value);
    Chunk chunk;
    chunk.pixels = 1;
    chunk.source.accumulators = {sums, sums.size()};
    std::vector<std::uint8_t> dst(2 * sums.size());
    kernel(op, tables, chunk, dst, counters);
    return static_cast<std::uint16_t>(dst[0] | dst[1] << 8);
}

std::int16_t one_integer(decltype(&process) kernel, const SdpOp& op, const lut::Tables& tables,
                         std::int32_t value) {
    Counters counters;
    return static_cast<std::int16_t>(one_value(kernel, op, tables, value, counters));
}

}  // namespace

TEST_CASE("Operands that no stage uses are not read, whatever the registers say of them") {
    SdpOp op = op_of(Precision::kInt16);
    for (XStage* stage : {&op.bs, &op.bn})
        stage->alu_from_memory = stage->mul_from_memory = true;
    op.ew.alu_from_memory = op.ew.mul_from_memory = true;
    // Either the stage is bypassed or both of its operations are.
    for (const bool bypass : {true, false}) {
        for (XStage* stage : {&op.bs, &op.bn}) {
            stage->bypass = bypass;
            stage->alu = stage->mul = bypass;
        }
        op.ew.bypass = bypass;
        op.ew.alu = op.ew.mul = bypass;
        for (const auto kernel : {process_reference, process})
            CHECK(one_integer(kernel, op, {}, -7) == -7);
    }
}

TEST_CASE("Y rounds the greatest product, whatever it is shifted by") {
    SdpOp op = op_of(Precision::kInt16);
    op.ew.bypass = false;
    op.ew.mul = true;
    op.ew.mul_operand = kMin;
    const auto truncated = [&](auto kernel, unsigned truncate) {
        op.ew.truncate = truncate;
        return one_integer(kernel, op, {}, kMin);
    };
    for (const auto kernel : {process_reference, process}) {
        CHECK(truncated(kernel, 62) == 1);
        CHECK(truncated(kernel, 63) == 1);  // a tie
        CHECK(truncated(kernel, 64) == 0);
        CHECK(truncated(kernel, 1023) == 0);
    }
}

TEST_CASE("The last distance of a linear table is inside, the next beyond") {
    SdpOp op = looking_up(Precision::kInt16);
    op.lut.le_linear = true;
    lut::Tables tables;
    for (unsigned i = 0; i < lut::kLeEntries; ++i)
        tables.le[i] = static_cast<std::int16_t>(10 * i);
    for (unsigned i = 0; i < lut::kLoEntries; ++i)
        tables.lo[i] = static_cast<std::int16_t>(i);
    for (const auto kernel : {process_reference, process}) {
        op.lut.priority.hybrid_lo = false;
        op.lut.le.start = 0;
        op.lut.lo.start = 1000;
        Counters le;
        CHECK(one_value(kernel, op, tables, 63, le) == 630);
        CHECK(le.lut_le_hit == 16);
        CHECK(one_value(kernel, op, tables, 64, le) == 640);
        CHECK(le.lut_le_hit == 16);
        op.lut.le.start = 1000;
        op.lut.lo.start = 0;
        Counters lo;
        CHECK(one_value(kernel, op, tables, 255, lo) == 255);
        CHECK(lo.lut_lo_hit == 16);
        op.lut.priority.hybrid_lo = true;
        CHECK(one_value(kernel, op, tables, 256, lo) == 256);
        CHECK(lo.lut_lo_hit == 16);
    }
}

TEST_CASE("Below an exponent table the slope starts at its first interval, at most 2^32") {
    SdpOp op = looking_up(Precision::kInt16);
    op.lut.lo.start = 1000;
    const auto below = [&](auto kernel, int offset, std::int32_t x, Slope slope) {
        op.lut.le_offset = offset;
        op.lut.le.underflow = slope;
        return one_integer(kernel, op, {}, x);
    };
    for (const auto kernel : {process_reference, process}) {
        op.cvt.shift = 0;
        CHECK(below(kernel, -1, -5, {1, 0}) == -5);
        CHECK(below(kernel, 0, -5, {1, 0}) == -6);
        CHECK(below(kernel, 4, 10, {1, 0}) == -6);
        op.cvt.shift = 4;
        CHECK(below(kernel, 31, 0, {1, 15}) == -4096);
        CHECK(below(kernel, 32, 0, {1, 15}) == -8192);
        CHECK(below(kernel, 33, 0, {1, 15}) == -8192);
        CHECK(below(kernel, 127, 0, {1, 15}) == -8192);
    }
}

TEST_CASE("fp16: a first interval too small for a number adds nothing to START") {
    SdpOp op = looking_up(Precision::kFp16);
    op.lut.le.start = 1;  // as a pattern: less than any number
    op.lut.le.underflow.scale = 0x3c00;
    op.lut.lo.start = 0x7f000000;  // never hit
    for (const auto kernel : {process_reference, process}) {
        Counters counters;
        op.lut.le_offset = -126;
        CHECK(one_value(kernel, op, {}, 0, counters) == 0x8000);  // 0 lies below
        op.lut.le_offset = -127;
        CHECK(one_value(kernel, op, {}, 0, counters) == 0);
    }
}

TEST_CASE("Sums that no stage changes are what PROC says and become what OUT says") {
    Counters counters;
    for (const auto kernel : {process_reference, process}) {
        SdpOp op = op_of(Precision::kFp16);
        op.shape.out = Precision::kInt16;
        CHECK(one_value(kernel, op, {}, 5, counters) == 0);  // as a pattern: nearly nothing
        CHECK(one_value(kernel, op, {}, 0x40a00000, counters) == 5);
        op = op_of(Precision::kInt16);
        op.shape.out = Precision::kFp16;
        CHECK(one_value(kernel, op, {}, 5, counters) == 0x4500);
    }
}

TEST_CASE("Lookups of the last elements are counted alone") {
    SdpOp op = looking_up(Precision::kInt8);
    op.shape.atom_bytes = 8;
    op.lut.le_linear = true;
    op.lut.lo.start = 1000;
    std::vector<std::int32_t> sums(16, 5);
    sums[12] = -1;
    sums[15] = 100;
    Chunk chunk;
    chunk.pixels = 2;
    chunk.source.accumulators = {sums, 8};
    const auto last = [&](unsigned elements) { return last_lookups(op, {}, chunk, elements); };
    CHECK(last(0) == Counters{});
    CHECK(last(1) == Counters{.lut_overflow = 1});
    CHECK(last(4) ==
          Counters{.lut_underflow = 1, .lut_overflow = 1, .lut_hybrid = 2, .lut_le_hit = 2});
    const Counters all{.lut_underflow = 1, .lut_overflow = 1, .lut_hybrid = 14, .lut_le_hit = 14};
    CHECK(last(16) == all);
    CHECK(last(100) == all);
}

TEST_CASE("Every fp16 input is counted, the last one too") {
    InputCounters counters;
    const std::vector<std::uint8_t> bytes{0x01, 0x7c, 0x00, 0x7c, 0x00, 0x3c, 0x00, 0xfe};
    count_input(bytes, counters);
    CHECK(counters.nan == 2);
    CHECK(counters.inf == 1);
    count_input(std::span(bytes).first(4), counters);
    CHECK(counters.nan == 3);
    CHECK(counters.inf == 2);
}
