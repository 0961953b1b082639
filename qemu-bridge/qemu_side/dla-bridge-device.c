/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One DLA in the guest's eyes: a 256 KiB register window and a level interrupt. Every access goes to the
 * virtual platform; a write has taken effect when the guest's store retires, unless posted=on.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/event_notifier.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/timer.h"
#include "qapi/error.h"
#include "exec/memory.h"
#include "hw/arm/virt.h"
#include "hw/boards.h"
#include "hw/irq.h"
#include "hw/qdev-properties.h"
#include "hw/sysbus.h"
#include "migration/vmstate.h"

#include "dla-bridge-device.h"
#include "dla-bridge-link.h"

#if __has_include("system/device_tree.h") /* QEMU 10 */
#define DLA_NEW_QEMU 1
#include "system/runstate.h"
#else
#define DLA_NEW_QEMU 0
#include "sysemu/runstate.h"
#define bql_lock() qemu_mutex_lock_iothread()
#define bql_unlock() qemu_mutex_unlock_iothread()
#define bql_locked() qemu_mutex_iothread_locked()
#endif

OBJECT_DECLARE_SIMPLE_TYPE(DlaBridge, DLA_BRIDGE)

struct DlaBridge {
    SysBusDevice parent_obj;
    MemoryRegion window;
    qemu_irq irq;
    char *socket;
    uint32_t index;
    uint32_t spin;
    uint32_t quantum_us;
    bool posted;
    bool connected;
    unsigned transactions; /* under way; under the big lock */
    DlaBridgeLink link;
    QEMUTimer *tick;
    QLIST_ENTRY(DlaBridge) next;
};

/* Under the big lock. */
static QLIST_HEAD(, DlaBridge) all_dlas = QLIST_HEAD_INITIALIZER(all_dlas);

/* Always sampled from the shared word under the big lock, so that no stale level can win. */
static void sample_irq(DlaBridge *s)
{
    qemu_set_irq(s->irq, dla_bridge_irq(&s->link));
}

/* In synchronised time the DLAs move together, in the transactions of any of them and at no other time. */
static void sample_irqs(DlaBridge *s)
{
    DlaBridge *one;

    if (!s->tick) {
        sample_irq(s);
        return;
    }
    QLIST_FOREACH(one, &all_dlas, next) {
        sample_irq(one);
    }
}

/* Synchronised time: a DLA that works gets a tick each quantum, one that rests gets none. */
static void arm_tick(DlaBridge *s, bool moving)
{
    if (s->tick && moving && !timer_pending(s->tick)) {
        timer_mod(s->tick, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + s->quantum_us * 1000ll);
    }
}

/* As at a breakpoint: GDB sees the CPU that is in the access, right behind it. A stop that comes before the
 * guest runs again waits for that.
 */
static void sample_stop(DlaBridge *s)
{
    if (runstate_is_running() && dla_bridge_take_stop(&s->link)) {
        vm_stop(RUN_STATE_DEBUG);
    }
}

static void guest_runs(void *opaque)
{
    sample_stop(opaque);
}

static void run_state_changed(void *opaque, bool running, RunState state)
{
    if (running) {
        dla_bridge_guest_runs();
        aio_bh_schedule_oneshot(qemu_get_aio_context(), guest_runs, opaque);
    }
}

/* The guest has lost its accelerator for good: say so and end, the platform does the same. */
static void platform_lost(DlaBridge *s)
{
    error_report("dla-bridge: the virtual platform is gone; QEMU ends");
    exit(EXIT_FAILURE);
}

/*
 * The big lock is dropped while waiting, so that the monitor and the other vCPUs go on when the platform
 * is stopped in a debugger. The link's own lock is never taken inside the big lock. A tick keeps
 * it: QEMU would let the guest's time go on meanwhile, by as much as the host pleases.
 */
static uint32_t transact(DlaBridge *s, uint32_t op, hwaddr address, uint32_t value)
{
    uint32_t answer = ~0u;
    bool locked = bql_locked() && op != DLA_BRIDGE_TICK;
    uint64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    bool done;

    if (!s->connected) {
        return 0;
    }
    s->transactions++;
    if (locked) {
        bql_unlock();
    }
    done = dla_bridge_transact(&s->link, op, address, value, now, &answer);
    if (locked) {
        bql_lock();
    }
    s->transactions--;
    if (!done) {
        platform_lost(s);
    }
    sample_irqs(s);
    arm_tick(s, op == DLA_BRIDGE_POSTED_WRITE || dla_bridge_moving(&s->link));
    sample_stop(s);
    return answer;
}

/* The CSB moves whole words and has no byte enables; a narrower access sees its byte lane. */
static unsigned lane_shift(hwaddr address)
{
    return (address & 3) * 8;
}

static uint64_t window_read(void *opaque, hwaddr address, unsigned size)
{
    return transact(opaque, DLA_BRIDGE_READ, address & ~(hwaddr)3, 0) >> lane_shift(address);
}

