// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/generator/sdp_steps.hpp"

#include <algorithm>

#include "trace-tests/generator/reference.hpp"

namespace dla::trace {
namespace {

using Alu = SdpStep::Alu;
using Mul = SdpStep::Mul;
using Operand = SdpStep::Operand;

constexpr unsigned kPipeBits = 32;

struct Place {
    unsigned x;
    unsigned y;
    unsigned c;
};

std::int64_t fetched(const Cube& cube, bool per_element, const Place& at) {
    return per_element ? cube.at(at.x, at.y, at.c) : cube.at(0, 0, at.c);
}

std::int64_t chosen(const SdpStep& step, Operand from, std::int64_t value, const Cube& cube,
                    const Place& at, bool fp16) {
    if (from == Operand::kRegister) return value;
    const std::int64_t o = fetched(cube, step.per_element, at);
    if (from == Operand::kMemory || fp16) return o;
    return clamp_bits(divide_rounded((o - kOperandOffset) * kOperandScale, kOperandTruncate),
                      kPipeBits);
}

std::int64_t alu_operand(const SdpStep& step, const Place& at, bool fp16) {
    return chosen(step, step.alu_operand, step.alu_value, step.alu_cube, at, fp16);
}

std::int64_t mul_operand(const SdpStep& step, const Place& at, bool fp16) {
    return chosen(step, step.mul_operand, step.mul_value, step.mul_cube, at, fp16);
}

std::int64_t alu(Alu algorithm, std::int64_t v, std::int64_t o) {
    switch (algorithm) {
        case Alu::kMax:
            return std::max(v, o);
        case Alu::kMin:
            return std::min(v, o);
        case Alu::kSum:
            return v + o;
        case Alu::kEqual:
            return v == o ? 0 : 1;
        case Alu::kOff:
            break;
    }
    return v;
}

// BS and BN.
std::int64_t apply_x(const SdpStep& step, std::int64_t v, const Place& at) {
    if (!step.works()) return v;
    if (step.alu != Alu::kOff) {
        const auto o = alu_operand(step, at, false) * (std::int64_t{1} << step.alu_shift);
        v = alu(step.alu, v, clamp_bits(o, kPipeBits));
    }
    const bool kept = step.mul == Mul::kPrelu && v >= 0;
    if (step.mul != Mul::kOff && !kept) v *= mul_operand(step, at, false);
    if (!kept) v = clamp_bits(divide_rounded(v, step.mul_shift), kPipeBits);
    return step.relu ? std::max<std::int64_t>(v, 0) : v;
}

std::int64_t apply_ew(const SdpStep& step, std::int64_t v, const Place& at, bool fp16) {
    if (step.mul != Mul::kOff && !(step.mul == Mul::kPrelu && v >= 0))
        v = clamp_bits(divide_rounded(v * mul_operand(step, at, fp16), step.mul_shift), kPipeBits);
    if (step.alu == Alu::kOff) return v;
    return clamp_bits(alu(step.alu, v, alu_operand(step, at, fp16)), kPipeBits);
}

// Random modes of one step, values that suit the precision.
class Chooser {
  public:
    Chooser(const Cube& size, Precision proc, Random& random)
        : size_(size), fp16_(proc == Precision::kFp16), random_(random) {}

    SdpStep choose(bool ew, bool positive) {
        SdpStep step;
        constexpr std::array kAlus{Alu::kMax, Alu::kMin, Alu::kSum, Alu::kOff, Alu::kEqual};
        step.alu = kAlus[below(ew ? 5 : 4)];
        step.mul = std::array{Mul::kMultiply, Mul::kPrelu, Mul::kOff}[below(3)];
        // The manual forbids BS and BN both at once.
        if (!ew && step.mul == Mul::kPrelu) step.alu = Alu::kOff;
        step.alu_operand = choose_operand(ew);
        step.mul_operand = choose_operand(ew);
        step.relu = !ew && below(2) == 0;
        step.per_element = below(2) == 0;
        step.one_byte = !fp16_ && below(2) == 0;
        if (!fp16_) {
            step.alu_shift = ew ? 0 : static_cast<unsigned>(below(5));
            step.mul_shift = static_cast<unsigned>(below(ew ? 12 : 9));
        }
        step.alu_value = alu_value(step, positive);
        step.mul_value = mul_value(step, positive);
        step.alu_cube = step.mul_cube = Cube(size_.width, size_.height, size_.channels);
        for (auto& value : step.alu_cube.values)
            value = alu_value(step, positive);
        for (auto& value : step.mul_cube.values)
            value = mul_value(step, positive);
        return step;
    }
    std::uint64_t below(std::uint64_t limit) { return random_.next() % limit; }

