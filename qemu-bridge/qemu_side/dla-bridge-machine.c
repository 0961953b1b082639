/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machine "dla-vp": QEMU's virt plus one to four DLAs, their device tree nodes and reserved DMA memory.
 *
 *   -M dla-vp,dlas=nv_small+nv_large,dla-socket=/run/vp.sock,memory-backend=ram
 *
 * DLA number i has its window at 0x10200000 + i * 0x40000 (dla-window=) and SPI 176 + i (dla-interrupt=). With
 * more than 2 GiB of guest RAM the memory from 0xc0000000 on (dla-memory=) is reserved for DMA, where the public
 * platform has it too.
 */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "exec/memory.h"
#include "hw/arm/virt.h"
#include "hw/boards.h"
#include "hw/irq.h"
#include "hw/qdev-properties.h"
#include "hw/sysbus.h"
#if __has_include("system/device_tree.h") /* QEMU 10 */
#include "system/device_tree.h"
#else
#include "sysemu/device_tree.h"
#endif
#include <libfdt.h>

#include "bridge_protocol.h"
#include "dla-bridge-device.h"

#define WINDOW_BASE 0x10200000ull
#define LOWEST_WINDOW 0x0f000000ull /* a hole before virt's 32-bit PCI window, then that window */
#define PCIE_WINDOW_BASE 0x10000000ull
#define PCIE_WINDOW_END 0x3eff0000ull
#define PCIE_ALIGNMENT 0x1000000ull
#define FIRST_SPI 176 /* virt's own devices and its platform bus end below */
#define LAST_SPI 255
#define RAM_BASE 0x40000000ull
#define DMA_BASE 0xc0000000ull
#define DMA_BYTES 0x40000000ull
#define LEVEL_HIGH 4

#define TYPE_DLA_VP_MACHINE MACHINE_TYPE_NAME("dla-vp")
OBJECT_DECLARE_SIMPLE_TYPE(DlaVpMachine, DLA_VP_MACHINE)

struct DlaVpMachine {
    VirtMachineState parent_obj;
    char *dlas;
    char *socket;
    char *quantum_us;
    char *posted;
    char *window;
    char *interrupt;
    char *memory;
};

/* Where things are, from the properties. */
typedef struct Places {
    uint64_t window;
    uint64_t interrupt;
    uint64_t memory;
} Places;

static const char *compatible_of(const char *config)
{
    if (g_str_equal(config, "nv_full")) {
        return "nvidia,nvdla_os_initial";
    }
    return g_str_has_prefix(config, "nv_small") ? "nvidia,nv_small" : "nvidia,nv_large";
}

static uint64_t number_of(const char *property, const char *text, uint64_t otherwise, uint64_t low,
                          uint64_t high, uint64_t multiple)
{
    uint64_t value = otherwise;

    if (text && (qemu_strtou64(text, NULL, 0, &value) < 0 || value < low || value > high || value % multiple)) {
        error_report("dla-vp: %s is '%s', legal is a multiple of 0x%" PRIx64 " from 0x%" PRIx64 " to 0x%" PRIx64,
                     property, text, multiple, low, high);
        exit(EXIT_FAILURE);
    }
    return value;
}

static Places places_of(const DlaVpMachine *s, unsigned count)
{
    return (Places) {
        .window = number_of("dla-window", s->window, WINDOW_BASE, LOWEST_WINDOW,
                            PCIE_WINDOW_END - PCIE_ALIGNMENT - count * DLA_BRIDGE_WINDOW, DLA_BRIDGE_WINDOW),
        .interrupt = number_of("dla-interrupt", s->interrupt, FIRST_SPI, FIRST_SPI, LAST_SPI + 1 - count, 1),
        .memory = number_of("dla-memory", s->memory, DMA_BASE, RAM_BASE + DMA_BYTES, DMA_BASE, 0x200000),
    };
}

/* Linux must not place a PCI BAR where our windows are: start virt's 32-bit PCI window behind them. */
static void trim_pcie_window(void *fdt, const char *node, uint64_t windows_end)
{
    int length = 0;
    int offset = fdt_path_offset(fdt, node);
    const fdt32_t *ranges = offset < 0 ? NULL : fdt_getprop(fdt, offset, "ranges", &length);
    uint64_t cut;
    g_autofree fdt32_t *cells = NULL;

    if (!ranges || windows_end <= PCIE_WINDOW_BASE) {
        return;
    }
    cut = QEMU_ALIGN_UP(windows_end, PCIE_ALIGNMENT) - PCIE_WINDOW_BASE;
    cells = g_memdup2(ranges, length);
    for (int i = 0; i + 7 <= length / 4; i += 7) {
        uint64_t cpu = ((uint64_t)fdt32_to_cpu(cells[i + 3]) << 32) | fdt32_to_cpu(cells[i + 4]);
        uint64_t size = ((uint64_t)fdt32_to_cpu(cells[i + 5]) << 32) | fdt32_to_cpu(cells[i + 6]);

        if (cpu == PCIE_WINDOW_BASE && size > cut) {
            cells[i + 2] = cpu_to_fdt32(fdt32_to_cpu(cells[i + 2]) + cut);
            cells[i + 4] = cpu_to_fdt32(cpu + cut);
            cells[i + 6] = cpu_to_fdt32(size - cut);
        }
    }
    fdt_setprop(fdt, offset, "ranges", cells, length);
}

