// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// QEMU virt enters an ELF image at EL1 with MMU and caches off; other cores stay in PSCI.
    .section .text.start, "ax"
    .global _start
_start:
    ldr x0, =stack_top
    mov sp, x0
    ldr x0, =vectors
    msr vbar_el1, x0
    isb
    ldr x0, =bss_begin
    ldr x1, =bss_end
1:  cmp x0, x1
    b.hs 2f
    str xzr, [x0], #8
    b 1b
2:  bl baremetal_main

// Interrupts stay masked: a pending one ends WFI all the same. Everything else is an exception.
    .macro entry
    .balign 0x80
    b exception
    .endm

    .balign 0x800
vectors:
    .rept 16
    entry
    .endr

// A failed probe goes on behind the load; x0 and x1 are saved, nothing else is touched.
exception:
    stp x0, x1, [sp, #-16]!
    ldr x0, =platform_probing
    ldrb w1, [x0]
    cbz w1, 1f
    ldr x0, =platform_probe_failed
    mov w1, #1
    strb w1, [x0]
    mrs x0, elr_el1
    add x0, x0, #4
    msr elr_el1, x0
    ldp x0, x1, [sp], #16
    eret
1:  mrs x0, esr_el1
    mrs x1, elr_el1
    bl baremetal_exception
