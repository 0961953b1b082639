// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// What the engine refuses: every check by name, with its sentence, and no register written for it.
#include <fmt/format.h>

#include <functional>

#include "firmware/testing/network_builder.hpp"
#include "firmware/testing/stub_dla.hpp"
#include "testing/catch.hpp"

namespace dla::firmware::testing {
namespace {

struct Bad {
    const char* config;
    dla_op_type type;
    std::function<void(NetworkBuilder&, union dla_operation&, union dla_surface&)> spoil;
    const char* sentence;
};

#define SPOIL(...)                                                                         \
    []([[maybe_unused]] NetworkBuilder& network, [[maybe_unused]] union dla_operation& op, \
       [[maybe_unused]] union dla_surface& surface) { __VA_ARGS__; }

const std::vector<Bad>& bad_operations() {
    static const std::vector<Bad> kAll = {
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.conv_mode = 2), "conv_mode is 2, legal 0..1"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.data_reuse = 2), "data_reuse is 2"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.weight_reuse = 9), "weight_reuse is 9"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.skip_data_rls = 2), "skip_data_rls is 2"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.skip_weight_rls = 2), "skip_weight_rls is 2"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.data_format = 37), "data_format is 37, legal 0..36"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.pixel_mapping = 2), "pixel_mapping is 2"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.pixel_override = 2), "pixel_override is 2"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.mean_format = 2), "mean_format is 2"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.weight_format = 2), "weight_format is 2"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.post_extension = 3), "post_extension is 3"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.pra_truncate = 3), "pra_truncate is 3"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.in_cvt.truncate = 64), "in_cvt.truncate is 64"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.in_cvt.offset = 40000), "in_cvt.offset is 40000"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.out_cvt.truncate = 32), "out_cvt.truncate is 32"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.out_cvt.scale = 2),
         "out_cvt.scale is 2, legal 1..1"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.out_cvt.offset = -1), "out_cvt.offset is -1"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.in_precision = 3), "in_precision is 3, legal 0..2"},
        {"nv_small", DLA_OP_CONV, SPOIL(op.conv.in_precision = 1),
         "in_precision is 1, which this hardware does not have"},
        {"nv_large", DLA_OP_CONV, SPOIL(op.conv.out_precision = 2),
         "out_precision is 2, which this hardware does not have"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.entry_per_slice = 0), "entry_per_slice is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.fetch_grain = 0), "fetch_grain is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.release = 0), "release is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.batch = 33), "batch is 33, legal 1..32"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.input_width_csc = 0), "input_width_csc is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.input_height_csc = 9000),
         "input_height_csc is 9000"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.input_channel_csc = 0), "input_channel_csc is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.kernel_width_csc = 33), "kernel_width_csc is 33"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.kernel_height_csc = 0), "kernel_height_csc is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.kernel_channel_csc = 0), "kernel_channel_csc is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.input_width_cmac = 0), "input_width_cmac is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.input_height_cmac = 0), "input_height_cmac is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.bytes_per_kernel = 0), "bytes_per_kernel is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.conv_stride_x = 9), "conv_stride_x is 9"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.conv_stride_y = 0), "conv_stride_y is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.dilation_x = 33), "dilation_x is 33"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.dilation_y = 0), "dilation_y is 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.pad_x_left = 32), "pad_x_left is 32"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.pad_x_right = 64), "pad_x_right is 64"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.pad_y_top = 32), "pad_y_top is 32"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.pad_y_bottom = 64), "pad_y_bottom is 64"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.data_bank = 0), "data_bank is 0, legal 1..15"},
        {"nv_small", DLA_OP_CONV, SPOIL(op.conv.weight_bank = 32),
         "weight_bank is 32, legal 1..31"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.data_bank = 9; op.conv.weight_bank = 8),
         "data_bank 9, weight_bank 8 and 0 for the mask exceed 16 banks"},
        {"nv_full", DLA_OP_CONV,
         SPOIL(op.conv.data_bank = 8; op.conv.weight_bank = 8; op.conv.weight_format = 1),
         "and 1 for the mask exceed 16 banks"},
        {"nv_small", DLA_OP_CONV, SPOIL(op.conv.weight_format = 1),
         "but this hardware has no weight compression"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.weight_format = 1; surface.conv.wmb.address = -1),
         "wmb has address index -1"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.weight_format = 1; surface.conv.wgs.address = 99),
         "wgs has address index 99, which the task's address list lacks"},
        {"nv_full", DLA_OP_CONV, SPOIL(surface.conv.weight.type = 2),
         "weight memory type is 2, legal 0..1"},
        {"nv_full", DLA_OP_CONV, SPOIL(surface.conv.src.width = 0), "src is 0x4x8, legal 1..8192"},
        {"nv_full", DLA_OP_CONV, SPOIL(surface.conv.dst.channel = 8193), "dst is 4x4x8193"},
        {"nv_full", DLA_OP_CONV, SPOIL(surface.conv.dst.type = 2; surface.conv.dst.address = 1000),
         "dst has address index 1000"},
        {"nv_full", DLA_OP_CONV, SPOIL(surface.conv.dst.width = surface.conv.dst.height = 1),
         "dst is 1x1 with line_stride 128, legal 32"},
        {"nv_small", DLA_OP_CONV, SPOIL(surface.conv.src.type = 1),
         "src lies in CVSRAM, which this hardware does not have"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.conv_mode = 2), "conv_mode is 2"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.batch_num = 0), "batch_num is 0"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.lut_index = 0), "lut_index is 0, legal -1..-1"},
        {"nv_full", DLA_OP_SDP, SPOIL(network.add_lut(); op.sdp.lut_index = 1),
         "lut_index is 1, legal -1..0"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.out_cvt.truncate = 64), "out_cvt.truncate is 64"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.src_precision = 3), "src_precision is 3"},
        {"nv_small", DLA_OP_SDP, SPOIL(op.sdp.dst_precision = 2), "dst_precision is 2, which"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.x1.enable = 1; op.sdp.x1.alu_type = 3),
         "x1 has alu_type 3"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.x1.enable = 1; op.sdp.x1.type = 4), "type 4"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.x2.enable = 1; op.sdp.x2.mode = 3), "x2 has"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.x2.enable = 1; op.sdp.x2.act = DLA_ACT_LUT), "act 2"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.y.enable = 1; op.sdp.y.alu_type = 4),
         "y has alu_type 4"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.y.enable = 1; op.sdp.y.act = 4), "act 4"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.x1.enable = 1; op.sdp.x1.shift_value = 64),
         "shift_value 64"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.y.enable = 1; op.sdp.y.precision = 3), "precision 3"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.y.enable = 1; op.sdp.y.mul_cvt.truncate = 64),
         "converter truncates 0 and 64"},
        {"nv_full", DLA_OP_SDP,
         SPOIL(op.sdp.y.enable = 1; op.sdp.y.type = 2; op.sdp.y.mode = 1;
               surface.sdp.y.address = -1),
         "y has address index -1"},
        {"nv_full", DLA_OP_SDP,
         SPOIL(op.sdp.x1.enable = 1; op.sdp.x1.type = 1; op.sdp.x1.mode = 2;
               surface.sdp.x1.type = 2),
         "x1 memory type is 2"},
        {"nv_full", DLA_OP_SDP, SPOIL(surface.sdp.src.type = 3),
         "src memory type is 3, legal 0..2"},
        {"nv_full", DLA_OP_SDP, SPOIL(surface.sdp.dst.line_stride = 96),
         "dst line_stride is 96, a line of 4 atoms needs 128"},
        {"nv_full", DLA_OP_SDP, SPOIL(surface.sdp.dst.line_stride = 132),
         "are not multiples of the 32-byte atom"},
        {"nv_full", DLA_OP_SDP,
         SPOIL(surface.sdp.src.channel = 33; surface.sdp.src.surf_stride = 480),
         "src surf_stride is 480, a surface of 4 lines needs 512"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.pool_mode = 3), "pool_mode is 3"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.pool_width = 8), "pool_width is 8, legal 0..7"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.pool_height = 255), "pool_height is 255"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.stride_x = 0), "stride_x is 0, legal 1..8"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.stride_y = 9), "stride_y is 9"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.pad_left = 8), "pad_left is 8"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.pad_right = 8), "pad_right is 8"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.pad_top = 8), "pad_top is 8"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.pad_bottom = 8), "pad_bottom is 8"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.split_num = 65), "split_num is 65, legal 1..64"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.partial_in_width_mid = 1025),
         "partial_in_width_mid is 1025"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.partial_width_last = 1025),
         "partial_width_last is 1025"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.precision = 3), "precision is 3"},
        {"nv_full", DLA_OP_PDP, SPOIL(surface.two_cubes.dst.type = 2),
         "dst memory type is 2, legal 0..1"},
        {"nv_full", DLA_OP_PDP, SPOIL(surface.two_cubes.src.type = 2; op.pdp.split_num = 2),
         "split_num is 2, legal 1 for data from SDP"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.precision = 2; op.pdp.padding_value[6] = 7),
         "padding_value[6] is 7, legal 0 for fp16"},
        {"nv_full", DLA_OP_CDP, SPOIL(op.cdp.local_size = 11), "local_size is 11, legal 3..9"},
        {"nv_full", DLA_OP_CDP, SPOIL(op.cdp.local_size = 4), "local_size is 4, legal 3, 5, 7, 9"},
        {"nv_full", DLA_OP_CDP, SPOIL(op.cdp.lut_index = 5), "lut_index is 5"},
        {"nv_full", DLA_OP_CDP, SPOIL(op.cdp.out_precision = 1), "out_precision 1 differ"},
        {"nv_full", DLA_OP_CDP, SPOIL(op.cdp.in_precision = op.cdp.out_precision = 3),
         "in_precision is 3"},
        {"nv_full", DLA_OP_CDP, SPOIL(op.cdp.in_cvt.offset = 32768), "in_cvt.offset is 32768"},
        {"nv_full", DLA_OP_CDP, SPOIL(op.cdp.in_cvt.truncate = 32), "in_cvt.truncate is 32"},
        {"nv_full", DLA_OP_CDP, SPOIL(op.cdp.out_cvt.truncate = 64), "out_cvt.truncate is 64"},
        {"nv_full", DLA_OP_CDP, SPOIL(op.cdp.bypass_sqsum = 2), "bypass_sqsum is 2"},
        {"nv_full", DLA_OP_CDP, SPOIL(op.cdp.bypass_out_mul = 2), "bypass_out_mul is 2"},
        {"nv_full", DLA_OP_CDP, SPOIL(surface.two_cubes.src.type = 2),
         "src memory type is 2, legal 0..1"},
        {"nv_small", DLA_OP_RUBIK, SPOIL(), "this hardware has no Rubik unit"},
        {"nv_full", DLA_OP_RUBIK, SPOIL(op.rubik.mode = 3), "mode is 3, legal 0..2"},
        {"nv_full", DLA_OP_RUBIK, SPOIL(op.rubik.precision = 3), "precision is 3"},
        {"nv_full", DLA_OP_RUBIK, SPOIL(op.rubik.stride_x = 33), "stride_x is 33"},
        {"nv_full", DLA_OP_RUBIK, SPOIL(op.rubik.stride_y = 0), "stride_y is 0"},
        {"nv_full", DLA_OP_RUBIK, SPOIL(op.rubik.mode = 2), "src plane_stride is 0"},
        {"nv_full", DLA_OP_RUBIK, SPOIL(op.rubik.mode = 2; surface.two_cubes.src.plane_stride = 48),
         "src plane_stride is 48, legal multiples of 32"},
        {"nv_full", DLA_OP_RUBIK, SPOIL(surface.two_cubes.src.type = 2), "src memory type is 2"},
        {"nv_large", DLA_OP_BDMA, SPOIL(), "this hardware has no BDMA unit"},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.num_transfers = 21),
         "num_transfers is 21, legal 0..20"},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.source_type = 2), "source_type is 2"},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.destination_type = 2), "destination_type is 2"},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.transfers[0].line_size = 0), "line_size is 0"},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.transfers[0].line_size = 40),
         "line_size is 40, legal multiples of 32"},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.transfers[0].line_repeat = 8193),
         "line_repeat is 8193"},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.transfers[0].surface_repeat = 0),
         "surface_repeat is 0"},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.transfers[0].source_line = 32),
         "source_line is 32, legal 64.."},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.transfers[0].destination_line = 32),
         "destination_line is 32"},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.transfers[0].source_surface = 127),
         "source_surface is 127, legal 128.."},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.transfers[0].destination_surface = 64),
         "destination_surface is 64"},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.transfers[0].source_address = -1),
         "source has address index -1"},
        {"nv_full", DLA_OP_BDMA, SPOIL(surface.bdma.transfers[0].destination_address = 77),
         "destination has address index 77"},
        // Bytes outside the memory of an address.
        {"nv_full", DLA_OP_CONV, SPOIL(surface.conv.src.offset = 3800),
         "src has 512 bytes from offset 3800 on, not all inside address index 7"},
        {"nv_full", DLA_OP_CONV, SPOIL(surface.conv.weight.offset = 4000),
         "weight has 128 bytes from offset 4000"},
        {"nv_full", DLA_OP_CONV,
         SPOIL(op.conv.weight_format = 1; surface.conv.wmb = surface.conv.weight;
               surface.conv.wgs = surface.conv.weight; surface.conv.wmb.size = 5000),
         "wmb has 5000 bytes"},
        {"nv_full", DLA_OP_CONV,
         SPOIL(op.conv.weight_format = 1; surface.conv.wmb = surface.conv.weight;
               surface.conv.wgs = surface.conv.weight; surface.conv.wgs.size = 0),
         "wgs has 0 bytes"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.batch = 2; op.conv.batch_stride = 4000),
         "src has 4512 bytes"},
        {"nv_full", DLA_OP_SDP, SPOIL(surface.sdp.dst.offset = 3700),
         "dst has 512 bytes from offset 3700"},
        {"nv_full", DLA_OP_SDP,
         SPOIL(op.sdp.x1.enable = 1; op.sdp.x1.type = 2; op.sdp.x1.mode = 1;
               surface.sdp.x1.offset = 4090),
         "x1 has 8 bytes from offset 4090"},
        {"nv_full", DLA_OP_SDP,
         SPOIL(surface.sdp.src.type = 2; op.sdp.batch_num = 2; op.sdp.batch_stride = 4000),
         "dst has 4512 bytes"},
        {"nv_full", DLA_OP_PDP, SPOIL(surface.two_cubes.src.offset = 4000), "src has 512 bytes"},
        {"nv_full", DLA_OP_CDP, SPOIL(surface.two_cubes.dst.offset = 4000), "dst has 512 bytes"},
        {"nv_full", DLA_OP_BDMA,
         SPOIL(auto& transfer = surface.bdma.transfers[0]; transfer.line_repeat = 100;
               transfer.source_surface = transfer.destination_surface = 6400),
         "source has 6400 bytes"},
        {"nv_full", DLA_OP_BDMA,
         SPOIL(auto& transfer = surface.bdma.transfers[0]; transfer.destination_line = 4064;
               transfer.destination_surface = 8128),
         "destination has 4128 bytes"},
        // Sizes of a convolution against each other.
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.bytes_per_kernel = 9),
         "bytes_per_kernel is 9, a kernel of 1x1x8 has 8 bytes"},
        {"nv_full", DLA_OP_CONV, SPOIL(surface.conv.weight.size = 63),
         "weight size is 63, 8 kernels of 8 bytes need 64"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.input_width_cmac = 3),
         "input_width_cmac and input_height_cmac are 3x4, dst is 4x4"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.input_height_csc = 5),
         "CSC expects 4x5x8, src is 4x4x8"},
        {"nv_full", DLA_OP_CONV,
         SPOIL(op.conv.kernel_channel_csc = 16; op.conv.bytes_per_kernel = 16),
         "kernel_channel_csc is 16 and input_channel_csc 8"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.kernel_width_csc = 2; op.conv.bytes_per_kernel = 16),
         "dst width is 4, but kernels of 2 in steps of 1 fit 3 times into 4"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.pad_y_top = 1),
         "dst height is 4, but kernels of 1 in steps of 1 fit 5 times into 5"},
        {"nv_full", DLA_OP_CONV,
         SPOIL(op.conv.kernel_height_csc = 2; op.conv.bytes_per_kernel = 16;
               op.conv.dilation_y = 3),
         "kernels of 4 in steps of 1 fit 1 times"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.conv_stride_x = 2), "in steps of 2 fit 2 times"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.in_precision = 1),
         "in_precision 1 does not become out_precision 0 (in_cvt.enable 0)"},
        // Pictures.
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.data_format = 12),
         "data_format 12 has 4 channels of precision 0, not 8 of 0"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.data_format = 8; surface.conv.src.channel = 4),
         "data_format 8 has 4 channels of precision 2, not 4 of 0"},
        {"nv_full", DLA_OP_CONV,
         SPOIL(op.conv.data_format = 12; surface.conv.src.channel = 4; op.conv.batch = 2),
         "a picture (data_format below 36) takes neither batch"},
        {"nv_full", DLA_OP_CONV,
         SPOIL(op.conv.data_format = 12; surface.conv.src.channel = 4;
               surface.conv.src.line_stride = 8),
         "src line_stride is 8, legal multiples of the 32-byte atom from 16 on"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.data_format = 28; surface.conv.src.channel = 3),
         "in_line_uv_stride is 0, legal multiples of the 32-byte atom from 8 on"},
        {"nv_full", DLA_OP_CONV,
         SPOIL(op.conv.data_format = 28; surface.conv.src.channel = 3;
               surface.conv.in_line_uv_stride = 32; surface.conv.offset_u_low = 4000),
         "src has 4104 bytes"},
        {"nv_full", DLA_OP_CONV,
         SPOIL(op.conv.data_format = 28; surface.conv.src.channel = 3;
               surface.conv.in_line_uv_stride = 32;
               surface.conv.offset_u_low = surface.conv.offset_u_high = 0xffffffff),
         "offset_u is -1, before the memory of src at offset 0"},
        {"nv_full", DLA_OP_CONV,
         SPOIL(op.conv.data_format = 12; surface.conv.src.channel = op.conv.input_channel_csc = 4;
               op.conv.kernel_channel_csc = 6; op.conv.bytes_per_kernel = 6),
         "kernel is 1 wide with 6 channels, on a picture 1 wide with multiples of 4"},
        // What a configuration lacks.
        {"nv_large", DLA_OP_CONV, SPOIL(op.conv.conv_mode = 1),
         "conv_mode is 1, but this hardware has no Winograd"},
        {"nv_full", DLA_OP_CONV, SPOIL(op.conv.conv_mode = 1), "kernel_width_csc is 1, legal 4..4"},
        {"nv_small", DLA_OP_CONV, SPOIL(op.conv.batch = 2),
         "batch is 2, this hardware takes at most 1"},
        {"nv_small", DLA_OP_SDP, SPOIL(op.sdp.y.enable = 1; op.sdp.y.type = 2),
         "y is enabled (type 2, act 0), which this hardware does not have"},
        {"nv_small", DLA_OP_SDP, SPOIL(network.add_lut(); op.sdp.lut_index = 0),
         "lut_index is 0, but this hardware has no table in SDP"},
        {"nv_small", DLA_OP_SDP, SPOIL(op.sdp.batch_num = 2), "this hardware takes at most 1"},
        {"nv_large", DLA_OP_SDP, SPOIL(op.sdp.conv_mode = 1), "this hardware has no Winograd"},
        // SDP against itself and its operands.
        {"nv_full", DLA_OP_SDP, SPOIL(surface.sdp.dst.height = 3),
         "src is 4x4x8 and dst 4x3x8, but they must be equal"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.dst_precision = 2),
         "src_precision 0 does not convert to dst_precision 2"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.batch_num = 2),
         "batch_num 2 and conv_mode 0 take data from memory"},
        {"nv_full", DLA_OP_SDP,
         SPOIL(surface.sdp.src.type = 2; op.sdp.conv_mode = 1;
               surface.sdp.src.width = surface.sdp.dst.width = 3),
         "dst is 3x4, Winograd gives multiples of 4"},
        {"nv_full", DLA_OP_SDP,
         SPOIL(op.sdp.x1.enable = 1; op.sdp.x1.type = 1; op.sdp.x1.mode = 2;
               surface.sdp.x1.width = 3),
         "x1 is 3x4x8 and dst 4x4x8"},
        {"nv_full", DLA_OP_SDP,
         SPOIL(op.sdp.x2.enable = 1; op.sdp.x2.type = 3; op.sdp.x2.mode = 2;
               op.sdp.x2.precision = 1),
         "x2 line_stride is 128, a line of 4 values needs 512"},
        {"nv_full", DLA_OP_SDP, SPOIL(op.sdp.y.enable = 1; op.sdp.y.act = DLA_ACT_LUT),
         "y looks up a table, but lut_index is -1"},
        {"nv_full", DLA_OP_SDP,
         SPOIL(network.add_lut(); op.sdp.lut_index = 0; network.lut(0).method = 2),
         "LUT method is 2, legal 0..1"},
        {"nv_full", DLA_OP_CDP,
         SPOIL(network.add_lut(); op.cdp.lut_index = 0; network.lut(0).hybrid_priority = 2),
         "LUT hybrid_priority is 2"},
        {"nv_full", DLA_OP_CDP,
         SPOIL(network.add_lut(); op.cdp.lut_index = 0; network.lut(0).underflow_priority = 2),
         "LUT underflow_priority is 2"},
        {"nv_full", DLA_OP_CDP,
         SPOIL(network.add_lut(); op.cdp.lut_index = 0; network.lut(0).overflow_priority = 2),
         "LUT overflow_priority is 2"},
        {"nv_full", DLA_OP_CDP, SPOIL(surface.two_cubes.dst.width = 3),
         "src is 4x4x8 and dst 3x4x8"},
        // Pooling windows, stripes and the line buffer.
        {"nv_full", DLA_OP_PDP, SPOIL(surface.two_cubes.dst.channel = 9),
         "src has 8 channels and dst 9"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.pad_left = 1),
         "width is padded by 1 and 0, at most 0 leave a pixel in each window"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.pool_width = 1),
         "dst width is 4, but windows of 2 in steps of 1 fit 3 times into 4"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.stride_y = 2),
         "dst height is 4, but windows of 1 in steps of 2 fit 2 times into 4"},
        {"nv_full", DLA_OP_PDP, SPOIL(op.pdp.split_num = 2),
         "2 stripes have output widths 0, 0 and 0, legal from 1"},
        {"nv_full", DLA_OP_PDP,
         SPOIL(op.pdp.split_num = 2; op.pdp.partial_width_first = 2; op.pdp.partial_width_last = 1),
         "the output widths of 2 stripes add up to 3, dst width is 4"},
        {"nv_full", DLA_OP_PDP,
         SPOIL(op.pdp.split_num = 2; op.pdp.partial_width_first = op.pdp.partial_width_last = 2;
               op.pdp.partial_in_width_first = op.pdp.partial_in_width_last = 3),
         "the input widths of 2 stripes add up to 6, src width is 4"},
        {"nv_small", DLA_OP_PDP,
         SPOIL(auto& cubes = surface.two_cubes; cubes.src.width = cubes.dst.width = 130;
               cubes.src.height = cubes.dst.height = 1;
               cubes.src.line_stride = cubes.dst.line_stride = 1040),
         "an output line of 130 columns does not fit into the line buffer: with kernel height 1 "
         "and stride_y 1 it holds 128"},
        // Rubik.
        {"nv_full", DLA_OP_RUBIK, SPOIL(op.rubik.stride_x = 2),
         "dst is 4x4, contracting 4x4 by 2x1 gives 8x4"},
        {"nv_full", DLA_OP_RUBIK, SPOIL(surface.two_cubes.src.channel = 40),
         "src has 40 channels, but 1 blocks for the 8 channels of dst are 1 surfaces"},
        {"nv_full", DLA_OP_RUBIK, SPOIL(op.rubik.mode = 1), "dst plane_stride is 0"},
        {"nv_full", DLA_OP_RUBIK, SPOIL(op.rubik.mode = 1; surface.two_cubes.dst.plane_stride = 32),
         "dst plane_stride is 32, a plane of 4 lines needs 512"},
        {"nv_full", DLA_OP_RUBIK,
         SPOIL(op.rubik.mode = 1; surface.two_cubes.dst.plane_stride = 512;
               surface.two_cubes.dst.line_stride = 48),
         "dst line_stride is 48, legal multiples of 32 from 4 on"},
        {"nv_full", DLA_OP_RUBIK,
         SPOIL(op.rubik.mode = 1; surface.two_cubes.dst.plane_stride = 1024), "dst has 7556 bytes"},
        {"nv_full", DLA_OP_RUBIK,
         SPOIL(op.rubik.mode = 2; surface.two_cubes.src.plane_stride = 512;
               surface.two_cubes.dst.channel = 7),
         "src is 4x4x8 and dst 4x4x7"},
        // The graph.
        {"nv_full", DLA_OP_PDP, SPOIL(network.common(0).consumers[4].index = 1),
         "CDP operation 1 is referred to, the network has 1 operations"},
        {"nv_full", DLA_OP_PDP, SPOIL(network.common(0).consumers[3].index = -2),
         "PDP operation -2 is referred to"},
        {"nv_full", DLA_OP_PDP, SPOIL(network.common(0).consumers[4].index = 0),
         "operation 0 is expected to be CDP, its op_type is 3 (PDP)"},
        {"nv_full", DLA_OP_BDMA, SPOIL(network.common(0).fused_parent.index = 0),
         "nothing can feed a BDMA"},
        {"nv_full", DLA_OP_PDP, SPOIL(network.common(0).fused_parent.index = 0),
         "operation 0 is expected to be SDP"},
        {"nv_full", DLA_OP_PDP,
         SPOIL(network.common(0).consumers[3] = {0, DLA_EVENT_OP_PROGRAMMED, 0}),
         "event 2 for PDP operation 0, which waits for nothing more"},
        {"nv_full", DLA_OP_PDP, SPOIL(network.common(0).op_type = 200),
         "operation 0 is expected to be PDP, its op_type is 200 (unknown)"},
    };
    return kAll;
}

