// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/pdp/pdp_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "dla_tlm/numerics/numerics.hpp"
#include "testing/random_runs.hpp"

using namespace dla;
using namespace dla::pdp;

namespace {

constexpr std::uint32_t kRecip[] = {0,      0x10000, 0x8000, 0x5555, 0x4000,
                                    0x3333, 0x2aaa,  0x2492, 0x2000};
constexpr std::uint32_t kRecipFp17[] = {0,      0x7c00, 0x7800, 0x7555, 0x7400,
                                        0x7266, 0x7155, 0x7092, 0x7000};

using Bytes = std::vector<std::uint8_t>;

PdpOp window_op(PoolMethod method, unsigned in_width, unsigned in_height, unsigned kernel,
                unsigned stride, unsigned pad) {
    PdpOp op;
    op.method = method;
    op.in_width = in_width;
    op.in_height = in_height;
    op.kernel_width = op.kernel_height = kernel;
    op.stride_width = op.stride_height = stride;
    op.pad_left = op.pad_right = op.pad_top = op.pad_bottom = pad;
    op.out_width = (in_width + 2 * pad - kernel) / stride + 1;
    op.out_height = (in_height + 2 * pad - kernel) / stride + 1;
    op.recip_width = op.recip_height = kRecip[kernel];
    op.atom_bytes = 8;
    return op;
}

using Kernel = decltype(&pool_lines);

Bytes run(Kernel kernel, const PdpOp& op, const Bytes& src) {
    const std::size_t line = std::size_t{op.out_width} * op.atom_bytes;
    Bytes dst(line * op.out_height, 0xa5);
    kernel(op, {src.data(), std::size_t{op.in_width} * op.atom_bytes}, 0, op.out_height, dst.data(),
           line);
    return dst;
}

// The first lane of each atom carries the numbers, the others zeros.
template <class T>
Bytes plane_of(const std::vector<T>& numbers, unsigned atom_bytes) {
    Bytes plane(numbers.size() * atom_bytes);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        std::memcpy(&plane[i * atom_bytes], &numbers[i], sizeof(T));
    return plane;
}

template <class T>
std::vector<T> first_lanes(const Bytes& plane, unsigned atom_bytes) {
    std::vector<T> numbers(plane.size() / atom_bytes);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        std::memcpy(&numbers[i], &plane[i * atom_bytes], sizeof(T));
    return numbers;
}

template <class T>
void check_both(const PdpOp& op, const std::vector<T>& src, const std::vector<T>& expected) {
    const Bytes plane = plane_of(src, op.atom_bytes);
    CHECK(first_lanes<T>(run(pool_lines_reference, op, plane), op.atom_bytes) == expected);
    CHECK(first_lanes<T>(run(pool_lines, op, plane), op.atom_bytes) == expected);
}

// Independent of the code under test: the whole padded window as a table of optional pixels,
// integers in floating point with an explicit rounding.
double round_half_away(double v) {
    return std::copysign(std::floor(std::abs(v) + 0.5), v);
}

template <class T>
T naive_element(const PdpOp& op, const std::map<std::pair<int, int>, T>& window_pixels) {
    if (op.method != PoolMethod::kAverage) {
        std::vector<T> values;
        for (const auto& [place, value] : window_pixels)
            values.push_back(value);
        const auto [low, high] = std::ranges::minmax(values);
        return op.method == PoolMethod::kMax ? high : low;
    }
    double sum = 0;
    unsigned lines_present = 0;
    for (int ky = 0; ky < static_cast<int>(op.kernel_height); ++ky) {
        unsigned present = 0;
        for (int kx = 0; kx < static_cast<int>(op.kernel_width); ++kx) {
            const auto found = window_pixels.find({ky, kx});
            if (found == window_pixels.end()) continue;
            sum += found->second;
            ++present;
        }
        if (present == 0) continue;
        ++lines_present;
        sum += op.pad_value[op.kernel_width - present];
    }
    sum += static_cast<double>(op.pad_value[op.kernel_height - lines_present]) * op.kernel_width;
    const double once = round_half_away(sum * op.recip_width / 65536.0);
    const double twice = round_half_away(once * op.recip_height / 65536.0);
    return static_cast<T>(static_cast<std::int64_t>(twice));
}

template <class T>
Bytes naive_plane(const PdpOp& op, const Bytes& src) {
    const auto lanes = static_cast<unsigned>(op.atom_bytes / sizeof(T));
    Bytes dst;
    for (unsigned i = 0; i < op.out_height * op.out_width * lanes; ++i) {
        const unsigned lane = i % lanes;
        const auto x = static_cast<int>(i / lanes % op.out_width);
        const auto y = static_cast<int>(i / lanes / op.out_width);
        std::map<std::pair<int, int>, T> pixels;
        for (int ky = 0; ky < static_cast<int>(op.kernel_height); ++ky) {
            for (int kx = 0; kx < static_cast<int>(op.kernel_width); ++kx) {
                const int iy =
                    y * static_cast<int>(op.stride_height) + ky - static_cast<int>(op.pad_top);
                const int ix =
                    x * static_cast<int>(op.stride_width) + kx - static_cast<int>(op.pad_left);
                if (iy < 0 || ix < 0 || iy >= static_cast<int>(op.in_height) ||
                    ix >= static_cast<int>(op.in_width))
                    continue;
                const std::size_t pixel =
                    static_cast<unsigned>(iy) * op.in_width + static_cast<unsigned>(ix);
                std::memcpy(&pixels[{ky, kx}], &src[(pixel * lanes + lane) * sizeof(T)], sizeof(T));
            }
        }
        const T value = naive_element(op, pixels);
        dst.resize(dst.size() + sizeof(T));
        std::memcpy(&dst[dst.size() - sizeof(T)], &value, sizeof(T));
    }
    return dst;
}

class RandomOps {
  public:
    explicit RandomOps(unsigned seed) : engine_(seed) {}

