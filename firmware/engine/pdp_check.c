// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/engine/pdp_check.h"

#include "firmware/engine/checks.h"

static int32_t check_ranges(const struct dla_common_op_desc* op,
                            const struct dla_pdp_op_desc* pdp) {
    enum { MAX_PARTIAL_WIDTH = 1024 };
    const struct dla_range ranges[] = {
        {"pool_mode", pdp->pool_mode, DLA_POOL_AVG, DLA_POOL_MIN},
        {"pool_width", pdp->pool_width, 0, 7},
        {"pool_height", pdp->pool_height, 0, 7},
        {"stride_x", pdp->stride_x, 1, 8},
        {"stride_y", pdp->stride_y, 1, 8},
        {"pad_left", pdp->pad_left, 0, 7},
        {"pad_right", pdp->pad_right, 0, 7},
        {"pad_top", pdp->pad_top, 0, 7},
        {"pad_bottom", pdp->pad_bottom, 0, 7},
        {"split_num", pdp->split_num, 1, DLA_MAX_PDP_SPLITS},
        {"partial_in_width_first", pdp->partial_in_width_first, 0, MAX_PARTIAL_WIDTH},
        {"partial_in_width_mid", pdp->partial_in_width_mid, 0, MAX_PARTIAL_WIDTH},
        {"partial_in_width_last", pdp->partial_in_width_last, 0, MAX_PARTIAL_WIDTH},
        {"partial_width_first", pdp->partial_width_first, 0, MAX_PARTIAL_WIDTH},
        {"partial_width_mid", pdp->partial_width_mid, 0, MAX_PARTIAL_WIDTH},
        {"partial_width_last", pdp->partial_width_last, 0, MAX_PARTIAL_WIDTH},
    };
    return dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
}

// Every window must lie in the padded source and hold a pixel of it.
static int32_t check_size(const struct dla_common_op_desc* op, const char* name, uint32_t in,
                          uint32_t pad_before, uint32_t pad_after, uint32_t kernel, uint32_t stride,
                          uint32_t out) {
    if (pad_before >= kernel || pad_after >= kernel)
        return DLA_REFUSE(op, "%s is padded by %u and %u, at most %u leave a pixel in each window",
                          name, pad_before, pad_after, kernel - 1);
    const uint32_t padded = in + pad_before + pad_after;
    const uint32_t fit = padded < kernel ? 0 : (padded - kernel) / stride + 1;
    if (out == fit) return 0;
    return DLA_REFUSE(op, "dst %s is %u, but windows of %u in steps of %u fit %u times into %u",
                      name, out, kernel, stride, fit, padded);
}

static int32_t check_sizes(const struct dla_common_op_desc* op, const struct dla_pdp_op_desc* pdp,
                           const struct dla_data_cube* src, const struct dla_data_cube* dst) {
    if (src->channel != dst->channel)
        return DLA_REFUSE(op, "src has %u channels and dst %u, but they must be equal",
                          src->channel, dst->channel);
    const int32_t error = check_size(op, "width", src->width, pdp->pad_left, pdp->pad_right,
                                     pdp->pool_width + 1u, pdp->stride_x, dst->width);
    if (error != 0) return error;
    return check_size(op, "height", src->height, pdp->pad_top, pdp->pad_bottom,
                      pdp->pool_height + 1u, pdp->stride_y, dst->height);
}

static int32_t check_stripes(const struct dla_common_op_desc* op, const struct dla_pdp_op_desc* pdp,
                             const struct dla_data_cube* src, const struct dla_data_cube* dst) {
    const uint32_t mids = pdp->split_num - 2u;
    const uint32_t out =
        pdp->partial_width_first + mids * pdp->partial_width_mid + pdp->partial_width_last;
    const uint32_t in =
        pdp->partial_in_width_first + mids * pdp->partial_in_width_mid + pdp->partial_in_width_last;
    if (pdp->partial_width_first == 0 || pdp->partial_width_last == 0 ||
        (mids != 0 && pdp->partial_width_mid == 0))
        return DLA_REFUSE(op, "%u stripes have output widths %u, %u and %u, legal from 1",
                          pdp->split_num, pdp->partial_width_first, pdp->partial_width_mid,
                          pdp->partial_width_last);
    if (out != dst->width)
        return DLA_REFUSE(op, "the output widths of %u stripes add up to %u, dst width is %u",
                          pdp->split_num, out, dst->width);
    if (in > src->width)
        return DLA_REFUSE(op, "the input widths of %u stripes add up to %u, src width is %u",
                          pdp->split_num, in, src->width);
    return 0;
}

