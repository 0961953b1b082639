// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "dla_tlm/pdp/pdp_decode.hpp"

namespace dla::pdp {
namespace {

constexpr unsigned kMaxKernel = 8;

std::string wrong_format(unsigned precision_code, const HardwareConfig& config) {
    constexpr const char* kNames[] = {"int8", "int16", "fp16", "no format"};
    if (precision_code <= 2 && config.has_precision(static_cast<Precision>(precision_code))) {
        return "";
    }
    return fmt::format(
        "D_DATA_FORMAT.INPUT_DATA is {} ({}), which {} does not have; it computes int8",
        precision_code, kNames[precision_code & 3], config.name);
}

// One of the two directions; the checks are the same.
struct Direction {
    const char* name;  // in register names
    const char* pad_before_name;
    const char* pad_after_name;
    unsigned in, out, kernel, stride, pad_before, pad_after;
};

std::string wrong_direction(const Direction& d) {
    if (d.kernel > kMaxKernel) {
        return fmt::format("KERNEL_{} is {}; legal: 1 to {}", d.name, d.kernel, kMaxKernel);
    }
    if (d.pad_before >= d.kernel) {
        return fmt::format(
            "{} is {} with KERNEL_{} {}: the first window has no real pixel; legal: "
            "0 to {}",
            d.pad_before_name, d.pad_before, d.name, d.kernel, d.kernel - 1);
    }
    if (d.pad_after >= d.kernel) {
        return fmt::format(
            "{} is {} with KERNEL_{} {}: the last window has no real pixel; legal: "
            "0 to {}",
            d.pad_after_name, d.pad_after, d.name, d.kernel, d.kernel - 1);
    }
    const unsigned padded = d.in + d.pad_before + d.pad_after;
    const unsigned covered = (d.out - 1) * d.stride + d.kernel;
    if (padded == covered) return "";
    return fmt::format(
        "CUBE_OUT_{} is {}: {} windows of {} with stride {} cover {}, but input and "
        "padding are {} + {} + {} = {}",
        d.name, d.out, d.out, d.kernel, d.stride, covered, d.pad_before, d.in, d.pad_after, padded);
}

std::string wrong_geometry(const PdpOp& op) {
    const Direction width{"WIDTH",         "PAD_LEFT",      "PAD_RIGHT", op.in_width, op.out_width,
                          op.kernel_width, op.stride_width, op.pad_left, op.pad_right};
    const Direction height{"HEIGHT",         "PAD_TOP",     "PAD_BOTTOM",
                           op.in_height,     op.out_height, op.kernel_height,
                           op.stride_height, op.pad_top,    op.pad_bottom};
    const std::string words = wrong_direction(width);
    return words.empty() ? wrong_direction(height) : words;
}

// Sum over all stripes; two stripes have no mid.
unsigned total(const StripeWidths& widths, unsigned stripes) {
    return widths.first + widths.last + (stripes - 2) * widths.mid;
}

std::string wrong_stripes(const PdpOp& op) {
    if (op.stripes == 1) return "";
    if (op.on_the_fly) {
        return fmt::format("SPLIT_NUM is {} on the fly; legal: 1, stripes exist only off line",
                           op.stripes);
    }
    const StripeWidths& in = op.stripe_in;
    const StripeWidths& out = op.stripe_out;
    const auto mismatch = [&](const char* which, unsigned found, unsigned legal) {
        return fmt::format("PARTIAL_WIDTH_IN_{} is {}; legal with this PARTIAL_WIDTH_OUT_{}: {}",
                           which, found, which, legal);
    };
    const unsigned first = (out.first - 1) * op.stride_width + op.kernel_width - op.pad_left;
    if (in.first != first) return mismatch("FIRST", in.first, first);
    if (op.stripes > 2 && in.mid != out.mid * op.stride_width) {
        return mismatch("MID", in.mid, out.mid * op.stride_width);
    }
    const unsigned last = out.last * op.stride_width - op.pad_right;
    if (in.last != last) return mismatch("LAST", in.last, last);
    if (total(out, op.stripes) != op.out_width) {
        return fmt::format(
            "the {} stripes of D_PARTIAL_WIDTH_OUT sum to {} columns; legal: "
            "CUBE_OUT_WIDTH, {}",
            op.stripes, total(out, op.stripes), op.out_width);
    }
    return "";
}

// The sums of all windows a line is part of wait in the line buffer, so overlapping windows leave
// less width to each.
std::string wrong_line_buffer(const PdpOp& op, const HardwareConfig& config) {
    const unsigned open_windows =
        (op.kernel_height + op.stride_height - 1) / op.stride_height;  // per line
    const unsigned share = std::bit_ceil(open_windows);
    const unsigned limit = config.pdp_line_buffer / share;
    unsigned widest = op.out_width;
    if (op.stripes > 1) {
        widest = std::max(op.stripe_out.first, op.stripe_out.last);
        if (op.stripes > 2) widest = std::max(widest, op.stripe_out.mid);
    }
    if (widest <= limit) return "";
    return fmt::format(
        "{} output columns in one stripe; legal: up to {} on {}, because each line takes part in "
        "{} "
        "windows (kernel height {}, stride {}) whose sums share the line buffer of {}. Hardware "
        "gives wrong data or hangs; split the width",
        widest, limit, config.name, open_windows, op.kernel_height, op.stride_height,
        config.pdp_line_buffer);
}

std::string first_of(std::initializer_list<std::string> sentences) {
    for (const std::string& words : sentences) {
        if (!words.empty()) return words;
    }
    return "";
}

std::string wrong_method(const PdpOp& op) {
    return op.method <= PoolMethod::kMin ? ""
                                         : "POOLING_METHOD is 3; legal: 0 average, 1 max, 2 min";
}

std::string wrong_channels(const PdpOp& op) {
    if (op.in_channels == op.out_channels) return "";
    return fmt::format("CUBE_OUT_CHANNEL is {}; legal: CUBE_IN_CHANNEL, {}", op.out_channels,
                       op.in_channels);
}

}  // namespace

std::string why_not(const PdpOp& op, const HardwareConfig& config) {
    return first_of(
        {wrong_format(op.precision_code, config), wrong_method(op), wrong_channels(op),
         wrong_geometry(op), wrong_stripes(op), wrong_line_buffer(op, config),
         why_not(op.dst, {op.out_width, op.out_height, op.surfaces()}, config, "D_DST")});
}

std::string why_not(const PdpRdmaOp& rdma, const HardwareConfig& config) {
    const auto precision = static_cast<Precision>(rdma.precision_code);
    const bool known = rdma.precision_code <= 2 && config.has_precision(precision);
    const unsigned lanes = config.elements_per_atom(known ? precision : Precision::kInt8);
    const unsigned surfaces = (rdma.channels + lanes - 1) / lanes;
    return first_of({wrong_format(rdma.precision_code, config),
                     why_not(rdma.src, {rdma.width, rdma.height, surfaces}, config, "D_SRC")});
}

std::string why_not_together(const PdpOp& op, const PdpRdmaOp& rdma) {
    struct Pair {
        const char* field;
        unsigned rdma;
        unsigned pdp;
    };
    const bool split = op.stripes > 1 || rdma.stripes > 1;
    const Pair pairs[] = {
        {"DATA_CUBE_IN_WIDTH", rdma.width, op.in_width},
        {"DATA_CUBE_IN_HEIGHT", rdma.height, op.in_height},
        {"DATA_CUBE_IN_CHANNEL", rdma.channels, op.in_channels},
        {"INPUT_DATA", rdma.precision_code, op.precision_code},
        {"SPLIT_NUM", rdma.stripes, op.stripes},
        // Only stripes make the reader look at these.
        {"KERNEL_WIDTH", split ? rdma.kernel_width : op.kernel_width, op.kernel_width},
        {"KERNEL_STRIDE_WIDTH", split ? rdma.stride_width : op.stride_width, op.stride_width},
        {"PARTIAL_WIDTH_IN_FIRST", split ? rdma.stripe_in.first : 0,
         split ? op.stripe_in.first : 0},
        {"PARTIAL_WIDTH_IN_MID", op.stripes > 2 ? rdma.stripe_in.mid : 0,
         op.stripes > 2 ? op.stripe_in.mid : 0},
        {"PARTIAL_WIDTH_IN_LAST", split ? rdma.stripe_in.last : 0, split ? op.stripe_in.last : 0},
    };
    for (const Pair& pair : pairs) {
        if (pair.rdma != pair.pdp) {
            return fmt::format("{} is {} in PDP_RDMA and {} in PDP; legal: the same in both",
                               pair.field, pair.rdma, pair.pdp);
        }
    }
    return "";
}

}  // namespace dla::pdp