    unsigned below(unsigned n) { return static_cast<unsigned>(engine_() % n); }

    PdpOp op() {
        PdpOp op;
        op.precision = static_cast<Precision>(below(3));
        op.method = static_cast<PoolMethod>(below(3));
        op.nan_to_zero = below(3) == 0;
        op.atom_bytes = 8U << below(3);
        direction(op.kernel_width, op.stride_width, op.pad_left, op.pad_right, op.in_width,
                  op.out_width);
        direction(op.kernel_height, op.stride_height, op.pad_top, op.pad_bottom, op.in_height,
                  op.out_height);
        const bool fp16 = op.precision == Precision::kFp16;
        const auto pad = static_cast<std::int32_t>(below(256)) - 128;
        for (unsigned n = 1; n < kPadValues; ++n) {
            op.pad_value[n] = fp16 ? static_cast<std::int32_t>(below(0x20000))
                                   : static_cast<std::int32_t>(n) * pad;
        }
        op.recip_width =
            below(4) == 0 ? below(0x20000) : (fp16 ? kRecipFp17 : kRecip)[op.kernel_width];
        op.recip_height = (fp16 ? kRecipFp17 : kRecip)[op.kernel_height];
        return op;
    }

    Bytes plane(const PdpOp& op) {
        Bytes bytes(std::size_t{op.in_width} * op.in_height * op.atom_bytes);
        for (auto& byte : bytes)
            byte = static_cast<std::uint8_t>(engine_());
        return bytes;
    }

  private:
    void direction(unsigned& kernel, unsigned& stride, unsigned& before, unsigned& after,
                   unsigned& in, unsigned& out) {
        kernel = below(8) + 1;
        stride = below(below(4) == 0 ? 16 : 3) + 1;
        before = below(kernel);
        after = below(kernel);
        out = below(9) + 1;
        // Enough real pixels for every window.
        while ((out - 1) * stride + kernel < before + after + 1)
            ++out;
        in = (out - 1) * stride + kernel - before - after;
        while (before >= kernel || (out - 1) * stride >= before + in) {
            --after;
            ++in;
        }
    }

    std::mt19937 engine_;
};

}  // namespace

