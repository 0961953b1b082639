// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// QEMU's virt board: PL011, GICv2 or GICv3, generic timer, semihosting for the way out.
#include "firmware/port/baremetal/platform.h"

#define UART_BASE 0x09000000u
#define GICD_BASE 0x08000000u
#define GICC_BASE 0x08010000u
#define GICR_BASE 0x080a0000u

// GICv3's CPU interface; assemblers need no GIC option for the numbered names.
#define ICC_SRE "s3_0_c12_c12_5"
#define ICC_PMR "s3_0_c4_c6_0"
#define ICC_IGRPEN1 "s3_0_c12_c12_7"
#define ICC_IAR1 "s3_0_c12_c12_0"
#define ICC_EOIR1 "s3_0_c12_c12_1"
#define WRITE_SYSTEM(name, value) __asm__ volatile("msr " name ", %0; isb" ::"r"((uint64_t)(value)))

enum {
    UART_DATA = 0x00,
    UART_FLAGS = 0x18,
    UART_TX_FULL = 1 << 5,
    GICD_CTLR = 0x000,
    GICD_IGROUPR = 0x080,
    GICD_ISENABLER = 0x100,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_IROUTER = 0x6000,
    GICD_PIDR2 = 0xffe8,
    GICD_ENABLE_GROUP1_AFFINITY = 0x12,
    GICR_WAKER = 0x14,
    GICR_PROCESSOR_SLEEP = 1 << 1,
    GICR_CHILDREN_ASLEEP = 1 << 2,
    GICC_CTLR = 0x00,
    GICC_PMR = 0x04,
    GICC_IAR = 0x0c,
    GICC_EOIR = 0x10,
    GIC_ID_MASK = 0x3ff,
    GIC_PRIORITY = 0x80,
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

static bool is_gic_v3(void) {
    return ((*word_at(GICD_BASE + GICD_PIDR2) >> 4) & 0xf) >= 3;
}

static void enable_gic_v3(uint32_t number) {
    volatile uint32_t* waker = word_at(GICR_BASE + GICR_WAKER);
    *waker &= ~(uint32_t)GICR_PROCESSOR_SLEEP;
    while ((*waker & GICR_CHILDREN_ASLEEP) != 0) {
    }
    *word_at(GICD_BASE + GICD_CTLR) = GICD_ENABLE_GROUP1_AFFINITY;
    *word_at(GICD_BASE + GICD_IGROUPR + number / 32 * 4) |= 1u << (number % 32);
    *word_at(GICD_BASE + GICD_IROUTER + 8 * number) = 0;
    *word_at(GICD_BASE + GICD_IROUTER + 8 * number + 4) = 0;
    WRITE_SYSTEM(ICC_SRE, 1);
    WRITE_SYSTEM(ICC_PMR, 0xff);
    WRITE_SYSTEM(ICC_IGRPEN1, 1);
}

static void enable_gic_v2(uint32_t number) {
    *byte_at(GICD_BASE + GICD_ITARGETSR + number) = 1;
    *word_at(GICD_BASE + GICD_CTLR) = 1;
    *word_at(GICC_BASE + GICC_PMR) = 0xff;
    *word_at(GICC_BASE + GICC_CTLR) = 1;
}

void platform_enable_interrupt(uint32_t number) {
    *byte_at(GICD_BASE + GICD_IPRIORITYR + number) = GIC_PRIORITY;
    if (is_gic_v3())
        enable_gic_v3(number);
    else
        enable_gic_v2(number);
    *word_at(GICD_BASE + GICD_ISENABLER + number / 32 * 4) = 1u << (number % 32);
}

static uint32_t acknowledge(void) {
    uint64_t id;
    if (!is_gic_v3()) return *word_at(GICC_BASE + GICC_IAR) & GIC_ID_MASK;
    __asm__ volatile("mrs %0, " ICC_IAR1 "; dsb sy" : "=r"(id));
    return (uint32_t)id & GIC_ID_MASK;
}

bool platform_wait_for_interrupt(uint32_t number, int64_t timeout_us) {
    const int64_t end = platform_time_us() + timeout_us;
    while (platform_time_us() < end) {
        if (acknowledge() == number) return true;
        // YIELD, not WFI: no timer interrupt would end a WFI when time is over.
        __asm__ volatile("yield");
    }
    return false;
}

void platform_end_interrupt(uint32_t number) {
    if (is_gic_v3())
        WRITE_SYSTEM(ICC_EOIR1, number);
    else
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
