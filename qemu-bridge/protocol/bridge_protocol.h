/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Wire format between the QEMU-side device and the virtual platform: a SOCK_SEQPACKET Unix socket
 * for set-up and life sign, and one shared-memory ring per DLA for register accesses. See
 * ../README.md. C11 and C++20 both include this file; all integers are in host order, both ends are
 * on one host.
 */
#ifndef DLA_BRIDGE_PROTOCOL_H
#define DLA_BRIDGE_PROTOCOL_H

#include <stdint.h>

#define DLA_BRIDGE_MAGIC 0x42414c44u /* "DLAB" */
#define DLA_BRIDGE_VERSION 3u
#define DLA_BRIDGE_SLOTS 256u /* requests in flight at most; a power of two */
#define DLA_BRIDGE_MAX_RAM 4u
#define DLA_BRIDGE_MAX_DLAS 4u
#define DLA_BRIDGE_WINDOW 0x40000u /* bytes of the register window */
/* In QEMU's environment: the process id of the platform, where that has started it. */
#define DLA_BRIDGE_PLATFORM "DLA_BRIDGE_PLATFORM"

enum dla_bridge_op {
    DLA_BRIDGE_READ = 1,
    DLA_BRIDGE_WRITE = 2,        /* answered when it has taken effect */
    DLA_BRIDGE_POSTED_WRITE = 3, /* never answered */
    DLA_BRIDGE_RESET = 4,        /* guest reset; answered when the DLA is back at power-on */
    DLA_BRIDGE_TICK = 5 /* synchronised mode: answered when model time has reached time_ns */
};

/* One request in the ring. */
struct dla_bridge_request {
    uint32_t op;
    uint32_t sequence; /* of this request; answers come in order */
    uint32_t address;  /* byte offset in the window, multiple of 4 */
    uint32_t value;
    uint64_t time_ns; /* guest virtual time */
};

#ifdef __cplusplus
#define DLA_BRIDGE_LINE alignas(64)
#else
#define DLA_BRIDGE_LINE _Alignas(64)
#endif

/* Shared memory; every word but guest_stop has one writer. */
struct dla_bridge_ring {
    DLA_BRIDGE_LINE uint32_t head;         /* QEMU: requests written so far */
    DLA_BRIDGE_LINE uint32_t tail;         /* platform: requests taken so far */
    DLA_BRIDGE_LINE uint32_t answered;     /* platform: sequence of the last answer; futex word */
    uint32_t answer;                       /* platform: its value */
    uint32_t moving;                       /* platform: the DLA then had work under way */
    DLA_BRIDGE_LINE uint32_t irq_level;    /* platform: the interrupt wire */
    DLA_BRIDGE_LINE uint32_t guest_stop;   /* platform sets, QEMU clears: stop for the debugger */
    DLA_BRIDGE_LINE uint32_t qemu_sleeps;  /* QEMU: waits in a futex on `answered` */
    DLA_BRIDGE_LINE uint32_t model_sleeps; /* platform: wants the doorbell rung */
    DLA_BRIDGE_LINE struct dla_bridge_request slots[DLA_BRIDGE_SLOTS];
};

struct dla_bridge_ram {
    uint64_t guest_address;
    uint64_t size;
    uint64_t file_offset;
};

/* First datagram, QEMU to platform. File descriptors beside it (SCM_RIGHTS), in this order: ring
 * memfd, doorbell eventfd (QEMU rings it when model_sleeps is set), interrupt eventfd (the platform
 * rings it when irq_level changed or guest_stop is set), then one per RAM region. */
struct dla_bridge_hello {
    uint32_t magic;
    uint32_t version;
    uint32_t ring_bytes;
    uint32_t index;        /* which DLA of the machine, from 0 */
    uint32_t synchronised; /* 1: model time follows time_ns */
    uint32_t ram_count;
    struct dla_bridge_ram ram[DLA_BRIDGE_MAX_RAM];
};

enum dla_bridge_status { DLA_BRIDGE_ACCEPTED = 0, DLA_BRIDGE_REFUSED = 1 };

/* Its answer. */
struct dla_bridge_welcome {
    uint32_t magic;
    uint32_t version;
    uint32_t status;
    uint32_t reserved;
    char reason[112]; /* why refused; zero-terminated */
};

#endif