TEST_CASE("Max and min pooling ignore padding even where all pixels are on its other side") {
    const std::vector<std::int8_t> negative{-5, -3, -8, -1};
    check_both<std::int8_t>(window_op(PoolMethod::kMax, 2, 2, 2, 1, 1), negative,
                            {-5, -3, -3, -5, -1, -1, -8, -1, -1});
    const std::vector<std::int16_t> positive{500, 300, 800, 100};
    PdpOp op = window_op(PoolMethod::kMin, 2, 2, 2, 1, 1);
    op.precision = Precision::kInt16;
    check_both<std::int16_t>(op, positive, {500, 300, 300, 500, 100, 100, 800, 100, 100});
}

TEST_CASE("An average rounds twice, width first, halves away from zero") {
    // 100 * 0x5555 / 65536 = 33.332 -> 33; 33 / 3 = 11.
    check_both<std::int8_t>(window_op(PoolMethod::kAverage, 3, 3, 3, 1, 0),
                            {10, 10, 10, 10, 10, 10, 10, 10, 20}, {11});
    // 3 / 2 = 1.5 -> 2; 2 / 2 = 1: one rounding alone would give 0.75 -> 1 as well, but -1 / 2 / 2
    // only reaches -1 in two steps.
    check_both<std::int8_t>(window_op(PoolMethod::kAverage, 2, 2, 2, 1, 0), {0, 0, 0, -1}, {-1});
}

TEST_CASE("A padded column adds its table value once per real line") {
    PdpOp op = window_op(PoolMethod::kAverage, 1, 2, 2, 1, 0);
    op.pad_left = 1;
    op.out_width = 1;
    op.pad_value[1] = -4;
    check_both<std::int8_t>(op, {10, 13}, {4});
}

TEST_CASE("A padded line adds its table value once per kernel column") {
    PdpOp op = window_op(PoolMethod::kAverage, 2, 1, 2, 1, 0);
    op.pad_bottom = 1;
    op.out_height = 1;
    op.pad_value[1] = 20;
    // (10 + 14 + 2 * 20) / 4 = 16
    check_both<std::int8_t>(op, {10, 14}, {16});
}

TEST_CASE("A kernel wider than the picture counts the columns missing on both sides together") {
    PdpOp op = window_op(PoolMethod::kAverage, 1, 1, 3, 1, 1);
    op.pad_value[1] = 100;
    op.pad_value[2] = 6;
    // line: 9 + 6, two missing lines: 3 * 6; 33 / 3 = 11, 11 / 3 = 4
    check_both<std::int8_t>(op, {9}, {4});
}

TEST_CASE("An average outside the format keeps its low bits") {
    PdpOp op = window_op(PoolMethod::kAverage, 1, 1, 1, 1, 0);
    op.recip_width = 0x1ffff;
    check_both<std::int8_t>(op, {100}, {static_cast<std::int8_t>(200)});
}

TEST_CASE("fp16 extremes let a NaN through and keep the sign of zero apart") {
    PdpOp op = window_op(PoolMethod::kMax, 2, 2, 2, 1, 0);
    op.precision = Precision::kFp16;
    check_both<std::uint16_t>(op, {0x3c00, 0x7e01, 0x7bff, 0x0000}, {0x7e01});
    check_both<std::uint16_t>(op, {0x8000, 0x0000, 0x8000, 0xbc00}, {0x0000});
    SECTION("the NaN of the last line wins, in a line the first one") {
        check_both<std::uint16_t>(op, {0x7e01, 0x7e02, 0x7e03, 0x7e04}, {0x7e03});
    }
    SECTION("flushed to zero off line only") {
        op.nan_to_zero = true;
        check_both<std::uint16_t>(op, {0xbc00, 0x7e01, 0xc000, 0xc200}, {0x0000});
        op.on_the_fly = true;
        check_both<std::uint16_t>(op, {0xbc00, 0x7e01, 0xc000, 0xc200}, {0x7e01});
    }
    SECTION("infinity is a number, beside the smallest NaN too") {
        op.nan_to_zero = true;
        check_both<std::uint16_t>(op, {0x7c00, 0x7c01, 0xbc00, 0xc000}, {0x7c00});
    }
    SECTION("minimum") {
        op.method = PoolMethod::kMin;
        check_both<std::uint16_t>(op, {0x3c00, 0x7c01, 0x4000, 0x4200}, {0x7c01});
        check_both<std::uint16_t>(op, {0x8000, 0x0000, 0xfc00, 0x3c00}, {0xfc00});
    }
}

