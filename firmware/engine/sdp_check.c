// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/engine/sdp_check.h"

#include "firmware/engine/checks.h"

struct dla_sdp_stage {
    const char* name;
    const struct dla_sdp_sub_op_desc* sub;
    const struct dla_data_cube* operand;
    bool element_wise;  // y: has a LUT and operand converters
};

static int32_t check_stage(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                           const struct dla_sdp_stage* stage) {
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
    if (!dla_sdp_reads_operand(sub)) return 0;
    // A per-kernel operand is a row of values, not a feature cube.
    const unsigned rules = sub->mode == DLA_SDP_PER_POINT ? 0 : DLA_CUBE_NO_SHAPE;
    return dla_check_cube(engine, op, stage->name, stage->operand, sub->precision, rules);
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
    const unsigned rules = DLA_CUBE_FEATURE | DLA_CUBE_MAY_FLY;
    int32_t error = check_layer(engine, group);
    if (error == 0)
        error = dla_check_cube(engine, op, "src", &surface->src, sdp->src_precision, rules);
    if (error == 0)
        error = dla_check_cube(engine, op, "dst", &surface->dst, sdp->dst_precision, rules);
    for (unsigned i = 0; error == 0 && i < DLA_ARRAY_SIZE(stages); ++i)
        error = check_stage(engine, op, &stages[i]);
    return error;
}
