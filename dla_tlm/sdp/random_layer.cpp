// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/random_layer.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace dla::sdp {
namespace {

class Dice {
  public:
    explicit Dice(std::mt19937_64& random) : random_(random) {}

    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    bool flag(unsigned one_in = 2) { return below(one_in) == 0; }
    int between(int low, int high) {
        return low + static_cast<int>(below(static_cast<unsigned>(high - low + 1)));
    }

    // Any width of number, and the corners.
    std::int32_t integer() {
        switch (below(8)) {
            case 0:
                return std::numeric_limits<std::int32_t>::min() + between(0, 2);
            case 1:
                return std::numeric_limits<std::int32_t>::max() - between(0, 2);
            case 2:
                return between(-2, 2);
            default:
                return static_cast<std::int32_t>(random_()) >> below(32);
        }
    }
    std::uint16_t half() {
        switch (below(8)) {
            case 0:
                return static_cast<std::uint16_t>((below(2) << 15) | 0x7c00);
            case 1:
                return static_cast<std::uint16_t>((below(2) << 15) | 0x7c00 | below(1024));
            case 2:
                return static_cast<std::uint16_t>((below(2) << 15) | below(1024));
            case 3:
                return static_cast<std::uint16_t>(below(2) << 15);
            default:
                return static_cast<std::uint16_t>(random_());
        }
    }
    std::int32_t single() {
        const std::uint32_t bits = static_cast<std::uint32_t>(random_());
        switch (below(8)) {
            case 0:
                return static_cast<std::int32_t>(bits & 0x807fffffU);
            case 1:
                return static_cast<std::int32_t>(bits | 0x7f800000U);
            case 2:
                return static_cast<std::int32_t>(bits & 0x81ffffffU);
            case 3:
                return static_cast<std::int32_t>(bits & 0x80000000U);
            default:
                return static_cast<std::int32_t>(
                    (bits & 0x807fffffU) | (static_cast<std::uint32_t>(between(90, 160)) << 23));
        }
    }
    std::uint16_t operand16(bool fp16) {
        if (fp16) return half();
        return static_cast<std::uint16_t>(flag() ? integer() : between(-40, 40));
    }