TEST_CASE("An fp16 average meets the smallest NaN as a NaN") {
    PdpOp op = window_op(PoolMethod::kAverage, 2, 1, 1, 1, 0);
    op.precision = Precision::kFp16;
    op.atom_bytes = 32;
    op.recip_width = op.recip_height = 0x7c00;
    op.nan_to_zero = true;
    check_both<std::uint16_t>(op, {0x7c01, 0x3c00}, {0, 0x3c00});
    op.nan_to_zero = false;
    check_both<std::uint16_t>(op, {0x7c01, 0x3c00}, {0x7c01, 0x3c00});
}

TEST_CASE("A window wholly in the padding gives zero") {
    const std::vector<std::uint16_t> ring{0, 0,      0,      0, 0, 0x4000, 0x4200, 0,
                                          0, 0x4400, 0x4500, 0, 0, 0,      0,      0};
    PdpOp op = window_op(PoolMethod::kMax, 2, 2, 1, 1, 1);
    op.precision = Precision::kFp16;
    check_both<std::uint16_t>(op, {0x4000, 0x4200, 0x4400, 0x4500}, ring);
    op.method = PoolMethod::kMin;
    check_both<std::uint16_t>(op, {0x4000, 0x4200, 0x4400, 0x4500}, ring);
    // The average is the padding alone: 2^-30, the smallest number, times 2^31.
    op.method = PoolMethod::kAverage;
    op.recip_width = 0xf800;
    op.recip_height = 0x7c00;
    op.pad_value[1] = 0x0400;
    std::vector<std::uint16_t> twos(16, 0x4000);
    for (const unsigned inside : {5U, 6U, 9U, 10U})
        twos[inside] = 0;
    check_both<std::uint16_t>(op, {0, 0, 0, 0}, twos);
}

TEST_CASE("An fp16 average of 8x8 with padded lines uses the true kernel width") {
    PdpOp op = window_op(PoolMethod::kAverage, 8, 7, 8, 1, 0);
    op.precision = Precision::kFp16;
    op.pad_top = 1;
    op.out_height = 1;
    op.recip_width = op.recip_height = kRecipFp17[8];
    op.pad_value[1] = 0x7c00;  // 1.0
    check_both<std::uint16_t>(op, std::vector<std::uint16_t>(56, 0x3c00), {0x3c00});
}

TEST_CASE("Integer pooling of random operations equals the naive definition") {
    RandomOps random(1);
    for (int i = 0; i < 400; ++i) {
        PdpOp op = random.op();
        if (op.precision == Precision::kFp16) op.precision = Precision::kInt8;
        for (unsigned n = 1; n < kPadValues; ++n)
            op.pad_value[n] = static_cast<std::int32_t>(n) * 7 - 30;
        const Bytes src = random.plane(op);
        const Bytes expected = op.precision == Precision::kInt8
                                   ? naive_plane<std::int8_t>(op, src)
                                   : naive_plane<std::int16_t>(op, src);
        REQUIRE(run(pool_lines_reference, op, src) == expected);
    }
}

TEST_CASE("Fast pooling of random operations equals the reference bit for bit") {
    testing::on_every_target([] {
        RandomOps random(testing::random_seed(2));
        for (unsigned i = 0; i < testing::random_runs(3000); ++i) {
            const PdpOp op = random.op();
            const Bytes src = random.plane(op);
            REQUIRE(run(pool_lines, op, src) == run(pool_lines_reference, op, src));
        }
    });
}

