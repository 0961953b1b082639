// SPDX-License-Identifier: Apache-2.0
// From accumulators to int8 or int16 in one pass, for values small enough that nothing on the way
// wraps, saturates or is counted. For one instruction set; included once per set by
// sdp_kernel_fast.cpp.
// No include guard in the usual sense: Highway includes this several times.
#if defined(DLA_SDP_LINES_CONVERT_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DLA_SDP_LINES_CONVERT_INL_HPP
#undef DLA_SDP_LINES_CONVERT_INL_HPP
#else
#define DLA_SDP_LINES_CONVERT_INL_HPP
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "dla_tlm/common/accumulator_view.hpp"
#include "dla_tlm/sdp/sdp_lines_int-inl.hpp"
#include "dla_tlm/sdp/sdp_op.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::sdp::HWY_NAMESPACE {

// Several vectors of 32-bit lanes saturate into one, which is stored in order.
template <class Narrow>
class Joiner {
  public:
    static constexpr std::size_t kVectors = sizeof(std::int32_t) / sizeof(Narrow);

    Joiner() : order_(hn::SetTableIndices(I32(), order())) {}

    template <class... Vectors>
    HWY_INLINE void store(std::uint8_t* dst, Vectors... values) const {
        const hn::RepartitionToNarrow<hn::RepartitionToNarrow<I32>> bytes;
        const V32 joined = hn::TableLookupLanes(unordered(values...), order_);
        hn::StoreU(hn::BitCast(bytes, joined), bytes, reinterpret_cast<std::int8_t*>(dst));
    }

  private:
    using Order = decltype(hn::SetTableIndices(I32(), static_cast<const std::int32_t*>(nullptr)));

    // Four bytes of one source stay neighbours.
    static HWY_INLINE V32 unordered(V32 a, V32 b) {
        return hn::BitCast(I32(), hn::ReorderDemote2To(hn::RepartitionToNarrow<I32>(), a, b));
    }
    static HWY_INLINE V32 unordered(V32 a, V32 b, V32 c, V32 d) {
        const hn::RepartitionToNarrow<I32> words;
        const hn::RepartitionToNarrow<decltype(words)> bytes;
        const hn::Half<decltype(bytes)> half;
        const auto low = hn::DemoteTo(half, hn::ReorderDemote2To(words, a, b));
        const auto high = hn::DemoteTo(half, hn::ReorderDemote2To(words, c, d));
        return hn::BitCast(I32(), hn::Combine(bytes, high, low));
    }

    // Which 32 bits of unordered() come first, second, ...: seen once from numbers that know.
    static const std::int32_t* order() {
        struct Table {
            HWY_ATTR Table() {
                const I32 d;
                HWY_ALIGN Narrow found[hn::MaxLanes(I32()) * kVectors];
                auto* const to = reinterpret_cast<std::int32_t*>(found);
                if constexpr (kVectors == 2)
                    hn::Store(unordered(numbers(0), numbers(1)), d, to);
                else
                    hn::Store(unordered(numbers(0), numbers(1), numbers(2), numbers(3)), d, to);
                for (std::size_t lane = 0; lane < hn::Lanes(d); ++lane)
                    place[found[lane * kVectors]] = static_cast<std::int32_t>(lane);
            }
            // Of the joined lanes that vector k fills.
            static HWY_ATTR V32 numbers(std::size_t k) {
                const I32 d;
                HWY_ALIGN std::int32_t lanes[hn::MaxLanes(I32())];
                for (std::size_t lane = 0; lane < hn::Lanes(d); ++lane)
                    lanes[lane] = static_cast<std::int32_t>((k * hn::Lanes(d) + lane) / kVectors);
                return hn::Load(d, lanes);
            }
            std::int32_t place[hn::MaxLanes(I32())];
        };
        static const Table table;
        return table.place;
    }

    Order order_;
};

// The least and the largest of values.
class Extremes {
  public:
    Extremes() : most_(hn::Zero(I32())), least_(most_) {}

    HWY_INLINE void add(V32 value) {
        most_ = hn::Max(most_, value);
        least_ = hn::Min(least_, value);
    }
    HWY_INLINE bool below(std::int32_t magnitude) const {
        const I32 d;
        const V32 bound = hn::Set(d, magnitude);
        return hn::AllTrue(d, hn::And(hn::Lt(most_, bound), hn::Gt(least_, hn::Neg(bound))));
    }

