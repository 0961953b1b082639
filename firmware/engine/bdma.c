// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// BDMA: a queue of transfers, launched per group. It has no shadow registers, so one group must be
// launched before the other is filled. spec: firmware-interface.md sections 7 and 10.
#include "firmware/engine/checks.h"
#include "firmware/engine/registers.h"

enum { BDMA_ATOM = 32, MAX_REPEAT = 8192, MAX_LINE_BYTES = 8192 * BDMA_ATOM };

static void bdma_write(const struct dla_engine* engine, uint32_t offset, uint32_t value) {
    dla_write(engine, DLA_UNIT_BDMA, offset, value);
}

// There is no pointer register: the group that does not run is next.
static uint8_t consumer_pointer(const struct dla_engine* engine) {
    const uint32_t status = dla_read(engine, DLA_UNIT_BDMA, DLA_BDMA_STATUS);
    return (uint8_t)DLA_FIELD_OF(DLA_BDMA_STATUS__GRP0_BUSY, status);
}

static bool is_ready(const struct dla_processor* processor, const struct dla_group* group) {
    const uint8_t other_id = group->id ^ 1u;
    const struct dla_group* other = &processor->groups[other_id];
    if ((processor->group_status & (1u << other_id)) == 0 || other->pending) return true;
    return other->active;
}

static int32_t check_transfer(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                              const struct dla_bdma_transfer_desc* transfer) {
    const int64_t line = transfer->line_size;
    const int64_t repeat = transfer->line_repeat;
    // At most the legal number: the products below stay in 64 bits, and the range check refuses.
    const int64_t lines = repeat > MAX_REPEAT ? MAX_REPEAT : repeat;
    const struct dla_range ranges[] = {
        {"line_size", line, BDMA_ATOM, MAX_LINE_BYTES},
        {"line_repeat", repeat, 1, MAX_REPEAT},
        {"surface_repeat", transfer->surface_repeat, 1, MAX_REPEAT},
        {"source_line", transfer->source_line, line, UINT32_MAX},
        {"destination_line", transfer->destination_line, line, UINT32_MAX},
        {"source_surface", transfer->source_surface, transfer->source_line * lines, UINT32_MAX},
        {"destination_surface", transfer->destination_surface, transfer->destination_line * lines,
         UINT32_MAX},
    };
    const int32_t error = dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
    if (error != 0) return error;
    if (line % BDMA_ATOM != 0)
        return DLA_REFUSE(op, "line_size is %u, legal multiples of %d", transfer->line_size,
                          BDMA_ATOM);
    const uint64_t source = (transfer->surface_repeat - 1ull) * transfer->source_surface +
                            (transfer->line_repeat - 1ull) * transfer->source_line +
                            transfer->line_size;
    const uint64_t destination = (transfer->surface_repeat - 1ull) * transfer->destination_surface +
                                 (transfer->line_repeat - 1ull) * transfer->destination_line +
                                 transfer->line_size;
    const struct dla_data_cube src = {.address = transfer->source_address};
    const struct dla_data_cube dst = {.address = transfer->destination_address};
    uint64_t address;
    if (dla_cube_address(engine, op, "source", &src, &address) != 0 ||
        dla_cube_address(engine, op, "destination", &dst, &address) != 0 ||
        dla_check_cube_bytes(engine, op, "source", &src, source) != 0 ||
        dla_check_cube_bytes(engine, op, "destination", &dst, destination) != 0)
        return -DLA_ERROR_INVALID_INPUT;
    return 0;
}

static int32_t check(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_bdma_surface_desc* surface = &group->surface.bdma;
    if (!engine->bdma_enable) return DLA_REFUSE(op, "%s", "this hardware has no BDMA unit");
    const struct dla_range ranges[] = {
        {"num_transfers", surface->num_transfers, 0, DLA_MAX_BDMA_TRANSFERS},
        {"source_type", surface->source_type, DLA_MEMORY_MC, DLA_MEMORY_CV},
        {"destination_type", surface->destination_type, DLA_MEMORY_MC, DLA_MEMORY_CV},
    };
    int32_t error = dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
    for (unsigned i = 0; error == 0 && i < surface->num_transfers; ++i)
        error = check_transfer(engine, op, &surface->transfers[i]);
    return error;
}

static int32_t wait_for_slot(const struct dla_engine* engine, const struct dla_group* group) {
    for (unsigned i = 0; i < DLA_POLL_LIMIT; ++i)
        if (DLA_FIELD_OF(DLA_BDMA_STATUS__FREE_SLOT,
                         dla_read(engine, DLA_UNIT_BDMA, DLA_BDMA_STATUS)) != 0)
            return 0;
    return DLA_REFUSE(&group->op->desc, "BDMA had no free slot in %d polls", DLA_POLL_LIMIT);
}