TEST_CASE("Fast fp16 averages of ordinary and extreme numbers equal the reference") {
    RandomOps random(testing::random_seed(6));
    for (unsigned i = 0; i < testing::random_runs(2000); ++i) {
        PdpOp op = random.op();
        op.precision = Precision::kFp16;
        op.method = PoolMethod::kAverage;
        op.atom_bytes = 32;
        op.recip_width = kRecipFp17[op.kernel_width] - random.below(3) * 0x4000;
        op.recip_height = kRecipFp17[op.kernel_height];
        for (unsigned n = 1; n < kPadValues; ++n)
            op.pad_value[n] = static_cast<std::int32_t>(random.below(0xfc00) + (n & 1) * 0x10000);
        Bytes src = random.plane(op);
        // Mostly numbers close to each other, so that sums cancel; some denormals and infinities.
        for (std::size_t k = 0; k < src.size(); k += 2) {
            const unsigned exponent = random.below(20) == 0 ? 31 : random.below(4) * (i % 9U);
            const unsigned fraction = exponent == 31 ? 0 : random.below(1024);
            const auto pattern =
                static_cast<std::uint16_t>((random.below(2) << 15) | (exponent << 10) | fraction);
            std::memcpy(&src[k], &pattern, sizeof(pattern));
        }
        REQUIRE(run(pool_lines, op, src) == run(pool_lines_reference, op, src));
    }
}

TEST_CASE("Fast pooling of lines longer than one piece equals the reference") {
    RandomOps random(3);
    for (const unsigned atom_bytes : {8U, 32U}) {
        for (const auto method : {PoolMethod::kAverage, PoolMethod::kMax}) {
            for (const unsigned stride : {1U, 2U, 5U}) {
                PdpOp op = window_op(method, 3001, 3, 3, stride, 1);
                op.atom_bytes = atom_bytes;
                const Bytes src = random.plane(op);
                REQUIRE(run(pool_lines, op, src) == run(pool_lines_reference, op, src));
            }
        }
    }
}

TEST_CASE("An impossible operation still stays inside the plane") {
    RandomOps random(4);
    for (int i = 0; i < 300; ++i) {
        PdpOp op = random.op();
        op.kernel_width = random.below(16) + 1;
        op.kernel_height = random.below(16) + 1;
        op.out_width += random.below(20);
        op.pad_top = random.below(8);
        op.method = static_cast<PoolMethod>(random.below(4));
        const Bytes src = random.plane(op);
        REQUIRE(run(pool_lines, op, src) == run(pool_lines_reference, op, src));
    }
}

TEST_CASE("Output lines are ready as soon as their last input line is there") {
    const PdpOp op = window_op(PoolMethod::kMax, 4, 10, 3, 2, 1);  // windows -1..1, 1..3, 3..5, ...
    CHECK(ready_lines(op, 0) == 0);
    CHECK(ready_lines(op, 1) == 0);
    CHECK(ready_lines(op, 2) == 1);
    CHECK(ready_lines(op, 3) == 1);
    CHECK(ready_lines(op, 4) == 2);
    CHECK(ready_lines(op, 10) == op.out_height);
    CHECK(first_input_line(op, 0) == 0);
    CHECK(first_input_line(op, 2) == 3);
    // Its last window ends in the padding below.
    const PdpOp padded = window_op(PoolMethod::kMax, 4, 9, 3, 2, 1);
    CHECK(ready_lines(padded, 8) == 4);
    CHECK(ready_lines(padded, 9) == 5);
}

TEST_CASE("Lines computed from a window of the surface equal those from the whole") {
    RandomOps random(5);
    const PdpOp op = window_op(PoolMethod::kAverage, 9, 12, 3, 2, 1);
    const Bytes src = random.plane(op);
    const Bytes whole = run(pool_lines, op, src);
    const std::size_t in_line = std::size_t{op.in_width} * op.atom_bytes;
    const std::size_t out_line = std::size_t{op.out_width} * op.atom_bytes;
    for (unsigned y = 0; y < op.out_height; ++y) {
        const unsigned first = first_input_line(op, y);
        Bytes line(out_line);
        pool_lines(op, {src.data() + first * in_line, in_line, first}, y, 1, line.data(), out_line);
        CHECK(std::equal(line.begin(), line.end(), &whole[y * out_line]));
    }
}

TEST_CASE("Special fp16 numbers are counted by kind") {
    const std::vector<std::uint16_t> values{0x7c00, 0x7c01, 0xffff, 0x7bff, 0x0000, 0xfc00};
    Bytes bytes(values.size() * 2);
    std::memcpy(bytes.data(), values.data(), bytes.size());
    const SpecialCounts counts = count_specials(bytes);
    CHECK(counts.nans == 2);
    CHECK(counts.infinities == 2);
}