  private:
    V32 most_;
    V32 least_;
};

// Every value of some rows through a function and saturated into dst, one row after the other.
// function(value, i): i is the value's place in its row, counted on where a row is followed by the
// next in the same group of vectors.
template <class Narrow, class Function>
class SmallStore {
  public:
    SmallStore(const Function& function, std::uint8_t* dst) : function_(function), dst_(dst) {}

    // `rows` of them, pitch apart.
    HWY_INLINE void store(const std::int32_t* row, std::size_t rows, std::size_t pitch,
                          std::size_t length) {
        const std::size_t lanes = hn::Lanes(I32());
        const std::size_t group = kVectors * lanes;
        if (length < group && group % length == 0 && length % lanes == 0) {
            const std::size_t together = group / length;
            std::size_t offsets[kVectors];
            for (std::size_t k = 0; k < kVectors; ++k)
                offsets[k] = k * lanes / length * pitch + k * lanes % length;
            for (; rows >= together; rows -= together, row += together * pitch)
                store_group(row, offsets, 0);
        }
        std::size_t offsets[kVectors];
        for (std::size_t k = 0; k < kVectors; ++k)
            offsets[k] = k * lanes;
        for (; rows > 0; --rows, row += pitch) {
            std::size_t i = 0;
            for (; i + group <= length; i += group)
                store_group(row + i, offsets, i);
            for (; i + lanes <= length; i += lanes)
                store_vector(row + i, i);
            if (i < length) store_tail(row + i, length - i, i);
        }
    }

    const Extremes& extremes() const { return extremes_; }

  private:
    static constexpr std::size_t kVectors = Joiner<Narrow>::kVectors;

    HWY_INLINE V32 result(const std::int32_t* from, std::size_t i) {
        const V32 value = hn::LoadU(I32(), from);
        extremes_.add(value);
        return function_(value, i);
    }

    // i of the first; vector k lies offsets[k] further.
    HWY_INLINE void store_group(const std::int32_t* from, const std::size_t (&offsets)[kVectors],
                                std::size_t i) {
        const std::size_t lanes = hn::Lanes(I32());
        const V32 a = result(from + offsets[0], i);
        const V32 b = result(from + offsets[1], i + lanes);
        if constexpr (kVectors == 2) {
            joiner_.store(dst_, a, b);
        } else {
            const V32 c = result(from + offsets[2], i + 2 * lanes);
            const V32 d = result(from + offsets[3], i + 3 * lanes);
            joiner_.store(dst_, a, b, c, d);
        }
        dst_ += kVectors * lanes * sizeof(Narrow);
    }

    HWY_INLINE void store_vector(const std::int32_t* from, std::size_t i) {
        const hn::Rebind<Narrow, I32> narrow;
        hn::StoreU(hn::DemoteTo(narrow, result(from, i)), narrow, reinterpret_cast<Narrow*>(dst_));
        dst_ += hn::Lanes(narrow) * sizeof(Narrow);
    }

    HWY_INLINE void store_tail(const std::int32_t* from, std::size_t n, std::size_t i) {
        const hn::Rebind<Narrow, I32> narrow;
        HWY_ALIGN std::int32_t rest[hn::MaxLanes(I32())] = {};
        HWY_ALIGN Narrow narrow_rest[hn::MaxLanes(I32())];
        std::memcpy(rest, from, n * sizeof(*from));
        hn::Store(hn::DemoteTo(narrow, result(rest, i)), narrow, narrow_rest);
        std::memcpy(dst_, narrow_rest, n * sizeof(Narrow));
        dst_ += n * sizeof(Narrow);
    }

    Function function_;
    Joiner<Narrow> joiner_;
    Extremes extremes_;
    std::uint8_t* dst_;
};

