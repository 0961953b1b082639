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

#include "dla_tlm/sdp/sdp_lines_fp-inl.hpp"
#include "dla_tlm/sdp/sdp_lines_int-inl.hpp"
#include "dla_tlm/sdp/sdp_lines_lut-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::sdp::HWY_NAMESPACE {

// A multiple of every atom's elements and every vector; six operand arrays fit the cache with it.
constexpr std::size_t kBlock = 1024;
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
          mul_(from, y_mul(op), op.shape.lanes(), elements),
          lut_(op.lut, tables) {
        if (fp16_ && op.ew.lut) lut_fp_.emplace(fp16_settings(op.lut), tables);
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
        } else if (VectorLut::handles(op_.lut)) {
            lut_.look_up(v, n, counters);
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
    VectorLut lut_;
    std::optional<Fp16Lookup> lut_fp_;
};

// Elements [begin, begin + n), of whole pixels.
HWY_INLINE void load_accumulators(const AccumulatorView& from, std::size_t begin, std::size_t n,
                                  std::int32_t* v) {
    const I32 d;
    const std::size_t lanes = from.lanes();
    const std::int32_t* src = from.pixel(begin / lanes);
    const std::int32_t* end = src + n / lanes * from.pitch();
    if (lanes % hn::Lanes(d) == 0) {
        for (; src != end; src += from.pitch(), v += lanes)
            for (std::size_t i = 0; i < lanes; i += hn::Lanes(d))
                hn::Store(hn::LoadU(d, src + i), d, v + i);
        return;
    }
    for (; src != end; src += from.pitch(), v += lanes)
        std::memcpy(v, src, lanes * sizeof(*v));
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

// Integers to integers; most blocks hold numbers small enough for one pass.
template <class Narrow>
std::size_t convert_and_store(const OutputConverter& cvt, std::int32_t* v, std::size_t n,
                              std::uint8_t* dst) {
    const SmallConversion small(cvt.offset, cvt.scale, cvt.shift);
    if (small.possible() && small.store<Narrow>(v, 1, n, n, dst)) return 0;
    const std::size_t saturated = convert_output_lines(v, n, cvt.offset, cvt.scale, cvt.shift);
    store_narrow<Narrow>(v, n, dst);
    return saturated;
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
    } else {
        counters.saturated += op.shape.out == Precision::kInt8
                                  ? convert_and_store<std::int8_t>(op.cvt, v, n, dst)
                                  : convert_and_store<std::int16_t>(op.cvt, v, n, dst);
        return;
    }
    op.shape.out == Precision::kInt8 ? store_narrow<std::int8_t>(v, n, dst)
                                     : store_narrow<std::int16_t>(v, n, dst);
}

// Accumulators that no stage changes are converted where they lie.
bool only_converts(const SdpOp& op, const Source& source) {
    return !source.accumulators.empty() && op.bs.bypass && op.bn.bypass && op.ew.bypass &&
           op.shape.proc != Precision::kFp16 && op.shape.out != Precision::kFp16;
}

// Nothing is done where a value is too large for it.
bool store_converted(const SdpOp& op, const AccumulatorView& from, std::size_t begin, std::size_t n,
                     std::uint8_t* dst) {
    const SmallConversion small(op.cvt.offset, op.cvt.scale, op.cvt.shift);
    if (!small.possible()) return false;
    const std::size_t lanes = from.lanes();
    const std::int32_t* first = from.pixel(begin / lanes);
    return op.shape.out == Precision::kInt8
               ? small.store<std::int8_t>(first, n / lanes, from.pitch(), lanes, dst)
               : small.store<std::int16_t>(first, n / lanes, from.pitch(), lanes, dst);
}

void process_blocks(const SdpOp& op, const lut::Tables& tables, const Chunk& chunk,
                    std::span<std::uint8_t> dst, Counters& counters) {
    const std::size_t elements = chunk.pixels * op.shape.lanes();
    const bool converts = only_converts(op, chunk.source);
    XLines bs(op, op.bs, chunk.bs, elements);
    XLines bn(op, op.bn, chunk.bn, elements);
    YLines ew(op, tables, chunk.ew, elements);
    Array block;
    for (std::size_t begin = 0; begin < elements; begin += kBlock) {
        const std::size_t n = std::min(kBlock, elements - begin);
        const std::size_t byte = begin * bytes_per_element(op.shape.out);
        if (converts && store_converted(op, chunk.source.accumulators, begin, n, &dst[byte]))
            continue;
        std::int32_t* v = block.values;
        load_source(op, chunk.source, begin, n, v);
        bs.run(v, begin, n);
        bn.run(v, begin, n);
        ew.run(v, begin, n, counters);
        if (op.compares()) {
            counters.unequal += n - static_cast<std::size_t>(std::count(v, v + n, 0));
        } else {
            store_result(op, v, n, &dst[byte], counters);
        }
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
