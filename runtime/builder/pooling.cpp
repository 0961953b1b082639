// SPDX-License-Identifier: Apache-2.0
// Pooling with its line buffer: wider outputs are split. spec: pdp.md sections 2 and 6.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "runtime/builder/network_builder.hpp"

namespace dla::runtime {
namespace {

std::uint16_t u16(unsigned value) {
    return static_cast<std::uint16_t>(value);
}
std::uint8_t u8(unsigned value) {
    return static_cast<std::uint8_t>(value);
}

// Greatest output width of one pass.
unsigned width_limit(const HardwareConfig& config, const PoolingParameters& how) {
    const unsigned open_lines = (how.height + how.stride_y - 1) / how.stride_y;
    return config.pdp_line_buffer / std::bit_ceil(open_lines);
}

// Stripes of equal output width, the last one narrower.
void split(Pdp& pdp, const PoolingParameters& how, unsigned out_width, unsigned limit) {
    const unsigned stripes = (out_width + limit - 1) / limit;
    if (stripes < 2) return;
    const unsigned width = (out_width + stripes - 1) / stripes;
    const unsigned last = out_width - width * (stripes - 1);
    pdp.split_num = u8(stripes);
    pdp.partial_width_first = u16(width);
    pdp.partial_width_last = u16(last);
    pdp.partial_in_width_first = u16((width - 1) * how.stride_x + how.width - how.pad_left);
    pdp.partial_in_width_last = u16(last * how.stride_x - how.pad_right);
    if (stripes > 2) {
        pdp.partial_width_mid = u16(width);
        pdp.partial_in_width_mid = u16(width * how.stride_x);
    }
}

}  // namespace

std::size_t NetworkBuilder::add_pooling(const DataCube& src, const PoolingParameters& how,
                                        Shape& out) {
    const unsigned w = src.width + how.pad_left + how.pad_right;
    const unsigned h = src.height + how.pad_top + how.pad_bottom;
    if (w < how.width || h < how.height || (w - how.width) % how.stride_x != 0 ||
        (h - how.height) % how.stride_y != 0) {
        complain(fmt::format("pooling windows of {}x{} in steps of {}x{} do not tile {}x{}",
                             how.width, how.height, how.stride_x, how.stride_y, w, h));
        return add_operation(Pdp{});
    }
    out = {(w - how.width) / how.stride_x + 1, (h - how.height) / how.stride_y + 1, src.channel};
    Pdp pdp;
    pdp.pool_mode = how.mode;
    pdp.pool_width = u8(how.width - 1);
    pdp.pool_height = u8(how.height - 1);
    pdp.stride_x = u8(how.stride_x);
    pdp.stride_y = u8(how.stride_y);
    pdp.pad_left = u8(how.pad_left);
    pdp.pad_right = u8(how.pad_right);
    pdp.pad_top = u8(how.pad_top);
    pdp.pad_bottom = u8(how.pad_bottom);
    pdp.precision = code();
    for (std::size_t k = 0; k < pdp.padding_value.size(); ++k) {
        pdp.padding_value[k] = static_cast<std::int32_t>(k + 1) * how.pad_value;
    }
    pdp.src = src;
    split(pdp, how, out.w, width_limit(plan_.config, how));
    return add_operation(pdp);
}

TensorId NetworkBuilder::pooling(TensorId src, const PoolingParameters& how) {
    Shape out;
    const std::size_t operation = add_pooling(cube_of(src), how, out);
    use(operation, 0, src);
    reads(operation, src);
    return add_result(out, operation);
}

}  // namespace dla::runtime