/* 0: not enough guest RAM, Linux then takes DMA memory from its own pool. */
static uint32_t reserve_dma_memory(MachineState *machine, uint64_t base)
{
    g_autofree char *node = g_strdup_printf("/reserved-memory/dla@%" PRIx64, base);
    void *fdt = machine->fdt;
    uint64_t size;
    uint32_t handle;

    if (machine->ram_size <= base - RAM_BASE) {
        return 0;
    }
    size = MIN(DMA_BYTES, machine->ram_size - (base - RAM_BASE));
    handle = qemu_fdt_alloc_phandle(fdt);
    qemu_fdt_add_subnode(fdt, "/reserved-memory");
    qemu_fdt_setprop_cell(fdt, "/reserved-memory", "#address-cells", 2);
    qemu_fdt_setprop_cell(fdt, "/reserved-memory", "#size-cells", 2);
    qemu_fdt_setprop(fdt, "/reserved-memory", "ranges", NULL, 0);
    qemu_fdt_add_subnode(fdt, node);
    qemu_fdt_setprop_string(fdt, node, "compatible", "shared-dma-pool");
    qemu_fdt_setprop_sized_cells(fdt, node, "reg", 2, base, 2, size);
    qemu_fdt_setprop(fdt, node, "no-map", NULL, 0);
    qemu_fdt_setprop_cell(fdt, node, "phandle", handle);
    return handle;
}

static void add_dla(DlaVpMachine *s, unsigned index, const char *config, const Places *places,
                    uint32_t dma_handle)
{
    MachineState *machine = MACHINE(s);
    DeviceState *device = qdev_new(TYPE_DLA_BRIDGE);
    hwaddr base = places->window + index * (hwaddr)DLA_BRIDGE_WINDOW;
    unsigned interrupt = places->interrupt + index;
    g_autofree char *node = g_strdup_printf("/nvdla@%" PRIx64, (uint64_t)base);

    qdev_prop_set_uint32(device, "index", index);
    if (s->socket) {
        qdev_prop_set_string(device, "socket", s->socket);
    }
    if (s->quantum_us) {
        object_property_parse(OBJECT(device), "quantum-us", s->quantum_us, &error_fatal);
    }
    if (s->posted) {
        object_property_parse(OBJECT(device), "posted", s->posted, &error_fatal);
    }
    sysbus_realize_and_unref(SYS_BUS_DEVICE(device), &error_fatal);
    sysbus_mmio_map_overlap(SYS_BUS_DEVICE(device), 0, base, 1);
    sysbus_connect_irq(SYS_BUS_DEVICE(device), 0,
                       qdev_get_gpio_in(VIRT_MACHINE(s)->gic, interrupt));

    qemu_fdt_add_subnode(machine->fdt, node);
    qemu_fdt_setprop_string(machine->fdt, node, "compatible", compatible_of(config));
    qemu_fdt_setprop_sized_cells(machine->fdt, node, "reg", 2, base, 2, (uint64_t)DLA_BRIDGE_WINDOW);
    qemu_fdt_setprop_cells(machine->fdt, node, "interrupts", 0, interrupt, LEVEL_HIGH);
    if (dma_handle) {
        qemu_fdt_setprop_cell(machine->fdt, node, "memory-region", dma_handle);
    }
}

/* The parent's init; one class in the process, set before any machine exists. */
static void (*virt_init)(MachineState *machine);

static void dla_vp_init(MachineState *machine)
{
    DlaVpMachine *s = DLA_VP_MACHINE(machine);
    g_auto(GStrv) configs = NULL;
    uint32_t dma_handle;
    unsigned count;
    Places places;

    virt_init(machine);
    /* The offsets this file was compiled with must be those of the running binary. */
    if (!machine->fdt || fdt_check_header(machine->fdt) != 0 ||
        !object_dynamic_cast(OBJECT(VIRT_MACHINE(s)->gic), TYPE_SYS_BUS_DEVICE) ||
        !object_dynamic_cast(OBJECT(machine->ram), TYPE_MEMORY_REGION) ||
        VIRT_MACHINE(s)->memmap[VIRT_MEM].base != RAM_BASE) {
        error_report("dla-vp: this QEMU's machine is laid out differently from the one the device was "
                     "built for; build the device again for this version");
        exit(EXIT_FAILURE);
    }
    configs = g_strsplit(s->dlas ? s->dlas : "nv_small", "+", -1);
    count = g_strv_length(configs);
    if (count == 0 || count > DLA_BRIDGE_MAX_DLAS) {
        error_report("dla-vp: dlas names %u DLAs, legal is 1 to %u", count, DLA_BRIDGE_MAX_DLAS);
        exit(EXIT_FAILURE);
    }
    places = places_of(s, count);
    trim_pcie_window(machine->fdt, VIRT_MACHINE(s)->pciehb_nodename ?: "/pcie@10000000",
                     places.window + count * (uint64_t)DLA_BRIDGE_WINDOW);
    dma_handle = reserve_dma_memory(machine, places.memory);
    /* A new node becomes the first: the guest finds the DLAs in the order of their numbers. */
    for (unsigned i = count; i-- > 0;) {
        add_dla(s, i, configs[i], &places, dma_handle);
    }
}