static uint32_t widest_stripe(const struct dla_pdp_op_desc* pdp, const struct dla_data_cube* dst) {
    if (pdp->split_num == 1) return dst->width;
    uint32_t widest = pdp->partial_width_first;
    if (pdp->split_num > 2 && pdp->partial_width_mid > widest) widest = pdp->partial_width_mid;
    return pdp->partial_width_last > widest ? pdp->partial_width_last : widest;
}

// Lines whose windows are open at the same time share the line buffer, in 1, 2, 4 or 8 parts.
static int32_t check_line_buffer(const struct dla_engine* engine,
                                 const struct dla_common_op_desc* op,
                                 const struct dla_pdp_op_desc* pdp,
                                 const struct dla_data_cube* dst) {
    if (engine->limits.pdp_line_buffer == 0) return 0;
    const uint32_t open = dla_divide_up(pdp->pool_height + 1u, pdp->stride_y);
    uint32_t parts = 1;
    while (parts < open)
        parts *= 2;
    const uint32_t limit = engine->limits.pdp_line_buffer / parts;
    const uint32_t widest = widest_stripe(pdp, dst);
    if (widest <= limit) return 0;
    return DLA_REFUSE(op,
                      "an output line of %u columns does not fit into the line buffer: with "
                      "kernel height %u and stride_y %u it holds %u (split the width)",
                      widest, pdp->pool_height + 1u, pdp->stride_y, limit);
}

static int32_t check_cubes(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const uint8_t precision = group->operation.pdp.precision;
    const struct dla_two_cube_surface_desc* surface = &group->surface.two_cubes;
    int32_t error = dla_check_cube(engine, op, "src", &surface->src, precision,
                                   DLA_CUBE_FEATURE | DLA_CUBE_MAY_FLY | DLA_CUBE_WINDOW);
    if (error == 0 && surface->src.type != DLA_MEMORY_HW)
        error = dla_check_source_bytes(engine, op, &surface->src, DLA_FEATURE_BYTES_PER_PIXEL,
                                       dla_feature_bytes(engine, &surface->src, precision));
    if (error != 0) return error;
    return dla_check_cube(engine, op, "dst", &surface->dst, precision, DLA_CUBE_FEATURE);
}

int32_t dla_pdp_check(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_pdp_op_desc* pdp = &group->operation.pdp;
    const struct dla_data_cube* src = &group->surface.two_cubes.src;
    const struct dla_data_cube* dst = &group->surface.two_cubes.dst;
    int32_t error = check_ranges(op, pdp);
    if (error == 0) error = dla_check_precision(engine, op, "precision", pdp->precision);
    if (error == 0) error = check_cubes(engine, group);
    if (error != 0) return error;
    if (src->type == DLA_MEMORY_HW && pdp->split_num != 1)
        return DLA_REFUSE(op, "split_num is %u, legal 1 for data from SDP", pdp->split_num);
    for (unsigned i = 0; i < DLA_ARRAY_SIZE(pdp->padding_value); ++i)
        if (pdp->precision == DLA_PRECISION_FP16 && pdp->padding_value[i] != 0)
            return DLA_REFUSE(op, "padding_value[%u] is %d, legal 0 for fp16", i,
                              pdp->padding_value[i]);
    error = check_sizes(op, pdp, src, dst);
    if (error == 0 && pdp->split_num > 1) error = check_stripes(op, pdp, src, dst);
    return error != 0 ? error : check_line_buffer(engine, op, pdp, dst);
}
