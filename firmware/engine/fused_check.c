// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Operations without memory between them: what one delivers must be what the next expects.
#include "firmware/engine/checks.h"

static const struct dla_data_cube* source_of(const struct dla_group* group) {
    switch (group->op->desc.op_type) {
        case DLA_OP_SDP:
            return &group->surface.sdp.src;
        case DLA_OP_PDP:
            return &group->surface.two_cubes.src;
        default:
            return NULL;
    }
}

// CACC and SDP count the same images in the same order.
static int32_t check_conv_and_sdp(struct dla_engine* engine, const struct dla_group* group,
                                  const struct dla_common_op_desc* feeder) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_sdp_op_desc* sdp = &group->operation.sdp;
    const struct dla_conv_op_desc* conv = &engine->parent_operation.conv;
    const int32_t error = dla_read_operation(engine, feeder, &engine->parent_operation);
    if (error != 0) return error;
    if (sdp->batch_num == conv->batch && sdp->conv_mode == conv->conv_mode) return 0;
    return DLA_REFUSE(op, "batch_num is %u and conv_mode %u, CONV operation %d has %u and %u",
                      sdp->batch_num, sdp->conv_mode, feeder->index, conv->batch, conv->conv_mode);
}

int32_t dla_check_fused(struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_data_cube* src = source_of(group);
    if (group->fused_parent == NULL || src == NULL || src->type != DLA_MEMORY_HW) return 0;
    const struct dla_common_op_desc* feeder = &group->fused_parent->desc;
    const int32_t error = dla_read_surface(engine, feeder, &engine->parent_surface);
    if (error != 0) return error;
    const struct dla_data_cube* dst = feeder->op_type == DLA_OP_CONV
                                          ? &engine->parent_surface.conv.dst
                                          : &engine->parent_surface.sdp.dst;
    if (dst->type != DLA_MEMORY_HW)
        return DLA_REFUSE(op, "src comes on the fly from %s operation %d, whose dst type is %u",
                          dla_op_type_name(feeder->op_type), feeder->index, dst->type);
    const int32_t shape =
        dla_check_same_shape(op, "src", src, "dst of the operation that feeds it", dst);
    if (shape != 0 || feeder->op_type != DLA_OP_CONV) return shape;
    return check_conv_and_sdp(engine, group, feeder);
}
