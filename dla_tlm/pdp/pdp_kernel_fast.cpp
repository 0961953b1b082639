// SPDX-License-Identifier: Apache-2.0
// Pooling in two passes over a piece of a line: first down the window's lines into a row of column
// results (contiguous whatever the stride), then across the columns of each window.
#include "dla_tlm/pdp/pdp_kernel_fast.hpp"

#include <algorithm>
#include <cstring>

#include "dla_tlm/pdp/pdp_window.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dla_tlm/pdp/pdp_kernel_fast.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace dla::pdp::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

void pool_line(const PdpOp& op, const PlaneView& src, unsigned y, std::uint8_t* dst) {
    pool_lines_reference(op, src, y, 1, dst, 0);
}

#else
namespace hn = hwy::HWY_NAMESPACE;

// Column results of one piece; small enough to stay in the first-level cache.
constexpr std::size_t kRowBytes = 16384;
constexpr std::size_t kSmallestAtom = 8;

template <class T>
T* at(std::uint8_t* bytes) {
    return reinterpret_cast<T*>(bytes);
}
template <class T>
const T* at(const std::uint8_t* bytes) {
    return reinterpret_cast<const T*>(bytes);
}

// Calls body(tag, i) over n elements: full vectors, then pieces of one smallest atom.
template <class T, class Body>
HWY_INLINE void for_vectors(std::size_t n, const Body& body) {
    const hn::ScalableTag<T> full;
    const hn::CappedTag<T, kSmallestAtom / sizeof(T)> small;
    std::size_t i = 0;
    for (; i + hn::Lanes(full) <= n; i += hn::Lanes(full))
        body(full, i);
    for (; i < n; i += hn::Lanes(small))
        body(small, i);
}

// Input columns that a run of output columns looks at.
struct Piece {
    unsigned first_output;
    unsigned outputs;
    WindowRange inputs;
};

inline Piece piece_at(const PdpOp& op, unsigned first_output, std::size_t bytes_per_column) {
    const std::size_t columns = kRowBytes / bytes_per_column;
    const auto fits = static_cast<unsigned>((columns - op.kernel_width) / op.stride_width + 1);
    const unsigned outputs = std::min(fits, op.out_width - first_output);
    return {first_output,
            outputs,
            {window_columns(op, first_output).begin,
             window_columns(op, first_output + outputs - 1).end}};
}

struct Max {
    template <class V>
    HWY_INLINE V operator()(V a, V b) const {
        return hn::Max(a, b);
    }
};
struct Min {
    template <class V>
    HWY_INLINE V operator()(V a, V b) const {
        return hn::Min(a, b);
    }
};

// ---- max and min, integers ----

template <class T, class Better>
HWY_INLINE void extreme_down(const PlaneView& src, WindowRange lines, std::size_t first,
                             std::size_t n, const Better& better, T* row) {
    for_vectors<T>(n, [&](auto d, std::size_t i) {
        auto best = hn::LoadU(d, at<T>(src.line(lines.begin)) + first + i);
        for (unsigned y = lines.begin + 1; y < lines.end; ++y)
            best = better(best, hn::LoadU(d, at<T>(src.line(y)) + first + i));
        hn::StoreU(best, d, row + i);
    });
}

template <class T, class Better>
HWY_INLINE void extreme_across(const T* row, std::size_t step, unsigned columns, std::size_t n,
                               const Better& better, T* dst) {
    for_vectors<T>(n, [&](auto d, std::size_t i) {
        auto best = hn::LoadU(d, row + i);
        for (unsigned x = 1; x < columns; ++x)
            best = better(best, hn::LoadU(d, row + x * step + i));
        hn::StoreU(best, d, dst + i);
    });
}

