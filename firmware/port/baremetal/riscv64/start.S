# SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
# QEMU virt with -bios none enters every hart in M-mode at the start of RAM; hart 0 goes on.
    .section .text.start, "ax"
    .global _start
_start:
    csrr t0, mhartid
    bnez t0, park
    la sp, stack_top
    la t0, exception
    csrw mtvec, t0
    la t0, bss_begin
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  call baremetal_main
park:
    wfi
    j park

# A failed probe goes on behind the load (4 bytes long); t0 and t1 are saved, the rest is untouched.
    .balign 4
exception:
    addi sp, sp, -16
    sd t0, 0(sp)
    sd t1, 8(sp)
    la t0, platform_probing
    lbu t1, 0(t0)
    beqz t1, 1f
    la t0, platform_probe_failed
    li t1, 1
    sb t1, 0(t0)
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    ld t0, 0(sp)
    ld t1, 8(sp)
    addi sp, sp, 16
    mret
1:  csrr a0, mcause
    csrr a1, mepc
    call baremetal_exception
