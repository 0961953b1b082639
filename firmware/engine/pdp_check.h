// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Whether PDP can do what the descriptors ask. spec: firmware-interface.md section 10, pdp.md
// sections 2 and 6.
#ifndef DLA_FIRMWARE_PDP_CHECK_H
#define DLA_FIRMWARE_PDP_CHECK_H

#include "firmware/engine/engine.h"

int32_t dla_pdp_check(const struct dla_engine* engine, const struct dla_group* group);

#endif
