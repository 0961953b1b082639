// SPDX-License-Identifier: Apache-2.0
// Operands and the stages X1, X2 and Y of one chunk, a block of elements after the other. For one
// instruction set; included once per set by sdp_kernel_fast.cpp.
// No include guard in the usual sense: Highway includes this several times.
#if defined(DLA_SDP_LINES_STAGES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DLA_SDP_LINES_STAGES_INL_HPP
#undef DLA_SDP_LINES_STAGES_INL_HPP
#else
#define DLA_SDP_LINES_STAGES_INL_HPP
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "dla_tlm/sdp/sdp_element.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"
#include "dla_tlm/sdp/sdp_lines_convert-inl.hpp"
#include "dla_tlm/sdp/sdp_lines_fp-inl.hpp"
#include "dla_tlm/sdp/sdp_lines_int-inl.hpp"
#include "dla_tlm/sdp/sdp_lines_lut-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::sdp::HWY_NAMESPACE {

constexpr unsigned kNotRounded = 63;  // shifts from here on go element by element

// One value per element of a block.
struct Array {
    HWY_ALIGN std::int32_t values[kBlock];
};

// Spreads value number `which` of `stride` into 32-bit lanes, sign-extended.
HWY_INLINE void load_values(const Operands& from, std::size_t begin, std::size_t n, unsigned which,
                            std::int32_t* values) {
    const bool both = from.feeds_alu && from.feeds_mul;
    const std::uint8_t* bytes = from.bytes.data();
    if (!both) {
        bytes += begin * from.value_bytes;
        from.value_bytes == 1 ? load_wide<std::int8_t>(bytes, n, values)
                              : load_wide<std::int16_t>(bytes, n, values);
        return;
    }
    // The pair as one wider number; its half moves to the top and comes back sign-extended.
    const I32 d;
    const int bits = from.value_bytes == 1 ? 8 : 16;
    if (from.value_bytes == 1) {
        load_wide<std::int16_t>(bytes + begin * 2, n, values);
    } else {
        std::memcpy(values, bytes + begin * 4, n * 4);
        std::memset(values + n, 0, (hn::Lanes(d) - n % hn::Lanes(d)) % hn::Lanes(d) * 4);
    }
    const int up = 32 - (which == 0 ? bits : 2 * bits);
    each(values, n,
         [=](V32 v) HWY_ATTR { return hn::ShiftRightSame(hn::ShiftLeftSame(v, up), 32 - bits); });
}

// Raw values from memory to what the stage computes with.
struct Preparation {
    bool fp16;
    bool nan_to_zero;
    unsigned left_shift = 0;
    OperandConverter converter{};

    void operator()(std::int32_t* v, std::size_t n) const {
        if (fp16) {
            widen_lines_fp(v, n);
            if (nan_to_zero) nan_to_zero_lines(v, n);
        } else if (left_shift > 0) {
            shift_operand_lines(v, n, left_shift);
        } else if (!converter.bypass) {
            convert_operand_lines(v, n, converter.offset, converter.scale, converter.truncate);
        }
    }
};

// One operand of one stage of a chunk.
struct OperandUse {
    bool wanted;
    bool from_memory;
    unsigned which;
    std::int32_t register_value;  // prepared already
    Preparation prepare;
};

// Its values block by block. Register and per-channel operands are the same in every block and
// made once.
class OperandLines {
  public:
    OperandLines(const Operands& from, const OperandUse& use, unsigned lanes, std::size_t elements)
        : from_(from), use_(use), per_block_(use.wanted && use.from_memory && from.per_element) {
        if (!use.wanted || per_block_) return;
        const std::size_t n = std::min(elements, kBlock);
        std::int32_t* values = array_.values;
        if (!use.from_memory) {
            std::fill_n(values, kBlock, use.register_value);
            return;
        }
        load_values(from, 0, lanes, use.which, values);
        use.prepare(values, lanes);
        for (std::size_t i = lanes; i < n; ++i)
            values[i] = values[i - lanes];
        std::fill(values + n, values + kBlock, 0);
    }

    bool per_element() const { return per_block_; }
    // Those that are the same in every block.
    const std::int32_t* values() const { return array_.values; }