static void window_write(void *opaque, hwaddr address, uint64_t value, unsigned size)
{
    DlaBridge *s = opaque;
    uint32_t op = s->posted ? DLA_BRIDGE_POSTED_WRITE : DLA_BRIDGE_WRITE;

    transact(s, op, address & ~(hwaddr)3, (uint32_t)value << lane_shift(address));
}

static const MemoryRegionOps window_ops = {
    .read = window_read,
    .write = window_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

static void irq_rang(void *opaque)
{
    DlaBridge *s = opaque;
    uint64_t count;

    (void)!read(s->link.irq_event, &count, sizeof(count));
    sample_irq(s);
    if (!s->transactions) { /* else its end decides */
        arm_tick(s, dla_bridge_moving(&s->link));
    }
    sample_stop(s);
}

static void socket_event(void *opaque)
{
    DlaBridge *s = opaque;
    char byte;

    if (recv(s->link.sock, &byte, 1, MSG_DONTWAIT) == 0 || dla_bridge_gone(&s->link)) {
        platform_lost(s);
    }
}

static void tick(void *opaque)
{
    transact(opaque, DLA_BRIDGE_TICK, 0, 0);
}

static bool describe_ram(DlaBridgeSetup *setup, Error **errp)
{
    MachineState *machine = MACHINE(qdev_get_machine());
    int fd = machine->ram ? memory_region_get_fd(machine->ram) : -1;

    if (fd < 0) {
        error_setg(errp, "dla-bridge: guest RAM must be shared; add -object memory-backend-memfd,id=ram,"
                         "share=on,size=... -machine memory-backend=ram");
        return false;
    }
    setup->ram_count = 1;
    setup->ram[0].guest_address = VIRT_MACHINE(machine)->memmap[VIRT_MEM].base;
    setup->ram[0].size = memory_region_size(machine->ram);
    setup->ram_fd[0] = fd;
    return true;
}

static void dla_bridge_realize(DeviceState *dev, Error **errp)
{
    DlaBridge *s = DLA_BRIDGE(dev);
    DlaBridgeSetup setup = { .socket = s->socket, .index = s->index, .spin = s->spin,
                             .synchronised = s->quantum_us != 0 };
    g_autofree char *why = NULL;

    memory_region_init_io(&s->window, OBJECT(s), &window_ops, s, "dla-csb", DLA_BRIDGE_WINDOW);
    s->window.disable_reentrancy_guard = true; /* another vCPU may enter while we wait */
    sysbus_init_mmio(SYS_BUS_DEVICE(dev), &s->window);
    sysbus_init_irq(SYS_BUS_DEVICE(dev), &s->irq);
    if (!s->socket) {
        warn_report("dla-bridge: no socket given, the register window reads 0");
        return;
    }
    if (!describe_ram(&setup, errp)) {
        return;
    }
    if (!dla_bridge_connect(&s->link, &setup, &why)) {
        error_setg(errp, "dla-bridge: %s", why);
        return;
    }
    s->connected = true;
    qemu_set_fd_handler(s->link.irq_event, irq_rang, NULL, s);
    qemu_set_fd_handler(s->link.sock, socket_event, NULL, s);
    qemu_add_vm_change_state_handler(run_state_changed, s);
    if (s->quantum_us) {
        s->tick = timer_new_ns(QEMU_CLOCK_VIRTUAL, tick, s);
    }
    QLIST_INSERT_HEAD(&all_dlas, s, next);
}

static void dla_bridge_reset(DeviceState *dev)
{
    transact(DLA_BRIDGE(dev), DLA_BRIDGE_RESET, 0, 0);
}

#if DLA_NEW_QEMU
static const
#else
static
#endif
Property dla_bridge_properties[] = {
    DEFINE_PROP_STRING("socket", DlaBridge, socket),
    DEFINE_PROP_UINT32("index", DlaBridge, index, 0),
    DEFINE_PROP_UINT32("spin", DlaBridge, spin, 2000),
    DEFINE_PROP_UINT32("quantum-us", DlaBridge, quantum_us, 0),
    DEFINE_PROP_BOOL("posted", DlaBridge, posted, false),
#if !DLA_NEW_QEMU
    DEFINE_PROP_END_OF_LIST(),
#endif
};

static const VMStateDescription vmstate_dla_bridge = { .name = TYPE_DLA_BRIDGE, .unmigratable = 1 };

static void dla_bridge_class_init(ObjectClass *oc, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = dla_bridge_realize;
#if DLA_NEW_QEMU
    device_class_set_legacy_reset(dc, dla_bridge_reset);
#else
    dc->reset = dla_bridge_reset;
#endif
    dc->vmsd = &vmstate_dla_bridge;
    device_class_set_props(dc, dla_bridge_properties);
}

static const TypeInfo dla_bridge_types[] = {
    { .name = TYPE_DLA_BRIDGE, .parent = TYPE_SYS_BUS_DEVICE, .instance_size = sizeof(DlaBridge),
      .class_init = dla_bridge_class_init },
};
DEFINE_TYPES(dla_bridge_types)
