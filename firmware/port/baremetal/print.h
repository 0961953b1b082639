// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// printf for the log: %c %s %d %u %x, with l and ll, and %%; no widths.
#ifndef DLA_FIRMWARE_BAREMETAL_PRINT_H
#define DLA_FIRMWARE_BAREMETAL_PRINT_H

#include <stdarg.h>

void print_formatted(const char* prefix, const char* format, va_list arguments);
void print(const char* format, ...) __attribute__((format(printf, 1, 2)));

#endif