template <class T, class Better>
void extreme_piece(const PdpOp& op, const PlaneView& src, WindowRange lines, const Piece& piece,
                   const Better& better, std::uint8_t* dst) {
    alignas(64) T row[kRowBytes / sizeof(T)];
    const std::size_t lanes = op.atom_bytes / sizeof(T);
    extreme_down(src, lines, piece.inputs.begin * lanes, piece.inputs.size() * lanes, better, row);
    unsigned x = piece.first_output;
    const unsigned end = x + piece.outputs;
    while (x < end) {
        const WindowRange columns = window_columns(op, x);
        // With stride 1 neighbouring full windows are one long run of elements.
        unsigned run = 1;
        if (op.stride_width == 1 && columns.size() == op.kernel_width) {
            const unsigned full_until = op.in_width + op.pad_left - op.kernel_width + 1;
            run = std::max(1U, std::min(end, full_until) - x);
        }
        T* out = at<T>(dst) + x * lanes;
        if (columns.size() == 0) {
            std::memset(out, 0, op.atom_bytes);
        } else {
            extreme_across(row + (columns.begin - piece.inputs.begin) * lanes, lanes,
                           columns.size(), run * lanes, better, out);
        }
        x += run;
    }
}

template <class T, class Better>
void extreme_line(const PdpOp& op, const PlaneView& src, unsigned y, const Better& better,
                  std::uint8_t* dst) {
    const WindowRange lines = window_lines(op, y);
    for (unsigned x = 0; x < op.out_width;) {
        const Piece piece = piece_at(op, x, op.atom_bytes);
        extreme_piece<T>(op, src, lines, piece, better, dst);
        x += piece.outputs;
    }
}

// ---- average, integers ----

// Wide enough for all pixels of a window.
template <class T>
using Sum = hwy::MakeWide<T>;

template <class T>
HWY_INLINE void sum_down(const PlaneView& src, WindowRange lines, std::size_t first, std::size_t n,
                         Sum<T>* row) {
    for_vectors<Sum<T>>(n, [&](auto d, std::size_t i) {
        const hn::Rebind<T, decltype(d)> narrow;
        auto sum = hn::Zero(d);
        for (unsigned y = lines.begin; y < lines.end; ++y) {
            const auto pixels = hn::LoadU(narrow, at<T>(src.line(y)) + first + i);
            sum = hn::Add(sum, hn::PromoteTo(d, pixels));
        }
        hn::StoreU(sum, d, row + i);
    });
}

// round(magnitude * factor / 2^16), ties up; all lanes stay below 2^32.
template <class D, class V>
HWY_INLINE V scale_magnitude(D d, V magnitude, V factor) {
    const hn::RepartitionToWide<D> d64;
    const auto half = hn::Set(d64, std::uint64_t{1} << 15);
    const auto even = hn::Add(hn::MulEven(magnitude, factor), half);
    const auto high = hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(d64, magnitude)));
    const auto odd = hn::Add(hn::MulEven(high, factor), half);
    return hn::BitCast(
        d, hn::Or(hn::ShiftRight<16>(even), hn::ShiftLeft<32>(hn::ShiftRight<16>(odd))));
}

// Both roundings; the low bits of the result are stored, as hardware does.
template <class T, class D, class V>
HWY_INLINE void scale_and_store(D d, V sum, const PdpOp& op, T* dst) {
    const hn::RebindToUnsigned<D> du;
    const auto sign = hn::BroadcastSignBit(sum);
    auto magnitude = hn::BitCast(du, hn::Sub(hn::Xor(sum, sign), sign));
    magnitude = scale_magnitude(du, magnitude, hn::Set(du, op.recip_width));
    magnitude = scale_magnitude(du, magnitude, hn::Set(du, op.recip_height));
    const auto value = hn::Sub(hn::Xor(hn::BitCast(d, magnitude), sign), sign);
    constexpr int kUnused = 32 - 8 * static_cast<int>(sizeof(T));
    const auto wrapped = hn::ShiftRight<kUnused>(hn::ShiftLeft<kUnused>(value));
    const hn::Rebind<T, D> narrow;
    hn::StoreU(hn::DemoteTo(narrow, wrapped), narrow, dst);
}

