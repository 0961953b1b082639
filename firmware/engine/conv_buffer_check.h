// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// What a convolution asks of CBUF, the convolution buffer. spec: conv-pipeline.md sections 4 and 5,
// data-formats.md sections 3, 4 and 7.
#ifndef DLA_FIRMWARE_CONV_BUFFER_CHECK_H
#define DLA_FIRMWARE_CONV_BUFFER_CHECK_H

#include "firmware/engine/engine.h"

// Before anything else: the split of the banks.
int32_t dla_conv_check_banks(const struct dla_engine* engine, const struct dla_group* group);

// For an operation whose sizes have been checked: entries per slice, room for data, weights and
// mask, row extension, released lines, and whether what it reuses has been left there.
int32_t dla_conv_check_buffer(const struct dla_engine* engine, const struct dla_group* group);

// Once it is programmed: what it will leave for the next one. The hardware runs convolutions in
// the order in which they were programmed.
void dla_conv_note_leftovers(struct dla_engine* engine, const struct dla_group* group);

#endif