#undef SPOIL

bool enables_or_programs(const StubDla& dla) {
    return !dla.timeline.empty();
}

}  // namespace

TEST_CASE(
    "an operation the hardware could not do is refused with a sentence before it is programmed") {
    for (const Bad& bad : bad_operations()) {
        const HardwareConfig hardware = *builtin_config(bad.config);
        NetworkBuilder network(hardware);
        const int op = network.add(bad.type);
        bad.spoil(network, network.operation(op), network.surface(op));
        StubDla dla(hardware.address_map);
        network.fill(dla);
        Engine engine(dla);
        INFO(bad.config << " " << name_of(bad.type) << ": " << bad.sentence);
        const auto started = engine.execute(engine_config(hardware, DLA_LAYOUT_B));
        REQUIRE_FALSE(started);
        INFO(started.error().message);
        CHECK(started.error().message.find("firmware error -3") == 0);
        CHECK(started.error().message.find(bad.sentence) != std::string::npos);
        CHECK(dla.errors.size() == 1);
        const bool found_after_programming =
            started.error().message.find("waits for nothing more") != std::string::npos;
        CHECK(enables_or_programs(dla) == found_after_programming);
    }
}

namespace {

struct BadNetwork {
    std::function<void(NetworkBuilder&, TaskPort&)> spoil;
    const char* sentence;
};

}  // namespace

