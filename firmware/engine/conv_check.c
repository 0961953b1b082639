// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/engine/conv_check.h"

#include "firmware/engine/checks.h"
#include "firmware/engine/conv_buffer_check.h"

enum { DATA_FORMATS = DLA_FORMAT_FEATURE };

// How pixels of a format lie in memory and what CDMA must be told about them. spec:
// data-formats.md section 2.
struct dla_pixel_format {
    uint8_t bytes;         // per pixel in the first plane
    uint8_t second_bytes;  // in the second one, 0: none
    uint8_t channels;
    uint8_t precision;
};

static struct dla_pixel_format pixel_format(uint8_t data_format) {
    enum { INT8 = DLA_PRECISION_INT8, INT16 = DLA_PRECISION_INT16, FP16 = DLA_PRECISION_FP16 };
    const bool is_float = data_format == 5 || data_format == 8 || data_format == 11;
    const uint8_t wide = is_float ? FP16 : INT16;
    if (data_format == 0) return (struct dla_pixel_format){1, 0, 1, INT8};
    if (data_format <= 5) return (struct dla_pixel_format){2, 0, 1, wide};
    if (data_format <= 11) return (struct dla_pixel_format){8, 0, 4, wide};
    if (data_format >= 20 && data_format <= 25) return (struct dla_pixel_format){4, 0, 4, INT16};
    if (data_format <= 27) return (struct dla_pixel_format){4, 0, 4, INT8};
    if (data_format <= 29) return (struct dla_pixel_format){1, 2, 3, INT8};
    return (struct dla_pixel_format){2, 4, 3, INT16};
}

uint32_t dla_conv_bytes_per_pixel(uint8_t data_format) {
    return data_format == DLA_FORMAT_FEATURE ? DLA_FEATURE_BYTES_PER_PIXEL
                                             : pixel_format(data_format).bytes;
}

