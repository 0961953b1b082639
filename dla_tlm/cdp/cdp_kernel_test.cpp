// SPDX-License-Identifier: Apache-2.0
// Directed operations: worked examples, borders, ends of tables, counters.
#include <algorithm>
#include <cstring>
#include <vector>

#include "dla_tlm/cdp/cdp_test_run.hpp"
#include "testing/random_runs.hpp"

using namespace dla;
using namespace dla::cdp;

TEST_CASE("A worked example: squares, table, product and output converter") {
    CdpOp op = plain_op();
    op.output.shift = 6;
    lut::Tables tables;
    tables.lo[87] = 200;
    tables.lo[88] = 196;
    const Bytes src = atom_of<std::int8_t>({10, -20, 30}, op.atom_bytes);
    for (const auto kernel : {normalize_reference, normalize}) {
        // q = 1400: entry 87 and a half, 198; 198 * -20 = -3960; / 64 = -61.875
        CHECK(elements<std::int8_t>(run(kernel, op, tables, src).atoms, 2)[1] == -62);
    }
}

TEST_CASE("A window reaches over the border of surfaces and sees zeros beyond the cube") {
    CdpOp op = plain_op();
    op.channels = 9;
    op.multiply_bypass = true;
    op.lut.lo_select = 0;  // the table shows the window sum itself
    lut::Tables tables;
    for (unsigned i = 0; i < lut::kLoEntries; ++i)
        tables.lo[i] = static_cast<std::int16_t>(i);
    Bytes src(16);
    src[0] = 1;
    src[7] = 3;
    src[8] = 5;
    src[9] = 100;  // beyond the channels: memory may hold anything
    for (const auto kernel : {normalize_reference, normalize}) {
        const auto z = elements<std::int8_t>(run(kernel, op, tables, src).atoms, 16);
        CHECK(z == std::vector<std::int8_t>{1, 1, 0, 0, 0, 0, 9, 34, 34, 25, 0, 0, 0, 0, 0, 0});
    }
}

TEST_CASE("Lanes beyond the channels are computed from zero, with an input offset too") {
    CdpOp op = plain_op();
    op.channels = 1;
    op.square_sum_bypass = true;
    op.multiply_bypass = true;
    op.input.offset = -10;
    op.lut.lo.start = -8;
    op.lut.lo_select = 0;
    lut::Tables tables;
    for (unsigned i = 0; i < lut::kLoEntries; ++i)
        tables.lo[i] = static_cast<std::int16_t>(i);
    const Bytes src = atom_of<std::int8_t>({5, 5}, op.atom_bytes);
    for (const auto kernel : {normalize_reference, normalize}) {
        const auto z = elements<std::int8_t>(run(kernel, op, tables, src).atoms, 2);
        CHECK(z == std::vector<std::int8_t>{23, 8});
    }
}

TEST_CASE("Lookups are counted exclusively, tail lanes included, and only on demand") {
    CdpOp op = plain_op();
    op.lut.lo.start = 100;
    op.lut.lo_select = 0;
    op.lut.le_exponent = false;
    op.lut.le.start = 0;
    op.lut.le_select = 4;
    op.square_sum_bypass = true;
    op.channels = 8;
    // LE covers 1..1023, LO 101..355
    op.precision = Precision::kInt16;
    op.atom_bytes = 16;
    const Bytes src = atom_of<std::int16_t>({0, -1, 50, 200, 500, 1024, 3000, 101}, op.atom_bytes);
    for (const auto kernel : {normalize_reference, normalize}) {
        CdpCounts counts = run(kernel, op, {}, src).counts;
        CHECK(counts.lut_underflow == 2);
        CHECK(counts.lut_overflow == 2);
        CHECK(counts.lut_le_hit == 2);
        CHECK(counts.lut_hybrid == 2);
        CHECK(counts.lut_lo_hit == 0);
        CdpOp quiet = op;
        quiet.count_lut = false;
        CHECK(run(kernel, quiet, {}, src).counts == CdpCounts{});
    }
}

TEST_CASE("Clamped outputs are counted") {
    CdpOp op = plain_op();
    op.channels = 8;
    op.multiply_bypass = true;
    lut::Tables tables;
    tables.lo.fill(127);
    const Bytes src = atom_of<std::int8_t>({1, 1, 1, 1, 1, 1, 1, 1}, op.atom_bytes);
    for (const auto kernel : {normalize_reference, normalize}) {
        CHECK(run(kernel, op, tables, src).counts.saturated == 0);
        CdpOp shifted = op;
        shifted.output.offset = -1;
        CHECK(run(kernel, shifted, tables, src).counts.saturated == 8);
    }
}