TEST_CASE("a network descriptor that leads nowhere is refused with a sentence") {
    using Builder = NetworkBuilder;
    const auto field = [](auto member, auto value) {
        return [member, value](Builder& network, TaskPort& port) {
            network.network().*member =
                static_cast<std::remove_reference_t<decltype(network.network().*member)>>(value);
            network.fill(port);
        };
    };
    const std::vector<BadNetwork> all = {
        {field(&dla_network_desc::operation_desc_index, 90), "operation list is address index 90"},
        {field(&dla_network_desc::surface_desc_index, -1), "surface list is address index -1"},
        {field(&dla_network_desc::dependency_graph_index, 900), "dependency list is address"},
        {field(&dla_network_desc::stat_list_index, 90), "statistics list is address index 90"},
        {field(&dla_network_desc::num_rois, 0), "0 regions of interest, legal 1..127"},
        {field(&dla_network_desc::num_rois, 128), "128 regions of interest"},
        {field(&dla_network_desc::dynamic_roi, 1), "region list is address index -1"},
        {[](Builder& network, TaskPort& port) {
             network.network().op_head[DLA_OP_CDP] = 1;
             network.fill(port);
         },
         "the first CDP operation is 1, legal -1..0"},
        {[](Builder& network, TaskPort& port) {
             network.add_lut();
             network.network().lut_data_index = -7;
             network.fill(port);
         },
         "LUT list is address index -7"},
        {[](Builder& network, TaskPort& port) {
             network.network().dynamic_roi = 1;
             network.network().roi_array_index = Builder::kRois;
             network.fill(port);
         },
         "the list has 0 regions of interest, legal 1..1"},
        {[](Builder& network, TaskPort& port) {
             network.network().dynamic_roi = 1;
             network.network().roi_array_index = Builder::kRois;
             network.fill(port);
             port.memories[Builder::kRois].bytes[0] = 1;
         },
         "the input surface is address index -1"},
        {[](Builder& network, TaskPort& port) {
             network.network().dynamic_roi = 1;
             network.network().roi_array_index = Builder::kRois;
             network.network().surface_index = Builder::kInput;
             network.fill(port);
             auto& bytes = port.memories[Builder::kRois].bytes;
             bytes[0] = 1;
             bytes[8] = 4;  // left 4, right 0
         },
         "region of interest 4..0 by 0..0 is empty"},
        {[](Builder& network, TaskPort& port) {
             network.fill(port);
             port.memories[Builder::kNetwork].bytes.resize(39);
         },
         "cannot read the network descriptor"},
        {[](Builder& network, TaskPort& port) {
             network.fill(port);
             port.memories[Builder::kDependencies].bytes.resize(35);
         },
         "cannot read its dependency entry"},
        {[](Builder& network, TaskPort& port) {
             network.fill(port);
             port.memories[Builder::kOperations].bytes.resize(100);
         },
         "cannot read its operation entry"},
        {[](Builder& network, TaskPort& port) {
             network.fill(port);
             port.memories[Builder::kSurfaces].bytes.clear();
         },
         "cannot read its surface entry"},
        {[](Builder& network, TaskPort& port) {
             network.fill(port);
             port.addresses.clear();
         },
         "the network's descriptor is address index 0"},
    };
    for (const BadNetwork& bad : all) {
        const HardwareConfig hardware = *builtin_config("nv_full");
        NetworkBuilder network(hardware);
        network.add(DLA_OP_PDP);
        StubDla dla(hardware.address_map);
        bad.spoil(network, dla);
        Engine engine(dla);
        INFO(bad.sentence);
        const auto started = engine.execute(engine_config(hardware, DLA_LAYOUT_B));
        REQUIRE_FALSE(started);
        INFO(started.error().message);
        CHECK(started.error().message.find(bad.sentence) != std::string::npos);
        CHECK_FALSE(enables_or_programs(dla));
    }
}

