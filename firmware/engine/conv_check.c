// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/engine/conv_check.h"

#include "firmware/engine/checks.h"

enum { DATA_FORMATS = DLA_FORMAT_FEATURE };

static int32_t check_modes(const struct dla_common_op_desc* op,
                           const struct dla_conv_op_desc* conv) {
    const struct dla_range ranges[] = {
        {"conv_mode", conv->conv_mode, DLA_CONV_DIRECT, DLA_CONV_WINOGRAD},
        {"data_reuse", conv->data_reuse, 0, 1},
        {"weight_reuse", conv->weight_reuse, 0, 1},
        {"skip_data_rls", conv->skip_data_rls, 0, 1},
        {"skip_weight_rls", conv->skip_weight_rls, 0, 1},
        {"data_format", conv->data_format, 0, DATA_FORMATS},
        {"pixel_mapping", conv->pixel_mapping, 0, 1},
        {"pixel_override", conv->pixel_override, 0, 1},
        {"mean_format", conv->mean_format, 0, 1},
        {"weight_format", conv->weight_format, DLA_WEIGHT_UNCOMPRESSED, DLA_WEIGHT_COMPRESSED},
        {"post_extension", conv->post_extension, 0, 2},
        {"pra_truncate", conv->pra_truncate, 0, 2},
        {"in_cvt.truncate", conv->in_cvt.truncate, 0, 63},
        {"in_cvt.offset", conv->in_cvt.offset, INT16_MIN, INT16_MAX},
        {"out_cvt.truncate", conv->out_cvt.truncate, 0, 31},
        {"out_cvt.scale", conv->out_cvt.scale, 1, 1},
        {"out_cvt.offset", conv->out_cvt.offset, 0, 0},
    };
    return dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
}

static int32_t check_sizes(const struct dla_common_op_desc* op,
                           const struct dla_conv_op_desc* conv) {
    const struct dla_range ranges[] = {
        {"entry_per_slice", conv->entry_per_slice, 1, 16384},
        {"fetch_grain", conv->fetch_grain, 1, 4096},
        {"release", conv->release, 1, 4096},
        {"batch", conv->batch, 1, 32},
        {"input_width_csc", conv->input_width_csc, 1, DLA_MAX_CUBE_SIZE},
        {"input_height_csc", conv->input_height_csc, 1, DLA_MAX_CUBE_SIZE},
        {"input_channel_csc", conv->input_channel_csc, 1, DLA_MAX_CUBE_SIZE},
        {"kernel_width_csc", conv->kernel_width_csc, 1, 32},
        {"kernel_height_csc", conv->kernel_height_csc, 1, 32},
        {"kernel_channel_csc", conv->kernel_channel_csc, 1, DLA_MAX_CUBE_SIZE},
        {"input_width_cmac", conv->input_width_cmac, 1, DLA_MAX_CUBE_SIZE},
        {"input_height_cmac", conv->input_height_cmac, 1, DLA_MAX_CUBE_SIZE},
        {"bytes_per_kernel", conv->bytes_per_kernel, 1, 262144},
        {"conv_stride_x", conv->conv_stride_x, 1, 8},
        {"conv_stride_y", conv->conv_stride_y, 1, 8},
        {"dilation_x", conv->dilation_x, 1, 32},
        {"dilation_y", conv->dilation_y, 1, 32},
        {"pad_x_left", conv->pad_x_left, 0, 31},
        {"pad_x_right", conv->pad_x_right, 0, 63},
        {"pad_y_top", conv->pad_y_top, 0, 31},
        {"pad_y_bottom", conv->pad_y_bottom, 0, 63},
    };
    return dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
}

static int32_t check_buffer(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                            const struct dla_conv_op_desc* conv) {
    // Compressed weights keep their mask in the last bank.
    const unsigned mask_banks = conv->weight_format == DLA_WEIGHT_COMPRESSED ? 1 : 0;
    const unsigned banks = engine->cbuf_banks;
    const struct dla_range ranges[] = {
        {"data_bank", conv->data_bank, 1, banks - 1},
        {"weight_bank", conv->weight_bank, 1, banks - 1},
    };
    const int32_t error = dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
    if (error != 0) return error;
    if (conv->data_bank + conv->weight_bank + mask_banks > banks)
        return DLA_REFUSE(op, "data_bank %u, weight_bank %u and %u for the mask exceed %u banks",
                          conv->data_bank, conv->weight_bank, mask_banks, banks);
    return 0;
}

static int32_t check_weights(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    int32_t error = dla_check_cube(engine, op, "weight", &surface->weight, conv->in_precision,
                                   DLA_CUBE_NO_SHAPE);
    if (error != 0 || conv->weight_format == DLA_WEIGHT_UNCOMPRESSED) return error;
    if (!engine->weight_compress_support)
        return DLA_REFUSE(op, "weight_format is %u, but this hardware has no weight compression",
                          conv->weight_format);
    error = dla_check_cube(engine, op, "wmb", &surface->wmb, conv->in_precision, DLA_CUBE_NO_SHAPE);
    if (error != 0) return error;
    return dla_check_cube(engine, op, "wgs", &surface->wgs, conv->in_precision, DLA_CUBE_NO_SHAPE);
}

static int32_t check_cubes(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    const unsigned rules = conv->data_format == DLA_FORMAT_FEATURE ? DLA_CUBE_FEATURE : 0;
    int32_t error = dla_check_cube(engine, op, "src", &surface->src, conv->in_precision, rules);
    if (error != 0) return error;
    error = dla_check_cube(engine, op, "dst", &surface->dst, conv->out_precision, DLA_CUBE_MAY_FLY);
    if (error != 0) return error;
    const struct dla_data_cube* dst = &surface->dst;
    uint64_t address;
    if (dst->type == DLA_MEMORY_HW && dst->address != -1) {
        error = dla_cube_address(engine, op, "dst", dst, &address);
        if (error != 0) return error;
    }
    if (dst->width == 1 && dst->height == 1 && dst->line_stride != engine->atom_size)
        return DLA_REFUSE(op, "dst is 1x1 with line_stride %u, legal %u (one atom)",
                          dst->line_stride, engine->atom_size);
    return 0;
}

int32_t dla_conv_check(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    int32_t error = check_modes(op, conv);
    if (error == 0) error = dla_check_precision(engine, op, "in_precision", conv->in_precision);
    if (error == 0) error = dla_check_precision(engine, op, "out_precision", conv->out_precision);
    if (error == 0) error = check_sizes(op, conv);
    if (error == 0) error = check_buffer(engine, op, conv);
    if (error == 0) error = check_weights(engine, group);
    return error != 0 ? error : check_cubes(engine, group);
}