#define STRING_PROPERTY(name, member)                                                                \
    static char *get_##member(Object *obj, Error **errp)                                             \
    {                                                                                                \
        return g_strdup(DLA_VP_MACHINE(obj)->member);                                                \
    }                                                                                                \
    static void set_##member(Object *obj, const char *value, Error **errp)                           \
    {                                                                                                \
        g_free(DLA_VP_MACHINE(obj)->member);                                                         \
        DLA_VP_MACHINE(obj)->member = g_strdup(value);                                               \
    }
STRING_PROPERTY("dlas", dlas)
STRING_PROPERTY("dla-socket", socket)
STRING_PROPERTY("dla-quantum-us", quantum_us)
STRING_PROPERTY("dla-posted", posted)
STRING_PROPERTY("dla-window", window)
STRING_PROPERTY("dla-interrupt", interrupt)
STRING_PROPERTY("dla-memory", memory)

#ifdef DLA_BRIDGE_PRELOAD
/* How a type's description begins; QEMU keeps it private, so its name is looked at before it is believed. */
typedef struct TypeHead {
    const char *name;
    size_t class_size;
    size_t instance_size;
} TypeHead;

/* 0: no such type, or its description begins differently. */
static size_t instance_size_of(const char *type)
{
    ObjectClass *class = object_class_by_name(type);
    const TypeHead *head = class ? (const TypeHead *)class->type : NULL;

    return head && g_str_equal(head->name, type) ? head->instance_size : 0;
}

/* Loaded into a binary that was not built with this file: refuse when its structures differ. */
static void check_layout(void)
{
    static const struct {
        const char *type;
        size_t size;
    } layouts[] = {
        { "virt-machine", sizeof(VirtMachineState) }, { "sys-bus-device", sizeof(SysBusDevice) },
        { "device", sizeof(DeviceState) },            { "machine", sizeof(MachineState) },
        { "memory-region", sizeof(MemoryRegion) },
    };

    for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
        size_t found = instance_size_of(layouts[i].type);

        if (found != layouts[i].size) {
            error_report("dla-vp: built for another QEMU (%s has %zu bytes here, %zu there)",
                         layouts[i].type, found, layouts[i].size);
            exit(EXIT_FAILURE);
        }
    }
}
#else
static void check_layout(void) { }
#endif

static void dla_vp_class_init(ObjectClass *oc, void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);

    check_layout();
    mc->desc = "QEMU virt with NVDLA accelerators served by DLA-VP";
    virt_init = mc->init;
    mc->init = dla_vp_init;
    object_class_property_add_str(oc, "dlas", get_dlas, set_dlas);
    object_class_property_set_description(oc, "dlas", "configurations of the DLAs, joined by '+'");
    object_class_property_add_str(oc, "dla-socket", get_socket, set_socket);
    object_class_property_set_description(oc, "dla-socket", "where the virtual platform listens");
    object_class_property_add_str(oc, "dla-quantum-us", get_quantum_us, set_quantum_us);
    object_class_property_set_description(oc, "dla-quantum-us", "synchronise time every so many us");
    object_class_property_add_str(oc, "dla-posted", get_posted, set_posted);
    object_class_property_set_description(oc, "dla-posted", "on: register writes are not waited for");
    object_class_property_add_str(oc, "dla-window", get_window, set_window);
    object_class_property_set_description(oc, "dla-window", "address of the first DLA's registers");
    object_class_property_add_str(oc, "dla-interrupt", get_interrupt, set_interrupt);
    object_class_property_set_description(oc, "dla-interrupt", "shared peripheral interrupt of the first DLA");
    object_class_property_add_str(oc, "dla-memory", get_memory, set_memory);
    object_class_property_set_description(oc, "dla-memory", "address of the memory reserved for DMA");
}

static const TypeInfo dla_vp_types[] = {
    { .name = TYPE_DLA_VP_MACHINE, .parent = TYPE_VIRT_MACHINE,
      .instance_size = sizeof(DlaVpMachine), .class_init = dla_vp_class_init },
};
DEFINE_TYPES(dla_vp_types)

#ifdef DLA_BRIDGE_PRELOAD
/* Children of QEMU must not load us. */
static void __attribute__((constructor)) forget_preload(void)
{
    unsetenv("LD_PRELOAD");
}
#endif
