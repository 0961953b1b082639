// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Whether the convolution units can do what the descriptors ask. spec: firmware-interface.md 10.
#ifndef DLA_FIRMWARE_CONV_CHECK_H
#define DLA_FIRMWARE_CONV_CHECK_H

#include "firmware/engine/engine.h"

int32_t dla_conv_check(const struct dla_engine* engine, const struct dla_group* group);

#endif