TEST_CASE("An exponent table underflows from START plus its first interval") {
    CdpOp op = plain_op();
    op.channels = 1;
    op.square_sum_bypass = op.multiply_bypass = true;
    op.lut.le_exponent = true;
    op.lut.le_offset = 3;
    op.lut.le.start = 0;
    op.lut.le.underflow = {2, 0};
    op.lut.lo.start = std::int64_t{1} << 30;
    lut::Tables tables;
    tables.le[0] = 50;
    const auto looked_up = [&](auto kernel, int offset, std::int8_t x) {
        op.lut.le_offset = offset;
        const Bytes src = atom_of<std::int8_t>({x}, op.atom_bytes);
        return elements<std::int8_t>(run(kernel, op, tables, src).atoms, 1)[0];
    };
    for (const auto kernel : {normalize_reference, normalize}) {
        CHECK(looked_up(kernel, 3, 5) == 50 + (5 - 8) * 2);
        CHECK(looked_up(kernel, 0, -3) == 50 + (-3 - 1) * 2);
        CHECK(looked_up(kernel, -1, -3) == 50 + -3 * 2);
    }
}

TEST_CASE("An offset that leaves the 38 bits of an input moves nothing below an exponent table") {
    CdpOp op = plain_op();
    op.channels = 1;
    op.square_sum_bypass = op.multiply_bypass = true;
    op.lut.le_exponent = true;
    op.lut.le.underflow = {2, 0};
    const auto looked_up = [&](auto kernel, int offset) {
        op.lut.le_offset = offset;
        const Bytes src = atom_of<std::int8_t>({-3}, op.atom_bytes);
        return elements<std::int8_t>(run(kernel, op, {}, src).atoms, 1)[0];
    };
    op.lut.le.start = 0;
    op.lut.lo.start = std::int64_t{1} << 30;
    for (const auto kernel : {normalize_reference, normalize}) {
        CHECK(looked_up(kernel, 37) == -128);
        CHECK(looked_up(kernel, 38) == -3 * 2);
        CHECK(looked_up(kernel, 127) == -3 * 2);
    }
}

TEST_CASE("A linear table underflows from START, whatever the offset field holds") {
    CdpOp op = plain_op();
    op.channels = 1;
    op.square_sum_bypass = op.multiply_bypass = true;
    op.lut.le_exponent = false;
    op.lut.le.start = 0;
    op.lut.le.underflow = {2, 0};
    op.lut.lo.start = std::int64_t{1} << 30;
    const Bytes src = atom_of<std::int8_t>({-3}, op.atom_bytes);
    for (const int offset : {-1, 0, 4, 38, 100}) {
        op.lut.le_offset = offset;
        for (const auto kernel : {normalize_reference, normalize})
            CHECK(elements<std::int8_t>(run(kernel, op, {}, src).atoms, 1)[0] == -3 * 2);
    }
}

// One input against both tables, of which LO never hits.
struct Told {
    std::int8_t value;
    bool hit;
    bool underflow;
    bool overflow;

    bool operator==(const Told&) const = default;
};

Told tell(decltype(&normalize) kernel, CdpOp op, const lut::Tables& tables, std::int8_t x) {
    op.channels = 8;
    op.square_sum_bypass = op.multiply_bypass = op.count_lut = true;
    op.lut.lo.start = std::int64_t{1} << 30;
    const Outputs result = run(kernel, op, tables, Bytes(8, static_cast<std::uint8_t>(x)));
    const CdpCounts& counts = result.counts;
    // LO underflows: with a LE that overflows it is hybrid.
    return {elements<std::int8_t>(result.atoms, 1)[0], counts.lut_le_hit == 8,
            counts.lut_underflow == 8, counts.lut_hybrid == 8};
}

TEST_CASE("The last distance of a table is inside, the next beyond") {
    CdpOp op = plain_op();
    op.lut.le_exponent = false;
    op.lut.le.start = 0;
    lut::Tables tables;
    for (unsigned i = 0; i < lut::kLeEntries; ++i)
        tables.le[i] = static_cast<std::int16_t>(i);
    for (const auto kernel : {normalize_reference, normalize}) {
        op.lut.le_select = 0;
        CHECK(tell(kernel, op, tables, 63) == Told{63, true, false, false});
        CHECK(tell(kernel, op, tables, 64) == Told{64, false, false, true});
        op.lut.le_select = 1;  // entry 63 and a half, away from zero
        CHECK(tell(kernel, op, tables, 127) == Told{64, true, false, false});
        op.lut.le_select = -1;
        CHECK(tell(kernel, op, tables, 31) == Told{62, true, false, false});
        CHECK(tell(kernel, op, tables, 32) == Told{64, false, false, true});
    }
}

