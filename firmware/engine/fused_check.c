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
    return dla_check_same_shape(op, "src", src, "dst of the operation that feeds it", dst);
}
