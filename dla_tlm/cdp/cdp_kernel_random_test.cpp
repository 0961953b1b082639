// SPDX-License-Identifier: Apache-2.0
// Random operations: the reference against a naive definition, the fast kernels against the
// reference.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "dla_tlm/cdp/cdp_kernel_rows.hpp"
#include "dla_tlm/cdp/cdp_test_run.hpp"
#include "testing/random_runs.hpp"

using namespace dla;
using namespace dla::cdp;

namespace {

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
