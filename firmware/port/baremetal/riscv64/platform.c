// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// QEMU's virt board: 16550, PLIC, CLINT time, the test device for the way out.
#include "firmware/port/baremetal/platform.h"

#define UART_BASE 0x10000000u
#define PLIC_BASE 0x0c000000u
#define CLINT_TIME 0x0200bff8u
#define TEST_DEVICE 0x00100000u

enum {
    UART_DATA = 0,
    UART_LINE_STATUS = 5,
    UART_TX_EMPTY = 1 << 5,
    PLIC_PRIORITY = 0x0,
    PLIC_ENABLE = 0x2000,  // of hart 0 in M-mode
    PLIC_CLAIM = 0x200004,
    TEST_PASS = 0x5555,
    TEST_FAIL = 0x3333,
};

static volatile uint32_t* word_at(uint32_t address) {
    return (volatile uint32_t*)(uintptr_t)address;
}

static volatile uint8_t* byte_at(uint32_t address) {
    return (volatile uint8_t*)(uintptr_t)address;
}

void platform_put_char(char character) {
    while ((*byte_at(UART_BASE + UART_LINE_STATUS) & UART_TX_EMPTY) == 0) {
    }
    *byte_at(UART_BASE + UART_DATA) = (uint8_t)character;
}

void platform_enable_interrupt(uint32_t number) {
    *word_at(PLIC_BASE + PLIC_PRIORITY + 4 * number) = 1;
    *word_at(PLIC_BASE + PLIC_ENABLE + number / 32 * 4) |= 1u << (number % 32);
}

bool platform_wait_for_interrupt(uint32_t number, int64_t timeout_us) {
    const int64_t end = platform_time_us() + timeout_us;
    while (platform_time_us() < end)
        if (*word_at(PLIC_BASE + PLIC_CLAIM) == number) return true;
    return false;
}

void platform_end_interrupt(uint32_t number) {
    *word_at(PLIC_BASE + PLIC_CLAIM) = number;
}

// The board's clock runs at 10 MHz.
int64_t platform_time_us(void) {
    return *(volatile int64_t*)(uintptr_t)CLINT_TIME / 10;
}

bool platform_probe(uint64_t address, uint32_t* value) {
    uint32_t word = 0;
    platform_probe_failed = false;
    platform_probing = true;
    __asm__ volatile(".option push; .option norvc; lw %0, 0(%1); .option pop; fence"
                     : "+r"(word)
                     : "r"(address)
                     : "memory");
    platform_probing = false;
    *value = word;
    return !platform_probe_failed;
}

_Noreturn void platform_exit(int code) {
    *word_at(TEST_DEVICE) =
        code == 0 ? (uint32_t)TEST_PASS : ((uint32_t)code << 16) | (uint32_t)TEST_FAIL;
    while (true)
        __asm__ volatile("wfi");
}