  private:
    std::mt19937_64& random_;
};

struct Conversion {
    Precision in, proc, out;
};

Conversion random_conversion(Dice& dice) {
    using enum Precision;
    static constexpr Conversion kLegal[] = {
        {kInt8, kInt8, kInt8},   {kInt8, kInt8, kInt8},  {kInt16, kInt16, kInt16},
        {kFp16, kFp16, kFp16},   {kInt8, kInt8, kInt16}, {kInt16, kInt8, kInt8},
        {kInt16, kInt16, kFp16}, {kFp16, kFp16, kInt16}, {kFp16, kFp16, kFp16}};
    return kLegal[dice.below(std::size(kLegal))];
}

XStage random_x(Dice& dice, bool fp16) {
    XStage stage;
    stage.bypass = dice.flag(5);
    stage.alu = dice.flag();
    stage.algorithm = static_cast<AluAlgorithm>(dice.below(3));
    stage.alu_from_memory = dice.flag();
    stage.alu_operand = dice.operand16(fp16);
    stage.alu_shift = dice.flag() ? 0 : dice.below(dice.flag() ? 8 : 64);
    stage.mul = dice.flag();
    stage.prelu = dice.flag(3);
    stage.mul_from_memory = dice.flag();
    stage.mul_operand = dice.operand16(fp16);
    stage.mul_shift = dice.flag() ? 0 : dice.below(dice.flag() ? 8 : 64);
    stage.relu = dice.flag();
    return stage;
}

OperandConverter random_converter(Dice& dice) {
    return {dice.flag(), dice.integer(), static_cast<std::int16_t>(dice.integer()),
            dice.below(dice.flag() ? 8 : 64)};
}

YStage random_y(Dice& dice, bool fp16) {
    YStage stage;
    stage.bypass = dice.flag(4);
    stage.mul = dice.flag();
    stage.prelu = dice.flag(3);
    stage.mul_from_memory = dice.flag();
    stage.mul_operand = fp16 ? dice.single() : dice.integer();
    stage.mul_converter = random_converter(dice);
    stage.truncate = dice.flag(8) ? dice.below(1024) : dice.below(dice.flag() ? 8 : 65);
    stage.alu = dice.flag();
    stage.algorithm = static_cast<AluAlgorithm>(dice.flag(8) ? 3 : dice.below(3));
    stage.alu_from_memory = dice.flag();
    stage.alu_operand = fp16 ? dice.single() : dice.integer();
    stage.alu_converter = random_converter(dice);
    stage.lut = dice.flag();
    return stage;
}

LutRange random_range(Dice& dice, bool fp16, int select) {
    const auto slope = [&] {
        return Slope{static_cast<std::int16_t>(dice.operand16(fp16)), dice.between(-16, 15)};
    };
    LutRange range;
    range.start = fp16 ? dice.single() : dice.integer();
    // Often a range that ordinary values meet.
    if (!fp16 && dice.flag()) range.start = -(std::int32_t{1} << std::clamp(select + 5, 0, 30));
    range.end = fp16 ? dice.single() : dice.integer();
    range.underflow = slope();
    range.overflow = slope();
    return range;
}

LutSettings random_lut(Dice& dice, bool fp16) {
    LutSettings lut;
    lut.le_linear = dice.flag();
    lut.le_offset = dice.flag(8) ? dice.between(-128, 127) : dice.between(-60, 31);
    lut.le_select = dice.flag(8) ? dice.between(-128, 127) : dice.between(-8, 31);
    lut.lo_select = dice.flag(8) ? dice.between(-128, 127) : dice.between(-8, 31);
    lut.priority = {dice.flag(), dice.flag(), dice.flag()};
    lut.le = random_range(dice, fp16, lut.le_select);
    lut.lo = random_range(dice, fp16, lut.lo_select);
    return lut;
}

lut::Tables random_tables(Dice& dice, bool fp16) {
    lut::Tables tables;
    const auto entry = [&] { return static_cast<std::int16_t>(dice.operand16(fp16)); };
    std::ranges::generate(tables.le, entry);
    std::ranges::generate(tables.lo, entry);
    return tables;
}

RandomLayer::OperandBytes random_operands(Dice& dice, bool needs_alu, bool needs_mul, bool fp16,
                                          unsigned lanes, std::size_t pixels) {
    RandomLayer::OperandBytes operands;
    operands.format.value_bytes = fp16 || dice.flag() ? 2 : 1;
    operands.format.feeds_alu = needs_alu;
    operands.format.feeds_mul = needs_mul;
    operands.format.per_element = dice.flag();
    const std::size_t values =
        (operands.format.per_element ? pixels : 1) * lanes * (needs_alu && needs_mul ? 2 : 1);
    for (std::size_t i = 0; i < values; ++i) {
        const std::uint16_t value = dice.operand16(fp16);
        operands.bytes.push_back(static_cast<std::uint8_t>(value));
        if (operands.format.value_bytes == 2) {
            operands.bytes.push_back(static_cast<std::uint8_t>(value >> 8));
        }
    }
    return operands;
}

template <class Stage>
RandomLayer::OperandBytes operands_for(Dice& dice, const Stage& stage, const RandomLayer& layer,
                                       bool fp16) {
    return random_operands(dice, stage.alu_from_memory, stage.mul_from_memory, fp16,
                           layer.op.shape.lanes(), layer.pixels);
}

void random_source(Dice& dice, RandomLayer& layer, bool fp16) {
    const std::size_t lanes = layer.op.shape.lanes();
    const std::size_t elements = layer.pixels * lanes;
    if (layer.from_accumulators) {
        // Packed, or part of the sums of more kernels.
        layer.accumulator_pitch = dice.flag() ? lanes : lanes + 16 * dice.below(3);
        for (std::size_t i = 0; i < layer.pixels * layer.accumulator_pitch; ++i)
            layer.accumulators.push_back(fp16 ? dice.single() : dice.integer());
        return;
    }
    for (std::size_t i = 0; i < elements; ++i) {
        const std::uint16_t value = dice.operand16(layer.in == Precision::kFp16);
        layer.bytes.push_back(static_cast<std::uint8_t>(value));
        if (layer.in != Precision::kInt8) {
            layer.bytes.push_back(static_cast<std::uint8_t>(value >> 8));
        }
    }
}

// Scale 1 and shift 0 often; scales and shifts that fit 32 bits, and those that do not.
OutputConverter random_small_converter(Dice& dice) {
    const bool wide = dice.flag(3);
    const unsigned shift = dice.flag(4) ? 0 : dice.below(wide ? 50 : 16);
    if (dice.flag(3)) return {0, 1, shift};
    const int scale = dice.between(-5, 5) * (wide ? 6500 : 1);
    return {dice.flag() ? 0 : dice.between(-100, 100), scale, shift};
}

XStage random_small_x(Dice& dice, bool multiplies) {
    XStage stage;
    stage.bypass = false;
    stage.alu = !dice.flag(8);
    stage.algorithm = dice.flag(8) ? AluAlgorithm::kMax : AluAlgorithm::kSum;
    stage.alu_from_memory = !dice.flag(4);
    stage.alu_operand = dice.operand16(false);
    stage.alu_shift = dice.flag() ? 0 : dice.below(12);
    stage.mul = multiplies;
    stage.prelu = dice.flag(8);
    stage.mul_from_memory = !dice.flag(4);
    stage.mul_operand = dice.operand16(false);
    stage.mul_shift = multiplies ? dice.below(dice.flag(8) ? 64 : 24) : dice.flag(8) ? 3 : 0;
    stage.relu = dice.flag();
    return stage;
}

// Values whose results are around `result` of a layer, or whose products are.
class SmallValues {
  public:
    SmallValues(Dice& dice, const RandomLayer& layer) : dice_(dice) {
        const XStage& stage = layer.op.bs.bypass ? layer.op.bn : layer.op.bs;
        const bool multiplies = !stage.bypass && stage.mul;
        shift_ = multiplies ? stage.mul_shift : layer.op.cvt.shift;
        factor_ = std::max(1, std::abs(multiplies ? 1 << dice.below(16) : layer.op.cvt.scale));
        narrow_ = std::int64_t{1} << (layer.op.shape.out == Precision::kInt8 ? 9 : 16);
    }

