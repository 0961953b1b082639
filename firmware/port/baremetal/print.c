// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/port/baremetal/print.h"

#include "firmware/port/baremetal/platform.h"

static void put_text(const char* text) {
    for (; *text != '\0'; ++text)
        platform_put_char(*text);
}

static void put_number(uint64_t value, unsigned base) {
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (count > 0)
        platform_put_char(digits[--count]);
}

static void put_signed(int64_t value) {
    if (value < 0) platform_put_char('-');
    put_number(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

// longs: how many l stand before the conversion.
static void put_conversion(char conversion, unsigned longs, va_list* arguments) {
    switch (conversion) {
        case 'c':
            platform_put_char((char)va_arg(*arguments, int));
            break;
        case 's':
            put_text(va_arg(*arguments, const char*));
            break;
        case 'd':
            put_signed(longs == 0 ? va_arg(*arguments, int) : va_arg(*arguments, long long));
            break;
        case 'u':
        case 'x':
            put_number(
                longs == 0 ? va_arg(*arguments, unsigned) : va_arg(*arguments, unsigned long long),
                conversion == 'x' ? 16 : 10);
            break;
        default:
            platform_put_char(conversion);
            break;
    }
}

void print_formatted(const char* prefix, const char* format, va_list arguments) {
    va_list rest;
    va_copy(rest, arguments);
    put_text(prefix);
    for (; *format != '\0'; ++format) {
        if (*format != '%') {
            platform_put_char(*format);
            continue;
        }
        unsigned longs = 0;
        while (*++format == 'l')
            ++longs;
        if (*format == '\0') break;
        put_conversion(*format, longs, &rest);
    }
    va_end(rest);
}

void print(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_formatted("", format, arguments);
    va_end(arguments);
}
