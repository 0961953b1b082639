// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdp/cdp_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "dla_tlm/cdp/cdp_kernel_rows.hpp"
#include "testing/random_runs.hpp"

using namespace dla;
using namespace dla::cdp;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Outputs {
    Bytes atoms;  // surface after surface
    CdpCounts counts;

    bool operator==(const Outputs&) const = default;
};

Outputs run(decltype(&normalize) kernel, const CdpOp& op, const lut::Tables& tables,
            const Bytes& src) {
    const std::size_t surface = std::size_t{op.width} * op.atom_bytes;
    Outputs result{Bytes(src.size(), 0xa5), {}};
    kernel(op, tables, {src.data(), surface}, op.width, result.atoms.data(), surface,
           result.counts);
    return result;
}

template <class T>
std::vector<T> elements(const Bytes& bytes, std::size_t count) {
    std::vector<T> values(count);
    std::memcpy(values.data(), bytes.data(), count * sizeof(T));
    return values;
}

template <class T>
Bytes atom_of(const std::vector<T>& values, unsigned atom_bytes) {
    Bytes bytes(atom_bytes);
    std::memcpy(bytes.data(), values.data(), values.size() * sizeof(T));
    return bytes;
}

// Length 3, LO alone with START 0 and intervals of 16, no scaling but the output shift.
CdpOp plain_op() {
    CdpOp op;
    op.atom_bytes = 8;
    op.channels = 3;
    op.count_lut = true;
    op.lut.le.start = std::int64_t{1} << 30;  // LE never hits
    op.lut.lo_select = 4;
    op.lut.lo.end = 256 * 16;
    return op;
}

class RandomOps {
  public:
    explicit RandomOps(unsigned seed) : engine_(seed) {}

    std::int32_t between(std::int32_t low, std::int32_t high) {
        return std::uniform_int_distribution<std::int32_t>(low, high)(engine_);
    }
    bool one_in(int n) { return between(1, n) == 1; }

    CdpOp op(Precision precision) {
        CdpOp op;
        op.precision = precision;
        const bool int8 = precision == Precision::kInt8;
        op.square_sum_bypass = one_in(4);
        op.multiply_bypass = one_in(4);
        op.nan_to_zero = one_in(2);
        op.count_lut = one_in(2);
        op.window = static_cast<unsigned>(between(1, 4) * 2 + 1);
        op.input = converter(int8 ? 127 : 32767, 31);
        op.output = converter(int8 ? (1 << 24) - 1 : 2147483647, one_in(4) ? 63 : 30);
        op.width = static_cast<unsigned>(between(1, 3));
        op.atom_bytes = 8U << between(0, 2);
        op.channels = static_cast<unsigned>(between(1, 70));
        op.lut = lut_settings(int8);
        if (precision == Precision::kFp16) fp16_bounds(op.lut);
        return op;
    }

    Bytes src(const CdpOp& op) {
        Bytes bytes(std::size_t{op.surfaces()} * op.width * op.atom_bytes);
        const bool small = one_in(2);
        for (auto& byte : bytes)
            byte = static_cast<std::uint8_t>(small ? between(-5, 5) : between(0, 255));
        return bytes;
    }

    lut::Tables tables() {
        lut::Tables tables;
        for (auto& entry : tables.le)
            entry = static_cast<std::int16_t>(between(-32768, 32767));
        for (auto& entry : tables.lo)
            entry = static_cast<std::int16_t>(between(-32768, 32767));
        return tables;
    }