template <class T>
HWY_INLINE void average_across(const PdpOp& op, const Sum<T>* row, std::size_t step,
                               unsigned columns, std::int32_t padding, T* dst) {
    for_vectors<std::int32_t>(op.atom_bytes / sizeof(T), [&](auto d, std::size_t i) {
        const hn::Rebind<Sum<T>, decltype(d)> sums;
        auto sum = hn::Zero(sums);
        for (unsigned x = 0; x < columns; ++x)
            sum = hn::Add(sum, hn::LoadU(sums, row + x * step + i));
        if constexpr (sizeof(Sum<T>) < sizeof(std::int32_t)) {
            scale_and_store(d, hn::Add(hn::PromoteTo(d, sum), hn::Set(d, padding)), op, dst + i);
        } else {
            scale_and_store(d, hn::Add(sum, hn::Set(d, padding)), op, dst + i);
        }
    });
}

template <class T>
void average_piece(const PdpOp& op, const PlaneView& src, WindowRange lines, const Piece& piece,
                   std::uint8_t* dst) {
    alignas(64) Sum<T> row[kRowBytes / sizeof(Sum<T>)];
    const std::size_t lanes = op.atom_bytes / sizeof(T);
    sum_down<T>(src, lines, piece.inputs.begin * lanes, piece.inputs.size() * lanes, row);
    for (unsigned x = piece.first_output; x < piece.first_output + piece.outputs; ++x) {
        const WindowRange columns = window_columns(op, x);
        average_across<T>(op, row + (columns.begin - piece.inputs.begin) * lanes, lanes,
                          columns.size(), padding_sum(op, columns, lines), at<T>(dst) + x * lanes);
    }
}

template <class T>
void average_line(const PdpOp& op, const PlaneView& src, unsigned y, std::uint8_t* dst) {
    const WindowRange lines = window_lines(op, y);
    for (unsigned x = 0; x < op.out_width;) {
        const Piece piece = piece_at(op, x, op.atom_bytes * 2);
        average_piece<T>(op, src, lines, piece, dst);
        x += piece.outputs;
    }
}

// ---- max and min, fp16 ----

// fp16 patterns in an order that signed integer comparison understands (-0 below +0).
template <class D, class V>
HWY_INLINE V fp16_key(D d, V pattern) {
    return hn::Xor(pattern, hn::And(hn::BroadcastSignBit(pattern), hn::Set(d, 0x7fff)));
}

template <class D, class V>
HWY_INLINE auto fp16_nan(D d, V pattern) {
    return hn::Gt(hn::And(pattern, hn::Set(d, 0x7fff)), hn::Set(d, 0x7c00));
}

// First not-a-number operand wins, else the better one.
template <class D, class V, class Better>
HWY_INLINE V fp16_better(D d, V a, V b, const Better& better) {
    const auto chosen = fp16_key(d, better(fp16_key(d, a), fp16_key(d, b)));
    return hn::IfThenElse(fp16_nan(d, a), a, hn::IfThenElse(fp16_nan(d, b), b, chosen));
}

// Windows of numbers alone, as most are: the best key. False: one of the lanes meets a
// not-a-number.
template <class D, class Better>
HWY_INLINE bool best_number(D d, const PlaneView& src, WindowRange columns, WindowRange lines,
                            std::size_t lanes, std::size_t i, const Better& better,
                            std::int16_t* dst) {
    if (lines.begin == lines.end || columns.begin == columns.end) return false;
    constexpr std::int16_t kInfinity = 0x7c00;
    auto least = hn::Set(d, 0x7fff);
    auto most = hn::Set(d, -0x7fff - 1);
    for (unsigned y = lines.begin; y < lines.end; ++y) {
        const std::int16_t* line = at<std::int16_t>(src.line(y)) + i;
        for (unsigned x = columns.begin; x < columns.end; ++x) {
            const auto key = fp16_key(d, hn::LoadU(d, line + x * lanes));
            least = hn::Min(least, key);
            most = hn::Max(most, key);
        }
    }
    const auto beyond = hn::Or(hn::Gt(most, hn::Set(d, kInfinity)),
                               hn::Lt(least, hn::Set(d, static_cast<std::int16_t>(~kInfinity))));
    if (!hn::AllFalse(d, beyond)) return false;
    hn::StoreU(fp16_key(d, better(least, most)), d, dst + i);
    return true;
}

