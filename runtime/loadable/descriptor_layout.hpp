// SPDX-License-Identifier: Apache-2.0
// Where every descriptor field lies, listed once for reading, writing, checking and printing.
//
// A visitor has  void operator()(const char* name, std::size_t byte, T& field)  for numbers,
//                void cube(const char* name, std::size_t k, DataCube&)  for the k-th cube,
//                void address(const char* name, std::size_t byte, std::int16_t&),
//                std::size_t after_cubes(std::size_t k)  and  void enter(name) / leave().
// spec: firmware-interface.md sections 3 to 5.
#pragma once

#include "runtime/loadable/descriptors.hpp"

namespace dla::runtime {

template <class V>
void visit_converter(V& v, const char* name, std::size_t at, Converter& c) {
    v.enter(name);
    v("scale", at, c.scale);
    v("truncate", at + 2, c.truncate);
    v("enable", at + 3, c.enable);
    v("offset", at + 4, c.offset);
    v.leave();
}

template <class V>
void visit_network(V& v, Network& n) {
    v("operation_desc_index", 0, n.operation_desc_index);
    v("surface_desc_index", 2, n.surface_desc_index);
    v("dependency_graph_index", 4, n.dependency_graph_index);
    v("lut_data_index", 6, n.lut_data_index);
    v("roi_array_index", 8, n.roi_array_index);
    v("surface_index", 10, n.surface_index);
    v("stat_list_index", 12, n.stat_list_index);
    for (std::size_t t = 0; t < kOpTypes; ++t)
        v("op_head", 16 + 2 * t, n.op_head[t]);
    v("num_rois", 28, n.num_rois);
    v("num_operations", 30, n.num_operations);
    v("num_luts", 32, n.num_luts);
    v("num_addresses", 34, n.num_addresses);
    v("input_layer", 36, n.input_layer);
    v("dynamic_roi", 38, n.dynamic_roi);
}

template <class V>
void visit_common(V& v, CommonOp& c) {
    v("index", 0, c.index);
    v("roi_index", 2, c.roi_index);
    v("op_type", 3, c.type);
    v("dependency_count", 4, c.dependency_count);
    for (std::size_t t = 0; t < kOpTypes; ++t) {
        v("consumers.index", 8 + 4 * t, c.consumers[t].index);
        v("consumers.event", 10 + 4 * t, c.consumers[t].event);
    }
    v("fused_parent.index", 32, c.fused_parent.index);
    v("fused_parent.event", 34, c.fused_parent.event);
}

template <class V>
void visit_op(V& v, Bdma& b) {
    v("num_transfers", 0, b.num_transfers);
}

template <class V>
void visit_surfaces(V& v, Bdma& b) {
    v("source_type", 0, b.source_type);
    v("destination_type", 1, b.destination_type);
    v("num_transfers", 2, b.surface_transfers);
    for (std::size_t i = 0; i < b.transfers.size(); ++i) {
        BdmaTransfer& t = b.transfers[i];
        const std::size_t at = 4 + 32 * i;
        if (i >= b.num_transfers) break;
        v.enter("transfer");
        v.address("source_address", at, t.source_address);
        v.address("destination_address", at + 2, t.destination_address);
        v("line_size", at + 4, t.line_size);
        v("line_repeat", at + 8, t.line_repeat);
        v("source_line", at + 12, t.source_line);
        v("destination_line", at + 16, t.destination_line);
        v("surface_repeat", at + 20, t.surface_repeat);
        v("source_surface", at + 24, t.source_surface);
        v("destination_surface", at + 28, t.destination_surface);
        v.leave();
    }
}

template <class V>
void visit_op(V& v, Conv& c) {
    v("conv_mode", 0, c.conv_mode);
    v("data_reuse", 1, c.data_reuse);
    v("weight_reuse", 2, c.weight_reuse);
    v("skip_data_rls", 3, c.skip_data_rls);
    v("skip_weight_rls", 4, c.skip_weight_rls);
    v("entry_per_slice", 6, c.entry_per_slice);
    v("data_format", 8, c.data_format);
    v("pixel_mapping", 9, c.pixel_mapping);
    v("fetch_grain", 10, c.fetch_grain);
    v("batch", 20, c.batch);
    v("weight_format", 21, c.weight_format);
    v("data_bank", 22, c.data_bank);
    v("weight_bank", 23, c.weight_bank);
    v("batch_stride", 24, c.batch_stride);
    v("post_extension", 28, c.post_extension);
    v("pixel_override", 29, c.pixel_override);
    v("release", 30, c.release);
    v("input_width_csc", 32, c.input_width_csc);
    v("input_height_csc", 34, c.input_height_csc);
    v("input_channel_csc", 36, c.input_channel_csc);
    v("kernel_width_csc", 38, c.kernel_width_csc);
    v("kernel_height_csc", 40, c.kernel_height_csc);
    v("kernel_channel_csc", 42, c.kernel_channel_csc);
    v("input_width_cmac", 44, c.input_width_cmac);
    v("input_height_cmac", 46, c.input_height_cmac);
    v("bytes_per_kernel", 48, c.bytes_per_kernel);
    v("mean_ry", 52, c.mean_ry);
    v("mean_gu", 54, c.mean_gu);
    v("mean_bv", 56, c.mean_bv);
    v("mean_ax", 58, c.mean_ax);
    v("mean_format", 60, c.mean_format);
    v("conv_stride_x", 61, c.conv_stride_x);
    v("conv_stride_y", 62, c.conv_stride_y);
    v("pad_x_left", 63, c.pad_x_left);
    v("pad_x_right", 64, c.pad_x_right);
    v("pad_y_top", 65, c.pad_y_top);
    v("pad_y_bottom", 66, c.pad_y_bottom);
    v("dilation_x", 67, c.dilation_x);
    v("dilation_y", 68, c.dilation_y);
    v("pra_truncate", 71, c.pra_truncate);
    v("in_precision", 72, c.in_precision);
    v("out_precision", 73, c.out_precision);
    v("pad_val", 74, c.pad_val);
    visit_converter(v, "in_cvt", 76, c.in_cvt);
    visit_converter(v, "out_cvt", 84, c.out_cvt);
}

template <class V>
void visit_surfaces(V& v, Conv& c) {
    v.cube("weight", 0, c.weight);
    v.cube("wmb", 1, c.wmb);
    v.cube("wgs", 2, c.wgs);
    v.cube("src", 3, c.src);
    v.cube("dst", 4, c.dst);
    v("offset_u", v.after_cubes(5), c.offset_u);
    v("in_line_uv_stride", v.after_cubes(5) + 8, c.in_line_uv_stride);
}

template <class V>
void visit_sdp_unit(V& v, const char* name, std::size_t at, SdpUnit& u) {
    v.enter(name);
    v("enable", at, u.enable);
    v("alu_type", at + 1, u.alu_type);
    v("type", at + 2, u.type);
    v("mode", at + 3, u.mode);
    v("act", at + 4, u.act);
    v("shift_value", at + 5, u.shift_value);
    v("truncate", at + 6, u.truncate);
    v("precision", at + 7, u.precision);
    v("alu_operand", at + 8, u.alu_operand);
    v("mul_operand", at + 12, u.mul_operand);
    visit_converter(v, "alu_cvt", at + 16, u.alu_cvt);
    visit_converter(v, "mul_cvt", at + 24, u.mul_cvt);
    v.leave();
}

template <class V>
void visit_op(V& v, Sdp& s) {
    v("src_precision", 0, s.src_precision);
    v("dst_precision", 1, s.dst_precision);
    v("lut_index", 2, s.lut_index);
    visit_converter(v, "out_cvt", 4, s.out_cvt);
    v("conv_mode", 12, s.conv_mode);
    v("batch_num", 13, s.batch_num);
    v("batch_stride", 16, s.batch_stride);
    visit_sdp_unit(v, "x1", 20, s.x1);
    visit_sdp_unit(v, "x2", 52, s.x2);
    visit_sdp_unit(v, "y", 84, s.y);
}

template <class V>
void visit_surfaces(V& v, Sdp& s) {
    v.cube("src", 0, s.src);
    v.cube("x1_data", 1, s.x1_data);
    v.cube("x2_data", 2, s.x2_data);
    v.cube("y_data", 3, s.y_data);
    v.cube("dst", 4, s.dst);
}

template <class V>
void visit_op(V& v, Pdp& p) {
    v("partial_in_width_first", 0, p.partial_in_width_first);
    v("partial_in_width_mid", 2, p.partial_in_width_mid);
    v("partial_in_width_last", 4, p.partial_in_width_last);
    v("partial_width_first", 6, p.partial_width_first);
    v("partial_width_mid", 8, p.partial_width_mid);
    v("partial_width_last", 10, p.partial_width_last);
    v("split_num", 12, p.split_num);
    v("pool_mode", 13, p.pool_mode);
    v("pool_width", 14, p.pool_width);
    v("pool_height", 15, p.pool_height);
    v("stride_x", 16, p.stride_x);
    v("stride_y", 17, p.stride_y);
    v("pad_left", 18, p.pad_left);
    v("pad_right", 19, p.pad_right);
    v("pad_top", 20, p.pad_top);
    v("pad_bottom", 21, p.pad_bottom);
    v("precision", 22, p.precision);
    for (std::size_t k = 0; k < p.padding_value.size(); ++k) {
        v("padding_value", 24 + 4 * k, p.padding_value[k]);
    }
}

template <class V, class Layer>
void visit_source_and_destination(V& v, Layer& layer) {
    v.cube("src", 0, layer.src);
    v.cube("dst", 1, layer.dst);
}

template <class V>
void visit_surfaces(V& v, Pdp& p) {
    visit_source_and_destination(v, p);
}

template <class V>
void visit_op(V& v, Cdp& c) {
    v("in_precision", 0, c.in_precision);
    v("out_precision", 1, c.out_precision);
    v("lut_index", 2, c.lut_index);
    visit_converter(v, "in_cvt", 4, c.in_cvt);
    visit_converter(v, "out_cvt", 12, c.out_cvt);
    v("local_size", 20, c.local_size);
    v("bypass_sqsum", 21, c.bypass_sqsum);
    v("bypass_out_mul", 22, c.bypass_out_mul);
}

template <class V>
void visit_surfaces(V& v, Cdp& c) {
    visit_source_and_destination(v, c);
}

template <class V>
void visit_op(V& v, Rubik& r) {
    v("mode", 0, r.mode);
    v("precision", 1, r.precision);
    v("stride_x", 2, r.stride_x);
    v("stride_y", 3, r.stride_y);
}

template <class V>
void visit_surfaces(V& v, Rubik& r) {
    visit_source_and_destination(v, r);
}

template <class V>
void visit_slope(V& v, const char* name, std::size_t at, LutSlope& slope) {
    v.enter(name);
    v("scale", at, slope.scale);
    v("shift", at + 2, slope.shift);
    v.leave();
}

template <class V>
void visit_lut(V& v, Lut& l) {
    for (std::size_t i = 0; i < l.le.size(); ++i)
        v("le", 2 * i, l.le[i]);
    for (std::size_t i = 0; i < l.lo.size(); ++i)
        v("lo", 130 + 2 * i, l.lo[i]);
    v("le_select", 644, l.le_select);
    v("lo_select", 646, l.lo_select);
    v("le_start", 648, l.le_start);
    v("le_end", 656, l.le_end);
    v("lo_start", 664, l.lo_start);
    v("lo_end", 672, l.lo_end);
    visit_slope(v, "le_underflow", 680, l.le_underflow);
    visit_slope(v, "le_overflow", 684, l.le_overflow);
    visit_slope(v, "lo_underflow", 688, l.lo_underflow);
    visit_slope(v, "lo_overflow", 692, l.lo_overflow);
    v("hybrid_priority", 696, l.hybrid_priority);
    v("underflow_priority", 697, l.underflow_priority);
    v("overflow_priority", 698, l.overflow_priority);
    v("method", 699, l.method);
}

}  // namespace dla::runtime
