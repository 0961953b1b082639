// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Whether SDP can do what the descriptors ask, and which of its operands come from memory.
// spec: firmware-interface.md section 10.
#ifndef DLA_FIRMWARE_SDP_CHECK_H
#define DLA_FIRMWARE_SDP_CHECK_H

#include "firmware/engine/engine.h"

int32_t dla_sdp_check(const struct dla_engine* engine, const struct dla_group* group);

static inline bool dla_sdp_reads_operand(const struct dla_sdp_sub_op_desc* sub) {
    return sub->enable != 0 && sub->type != DLA_SDP_NONE && sub->mode != DLA_SDP_PER_LAYER;
}

// The precision SDP computes in; it also sets how many operand values lie together.
static inline uint8_t dla_sdp_processing_precision(const struct dla_sdp_op_desc* sdp) {
    if (sdp->src_precision == DLA_PRECISION_FP16) return DLA_PRECISION_FP16;
    if (sdp->dst_precision != DLA_PRECISION_INT8 && sdp->src_precision == DLA_PRECISION_INT16)
        return DLA_PRECISION_INT16;
    return DLA_PRECISION_INT8;
}

#endif
