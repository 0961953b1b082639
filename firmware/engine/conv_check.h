// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Whether the convolution units can do what the descriptors ask. spec: firmware-interface.md 10.
#ifndef DLA_FIRMWARE_CONV_CHECK_H
#define DLA_FIRMWARE_CONV_CHECK_H

#include "firmware/engine/engine.h"

static inline bool dla_conv_is_pixel(const struct dla_conv_op_desc* conv) {
    return conv->data_format != DLA_FORMAT_FEATURE;
}

// Of the first plane; only regions of interest need it.
uint32_t dla_conv_bytes_per_pixel(uint8_t data_format);

int32_t dla_conv_check(const struct dla_engine* engine, const struct dla_group* group);

#endif