  private:
    Operand choose_operand(bool ew) { return static_cast<Operand>(below(ew ? 3 : 2)); }

    // fp16: odd factors and even terms keep an odd input odd, so that nothing ever cancels to a
    // zero, whose sign is a matter of its own; behind a ReLU, whose zeros are positive, nothing is
    // negative.
    std::int64_t alu_value(const SdpStep& step, bool positive) {
        const bool sum = step.alu == Alu::kSum;
        if (!fp16_) return random_.signed_bits(step.one_byte ? 8 : 16);
        const auto size = static_cast<std::int64_t>(1 + below(3)) * 2 + (sum ? 0 : 1);
        return positive || below(2) == 0 ? size : -size;
    }
    std::int64_t mul_value(const SdpStep& step, bool positive) {
        if (!fp16_) return random_.signed_bits(step.one_byte ? 8 : 16);
        const std::int64_t size = below(2) == 0 ? 1 : 3;
        return positive || below(2) == 0 ? size : -size;
    }

    const Cube& size_;
    bool fp16_;
    Random& random_;
};

}  // namespace

SdpSteps random_sdp_steps(const Cube& size, Precision proc, const HardwareConfig& config,
                          Random& random) {
    SdpSteps steps;
    const bool fp16 = proc == Precision::kFp16;
    Chooser chooser(size, proc, random);
    steps.input = steps.proc = steps.output = proc;
    steps.step[0] = chooser.choose(false, false);
    steps.step[1] = chooser.choose(false, steps.step[0].relu);
    if (config.features.sdp_ew)
        steps.step[2] = chooser.choose(true, steps.step[0].relu || steps.step[1].relu);
    if (steps.compares()) return steps;
    if (config.features.sdp_lut && chooser.below(3) == 0)
        steps.table = random_table(static_cast<TableFunction>(chooser.below(2)), proc, random);
    if (config.features.int16 && chooser.below(3) == 0)
        steps.output = proc == Precision::kInt16 && config.features.fp16 ? Precision::kFp16
                                                                         : Precision::kInt16;
    if (proc == Precision::kInt8 && steps.output == proc && config.features.int16 &&
        chooser.below(3) == 0)
        steps.input = Precision::kInt16;
    if (!fp16) steps.output_offset = random.signed_bits(8);
    return steps;
}

Cube apply(const SdpSteps& steps, const Cube& input) {
    const bool fp16 = steps.proc == Precision::kFp16;
    Cube output(input.width, input.height, input.channels);
    for (unsigned c = 0; c < input.channels; ++c) {
        for (unsigned y = 0; y < input.height; ++y) {
            for (unsigned x = 0; x < input.width; ++x) {
                const Place at{x, y, c};
                std::int64_t v = apply_x(steps.step[0], input.at(x, y, c), at);
                v = apply_ew(steps.step[2], apply_x(steps.step[1], v, at), at, fp16);
                output.at(x, y, c) = look_up(steps.table, v);
            }
        }
    }
    return output;
}

Cube convert(const SdpSteps& steps, const Cube& value) {
    constexpr unsigned kConverterBits = 17;
    const bool to_fp16 = steps.output == Precision::kFp16;
    const unsigned bits = to_fp16 ? kConverterBits : 8 * bytes_per_element(steps.output);
    Cube output = value;
    for (auto& v : output.values)
        v = clamp_bits(divide_rounded(v - steps.output_offset, steps.output_shift), bits);
    return output;
}

}  // namespace dla::trace
