// SPDX-License-Identifier: Apache-2.0
#include "runtime/samples/reference.hpp"

#include <algorithm>
#include <cmath>

#include "runtime/image/half.hpp"

namespace dla::runtime::reference {
namespace {

using Wide = __int128;

// Divides by 2^shift, halves away from zero.
Wide round_shift(Wide value, int shift) {
    if (shift <= 0) return value << -shift;
    const Wide half = Wide{1} << (shift - 1);
    return value < 0 ? -((-value + half) >> shift) : (value + half) >> shift;
}

Wide clamp_bits(Wide value, unsigned bits) {
    const Wide limit = Wide{1} << (bits - 1);
    return std::clamp(value, -limit, limit - 1);
}

std::int64_t integer(double value) {
    return static_cast<std::int64_t>(value);
}

// Nearest fp16 number, ties to even.
double round_to_half(double value) {
    if (value == 0) return value;
    const int exponent = std::max(std::ilogb(value), -14);
    const double step = std::ldexp(1.0, exponent - 10);
    return std::nearbyint(value / step) * step;
}

constexpr int kSdpFractionBits = 35;
constexpr int kCdpFractionBits = 16;

// One table of a look-up: the value and whether the index was inside.
struct Lookup {
    int side = 0;  // -1 below, 0 inside, 1 above
    Wide value = 0;
};

template <std::size_t N>
Lookup look_up(const std::array<std::int16_t, N>& table, Wide x, std::int64_t start,
               std::int64_t end, int select, const LutSlope& below, const LutSlope& above,
               int fraction_bits) {
    if (x <= start) {
        return {-1, table[0] + round_shift((x - start) * below.scale, below.shift)};
    }
    const Wide distance = x - start;
    const Wide index = distance >> select;
    if (index >= static_cast<Wide>(N - 1)) {
        return {1, table[N - 1] + round_shift((x - end) * above.scale, above.shift)};
    }
    const auto i = static_cast<std::size_t>(index);
    const Wide rest = distance - (index << select);
    const Wide fraction = select <= fraction_bits ? rest << (fraction_bits - select)
                                                  : rest >> (select - fraction_bits);
    const Wide rise = (table[i + 1] - table[i]) * fraction;
    // SDP rounds the interpolated value, CDP the rise.
    if (fraction_bits == kSdpFractionBits) {
        return {0, round_shift((Wide{table[i]} << fraction_bits) + rise, fraction_bits)};
    }
    return {0, table[i] + round_shift(rise, fraction_bits)};
}

Wide look_up_both(const Lut& lut, Wide x, int fraction_bits) {
    const Lookup le = look_up(lut.le, x, static_cast<std::int64_t>(lut.le_start),
                              static_cast<std::int64_t>(lut.le_end), lut.le_select,
                              lut.le_underflow, lut.le_overflow, fraction_bits);
    const Lookup lo = look_up(lut.lo, x, static_cast<std::int64_t>(lut.lo_start),
                              static_cast<std::int64_t>(lut.lo_end), lut.lo_select,
                              lut.lo_underflow, lut.lo_overflow, fraction_bits);
    if (le.side == 0 && lo.side != 0) return le.value;
    if (lo.side == 0 && le.side != 0) return lo.value;
    const bool both_below = le.side == -1 && lo.side == -1;
    const bool both_above = le.side == 1 && lo.side == 1;
    const std::uint8_t priority = both_below   ? lut.underflow_priority
                                  : both_above ? lut.overflow_priority
                                               : lut.hybrid_priority;
    return priority == 0 ? le.value : lo.value;
}

// The operands of one stage at one element.
class StageOperands {
  public:
    StageOperands(const SdpStage& stage, Precision precision, const Operand& operand)
        : stage_(stage),
          fp16_(precision == Precision::kFp16),
          cube_(stage.tensor ? &operand(*stage.tensor) : nullptr) {}