    std::int32_t ordinary() {
        const std::int64_t limit = std::clamp<std::int64_t>(value_of(narrow_), 1, (1 << 30) - 1);
        const auto range = static_cast<int>(limit);
        return dice_.between(-range, range - 1);
    }
    std::int32_t edge() {
        const std::int64_t limits[] = {value_of(65535), (std::int64_t{1} << 30) / factor_,
                                       (std::int64_t{1} << 31) / factor_, std::int64_t{1} << 31};
        const std::int64_t value = limits[dice_.below(4)] + dice_.between(-2, 2);
        const std::int64_t most = std::numeric_limits<std::int32_t>::max();
        return static_cast<std::int32_t>(std::min(value, most)) * (dice_.flag() ? 1 : -1);
    }

  private:
    std::int64_t value_of(std::int64_t result) const {
        const std::int64_t most = std::int64_t{1} << 62;
        return (shift_ > 40 ? most : result << shift_) / factor_;
    }

    Dice& dice_;
    unsigned shift_;
    std::int64_t factor_;
    std::int64_t narrow_;
};

}  // namespace

RandomLayer random_layer(std::mt19937_64& random) {
    static constexpr unsigned kAtoms[] = {8, 16, 32};
    Dice dice(random);
    RandomLayer layer;
    const Conversion precision = random_conversion(dice);
    const bool fp16 = precision.proc == Precision::kFp16;
    layer.op.shape.proc = precision.proc;
    layer.op.shape.out = precision.out;
    layer.op.shape.atom_bytes = kAtoms[dice.below(3)];
    layer.in = precision.in;
    layer.from_accumulators = precision.in == precision.proc && dice.flag();
    layer.pixels = dice.flag(16) ? 300 + dice.below(100) : 1 + dice.below(40);
    layer.op.nan_to_zero = dice.flag();
    layer.op.bs = random_x(dice, fp16);
    layer.op.bn = random_x(dice, fp16);
    layer.op.ew = random_y(dice, fp16);
    layer.op.lut = random_lut(dice, fp16);
    layer.op.cvt = {dice.flag() ? 0 : dice.integer(), static_cast<std::int16_t>(dice.integer()),
                    dice.below(dice.flag() ? 20 : 64)};
    layer.tables = random_tables(dice, fp16);
    layer.bs = operands_for(dice, layer.op.bs, layer, fp16);
    layer.bn = operands_for(dice, layer.op.bn, layer, fp16);
    layer.ew = operands_for(dice, layer.op.ew, layer, fp16);
    random_source(dice, layer, fp16);
    return layer;
}

RandomLayer random_small_layer(std::mt19937_64& random) {
    static constexpr unsigned kLanes[] = {8, 16, 32};
    Dice dice(random);
    RandomLayer layer;
    const unsigned lanes = kLanes[dice.below(3)];
    layer.op.shape.proc = dice.flag() ? Precision::kInt8 : Precision::kInt16;
    layer.op.shape.out = dice.flag(4) ? Precision::kInt16 : layer.op.shape.proc;
    layer.op.shape.atom_bytes = lanes * bytes_per_element(layer.op.shape.proc);
    layer.op.cvt = random_small_converter(dice);
    if (!dice.flag(3)) {
        const bool multiplies = dice.flag();
        if (multiplies && !dice.flag(8)) layer.op.cvt = {};
        (dice.flag() ? layer.op.bs : layer.op.bn) = random_small_x(dice, multiplies);
    }
    layer.pixels = dice.flag(16) ? 1000 + dice.below(100) : 1 + dice.below(dice.flag() ? 8 : 200);
    layer.bs = operands_for(dice, layer.op.bs, layer, false);
    layer.bn = operands_for(dice, layer.op.bn, layer, false);
    layer.from_accumulators = true;
    layer.accumulator_pitch = lanes * (1 + dice.below(3));
    SmallValues values(dice, layer);
    const unsigned one_in = dice.flag() ? 0 : 1 + dice.below(5000);
    for (std::size_t k = 0; k < layer.pixels * layer.accumulator_pitch; ++k)
        layer.accumulators.push_back(one_in > 0 && dice.flag(one_in) ? values.edge()
                                                                     : values.ordinary());
    return layer;
}

}  // namespace dla::sdp