static int32_t check_modes(const struct dla_common_op_desc* op,
                           const struct dla_conv_op_desc* conv) {
    const struct dla_range ranges[] = {
        {"conv_mode", conv->conv_mode, DLA_CONV_DIRECT, DLA_CONV_WINOGRAD},
        {"data_reuse", conv->data_reuse, 0, 1},
        {"weight_reuse", conv->weight_reuse, 0, 1},
        {"skip_data_rls", conv->skip_data_rls, 0, 1},
        {"skip_weight_rls", conv->skip_weight_rls, 0, 1},
        {"data_format", conv->data_format, 0, DATA_FORMATS},
        {"pixel_mapping", conv->pixel_mapping, 0, 0},
        {"pixel_override", conv->pixel_override, 0, 1},
        {"mean_format", conv->mean_format, 0, 1},
        {"weight_format", conv->weight_format, DLA_WEIGHT_UNCOMPRESSED, DLA_WEIGHT_COMPRESSED},
        {"post_extension", conv->post_extension, 0, 2},
        {"pra_truncate", conv->pra_truncate, 0, 2},
        {"in_cvt.truncate", conv->in_cvt.truncate, 0, 63},
        {"in_cvt.offset", conv->in_cvt.offset, INT16_MIN, INT16_MAX},
        {"out_cvt.truncate", conv->out_cvt.truncate, 0, 16},
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

static int32_t check_compressed(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    const uint8_t precision = group->operation.conv.in_precision;
    if (!engine->weight_compress_support)
        return DLA_REFUSE(op, "weight_format is %u, but this hardware has no weight compression",
                          group->operation.conv.weight_format);
    int32_t error = dla_check_cube(engine, op, "wmb", &surface->wmb, precision, DLA_CUBE_NO_SHAPE);
    if (error == 0)
        error = dla_check_cube(engine, op, "wgs", &surface->wgs, precision, DLA_CUBE_NO_SHAPE);
    if (error == 0)
        error = dla_check_cube_bytes(engine, op, "wmb", &surface->wmb, surface->wmb.size);
    if (error == 0)
        error = dla_check_cube_bytes(engine, op, "wgs", &surface->wgs, surface->wgs.size);
    return error;
}

static int32_t check_weights(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    const uint64_t kernel = (uint64_t)conv->kernel_width_csc * conv->kernel_height_csc *
                            conv->kernel_channel_csc * dla_element_bytes(conv->out_precision);
    int32_t error = dla_check_cube(engine, op, "weight", &surface->weight, conv->in_precision,
                                   DLA_CUBE_NO_SHAPE);
    if (error == 0 && conv->weight_format == DLA_WEIGHT_COMPRESSED)
        error = check_compressed(engine, group);
    if (error == 0)
        error = dla_check_cube_bytes(engine, op, "weight", &surface->weight, surface->weight.size);
    if (error != 0) return error;
    if (conv->bytes_per_kernel != kernel)
        return DLA_REFUSE(op, "bytes_per_kernel is %u, a kernel of %ux%ux%u has %llu bytes",
                          conv->bytes_per_kernel, conv->kernel_width_csc, conv->kernel_height_csc,
                          conv->kernel_channel_csc, (unsigned long long)kernel);
    const uint64_t all = kernel * surface->dst.channel;
    if (conv->weight_format == DLA_WEIGHT_UNCOMPRESSED && surface->weight.size < all)
        return DLA_REFUSE(op, "weight size is %u, %u kernels of %u bytes need %llu",
                          surface->weight.size, surface->dst.channel, conv->bytes_per_kernel,
                          (unsigned long long)all);
    return 0;
}

static int32_t check_plane(const struct dla_engine* engine, const struct dla_group* group,
                           const char* name, uint32_t line_stride, uint32_t pixel_bytes,
                           uint64_t plane_offset) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_data_cube* src = &group->surface.conv.src;
    const uint32_t line = src->width * pixel_bytes;
    if (line_stride < line || line_stride % engine->atom_size != 0)
        return DLA_REFUSE(op, "%s is %u, legal multiples of the %u-byte atom from %u on", name,
                          line_stride, engine->atom_size, line);
    return dla_check_source_bytes(engine, op, src, pixel_bytes,
                                  plane_offset + (uint64_t)(src->height - 1u) * line_stride + line);
}

static int32_t check_pixels(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    const struct dla_pixel_format format = pixel_format(conv->data_format);
    if (conv->in_precision != format.precision || surface->src.channel != format.channels)
        return DLA_REFUSE(op, "data_format %u has %u channels of precision %u, not %u of %u",
                          conv->data_format, format.channels, format.precision,
                          surface->src.channel, conv->in_precision);
    if (conv->batch != 1 || conv->dilation_x != 1 || conv->dilation_y != 1 ||
        conv->conv_mode != DLA_CONV_DIRECT)
        return DLA_REFUSE(op, "%s",
                          "a picture (data_format below 36) takes neither batch, "
                          "dilation nor Winograd");
    const int32_t error =
        check_plane(engine, group, "src line_stride", surface->src.line_stride, format.bytes, 0);
    if (error != 0 || format.second_bytes == 0) return error;
    const uint64_t offset = surface->offset_u_low | ((uint64_t)surface->offset_u_high << 32);
    if (surface->src.offset + offset > INT64_MAX)
        return DLA_REFUSE(op, "offset_u is %lld, before the memory of src at offset %u",
                          (long long)offset, surface->src.offset);
    return check_plane(engine, group, "in_line_uv_stride", surface->in_line_uv_stride,
                       format.second_bytes, offset);
}

static int32_t check_features(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_data_cube* src = &group->surface.conv.src;
    const uint64_t batches = (conv->batch - 1ull) * conv->batch_stride;
    if (engine->limits.batch_max != 0 && conv->batch > engine->limits.batch_max)
        return DLA_REFUSE(op, "batch is %u, this hardware takes at most %u", conv->batch,
                          engine->limits.batch_max);
    return dla_check_source_bytes(engine, op, src, DLA_FEATURE_BYTES_PER_PIXEL,
                                  batches + dla_feature_bytes(engine, src, conv->in_precision));
}

static int32_t check_cubes(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    const unsigned rules = dla_conv_is_pixel(conv) ? 0 : DLA_CUBE_FEATURE | DLA_CUBE_WINDOW;
    int32_t error = dla_check_cube(engine, op, "src", &surface->src, conv->in_precision, rules);
    if (error == 0)
        error =
            dla_conv_is_pixel(conv) ? check_pixels(engine, group) : check_features(engine, group);
    if (error == 0)
        error =
            dla_check_cube(engine, op, "dst", &surface->dst, conv->out_precision, DLA_CUBE_MAY_FLY);
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

// One direction: the kernel must fit as often as there are results.
static int32_t check_direction(const struct dla_common_op_desc* op, const char* name,
                               uint32_t padded, uint32_t reach, uint32_t stride, uint32_t out) {
    const uint32_t fit = padded < reach ? 0 : (padded - reach) / stride + 1;
    if (fit == out) return 0;
    return DLA_REFUSE(op, "dst %s is %u, but kernels of %u in steps of %u fit %u times into %u",
                      name, out, reach, stride, fit, padded);
}

static int32_t check_direct(const struct dla_common_op_desc* op,
                            const struct dla_conv_op_desc* conv, const struct dla_data_cube* src,
                            const struct dla_data_cube* dst) {
    // Rows of a picture's kernel are laid out as channels.
    uint32_t columns = conv->kernel_width_csc;
    if (dla_conv_is_pixel(conv)) columns = (uint32_t)conv->kernel_channel_csc / src->channel;
    if (dla_conv_is_pixel(conv) &&
        (conv->kernel_width_csc != 1 || conv->kernel_channel_csc % src->channel != 0))
        return DLA_REFUSE(op,
                          "kernel is %u wide with %u channels, on a picture 1 wide with "
                          "multiples of %u",
                          conv->kernel_width_csc, conv->kernel_channel_csc, src->channel);
    if (!dla_conv_is_pixel(conv) && conv->kernel_channel_csc != conv->input_channel_csc)
        return DLA_REFUSE(op,
                          "kernel_channel_csc is %u and input_channel_csc %u, but they must be "
                          "equal",
                          conv->kernel_channel_csc, conv->input_channel_csc);
    const int32_t error = check_direction(
        op, "width", (uint32_t)conv->input_width_csc + conv->pad_x_left + conv->pad_x_right,
        (columns - 1) * conv->dilation_x + 1, conv->conv_stride_x, dst->width);
    if (error != 0) return error;
    return check_direction(
        op, "height", (uint32_t)conv->input_height_csc + conv->pad_y_top + conv->pad_y_bottom,
        (conv->kernel_height_csc - 1u) * conv->dilation_y + 1, conv->conv_stride_y, dst->height);
}

static int32_t check_winograd(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                              const struct dla_conv_op_desc* conv, const struct dla_data_cube* src,
                              const struct dla_data_cube* dst) {
    enum { TILE = 4, WEIGHT_ATOM = 32 };
    const uint32_t width = dla_divide_up(
        (uint32_t)src->width + conv->pad_x_left + conv->pad_x_right, conv->conv_stride_x);
    const uint32_t height = dla_divide_up(
        (uint32_t)src->height + conv->pad_y_top + conv->pad_y_bottom, conv->conv_stride_y);
    const uint32_t elements = WEIGHT_ATOM / dla_element_bytes(conv->in_precision);
    const uint32_t channels = dla_divide_up(src->channel, elements) * elements *
                              conv->conv_stride_x * conv->conv_stride_y;
    if (engine->limits.no_winograd)
        return DLA_REFUSE(op, "conv_mode is %u, but this hardware has no Winograd",
                          conv->conv_mode);
    const struct dla_range ranges[] = {
        {"kernel_width_csc", conv->kernel_width_csc, TILE, TILE},
        {"kernel_height_csc", conv->kernel_height_csc, TILE, TILE},
        {"input_width_csc", conv->input_width_csc, width, width},
        {"input_height_csc", conv->input_height_csc, height, height},
        {"input_channel_csc", conv->input_channel_csc, channels, channels},
        {"kernel_channel_csc", conv->kernel_channel_csc, channels, channels},
        {"dst width", dst->width, (int64_t)width - TILE, (int64_t)width - TILE},
        {"dst height", dst->height, (int64_t)height - TILE, (int64_t)height - TILE},
        {"dst width modulo 4", dst->width % TILE, 0, 0},
        {"dst height modulo 4", dst->height % TILE, 0, 0},
        {"batch", conv->batch, 1, 1},
        {"dilation_x", conv->dilation_x, 1, 1},
        {"dilation_y", conv->dilation_y, 1, 1},
    };
    return dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
}

static int32_t check_geometry(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_data_cube* src = &group->surface.conv.src;
    const struct dla_data_cube* dst = &group->surface.conv.dst;
    if (conv->in_precision != conv->out_precision &&
        (conv->in_cvt.enable == 0 || conv->in_precision == DLA_PRECISION_FP16 ||
         !dla_conv_is_pixel(conv)))
        return DLA_REFUSE(op, "in_precision %u does not become out_precision %u (in_cvt.enable %u)",
                          conv->in_precision, conv->out_precision, conv->in_cvt.enable);
    if (conv->input_width_cmac != dst->width || conv->input_height_cmac != dst->height)
        return DLA_REFUSE(op, "input_width_cmac and input_height_cmac are %ux%u, dst is %ux%u",
                          conv->input_width_cmac, conv->input_height_cmac, dst->width, dst->height);
    if (conv->conv_mode == DLA_CONV_WINOGRAD) return check_winograd(engine, op, conv, src, dst);
    // With data_reuse lines of the layer before are there as well.
    if (conv->input_width_csc != src->width || conv->input_channel_csc != src->channel ||
        (conv->data_reuse == 0 && conv->input_height_csc != src->height))
        return DLA_REFUSE(op, "CSC expects %ux%ux%u, src is %ux%ux%u", conv->input_width_csc,
                          conv->input_height_csc, conv->input_channel_csc, src->width, src->height,
                          src->channel);
    return check_direct(op, conv, src, dst);
}

int32_t dla_conv_check(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    int32_t error = check_modes(op, conv);
    if (error == 0) error = dla_check_precision(engine, op, "in_precision", conv->in_precision);
    if (error == 0) error = dla_check_precision(engine, op, "out_precision", conv->out_precision);
    if (error == 0) error = check_sizes(op, conv);
    if (error == 0) error = dla_conv_check_banks(engine, group);
    if (error == 0) error = check_cubes(engine, group);
    if (error == 0) error = check_weights(engine, group);
    if (error == 0) error = check_geometry(engine, group);
    return error != 0 ? error : dla_conv_check_buffer(engine, group);
}