    double alu(unsigned c, unsigned y, unsigned x) const {
        return cube_ ? cube_->at(c, y, x) : value(stage_.alu_values, c);
    }
    double mul(unsigned c, unsigned y, unsigned x) const {
        return cube_ ? cube_->at(c, y, x) : value(stage_.mul_values, c);
    }

  private:
    double value(const std::vector<std::int16_t>& values, unsigned c) const {
        const std::int16_t bits = values.size() == 1 ? values[0] : values[c];
        return fp16_ ? static_cast<double>(half_to_float(static_cast<std::uint16_t>(bits))) : bits;
    }

    const SdpStage& stage_;
    bool fp16_;
    const Cube* cube_;
};

double combine(std::uint8_t algorithm, double a, double b) {
    if (algorithm == kAluMax) return std::max(a, b);
    if (algorithm == kAluMin) return std::min(a, b);
    // An exact cancellation has the sign of the first operand; only fp16 can show it.
    return a + b == 0 ? std::copysign(0.0, a) : a + b;
}

// X1 and X2: ALU, MUL, truncation, ReLU.
double x_stage(double v, const SdpStage& stage, bool fp16, double alu, double mul) {
    if (stage.alu) {
        const double operand = fp16 ? alu : std::ldexp(alu, static_cast<int>(stage.alu_shift));
        v = combine(stage.algorithm, v, operand);
    }
    const bool kept = stage.activation == kActPrelu && v >= 0;
    if (stage.mul && !kept) v *= mul;
    if (!fp16 && !(stage.mul && kept)) {
        v = static_cast<double>(
            clamp_bits(round_shift(integer(v), static_cast<int>(stage.truncate)), 32));
    }
    return stage.activation == kActRelu && !(v > 0) ? 0.0 : v;
}

// Y: MUL, ALU, LUT; integers.
double y_stage(double v, const SdpStage& stage, const Lut* lut, double alu, double mul) {
    if (stage.mul) {
        v = static_cast<double>(clamp_bits(
            round_shift(Wide{integer(v)} * integer(mul), static_cast<int>(stage.truncate)), 32));
    }
    if (stage.alu) v = combine(stage.algorithm, v, alu);
    if (stage.activation == kActLut && lut) {
        v = static_cast<double>(clamp_bits(look_up_both(*lut, integer(v), kSdpFractionBits), 32));
    }
    return v;
}

double converted(double v, const SdpParameters& how, Precision precision) {
    if (precision == Precision::kFp16) return round_to_half(v);
    const Wide scaled = (Wide{integer(v)} - how.out_offset) * how.out_scale;
    const Wide wide = clamp_bits(round_shift(scaled, static_cast<int>(how.out_shift)), 17);
    return static_cast<double>(clamp_bits(wide, 8 * bytes_per_element(precision)));
}

template <class Value>
Cube filled(const Shape& shape, Value value) {
    Cube cube{shape, {}};
    cube.values.reserve(std::size_t{shape.w} * shape.h * shape.c);
    for (unsigned c = 0; c < shape.c; ++c) {
        for (unsigned y = 0; y < shape.h; ++y) {
            for (unsigned x = 0; x < shape.w; ++x)
                cube.values.push_back(value(c, y, x));
        }
    }
    return cube;
}

// The pixels of a pooling window that exist, line by line.
struct Window {
    std::vector<std::vector<double>> lines;
    unsigned missing_lines = 0;
    unsigned missing_columns = 0;
};

Window window_at(const Cube& src, const PoolingParameters& how, unsigned c, unsigned oy,
                 unsigned ox) {
    Window window;
    for (unsigned r = 0; r < how.height; ++r) {
        const int y = static_cast<int>(oy * how.stride_y + r) - static_cast<int>(how.pad_top);
        if (y < 0 || y >= static_cast<int>(src.shape.h)) {
            ++window.missing_lines;
            continue;
        }
        std::vector<double> line;
        for (unsigned s = 0; s < how.width; ++s) {
            const int x = static_cast<int>(ox * how.stride_x + s) - static_cast<int>(how.pad_left);
            if (x < 0 || x >= static_cast<int>(src.shape.w)) continue;
            line.push_back(src.at(c, static_cast<unsigned>(y), static_cast<unsigned>(x)));
        }
        window.missing_columns = how.width - static_cast<unsigned>(line.size());
        window.lines.push_back(std::move(line));
    }
    return window;
}

double average(const Window& window, const PoolingParameters& how) {
    const double pad = how.pad_value;
    double total = 0;
    for (const auto& line : window.lines) {
        for (const double value : line)
            total += value;
        total += window.missing_columns * pad;
    }
    total += window.missing_lines * how.width * pad;
    const Wide by_width = round_shift(Wide{integer(total)} * (65536 / how.width), 16);
    return static_cast<double>(round_shift(by_width * (65536 / how.height), 16));
}

double extreme(const Window& window, bool greatest) {
    double found = window.lines.at(0).at(0);
    for (const auto& line : window.lines) {
        for (const double value : line) {
            found = greatest ? std::max(found, value) : std::min(found, value);
        }
    }
    return found;
}

}  // namespace

Cube channels(const Cube& cube, unsigned i, unsigned parts) {
    const Shape part{cube.shape.w, cube.shape.h, cube.shape.c / parts};
    const auto size = static_cast<std::ptrdiff_t>(std::size_t{part.w} * part.h * part.c);
    const auto first = cube.values.begin() + i * size;
    return {part, {first, first + size}};
}

void append_channels(Cube& cube, const Cube& more) {
    const unsigned before = cube.values.empty() ? 0 : cube.shape.c;
    cube.shape = {more.shape.w, more.shape.h, before + more.shape.c};
    cube.values.insert(cube.values.end(), more.values.begin(), more.values.end());
}

Cube from_bits(const Shape& shape, Precision precision, const std::vector<std::int16_t>& bits) {
    Cube cube{shape, {}};
    for (const std::int16_t value : bits) {
        cube.values.push_back(
            precision == Precision::kFp16
                ? static_cast<double>(half_to_float(static_cast<std::uint16_t>(value)))
                : value);
    }
    return cube;
}

std::vector<std::int16_t> to_bits(const Cube& cube, Precision precision) {
    std::vector<std::int16_t> bits;
    for (const double value : cube.values) {
        bits.push_back(precision == Precision::kFp16
                           ? static_cast<std::int16_t>(float_to_half(static_cast<float>(value)))
                           : static_cast<std::int16_t>(value));
    }
    return bits;
}

Cube convolve(const Cube& src, const ConvolutionParameters& how, Precision precision) {
    const Weights& w = how.weights;
    const Cube kernels = from_bits({w.s, w.r, w.k * w.c}, precision, w.values);
    const auto pixel = [&](unsigned c, int y, int x) {
        const bool inside = y >= 0 && x >= 0 && y < static_cast<int>(src.shape.h) &&
                            x < static_cast<int>(src.shape.w);
        return inside ? src.at(c, static_cast<unsigned>(y), static_cast<unsigned>(x))
                      : static_cast<double>(how.pad_value);
    };
    const auto sum_at = [&](unsigned k, unsigned oy, unsigned ox) {
        double sum = 0;
        for (unsigned i = 0; i < w.c * w.r * w.s; ++i) {
            const unsigned c = i / (w.r * w.s);
            const unsigned r = i / w.s % w.r;
            const unsigned s = i % w.s;
            const int y = static_cast<int>(oy * how.stride_y + r * how.dilation_y) -
                          static_cast<int>(how.pad_top);
            const int x = static_cast<int>(ox * how.stride_x + s * how.dilation_x) -
                          static_cast<int>(how.pad_left);
            sum += pixel(c, y, x) * kernels.at(k * w.c + c, r, s);
        }
        if (precision == Precision::kFp16) return sum;
        return static_cast<double>(
            clamp_bits(round_shift(integer(sum), static_cast<int>(how.truncate)), 32));
    };
    const unsigned reach_x = (w.s - 1) * how.dilation_x + 1;
    const unsigned reach_y = (w.r - 1) * how.dilation_y + 1;
    const Shape out{(src.shape.w + how.pad_left + how.pad_right - reach_x) / how.stride_x + 1,
                    (src.shape.h + how.pad_top + how.pad_bottom - reach_y) / how.stride_y + 1, w.k};
    return filled(out, sum_at);
}

Cube post_process(const Cube& src, const SdpParameters& how, Precision precision,
                  const Operand& operand, const Lut* lut) {
    const bool fp16 = precision == Precision::kFp16;
    Cube cube = src;
    const auto apply = [&](const SdpStage& stage, bool is_y) {
        const StageOperands operands(stage, precision, operand);
        cube = filled(cube.shape, [&](unsigned c, unsigned y, unsigned x) {
            const double alu = stage.alu ? operands.alu(c, y, x) : 0;
            const double mul = stage.mul ? operands.mul(c, y, x) : 0;
            const double v = cube.at(c, y, x);
            return is_y ? y_stage(v, stage, lut, alu, mul) : x_stage(v, stage, fp16, alu, mul);
        });
    };
    if (how.x1) apply(*how.x1, false);
    if (how.x2) apply(*how.x2, false);
    if (how.y) apply(*how.y, true);
    for (double& value : cube.values)
        value = converted(value, how, precision);
    return cube;
}

Cube pool(const Cube& src, const PoolingParameters& how) {
    const Shape out{(src.shape.w + how.pad_left + how.pad_right - how.width) / how.stride_x + 1,
                    (src.shape.h + how.pad_top + how.pad_bottom - how.height) / how.stride_y + 1,
                    src.shape.c};
    return filled(out, [&](unsigned c, unsigned y, unsigned x) {
        const Window window = window_at(src, how, c, y, x);
        return how.mode == kPoolAverage ? average(window, how)
                                        : extreme(window, how.mode == kPoolMax);
    });
}

Cube normalize(const Cube& src, const NormalizationParameters& how, const Lut& lut,
               Precision precision) {
    const unsigned bits = 8 * bytes_per_element(precision);
    const auto input = [&](int c, unsigned y, unsigned x) -> Wide {
        if (c < 0 || c >= static_cast<int>(src.shape.c)) return 0;
        const Wide difference = integer(src.at(static_cast<unsigned>(c), y, x)) - how.in.offset;
        return clamp_bits(round_shift(difference * how.in.scale, how.in.truncate), bits + 1);
    };
    const int reach = static_cast<int>(how.local_size - 1) / 2;
    return filled(src.shape, [&](unsigned channel, unsigned y, unsigned x) {
        const int c = static_cast<int>(channel);
        Wide sum = 0;
        for (int k = c - reach; k <= c + reach; ++k)
            sum += input(k, y, x) * input(k, y, x);
        if (how.bypass_square_sum) sum = input(c, y, x);
        const Wide table = clamp_bits(look_up_both(lut, sum, kCdpFractionBits), 16);
        const Wide product = how.bypass_multiply ? table : table * input(c, y, x);
        const Wide scaled = (product - how.out.offset) * how.out.scale;
        return static_cast<double>(clamp_bits(round_shift(scaled, how.out.truncate), bits));
    });
}

Cube contract(const Cube& src, unsigned sx, unsigned sy) {
    const Shape out{src.shape.w * sx, src.shape.h * sy, src.shape.c / (sx * sy)};
    return filled(out, [&](unsigned c, unsigned y, unsigned x) {
        const unsigned block = y % sy * sx + x % sx;
        return src.at(block * out.c + c, y / sy, x / sx);
    });
}

}  // namespace dla::runtime::reference
