// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Integer types and little else: the one place that knows whether this is a Linux kernel module.
#ifndef DLA_FIRMWARE_TYPES_H
#define DLA_FIRMWARE_TYPES_H

#ifdef __KERNEL__
#include <linux/stddef.h>
#include <linux/types.h>
#ifndef INT64_MAX
#define INT64_MAX ((int64_t)0x7fffffffffffffffLL)
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
