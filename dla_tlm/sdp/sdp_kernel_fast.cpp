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
#include "dla_tlm/sdp/sdp_lines_stages-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace dla::sdp::HWY_NAMESPACE {

constexpr std::size_t kPassBlock = 8 * kBlock;  // what one pass does at a time

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