template <class Better>
HWY_INLINE void fp16_window(const PdpOp& op, const PlaneView& src, WindowRange columns,
                            WindowRange lines, const Better& better, std::int16_t* dst) {
    const bool flush = op.nan_to_zero && !op.on_the_fly;
    const std::size_t lanes = op.atom_bytes / 2;
    for_vectors<std::int16_t>(lanes, [&](auto d, std::size_t i) {
        if (best_number(d, src, columns, lines, lanes, i, better, dst)) return;
        const auto load = [&](const std::int16_t* p) {
            const auto pattern = hn::LoadU(d, p);
            return flush ? hn::IfThenElseZero(hn::Not(fp16_nan(d, pattern)), pattern) : pattern;
        };
        auto best = hn::Zero(d);
        for (unsigned y = lines.begin; y < lines.end; ++y) {
            const std::int16_t* line = at<std::int16_t>(src.line(y)) + i;
            auto in_line = load(line + columns.begin * lanes);
            for (unsigned x = columns.begin + 1; x < columns.end; ++x)
                in_line = fp16_better(d, in_line, load(line + x * lanes), better);
            best = y == lines.begin ? in_line : fp16_better(d, in_line, best, better);
        }
        hn::StoreU(best, d, dst + i);
    });
}

template <class Better>
void fp16_line(const PdpOp& op, const PlaneView& src, unsigned y, const Better& better,
               std::uint8_t* dst) {
    const WindowRange lines = window_lines(op, y);
    for (unsigned x = 0; x < op.out_width; ++x) {
        const WindowRange columns = window_columns(op, x);
        fp16_window(op, src, columns, lines, better,
                    at<std::int16_t>(dst + std::size_t{x} * op.atom_bytes));
    }
}

// ----

template <class Better>
void extreme_lines(const PdpOp& op, const PlaneView& src, unsigned y, const Better& better,
                   std::uint8_t* dst) {
    switch (op.precision) {
        case Precision::kInt8:
            extreme_line<std::int8_t>(op, src, y, better, dst);
            break;
        case Precision::kInt16:
            extreme_line<std::int16_t>(op, src, y, better, dst);
            break;
        case Precision::kFp16:
            fp16_line(op, src, y, better, dst);
            break;
    }
}

void pool_line(const PdpOp& op, const PlaneView& src, unsigned y, std::uint8_t* dst) {
    if (op.method == PoolMethod::kMax) {
        extreme_lines(op, src, y, Max{}, dst);
    } else if (op.method != PoolMethod::kAverage) {
        extreme_lines(op, src, y, Min{}, dst);
    } else if (op.precision == Precision::kInt8) {
        average_line<std::int8_t>(op, src, y, dst);
    } else {
        average_line<std::int16_t>(op, src, y, dst);
    }
}

#endif
}  // namespace dla::pdp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dla::pdp {
namespace {

HWY_EXPORT(pool_line);

// Not in an illegal operation.
bool windows_have_pixels(const PdpOp& op, unsigned y) {
    return window_lines(op, y).size() > 0 && window_columns(op, 0).size() > 0 &&
           window_columns(op, op.out_width - 1).size() > 0;
}

// false: the line is for the reference.
bool pool_line_fast(const PdpOp& op, const PlaneView& src, unsigned y, std::uint8_t* dst) {
    if (!windows_have_pixels(op, y)) return false;
    if (op.precision == Precision::kFp16 && op.method == PoolMethod::kAverage) {
        return average_line_fp16_fast(op, src, y, dst);
    }
    HWY_DYNAMIC_DISPATCH(pool_line)(op, src, y, dst);
    return true;
}

}  // namespace

void pool_lines(const PdpOp& op, const PlaneView& src, unsigned first_line, unsigned lines,
                std::uint8_t* dst, std::size_t dst_line_stride) {
    for (unsigned y = first_line; y < first_line + lines; ++y, dst += dst_line_stride) {
        if (!pool_line_fast(op, src, y, dst)) {
            pool_lines_reference(op, src, y, 1, dst, dst_line_stride);
        }
    }
}

}  // namespace dla::pdp
#endif
