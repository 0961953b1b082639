// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/engine/sdp_check.h"

#include "firmware/engine/checks.h"

struct dla_sdp_stage {
    const char* name;
    const struct dla_sdp_sub_op_desc* sub;
    const struct dla_data_cube* operand;
    bool element_wise;  // y: has a LUT and operand converters
};

static int32_t check_stage(const struct dla_common_op_desc* op, const struct dla_sdp_stage* stage) {
    const struct dla_sdp_sub_op_desc* sub = stage->sub;
    if (sub->enable == 0) return 0;
    const bool valid = sub->alu_type <= (stage->element_wise ? DLA_ALU_EQL : DLA_ALU_SUM) &&
                       sub->type <= DLA_SDP_BOTH && sub->mode <= DLA_SDP_PER_POINT &&
                       sub->act <= DLA_ACT_PRELU &&
                       (stage->element_wise || sub->act != DLA_ACT_LUT) && sub->shift_value <= 63 &&
                       sub->precision <= DLA_PRECISION_FP16 && sub->alu_cvt.truncate <= 63 &&
                       sub->mul_cvt.truncate <= 63;
    if (!valid)
        return DLA_REFUSE(
            op,
            "%s has alu_type %u, type %u, mode %u, act %u, shift_value %u, "
            "precision %u, converter truncates %u and %u; legal are at most %d, 3, 2, "
            "3%s, 63, 2, 63, 63",
            stage->name, sub->alu_type, sub->type, sub->mode, sub->act, sub->shift_value,
            sub->precision, sub->alu_cvt.truncate, sub->mul_cvt.truncate,
            stage->element_wise ? DLA_ALU_EQL : DLA_ALU_SUM,
            stage->element_wise ? "" : " without LUT");
    return 0;
}

static int32_t check_operand(const struct dla_engine* engine, const struct dla_group* group,
                             const struct dla_sdp_stage* stage) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_sdp_sub_op_desc* sub = stage->sub;
    const struct dla_data_cube* operand = stage->operand;
    const struct dla_data_cube* dst = &group->surface.sdp.dst;
    if (!dla_sdp_reads_operand(sub)) return 0;
    const uint32_t value_bytes =
        dla_element_bytes(sub->precision) * (sub->type == DLA_SDP_BOTH ? 2 : 1);
    // A per-kernel operand is a row of values, not a feature cube.
    const bool per_point = sub->mode == DLA_SDP_PER_POINT;
    const int32_t error = dla_check_cube(engine, op, stage->name, operand, sub->precision,
                                         per_point ? 0 : DLA_CUBE_NO_SHAPE);
    if (error != 0) return error;
    if (!per_point)
        return dla_check_cube_bytes(engine, op, stage->name, operand,
                                    (uint64_t)dst->channel * value_bytes);
    const int32_t shape = dla_check_same_shape(op, stage->name, operand, "dst", dst);
    if (shape != 0) return shape;
    const uint8_t processing = dla_sdp_processing_precision(&group->operation.sdp);
    const uint32_t surfaces = dla_surfaces(engine, operand->channel, processing);
    const uint32_t atom = engine->atom_size / dla_element_bytes(processing) * value_bytes;
    const uint64_t line = (uint64_t)operand->width * atom;
    if (operand->line_stride < line)
        return DLA_REFUSE(op, "%s line_stride is %u, a line of %u values needs %llu", stage->name,
                          operand->line_stride, operand->width, (unsigned long long)line);
    return dla_check_cube_bytes(engine, op, stage->name, operand,
                                (surfaces - 1ull) * operand->surf_stride +
                                    (operand->height - 1ull) * operand->line_stride + line);
}

// What this hardware lacks.
static int32_t check_features(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                              const struct dla_sdp_op_desc* sdp) {
    if (engine->limits.no_sdp_y && sdp->y.enable != 0 &&
        (sdp->y.type != DLA_SDP_NONE || sdp->y.act != DLA_ACT_NONE))
        return DLA_REFUSE(op, "y is enabled (type %u, act %u), which this hardware does not have",
                          sdp->y.type, sdp->y.act);
    const bool looks_up = sdp->y.enable != 0 && sdp->y.act == DLA_ACT_LUT;
    if (engine->limits.no_sdp_lut && (looks_up || sdp->lut_index != -1))
        return DLA_REFUSE(op, "lut_index is %d, but this hardware has no table in SDP",
                          sdp->lut_index);
    if (looks_up && sdp->lut_index == -1)
        return DLA_REFUSE(op, "%s", "y looks up a table, but lut_index is -1");
    if (engine->limits.batch_max != 0 && sdp->batch_num > engine->limits.batch_max)
        return DLA_REFUSE(op, "batch_num is %u, this hardware takes at most %u", sdp->batch_num,
                          engine->limits.batch_max);
    if (engine->limits.no_winograd && sdp->conv_mode == DLA_CONV_WINOGRAD)
        return DLA_REFUSE(op, "conv_mode is %u, but this hardware has no Winograd", sdp->conv_mode);
    return 0;
}