TEST_CASE("An exponent table far below 1 has its last interval at 1, then nothing but overflow") {
    CdpOp op = plain_op();
    op.lut.le_exponent = true;
    op.lut.le.start = 0;
    op.lut.le.overflow = {1, 0};
    lut::Tables tables;
    tables.le[63] = 20;
    tables.le[64] = 40;
    tables.lo[0] = 100;
    for (const auto kernel : {normalize_reference, normalize}) {
        op.lut.le_offset = -63;
        CHECK(tell(kernel, op, tables, 1) == Told{20, true, false, false});
        CHECK(tell(kernel, op, tables, 2) == Told{42, false, false, true});
        op.lut.le_offset = -62;
        CHECK(tell(kernel, op, tables, 3) == Told{30, true, false, false});
        for (const int offset : {-64, -65, -66, -127, -128}) {
            op.lut.le_offset = offset;
            CHECK(tell(kernel, op, tables, 0) == Told{0, false, true, false});
            CHECK(tell(kernel, op, tables, 1) == Told{41, false, false, true});
        }
    }
}

TEST_CASE("fp16: a window of zeros is zero, at the border of the cube too") {
    CdpOp op = plain_op();
    op.precision = Precision::kFp16;
    op.channels = 4;
    op.multiply_bypass = true;
    op.lut.le.start = op.lut.lo.start = 0;  // 0 underflows, the smallest number does not
    op.lut.le_exponent = true;
    op.lut.le_offset = -128;
    const Bytes src(8);
    for (const unsigned window : {3U, 5U, 7U, 9U}) {
        op.window = window;
        for (const auto kernel : {normalize_reference, normalize})
            CHECK(run(kernel, op, {}, src).counts.lut_underflow == 4);
    }
}

TEST_CASE("fp16: the smallest first interval of an exponent table decides the sign of zero") {
    CdpOp op = plain_op();
    op.precision = Precision::kFp16;
    op.channels = 1;
    op.square_sum_bypass = op.multiply_bypass = true;
    op.lut.le_exponent = true;
    op.lut.le.start = 0;
    op.lut.le.underflow = {0x3c00, 0};
    op.lut.lo.start = 0x7f000000;  // never hit
    const auto looked_up = [&](auto kernel, int offset) {
        op.lut.le_offset = offset;
        return elements<std::uint16_t>(run(kernel, op, {}, Bytes(8)).atoms, 1)[0];
    };
    for (const auto kernel : {normalize_reference, normalize}) {
        CHECK(looked_up(kernel, -126) == 0x8000);  // 0 lies below 2^-126
        CHECK(looked_up(kernel, -127) == 0);       // no such number: the interval starts at 0
    }
    op.lut.le.start = 1;  // as a pattern: less than any number
    for (const auto kernel : {normalize_reference, normalize})
        CHECK(looked_up(kernel, -128) == 0);
}

TEST_CASE("fp16: a NaN passes the multiplier bypass, is flushed on demand, and is counted") {
    CdpOp op = plain_op();
    op.precision = Precision::kFp16;
    op.channels = 4;
    op.multiply_bypass = true;
    op.lut.le.start = op.lut.lo.start = 0;
    op.lut.le.end = op.lut.lo.end = 0;
    lut::Tables tables;
    tables.le.fill(0x3c00);
    tables.lo.fill(0x3c00);
    op.square_sum_bypass = true;
    const Bytes src = atom_of<std::uint16_t>({0x7e01, 0xfc00, 0x3c00, 0xfe00}, op.atom_bytes);
    const Outputs kept = run(normalize, op, tables, src);
    CHECK(elements<std::uint16_t>(kept.atoms, 1)[0] == 0x7e01);
    CHECK(kept.counts.nan_inputs == 2);
    CHECK(kept.counts.inf_inputs == 1);
    CHECK(kept.counts.nan_outputs == 2);
    op.nan_to_zero = true;
    const Outputs flushed = run(normalize, op, tables, src);
    CHECK(elements<std::uint16_t>(flushed.atoms, 1)[0] == 0x3c00);
    CHECK(flushed.counts.nan_inputs == 2);
    CHECK(flushed.counts.nan_outputs == 0);
}