// False where a value's magnitude is not below bound; then what was stored means nothing.
template <class Narrow, class Function>
HWY_NOINLINE bool store_small(const AccumulatorView& from, const Function& function,
                              std::int32_t bound, std::uint8_t* dst) {
    SmallStore<Narrow, Function> small(function, dst);
    if (from.pitch() == from.lanes())
        small.store(from.pixel(0), 1, from.size(), from.size());
    else
        small.store(from.pixel(0), from.size() / from.lanes(), from.pitch(), from.lanes());
    return small.extremes().below(bound);
}

// What a value goes through. The constants are vectors; SmallStore, a local variable, keeps copies,
// so that they stay in registers: what is stored through dst could change anything else.

// X1's sum with per-channel operands, which repeat up to kBlock, and ReLU.
class SmallSum {
  public:
    SmallSum(const std::int32_t* operands, bool relu)
        : operands_(operands), least_(hn::Set(I32(), relu ? 0 : INT32_MIN)) {}

    HWY_INLINE V32 operator()(V32 value, std::size_t i) const {
        const V32 sum = hn::Add(value, hn::Load(I32(), operands_ + i % kBlock));
        return hn::Max(sum, least_);
    }

  private:
    const std::int32_t* operands_;
    V32 least_;
};

template <class First, class Second>
struct InTurn {
    HWY_INLINE V32 operator()(V32 value, std::size_t i) const { return second(first(value, i), i); }

    First first;
    Second second;
};

struct Unchanged {
    HWY_INLINE V32 operator()(V32 value, std::size_t) const { return value; }
};

// RHA(value * scale - offset * scale, shift) in 32 bits. Without kScales scale is 1, offset 0.
template <bool kScales>
class SmallConversion {
  public:
    // Numbers without fraction are halves of doubled ones, so that there is one half to round.
    explicit SmallConversion(const OutputConverter& cvt)
        : shift_(static_cast<int>(std::max(1u, cvt.shift))) {
        const std::int32_t scale = cvt.shift == 0 ? 2 * cvt.scale : cvt.scale;
        scale_ = hn::Set(I32(), scale);
        base_ = hn::Set(I32(), -cvt.offset * scale);
        half_ = hn::Set(I32(), 1 << (shift_ - 1));
    }

    HWY_INLINE V32 operator()(V32 value, std::size_t) const {
        if constexpr (kScales) value = hn::Add(hn::Mul(value, scale_), base_);
        const V32 nearer = hn::Add(value, hn::BroadcastSignBit(value));  // ties away from zero
        return hn::ShiftRightSame(hn::Add(nearer, half_), shift_);
    }

  private:
    V32 scale_;
    V32 base_;
    V32 half_;
    int shift_;
};

// The same with 64-bit products.
class WideConversion {
  public:
    explicit WideConversion(const OutputConverter& cvt)
        : convert_(cvt.offset, cvt.scale, cvt.shift) {}

    HWY_INLINE V32 operator()(V32 value, std::size_t) const { return join(convert_(value)); }

  private:
    ScaleShift convert_;
};

// X1's multiplication by per-channel operands and its shift, with ReLU or not.
template <bool kRelu>
class SmallProduct {
  public:
    SmallProduct(const std::int32_t* operands, unsigned shift)
        : operands_(operands),
          half_(hn::Set(I64(), shift == 0 ? 0 : std::int64_t{1} << (shift - 1))),
          shift_(static_cast<int>(shift)),
          round_(shift) {}

    HWY_INLINE V32 operator()(V32 value, std::size_t i) const {
        const Wide product = multiply(value, hn::Load(I32(), operands_ + i % kBlock));
        if constexpr (!kRelu) return join(round_(product));
        // Ties matter only where they are positive.
        const Wide rounded = {hn::ShiftRightSame(hn::Add(product.even, half_), shift_),
                              hn::ShiftRightSame(hn::Add(product.odd, half_), shift_)};
        return hn::Max(join(rounded), hn::Zero(I32()));
    }

  private:
    const std::int32_t* operands_;
    V64 half_;
    int shift_;
    RoundingShift round_;
};

// The output converter, with one X stage in front of it or none, as one pass.
class SmallPass {
  public:
    SmallPass(const OutputConverter& cvt, Precision out) : SmallPass(cvt, out, {}, {}, {}) {}

