// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// QEMU's virt board: PL011, GICv2, generic timer, semihosting for the way out.
#include "firmware/port/baremetal/platform.h"

#define UART_BASE 0x09000000u
#define GICD_BASE 0x08000000u
#define GICC_BASE 0x08010000u

enum {
    UART_DATA = 0x00,
    UART_FLAGS = 0x18,
    UART_TX_FULL = 1 << 5,
    GICD_CTLR = 0x000,
    GICD_ISENABLER = 0x100,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICC_CTLR = 0x00,
    GICC_PMR = 0x04,
    GICC_IAR = 0x0c,
    GICC_EOIR = 0x10,
    GIC_ID_MASK = 0x3ff,
    SEMIHOSTING_EXIT = 0x20,
    SEMIHOSTING_APPLICATION_EXIT = 0x20026,
};

static volatile uint32_t* word_at(uint32_t address) {
    return (volatile uint32_t*)(uintptr_t)address;
}

static volatile uint8_t* byte_at(uint32_t address) {
    return (volatile uint8_t*)(uintptr_t)address;
}

void platform_put_char(char character) {
    while ((*word_at(UART_BASE + UART_FLAGS) & UART_TX_FULL) != 0) {
    }
    *word_at(UART_BASE + UART_DATA) = (uint8_t)character;
}

void platform_enable_interrupt(uint32_t number) {
    *byte_at(GICD_BASE + GICD_IPRIORITYR + number) = 0x80;
    *byte_at(GICD_BASE + GICD_ITARGETSR + number) = 1;
    *word_at(GICD_BASE + GICD_ISENABLER + number / 32 * 4) = 1u << (number % 32);
    *word_at(GICD_BASE + GICD_CTLR) = 1;
    *word_at(GICC_BASE + GICC_PMR) = 0xff;
    *word_at(GICC_BASE + GICC_CTLR) = 1;
}

bool platform_wait_for_interrupt(uint32_t number, int64_t timeout_us) {
    const int64_t end = platform_time_us() + timeout_us;
    while (platform_time_us() < end) {
        const uint32_t acknowledged = *word_at(GICC_BASE + GICC_IAR);
        if ((acknowledged & GIC_ID_MASK) == number) return true;
        // YIELD, not WFI: no timer interrupt would end a WFI when time is over.
        __asm__ volatile("yield");
    }
    return false;
}

void platform_end_interrupt(uint32_t number) {
    *word_at(GICC_BASE + GICC_EOIR) = number;
}

int64_t platform_time_us(void) {
    uint64_t count;
    uint64_t frequency;
    __asm__ volatile("isb; mrs %0, cntpct_el0" : "=r"(count));
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
    return (int64_t)(count / frequency * 1000000 + count % frequency * 1000000 / frequency);
}

bool platform_probe(uint64_t address, uint32_t* value) {
    platform_probe_failed = false;
    platform_probing = true;
    __asm__ volatile("ldr %w0, [%1]; dsb sy" : "=r"(*value) : "r"(address) : "memory");
    platform_probing = false;
    return !platform_probe_failed;
}

_Noreturn void platform_exit(int code) {
    uint64_t block[2] = {SEMIHOSTING_APPLICATION_EXIT, (uint64_t)(unsigned)code};
    register uint64_t operation __asm__("x0") = SEMIHOSTING_EXIT;
    register uint64_t* parameter __asm__("x1") = block;
    __asm__ volatile("hlt #0xf000" : "+r"(operation) : "r"(parameter) : "memory");
    while (true)
        __asm__ volatile("wfi");
}
