// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Interrupts to events (top half) and events to scheduling (bottom half).
// spec: firmware-interface.md sections 7 and 8.
#include "firmware/engine/engine.h"
#include "firmware/engine/registers.h"

// Bit position of group 0; group 1 is the next bit.
struct dla_interrupt_source {
    uint8_t shift;
    uint8_t op_type;
    uint8_t event;
};

static const struct dla_interrupt_source interrupt_sources[] = {
    {DLA_GLB_S_INTR_STATUS__SDP_DONE_STATUS0_SHIFT, DLA_OP_SDP, DLA_EVENT_OP_COMPLETED},
    {DLA_GLB_S_INTR_STATUS__CDP_DONE_STATUS0_SHIFT, DLA_OP_CDP, DLA_EVENT_OP_COMPLETED},
    {DLA_GLB_S_INTR_STATUS__PDP_DONE_STATUS0_SHIFT, DLA_OP_PDP, DLA_EVENT_OP_COMPLETED},
    {DLA_GLB_S_INTR_STATUS__BDMA_DONE_STATUS0_SHIFT, DLA_OP_BDMA, DLA_EVENT_OP_COMPLETED},
    {DLA_GLB_S_INTR_STATUS__RUBIK_DONE_STATUS0_SHIFT, DLA_OP_RUBIK, DLA_EVENT_OP_COMPLETED},
    {DLA_GLB_S_INTR_STATUS__CDMA_DAT_DONE_STATUS0_SHIFT, DLA_OP_CONV, DLA_EVENT_CDMA_DT_DONE},
    {DLA_GLB_S_INTR_STATUS__CDMA_WT_DONE_STATUS0_SHIFT, DLA_OP_CONV, DLA_EVENT_CDMA_WT_DONE},
    {DLA_GLB_S_INTR_STATUS__CACC_DONE_STATUS0_SHIFT, DLA_OP_CONV, DLA_EVENT_OP_COMPLETED},
};

static uint32_t read_interrupt_status(const struct dla_engine* engine) {
    const uint32_t mask = dla_read(engine, DLA_UNIT_GLB, DLA_GLB_S_INTR_MASK);
    const uint32_t status = dla_read(engine, DLA_UNIT_GLB, DLA_GLB_S_INTR_STATUS);
    dla_debug("interrupt status 0x%x, mask 0x%x\n", status, mask);
    return status;
}

int32_t dla_isr_handler(void* engine_context) {
    struct dla_engine* engine = engine_context;
    if (engine == NULL || engine->unit_bases == NULL) return -DLA_ERROR_INVALID_INPUT;
    const uint32_t status = read_interrupt_status(engine);
    for (unsigned i = 0; i < DLA_ARRAY_SIZE(interrupt_sources); ++i) {
        const struct dla_interrupt_source* source = &interrupt_sources[i];
        struct dla_processor* processor = &engine->processors[source->op_type];
        for (unsigned id = 0; id < DLA_GROUPS; ++id) {
            if ((status & (1u << (source->shift + id))) == 0) continue;
            struct dla_group* group = &processor->groups[id];
            // After an error operations of the cleared task may still finish.
            if (group->active) group->events |= (uint8_t)(1u << source->event);
        }
    }
    dla_write(engine, DLA_UNIT_GLB, DLA_GLB_S_INTR_STATUS, status);
    // The clear is a posted write; reading back makes sure that it has reached the interrupt line
    // before the caller looks at the line again. Bits that came meanwhile keep it high.
    (void)read_interrupt_status(engine);
    return 0;
}

static void release(struct dla_engine* engine, struct dla_group* group) {
    dla_cache_put(engine, group->op);
    group->op = NULL;
    dla_cache_put(engine, group->fused_parent);
    group->fused_parent = NULL;
    for (unsigned type = 0; type < DLA_OP_TYPES; ++type) {
        dla_cache_put(engine, group->consumers[type]);
        group->consumers[type] = NULL;
    }
}

static int32_t complete_group(struct dla_engine* engine, struct dla_processor* processor,
                              struct dla_group* group) {
    if (group->op->desc.roi_index == (int)engine->task.network.num_rois - 1)
        ++engine->operations_done;
    if (engine->statistics_enable) (void)dla_save_statistics(engine, group);
    processor->group_status &= (uint8_t) ~(1u << group->id);
    if (group->rdma_needed) processor->rdma_status &= (uint8_t) ~(1u << group->rdma_id);
    group->active = false;
    group->rdma_needed = false;
    group->lut_index = -1;
    processor->last_group = group->id;
    (void)dla_notify(engine, group, DLA_EVENT_OP_COMPLETED);
    release(engine, group);
    if (dla_task_complete(engine) || engine->status != 0) return engine->status;
    const int32_t error =
        dla_program_pending(engine, processor, &processor->groups[group->id ^ 1u]);
    return error != 0 ? error : dla_dequeue(engine, processor);
}

static void process_group(struct dla_engine* engine, struct dla_processor* processor,
                          struct dla_group* group) {
    const uint8_t events = group->events;
    group->events = 0;
    if (events & (1u << DLA_EVENT_CDMA_WT_DONE))
        (void)dla_notify(engine, group, DLA_EVENT_CDMA_WT_DONE);
    if (events & (1u << DLA_EVENT_CDMA_DT_DONE))
        (void)dla_notify(engine, group, DLA_EVENT_CDMA_DT_DONE);
    if (events & (1u << DLA_EVENT_OP_COMPLETED)) (void)complete_group(engine, processor, group);
}

int32_t dla_process_events(void* engine_context, uint32_t* task_complete) {
    struct dla_engine* engine = engine_context;
    if (engine == NULL || task_complete == NULL) return -DLA_ERROR_INVALID_INPUT;
    if (engine->task.data == NULL) return 0;
    for (unsigned type = 0; type < DLA_OP_TYPES; ++type) {
        struct dla_processor* processor = &engine->processors[type];
        const uint8_t other = processor->last_group ^ 1u;  // the one that ran longer
        process_group(engine, processor, &processor->groups[other]);
        process_group(engine, processor, &processor->groups[other ^ 1u]);
    }
    if (engine->status == 0) engine->status = dla_check_progress(engine);
    if (engine->status == 0 && dla_task_complete(engine)) *task_complete = 1;
    return engine->status;
}
