// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Integer types and little else: the one place that knows whether this is a Linux kernel module.
#ifndef DLA_FIRMWARE_TYPES_H
#define DLA_FIRMWARE_TYPES_H

#ifdef __KERNEL__
#include <linux/limits.h>
#include <linux/stddef.h>
#include <linux/types.h>
#ifndef UINT8_MAX
#define UINT8_MAX U8_MAX
#endif
#ifndef UINT16_MAX
#define UINT16_MAX U16_MAX
#endif
#ifndef UINT32_MAX
#define UINT32_MAX U32_MAX
#endif
#ifndef UINT64_MAX
#define UINT64_MAX U64_MAX
#endif
#ifndef INT16_MIN
#define INT16_MIN S16_MIN
#endif
#ifndef INT16_MAX
#define INT16_MAX S16_MAX
#endif
#ifndef INT32_MIN
#define INT32_MIN S32_MIN
#endif
#ifndef INT32_MAX
#define INT32_MAX S32_MAX
#endif
#ifndef INT64_MAX
#define INT64_MAX S64_MAX
#endif
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "descriptors are little endian and read as they are"
#endif

#define DLA_ARRAY_SIZE(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

#endif