    const std::int32_t* block(std::size_t begin, std::size_t n) {
        if (per_block_) {
            load_values(from_, begin, n, use_.which, array_.values);
            use_.prepare(array_.values, n);
        }
        return array_.values;
    }

  private:
    const Operands& from_;
    OperandUse use_;
    bool per_block_;
    Array array_;
};

constexpr unsigned kAlu = 0;
constexpr unsigned kMul = 1;

OperandUse x_alu(const SdpOp& op, const XStage& stage) {
    const bool fp16 = op.shape.proc == Precision::kFp16;
    return {!stage.bypass && stage.alu,
            stage.alu_from_memory,
            kAlu,
            prepare_x_alu(stage, stage.alu_operand, fp16, op.nan_to_zero),
            {fp16, op.nan_to_zero, stage.alu_shift, {}}};
}

OperandUse x_mul(const SdpOp& op, const XStage& stage) {
    const bool fp16 = op.shape.proc == Precision::kFp16;
    return {!stage.bypass && stage.mul,
            stage.mul_from_memory,
            kMul,
            prepare_x_mul(stage.mul_operand, fp16, op.nan_to_zero),
            {fp16, op.nan_to_zero, 0, {}}};
}

OperandUse y_alu(const SdpOp& op) {
    return {!op.ew.bypass && op.ew.alu,
            op.ew.alu_from_memory,
            kAlu,
            op.ew.alu_operand,
            {op.shape.proc == Precision::kFp16, op.nan_to_zero, 0, op.ew.alu_converter}};
}

OperandUse y_mul(const SdpOp& op) {
    return {!op.ew.bypass && op.ew.mul,
            op.ew.mul_from_memory,
            kMul,
            op.ew.mul_operand,
            {op.shape.proc == Precision::kFp16, op.nan_to_zero, 0, op.ew.mul_converter}};
}

// X1 or X2 of one chunk.
class XLines {
  public:
    XLines(const SdpOp& op, const XStage& stage, const Operands& from, std::size_t elements)
        : stage_(stage),
          fp16_(op.shape.proc == Precision::kFp16),
          alu_(from, x_alu(op, stage), op.shape.lanes(), elements),
          mul_(from, x_mul(op, stage), op.shape.lanes(), elements) {}

    void run(std::int32_t* v, std::size_t begin, std::size_t n) {
        if (stage_.bypass) return;
        const std::int32_t* alu = alu_.block(begin, n);
        const std::int32_t* mul = mul_.block(begin, n);
        fp16_ ? run_fp(v, alu, mul, n) : run_int(v, alu, mul, n);
    }

    // This stage and the converter in one pass; nothing if they cannot be.
    std::optional<SmallPass> small_pass(const SdpOp& op) const {
        if (alu_.per_element() || mul_.per_element() || !SmallPass::handles(op.cvt, stage_))
            return std::nullopt;
        const std::size_t lanes = op.shape.lanes();
        return SmallPass(op.cvt, op.shape.out, stage_, {alu_.values(), lanes},
                         {mul_.values(), lanes});
    }

  private:
    void run_int(std::int32_t* v, const std::int32_t* alu, const std::int32_t* mul,
                 std::size_t n) const {
        const bool sum = stage_.alu && stage_.algorithm == AluAlgorithm::kSum;
        if (stage_.alu && stage_.algorithm == AluAlgorithm::kMax) max_lines(v, alu, n);
        if (stage_.alu && stage_.algorithm == AluAlgorithm::kMin) min_lines(v, alu, n);
        const bool prelu = stage_.mul && stage_.prelu;
        if (stage_.mul && sum) {
            sum_multiply_lines(v, alu, mul, n, stage_.mul_shift, prelu);
        } else if (stage_.mul) {
            multiply_lines(v, mul, n, stage_.mul_shift, prelu);
        } else if (stage_.mul_shift > 0) {
            sum ? sum_shift_lines(v, alu, n, stage_.mul_shift)
                : shift_lines(v, n, stage_.mul_shift);
        } else if (sum) {
            add_saturating_lines(v, alu, n);
        }
        if (stage_.relu) relu_lines(v, n);
    }