  private:
    Converter converter(std::int32_t most_offset, int most_shift) {
        const auto scale = one_in(2) ? 1 : between(-32768, 32767);
        return {one_in(2) ? 0 : between(-most_offset - 1, most_offset), scale,
                static_cast<unsigned>(between(0, most_shift))};
    }
    Slope slope() {
        const std::int32_t scale = one_in(4) ? between(-2, 2) : between(-32768, 32767);
        return {one_in(2) ? 0 : scale, between(-16, 15)};
    }
    LutRange range() {
        const int wide = between(0, 3);
        const std::int64_t start = wide == 0   ? 0
                                   : wide == 3 ? std::int64_t{between(-2147483647, 2147483647)} << 6
                                               : between(-200, 20000);
        return {start, start + between(0, 100000), slope(), slope()};
    }
    LutSettings lut_settings(bool int8) {
        LutSettings s;
        s.le_exponent = one_in(2);
        s.le_offset = one_in(4) ? between(-128, 127) : one_in(4) ? between(-1, 1) : between(-3, 12);
        s.le_select = one_in(4) ? between(-32, 31) : between(-3, 12);
        s.lo_select = one_in(4) ? between(-32, 31) : between(-3, 12);
        s.le = range();
        s.lo = range();
        s.priority = {one_in(2), one_in(2), one_in(2)};
        if (!int8) s.lo_select += 8;
        return s;
    }
    void fp16_bounds(LutSettings& s) {
        for (LutRange* r : {&s.le, &s.lo}) {
            const auto pattern = [&](float value) {
                std::uint32_t bits;
                std::memcpy(&bits, &value, sizeof(bits));
                return static_cast<std::int64_t>(bits);
            };
            const auto start = static_cast<float>(between(-10, 10));
            r->start = pattern(start);
            r->end = pattern(start + 40.0F);
            r->underflow = {between(0, 0xffff), 0};
            r->overflow = {between(0, 0xffff), 0};
        }
    }

    std::mt19937 engine_;
};

// Independent of the code under test: floating point with explicit rounding and clamping, LE
// switched off by priorities (the caller sets LE so that it never hits).
double round_half_away(double v) {
    return std::copysign(std::floor(std::abs(v) + 0.5), v);
}

double naive_table(const CdpOp& op, const lut::Tables& tables, double q) {
    const double distance = q - static_cast<double>(op.lut.lo.start);
    const double position = distance / std::exp2(op.lut.lo_select);
    const auto clamp16 = [](double v) { return std::clamp(v, -32768.0, 32767.0); };
    if (distance <= 0 || position >= 256) {
        const bool under = distance <= 0;
        const Slope& slope = under ? op.lut.lo.underflow : op.lut.lo.overflow;
        const double base = static_cast<double>(under ? op.lut.lo.start : op.lut.lo.end);
        const double rise = round_half_away((q - base) * slope.scale * std::exp2(-slope.shift));
        return clamp16((under ? tables.lo.front() : tables.lo.back()) + rise);
    }
    const auto index = static_cast<std::size_t>(position);
    const double fraction = std::floor((position - static_cast<double>(index)) * 65536.0) / 65536.0;
    return tables.lo[index] + round_half_away((tables.lo[index + 1] - tables.lo[index]) * fraction);
}

template <class T>
std::vector<T> naive_pixel(const CdpOp& op, const lut::Tables& tables, const std::vector<T>& x) {
    const bool int8 = sizeof(T) == 1;
    std::vector<double> y(x.size(), 0.0);
    for (std::size_t c = 0; c < op.channels; ++c) {
        const double scaled = (x[c] - op.input.offset) * static_cast<double>(op.input.scale);
        y[c] = std::clamp(round_half_away(scaled * std::exp2(-static_cast<int>(op.input.shift))),
                          int8 ? -256.0 : -65536.0, int8 ? 255.0 : 65535.0);
    }
    std::vector<T> z;
    for (int c = 0; c < static_cast<int>(y.size()); ++c) {
        const auto centre = static_cast<std::size_t>(c);
        double q = op.square_sum_bypass ? y[centre] : 0;
        const int reach = static_cast<int>(op.window) / 2;
        for (int k = c - reach; k <= c + reach && !op.square_sum_bypass; ++k) {
            const bool inside = k >= 0 && k < static_cast<int>(y.size());
            q += inside ? std::pow(y[static_cast<std::size_t>(k)], 2) : 0;
        }
        const double t = naive_table(op, tables, q);
        const double p = (op.multiply_bypass ? t : t * y[centre]) - op.output.offset;
        const double out =
            round_half_away(p * op.output.scale * std::exp2(-static_cast<int>(op.output.shift)));
        z.push_back(
            static_cast<T>(std::clamp(out, int8 ? -128.0 : -32768.0, int8 ? 127.0 : 32767.0)));
    }
    return z;
}

