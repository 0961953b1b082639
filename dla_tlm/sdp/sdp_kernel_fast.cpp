// SPDX-License-Identifier: Apache-2.0
// Fast version: blocks of elements that stay in the first-level cache go through one stage after
// the other, each stage a vector loop. The instruction set is chosen at run time.
#include <algorithm>
#include <cstring>
#include <optional>
#include <type_traits>

#include "dla_tlm/sdp/sdp_element.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"

// SSSE3 alone is not worth its compile time.
#define HWY_DISABLED_TARGETS HWY_SSSE3
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dla_tlm/sdp/sdp_kernel_fast.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if HWY_TARGET == HWY_SCALAR

namespace dla::sdp::HWY_NAMESPACE {

// Without vectors the reference version is as good.
void process_blocks(const SdpOp& op, const lut::Tables& tables, const Chunk& chunk,
                    std::span<std::uint8_t> dst, Counters& counters) {
    process_reference(op, tables, chunk, dst, counters);
}

}  // namespace dla::sdp::HWY_NAMESPACE

#else

#include "dla_tlm/sdp/sdp_lines_convert-inl.hpp"
#include "dla_tlm/sdp/sdp_lines_fp-inl.hpp"
#include "dla_tlm/sdp/sdp_lines_int-inl.hpp"
#include "dla_tlm/sdp/sdp_lines_lut-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::sdp::HWY_NAMESPACE {

constexpr std::size_t kPassBlock = 8 * kBlock;  // what one pass does at a time
constexpr unsigned kNotRounded = 63;            // shifts from here on go element by element

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

// Whole vectors of each pixel's accumulators; false where they do not fill those.
template <class D>
HWY_INLINE bool copy_vectors(D d, const AccumulatorView& from, std::size_t pixel,
                             std::size_t pixels, std::int32_t* v) {
    const std::size_t lanes = from.lanes();
    if (lanes % hn::Lanes(d) != 0) return false;
    const std::int32_t* src = from.pixel(pixel);
    for (; pixels > 0; --pixels, src += from.pitch(), v += lanes)
        for (std::size_t i = 0; i < lanes; i += hn::Lanes(d))
            hn::StoreU(hn::LoadU(d, src + i), d, v + i);
    return true;
}

// Elements [begin, begin + n), of whole pixels.
HWY_INLINE void load_accumulators(const AccumulatorView& from, std::size_t begin, std::size_t n,
                                  std::int32_t* v) {
    const std::size_t lanes = from.lanes();
    const std::size_t first = begin / lanes;
    const std::size_t pixels = n / lanes;
    const hn::CappedTag<std::int32_t, 8> eight;
    if (copy_vectors(I32(), from, first, pixels, v) || copy_vectors(eight, from, first, pixels, v))
        return;
    for (std::size_t i = 0; i < pixels; ++i, v += lanes)
        std::memcpy(v, from.pixel(first + i), lanes * sizeof(*v));
}

void load_source(const SdpOp& op, const Source& source, std::size_t begin, std::size_t n,
                 std::int32_t* v) {
    const I32 d;
    if (!source.accumulators.empty()) {
        load_accumulators(source.accumulators, begin, n, v);
        if (n % hn::Lanes(d) != 0)
            std::memset(v + n, 0, (hn::Lanes(d) - n % hn::Lanes(d)) * sizeof(*v));
    } else if (source.precision == Precision::kInt8) {
        load_wide<std::int8_t>(&source.bytes[begin], n, v);
    } else {
        load_wide<std::int16_t>(&source.bytes[2 * begin], n, v);
        if (source.precision == Precision::kFp16) widen_lines_fp(v, n);
    }
    if (op.nan_to_zero && op.shape.proc == Precision::kFp16) nan_to_zero_lines(v, n);
}

