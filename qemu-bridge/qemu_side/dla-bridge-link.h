/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection of one DLA device to the virtual platform: set-up, requests, life sign. */
#ifndef DLA_BRIDGE_LINK_H
#define DLA_BRIDGE_LINK_H

#include "qemu/osdep.h"
#include "qemu/thread.h"
#include "bridge_protocol.h"

typedef struct DlaBridgeLink {
    QemuMutex lock; /* one request at a time */
    int sock;
    int ring_fd;
    int doorbell;
    int irq_event;
    struct dla_bridge_ring *ring;
    uint32_t sequence;
    uint32_t spin;
    bool lost;
} DlaBridgeLink;

typedef struct DlaBridgeSetup {
    const char *socket;
    uint32_t index;
    bool synchronised;
    uint32_t spin;
    uint32_t ram_count;
    struct dla_bridge_ram ram[DLA_BRIDGE_MAX_RAM];
    int ram_fd[DLA_BRIDGE_MAX_RAM];
} DlaBridgeSetup;

/* false and *error (a sentence, to be freed with g_free) when the platform cannot be reached or refuses. */
bool dla_bridge_connect(DlaBridgeLink *link, const DlaBridgeSetup *setup, char **error);

/* Sends one request and, unless it is a posted write, waits for its answer. false: the platform is gone. */
bool dla_bridge_transact(DlaBridgeLink *link, uint32_t op, uint32_t address, uint32_t value,
                         uint64_t time_ns, uint32_t *answer);

/* Whether the platform has closed the socket. */
bool dla_bridge_gone(const DlaBridgeLink *link);

/* The interrupt wire as the platform last set it. */
bool dla_bridge_irq(const DlaBridgeLink *link);

/* Whether the DLA, at the last answer, had something to do that takes time. */
bool dla_bridge_moving(const DlaBridgeLink *link);

/* Whether the platform wants the guest stopped for its debugger; once. */
bool dla_bridge_take_stop(DlaBridgeLink *link);

/* In QEMU's main thread: from now on the link tells of the platform's end. */
void dla_bridge_guest_runs(void);

#endif