template <class T>
void check_against_naive(Precision precision, unsigned seed) {
    RandomOps random(seed);
    for (int i = 0; i < 500; ++i) {
        CdpOp op = random.op(precision);
        op.width = 1;
        op.lut.le_exponent = false;
        op.lut.le.start = std::int64_t{1} << 37;  // above every input: LE is never used
        op.lut.priority = {true, true, true};
        const lut::Tables tables = random.tables();
        const Bytes src = random.src(op);
        const std::size_t lanes = src.size() / sizeof(T);
        const Outputs result = run(normalize_reference, op, tables, src);
        REQUIRE(elements<T>(result.atoms, lanes) ==
                naive_pixel<T>(op, tables, elements<T>(src, lanes)));
    }
}

}  // namespace

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

TEST_CASE("int8 normalisation of random operations equals the naive definition") {
    check_against_naive<std::int8_t>(Precision::kInt8, 1);
}

TEST_CASE("int16 normalisation of random operations equals the naive definition") {
    check_against_naive<std::int16_t>(Precision::kInt16, 2);
}

TEST_CASE("Fast normalisation of random operations equals the reference bit for bit") {
    testing::on_every_target([] {
        RandomOps random(testing::random_seed(3));
        for (unsigned i = 0; i < testing::random_runs(3000); ++i) {
            const CdpOp op = random.op(static_cast<Precision>(i % 3));
            const lut::Tables tables = random.tables();
            const Bytes src = random.src(op);
            REQUIRE(run(normalize, op, tables, src) == run(normalize_reference, op, tables, src));
        }
    });
}

// Random operations seldom have them where nothing saturates.
TEST_CASE(
    "Fast normalisation with small output shifts and with slopes of one equals the reference") {
    testing::on_every_target([] {
        RandomOps random(testing::random_seed(11));
        lut::Tables tables;
        for (unsigned i = 0; i < 400; ++i) {
            const auto entry = [&] { return static_cast<std::int16_t>(random.between(-60, 60)); };
            std::ranges::generate(tables.le, entry);
            std::ranges::generate(tables.lo, entry);
            CdpOp op = plain_op();
            op.channels = 12;
            op.width = 2;
            op.multiply_bypass = i % 2 == 0;
            op.output.shift = i % 5;
            op.lut.lo_select = i % 3;
            op.lut.lo.end = 256 << op.lut.lo_select;
            op.lut.le.start = 8 << (i % 7);
            op.lut.le.end = op.lut.le.start + 64;
            op.lut.le_exponent = i % 4 == 3;
            op.lut.lo.overflow = {static_cast<std::int32_t>(i % 3) - 1, static_cast<int>(i % 6)};
            op.lut.lo.underflow = {static_cast<std::int32_t>(i % 4) - 1, static_cast<int>(i % 5)};
            op.lut.le.overflow = {static_cast<std::int32_t>(i % 5) - 2, static_cast<int>(i % 7)};
            op.lut.le.underflow = {static_cast<std::int32_t>(i % 2), static_cast<int>(i % 4)};
            const Bytes src = random.src(op);
            REQUIRE(run(normalize, op, tables, src) == run(normalize_reference, op, tables, src));
        }
    });
}

TEST_CASE("Normalisation by rows, as hosts without vectors do it, equals the reference") {
    RandomOps random(testing::random_seed(5));
    for (unsigned i = 0; i < testing::random_runs(900); ++i) {
        const CdpOp op = random.op(static_cast<Precision>(i % 3));
        const lut::Tables tables = random.tables();
        const Bytes src = random.src(op);
        REQUIRE(run(normalize_by_rows, op, tables, src) ==
                run(normalize_reference, op, tables, src));
    }
}

TEST_CASE("The greatest number of channels fits") {
    RandomOps random(4);
    for (const auto precision : {Precision::kInt8, Precision::kInt16, Precision::kFp16}) {
        CdpOp op = random.op(precision);
        op.width = 1;
        op.channels = kMaxChannels;
        const lut::Tables tables = random.tables();
        const Bytes src = random.src(op);
        CHECK(run(normalize, op, tables, src) == run(normalize_reference, op, tables, src));
    }
}