    void run_fp(std::int32_t* v, const std::int32_t* alu, const std::int32_t* mul,
                std::size_t n) const {
        if (stage_.alu) {
            if (stage_.algorithm == AluAlgorithm::kMax) {
                max_lines_fp(v, alu, n);
            } else if (stage_.algorithm == AluAlgorithm::kMin) {
                min_lines_fp(v, alu, n);
            } else {
                add_lines_fp(v, alu, n);
            }
        }
        if (stage_.mul) multiply_lines_fp(v, mul, n, stage_.prelu);
        if (stage_.relu) relu_lines_fp(v, n);
    }

    const XStage& stage_;
    bool fp16_;
    OperandLines alu_;
    OperandLines mul_;
};

// Y of one chunk, lookup included.
class YLines {
  public:
    YLines(const SdpOp& op, const lut::Tables& tables, const Operands& from, std::size_t elements)
        : op_(op),
          stage_(op.ew),
          tables_(tables),
          fp16_(op.shape.proc == Precision::kFp16),
          alu_(from, y_alu(op), op.shape.lanes(), elements),
          mul_(from, y_mul(op), op.shape.lanes(), elements) {
        if (op.ew.bypass || !op.ew.lut) return;
        if (fp16_)
            lut_fp_.emplace(fp16_settings(op.lut), tables);
        else if (VectorLut::handles(op.lut))
            lut_.emplace(op.lut, tables);
    }

    void run(std::int32_t* v, std::size_t begin, std::size_t n, Counters& counters) {
        if (stage_.bypass) return;
        const std::int32_t* alu = alu_.block(begin, n);
        const std::int32_t* mul = mul_.block(begin, n);
        fp16_ ? run_fp(v, alu, mul, n) : run_int(v, alu, mul, n);
        if (stage_.lut) look_up(v, n, counters);
    }

  private:
    void run_int(std::int32_t* v, const std::int32_t* alu, const std::int32_t* mul,
                 std::size_t n) const {
        if (stage_.mul && stage_.truncate < kNotRounded) {
            multiply_lines(v, mul, n, stage_.truncate, stage_.prelu);
        } else if (stage_.mul) {
            YStage only_mul = stage_;
            only_mul.alu = false;
            for (std::size_t i = 0; i < n; ++i)
                v[i] = y_stage_int(only_mul, v[i], {0, mul[i]});
        }
        if (!stage_.alu) return;
        switch (stage_.algorithm) {
            case AluAlgorithm::kMax:
                return max_lines(v, alu, n);
            case AluAlgorithm::kMin:
                return min_lines(v, alu, n);
            case AluAlgorithm::kSum:
                return add_saturating_lines(v, alu, n);
            case AluAlgorithm::kEqual:
                return unequal_lines(v, alu, n);
        }
    }

    void run_fp(std::int32_t* v, const std::int32_t* alu, const std::int32_t* mul,
                std::size_t n) const {
        if (stage_.mul) multiply_lines_fp(v, mul, n, stage_.prelu);
        if (!stage_.alu) return;
        switch (stage_.algorithm) {
            case AluAlgorithm::kMax:
                return max_lines_fp(v, alu, n);
            case AluAlgorithm::kMin:
                return min_lines_fp(v, alu, n);
            case AluAlgorithm::kSum:
                return add_lines_fp(v, alu, n);
            case AluAlgorithm::kEqual:
                return unequal_lines(v, alu, n);
        }
    }

    void look_up(std::int32_t* v, std::size_t n, Counters& counters) const {
        if (lut_fp_.has_value()) {
            look_up_lines_fp(*lut_fp_, v, n, counters);
        } else if (lut_.has_value()) {
            lut_->look_up(v, n, counters);
        } else {
            for (std::size_t i = 0; i < n; ++i)
                v[i] = look_up_int(op_.lut, tables_, v[i], counters);
        }
    }

    const SdpOp& op_;
    const YStage& stage_;
    const lut::Tables& tables_;
    bool fp16_;
    OperandLines alu_;
    OperandLines mul_;
    std::optional<VectorLut> lut_;
    std::optional<Fp16Lookup> lut_fp_;
};

}  // namespace dla::sdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