TEST_CASE("what one operation passes on must be what the next expects") {
    const HardwareConfig hardware = *builtin_config("nv_full");
    const auto refusal = [&](bool other_size) {
        NetworkBuilder network(hardware);
        const int conv = network.add(DLA_OP_CONV);
        const int sdp = network.add(DLA_OP_SDP);
        network.fuse(sdp, conv);
        dla_sdp_surface_desc& surface = network.surface(sdp).sdp;
        if (other_size)
            surface.src.width = surface.dst.width = 3;
        else
            network.surface(conv).conv.dst.type = DLA_MEMORY_MC;
        StubDla dla(hardware.address_map);
        network.fill(dla);
        Engine engine(dla);
        const auto started = engine.execute(engine_config(hardware, DLA_LAYOUT_B));
        return started ? std::string() : started.error().message;
    };
    CHECK(refusal(true).find("SDP operation 1, ROI 0: src is 3x4x8 and dst of the operation that "
                             "feeds it 4x4x8, but they must be equal") != std::string::npos);
    CHECK(refusal(false).find("src comes on the fly from CONV operation 0, whose dst type is 0") !=
          std::string::npos);
}

TEST_CASE("a convolution is not programmed into a group that still runs") {
    const HardwareConfig hardware = *builtin_config("nv_full");
    NetworkBuilder network(hardware);
    network.add(DLA_OP_CONV);
    StubDla dla(hardware.address_map);
    network.fill(dla);
    Engine engine(dla);
    REQUIRE(engine.execute(engine_config(hardware, DLA_LAYOUT_B)));
    engine.clear();  // the hardware does not know
    const auto again = engine.execute(engine_config(hardware, DLA_LAYOUT_B));
    REQUIRE_FALSE(again);
    CHECK(again.error().message.find("is not idle in group 0 (status 1)") != std::string::npos);
}

}  // namespace dla::firmware::testing