static int32_t program_transfer(const struct dla_engine* engine, const struct dla_group* group,
                                const struct dla_bdma_transfer_desc* transfer) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_bdma_surface_desc* surface = &group->surface.bdma;
    const struct dla_data_cube src_cube = {.address = transfer->source_address};
    const struct dla_data_cube dst_cube = {.address = transfer->destination_address};
    uint64_t src = 0;
    uint64_t dst = 0;
    int32_t error = wait_for_slot(engine, group);
    if (error == 0) error = dla_cube_address(engine, op, "source", &src_cube, &src);
    if (error == 0) error = dla_cube_address(engine, op, "destination", &dst_cube, &dst);
    if (error != 0) return error;
    bdma_write(engine, DLA_BDMA_CFG_SRC_ADDR_LOW, dla_low(src));
    bdma_write(engine, DLA_BDMA_CFG_SRC_ADDR_HIGH, dla_high(src));
    bdma_write(engine, DLA_BDMA_CFG_DST_ADDR_LOW, dla_low(dst));
    bdma_write(engine, DLA_BDMA_CFG_DST_ADDR_HIGH, dla_high(dst));
    bdma_write(engine, DLA_BDMA_CFG_LINE,
               DLA_FIELD(DLA_BDMA_CFG_LINE__SIZE, transfer->line_size / BDMA_ATOM - 1));
    bdma_write(
        engine, DLA_BDMA_CFG_CMD,
        DLA_FIELD(DLA_BDMA_CFG_CMD__SRC_RAM_TYPE, dla_ram_type(surface->source_type)) |
            DLA_FIELD(DLA_BDMA_CFG_CMD__DST_RAM_TYPE, dla_ram_type(surface->destination_type)));
    bdma_write(engine, DLA_BDMA_CFG_LINE_REPEAT,
               DLA_FIELD(DLA_BDMA_CFG_LINE_REPEAT__NUMBER, transfer->line_repeat - 1));
    bdma_write(engine, DLA_BDMA_CFG_SRC_LINE, transfer->source_line);
    bdma_write(engine, DLA_BDMA_CFG_DST_LINE, transfer->destination_line);
    bdma_write(engine, DLA_BDMA_CFG_SURF_REPEAT,
               DLA_FIELD(DLA_BDMA_CFG_SURF_REPEAT__NUMBER, transfer->surface_repeat - 1));
    bdma_write(engine, DLA_BDMA_CFG_SRC_SURF, transfer->source_surface);
    bdma_write(engine, DLA_BDMA_CFG_DST_SURF, transfer->destination_surface);
    bdma_write(engine, DLA_BDMA_CFG_OP, DLA_FIELD(DLA_BDMA_CFG_OP__EN, 1));
    return 0;
}

static int32_t program(struct dla_engine* engine, struct dla_group* group) {
    const struct dla_bdma_surface_desc* surface = &group->surface.bdma;
    dla_unmask_interrupts(engine, DLA_GLB_S_INTR_MASK__BDMA_DONE_MASK0_MASK |
                                      DLA_GLB_S_INTR_MASK__BDMA_DONE_MASK1_MASK);
    int32_t error = 0;
    for (unsigned i = 0; error == 0 && i < surface->num_transfers; ++i)
        error = program_transfer(engine, group, &surface->transfers[i]);
    return error;
}

static int32_t enable(struct dla_engine* engine, struct dla_group* group) {
    if (group->surface.bdma.num_transfers == 0) {
        // Nothing to launch, so have GLB raise the interrupt the hardware would not: the operation
        // then completes in process_events like any other and no driver waits for ever.
        const uint32_t bit = DLA_GLB_S_INTR_SET__BDMA_DONE_SET0_MASK << group->id;
        dla_write(engine, DLA_UNIT_GLB, DLA_GLB_S_INTR_SET, bit);
        return 0;
    }
    if (engine->statistics_enable)
        bdma_write(engine, DLA_BDMA_CFG_STATUS, DLA_FIELD(DLA_BDMA_CFG_STATUS__STALL_COUNT_EN, 1));
    bdma_write(engine, group->id == 0 ? DLA_BDMA_CFG_LAUNCH0 : DLA_BDMA_CFG_LAUNCH1, 1);
    return 0;
}

static void read_statistics(const struct dla_engine* engine, const struct dla_group* group,
                            uint32_t* words) {
    const bool first = group->id == 0;
    words[0] = dla_read(engine, DLA_UNIT_BDMA,
                        first ? DLA_BDMA_STATUS_GRP0_READ_STALL : DLA_BDMA_STATUS_GRP1_READ_STALL);
    words[1] =
        dla_read(engine, DLA_UNIT_BDMA,
                 first ? DLA_BDMA_STATUS_GRP0_WRITE_STALL : DLA_BDMA_STATUS_GRP1_WRITE_STALL);
}

const struct dla_processor_methods dla_bdma_methods = {
    .consumer_pointer = consumer_pointer,
    .is_ready = is_ready,
    .check = check,
    .program = program,
    .enable = enable,
    .read_statistics = read_statistics,
    .runtime_word = 2,
};