    // alu and mul: the stage's operands, one per channel, repeated up to a block behind the spans;
    // read only where the stage has them. Precondition: the stage is handled.
    SmallPass(const OutputConverter& cvt, Precision out, const XStage& stage,
              std::span<const std::int32_t> alu, std::span<const std::int32_t> mul)
        : cvt_(cvt), out_(out), stage_(stage), alu_(alu.data()), mul_(mul.data()) {
        const unsigned shift = multiplies() ? stage.mul_shift : cvt.shift;
        if (shift > kMostShift) return;
        const std::int64_t narrow = out == Precision::kInt8 ? 128 : 32768;
        wide_ = multiplies() || narrow << shift > kSmall;
        const std::int64_t factor = multiplies() ? largest(mul) : std::abs(std::int64_t{cvt.scale});
        const std::int64_t product = wide_ ? kMax17 << shift : std::min(kMax17 << shift, kSmall);
        bound_ = std::min(product / std::max(std::int64_t{1}, factor), kMax32) -
                 std::abs(std::int64_t{cvt.offset}) - (stage.bypass ? 0 : largest(alu));
    }

    // Per-channel sums, with a product before a converter that does nothing.
    static bool handles(const OutputConverter& cvt, const XStage& stage) {
        if (stage.bypass) return true;
        if (!stage.alu || stage.algorithm != AluAlgorithm::kSum) return false;
        if (!stage.mul) return stage.mul_shift == 0;
        return !stage.prelu && cvt.scale == 1 && cvt.offset == 0 && cvt.shift == 0;
    }

    // Else they are better copied together first.
    static bool whole_vectors(const AccumulatorView& from) {
        return from.pitch() == from.lanes() || from.lanes() % hn::Lanes(I32()) == 0;
    }

    // All values into dst. False where one is too large; then what was stored means nothing.
    bool store(const AccumulatorView& from, std::uint8_t* dst) const {
        if (bound_ <= 0) return false;
        return out_ == Precision::kInt8 ? store_as<std::int8_t>(from, dst)
                                        : store_as<std::int16_t>(from, dst);
    }

  private:
    static constexpr unsigned kMostShift = 46;  // 2^16 times it and one half fit 64 bits
    static constexpr std::int64_t kSmall = (std::int64_t{1} << 30) - 1;  // and one half fit 32

    static std::int64_t largest(std::span<const std::int32_t> values) {
        std::int64_t result = 0;
        for (const std::int64_t value : values)
            result = std::max(result, std::abs(value));
        return result;
    }

    bool multiplies() const { return !stage_.bypass && stage_.mul; }

    template <class Narrow>
    bool store_as(const AccumulatorView& from, std::uint8_t* dst) const {
        if (stage_.bypass) return convert<Narrow>(from, Unchanged(), dst);
        const SmallSum sum(alu_, stage_.relu && !stage_.mul);
        if (!stage_.mul) return convert<Narrow>(from, sum, dst);
        return stage_.relu
                   ? run<Narrow>(from, sum, SmallProduct<true>(mul_, stage_.mul_shift), dst)
                   : run<Narrow>(from, sum, SmallProduct<false>(mul_, stage_.mul_shift), dst);
    }

    template <class Narrow, class Sum>
    bool convert(const AccumulatorView& from, const Sum& sum, std::uint8_t* dst) const {
        if (wide_) return run<Narrow>(from, sum, WideConversion(cvt_), dst);
        if (cvt_.scale == 1 && cvt_.offset == 0 && cvt_.shift > 0)
            return run<Narrow>(from, sum, SmallConversion<false>(cvt_), dst);
        return run<Narrow>(from, sum, SmallConversion<true>(cvt_), dst);
    }

    template <class Narrow, class First, class Second>
    bool run(const AccumulatorView& from, const First& first, const Second& second,
             std::uint8_t* dst) const {
        const auto bound = static_cast<std::int32_t>(bound_);
        return store_small<Narrow>(from, InTurn<First, Second>{first, second}, bound, dst);
    }

    OutputConverter cvt_;
    Precision out_;
    XStage stage_;
    const std::int32_t* alu_;
    const std::int32_t* mul_;
    bool wide_ = false;       // products of 64 bits
    std::int64_t bound_ = 0;  // of a value's magnitude; 0: none is small enough
};

}  // namespace dla::sdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