static bool converts(uint8_t src, uint8_t dst) {
    return !(src == DLA_PRECISION_INT8 && dst == DLA_PRECISION_FP16) &&
           !(src == DLA_PRECISION_FP16 && dst == DLA_PRECISION_INT8);
}

static int32_t check_cubes(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_sdp_op_desc* sdp = &group->operation.sdp;
    const struct dla_data_cube* src = &group->surface.sdp.src;
    const struct dla_data_cube* dst = &group->surface.sdp.dst;
    int32_t error = dla_check_cube(engine, op, "src", src, sdp->src_precision,
                                   DLA_CUBE_FEATURE | DLA_CUBE_MAY_FLY | DLA_CUBE_WINDOW);
    if (error == 0 && src->type != DLA_MEMORY_HW)
        error = dla_check_source_bytes(engine, op, src, DLA_FEATURE_BYTES_PER_PIXEL,
                                       dla_feature_bytes(engine, src, sdp->src_precision));
    if (error == 0)
        error = dla_check_cube(engine, op, "dst", dst, sdp->dst_precision,
                               DLA_CUBE_FEATURE | DLA_CUBE_MAY_FLY);
    if (error == 0) error = dla_check_same_shape(op, "src", src, "dst", dst);
    if (error != 0) return error;
    if (!converts(sdp->src_precision, sdp->dst_precision))
        return DLA_REFUSE(op, "src_precision %u does not convert to dst_precision %u",
                          sdp->src_precision, sdp->dst_precision);
    const bool in_order = sdp->batch_num > 1 || sdp->conv_mode == DLA_CONV_WINOGRAD;
    if (in_order && src->type != DLA_MEMORY_HW)
        return DLA_REFUSE(op, "batch_num %u and conv_mode %u take data from memory (src type %u)",
                          sdp->batch_num, sdp->conv_mode, src->type);
    if (sdp->conv_mode == DLA_CONV_WINOGRAD && (dst->width % 4 != 0 || dst->height % 4 != 0))
        return DLA_REFUSE(op, "dst is %ux%u, Winograd gives multiples of 4", dst->width,
                          dst->height);
    if (sdp->batch_num == 1 || dst->type == DLA_MEMORY_HW) return 0;
    return dla_check_cube_bytes(engine, op, "dst", dst,
                                (sdp->batch_num - 1ull) * sdp->batch_stride +
                                    dla_feature_bytes(engine, dst, sdp->dst_precision));
}

static int32_t check_layer(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_sdp_op_desc* sdp = &group->operation.sdp;
    const struct dla_range ranges[] = {
        {"conv_mode", sdp->conv_mode, DLA_CONV_DIRECT, DLA_CONV_WINOGRAD},
        {"batch_num", sdp->batch_num, 1, 32},
        {"lut_index", sdp->lut_index, -1, (int64_t)engine->task.network.num_luts - 1},
        {"out_cvt.truncate", sdp->out_cvt.truncate, 0, 63},
    };
    int32_t error = dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
    if (error == 0) error = dla_check_precision(engine, op, "src_precision", sdp->src_precision);
    if (error == 0) error = dla_check_precision(engine, op, "dst_precision", sdp->dst_precision);
    return error;
}

int32_t dla_sdp_check(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_sdp_op_desc* sdp = &group->operation.sdp;
    const struct dla_sdp_surface_desc* surface = &group->surface.sdp;
    const struct dla_sdp_stage stages[] = {
        {"x1", &sdp->x1, &surface->x1, false},
        {"x2", &sdp->x2, &surface->x2, false},
        {"y", &sdp->y, &surface->y, true},
    };
    int32_t error = check_layer(engine, group);
    if (error == 0) error = check_features(engine, op, sdp);
    if (error == 0) error = check_cubes(engine, group);
    for (unsigned i = 0; error == 0 && i < DLA_ARRAY_SIZE(stages); ++i) {
        error = check_stage(op, &stages[i]);
        if (error == 0) error = check_operand(engine, group, &stages[i]);
    }
    return error;
}