void store_result(const SdpOp& op, std::int32_t* v, std::size_t n, std::uint8_t* dst,
                  Counters& counters) {
    if (op.shape.proc == Precision::kFp16) {
        const NarrowCounts counts = narrow_lines_fp(v, n);
        counters.nan_outputs += counts.nan;
        counters.saturated += counts.largest;
        if (op.shape.out == Precision::kInt16) {
            for (std::size_t i = 0; i < n; ++i)
                v[i] = numerics::fp16_to_int16(static_cast<std::uint16_t>(v[i]));
        }
    } else if (op.shape.out == Precision::kFp16) {
        counters.saturated += convert_output_lines(v, n, op.cvt.offset, op.cvt.scale, op.cvt.shift);
        for (std::size_t i = 0; i < n; ++i)
            v[i] = static_cast<std::int16_t>(numerics::int17_to_fp16(v[i]));
    } else if (SmallPass(op.cvt, op.shape.out).store({v, 1, n, n}, dst)) {
        return;
    } else {
        counters.saturated += convert_output_lines(v, n, op.cvt.offset, op.cvt.scale, op.cvt.shift);
    }
    op.shape.out == Precision::kInt8 ? store_narrow<std::int8_t>(v, n, dst)
                                     : store_narrow<std::int16_t>(v, n, dst);
}

// All stages of one chunk, block by block.
class Stages {
  public:
    Stages(const SdpOp& op, const lut::Tables& tables, const Chunk& chunk)
        : op_(op),
          source_(chunk.source),
          bs_(op, op.bs, chunk.bs, chunk.pixels * op.shape.lanes()),
          bn_(op, op.bn, chunk.bn, chunk.pixels * op.shape.lanes()),
          ew_(op, tables, chunk.ew, chunk.pixels * op.shape.lanes()) {}

    // Of accumulators that go through one integer stage at most.
    std::optional<SmallPass> small_pass() const {
        if (source_.accumulators.empty() || op_.shape.proc == Precision::kFp16 ||
            op_.shape.out == Precision::kFp16 || !op_.ew.bypass)
            return std::nullopt;
        if (op_.bn.bypass) return bs_.small_pass(op_);
        if (op_.bs.bypass) return bn_.small_pass(op_);
        return std::nullopt;
    }

    // n <= kBlock. small: in place of all stages where it can.
    void run(std::size_t begin, std::size_t n, const std::optional<SmallPass>& small,
             std::uint8_t* dst, Counters& counters) {
        std::int32_t* v = block_.values;
        load_source(op_, source_, begin, n, v);
        if (small.has_value() && small->store({v, 1, n, n}, dst)) return;
        bs_.run(v, begin, n);
        bn_.run(v, begin, n);
        ew_.run(v, begin, n, counters);
        if (op_.compares())
            counters.unequal += n - static_cast<std::size_t>(std::count(v, v + n, 0));
        else
            store_result(op_, v, n, dst, counters);
    }

  private:
    const SdpOp& op_;
    const Source& source_;
    XLines bs_;
    XLines bn_;
    YLines ew_;
    Array block_;
};

void process_blocks(const SdpOp& op, const lut::Tables& tables, const Chunk& chunk,
                    std::span<std::uint8_t> dst, Counters& counters) {
    const std::size_t lanes = op.shape.lanes();
    const std::size_t elements = chunk.pixels * lanes;
    const std::size_t bytes = bytes_per_element(op.shape.out);
    const AccumulatorView& sums = chunk.source.accumulators;
    Stages stages(op, tables, chunk);
    const std::optional<SmallPass> small = stages.small_pass();
    // Straight from where the sums lie, until there are large ones.
    bool straight = small.has_value() && SmallPass::whole_vectors(sums);
    for (std::size_t begin = 0; begin < elements; begin += kPassBlock) {
        const std::size_t end = std::min(begin + kPassBlock, elements);
        std::uint8_t* to = dst.data() + begin * bytes;
        straight = straight &&
                   small->store(
                       {sums.pixel(begin / lanes), (end - begin) / lanes, lanes, sums.pitch()}, to);
        if (straight) continue;
        for (std::size_t block = begin; block < end; block += kBlock, to += kBlock * bytes)
            stages.run(block, std::min(kBlock, end - block), small, to, counters);
    }
}

}  // namespace dla::sdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // vectors

#if HWY_ONCE
namespace dla::sdp {

HWY_EXPORT(process_blocks);

void process(const SdpOp& op, const lut::Tables& tables, const Chunk& chunk,
             std::span<std::uint8_t> dst, Counters& counters) {
    HWY_DYNAMIC_DISPATCH(process_blocks)(op, tables, chunk, dst, counters);
}

}  // namespace dla::sdp
#endif
