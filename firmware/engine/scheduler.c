// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Operations into groups, registers and hardware. spec: firmware-interface.md section 7.
//
// enable and notify call each other; every enable marks one of the 12 groups active, so the depth
// is bounded.
#include "firmware/engine/checks.h"

static int32_t enable(struct dla_engine* engine, struct dla_cached_op* op);

static bool holds_operation(const struct dla_processor* processor, const struct dla_group* group) {
    return (processor->group_status & (1u << group->id)) != 0;
}

static int32_t remember(struct dla_engine* engine, int32_t error) {
    if (error != 0 && engine->status == 0) engine->status = error;
    return error;
}

bool dla_task_complete(const struct dla_engine* engine) {
    return engine->operations_done == engine->task.network.num_operations;
}

// The hardware runs groups in turn, so an idle processor must go on where its consumer pointer
// stands. It is read in any case: the register traffic then equals the reference access logs.
static uint8_t next_slot(uint8_t used, uint8_t consumer) {
    if (used == 0) return consumer;
    return used == 1 ? 1 : 0;
}

static void choose_rdma_slot(struct dla_engine* engine, struct dla_processor* processor,
                             struct dla_group* group) {
    const struct dla_processor_methods* methods = dla_methods(processor->op_type);
    group->rdma_needed = methods->is_rdma_needed != NULL && methods->is_rdma_needed(group);
    if (!group->rdma_needed) {
        // Its RDMA registers are written nevertheless, so stay clear of the group in use.
        group->rdma_id =
            processor->rdma_status == 0 ? group->id : next_slot(processor->rdma_status, 0);
        return;
    }
    const uint8_t consumer = methods->rdma_consumer_pointer(engine);
    group->rdma_id = next_slot(processor->rdma_status, consumer);
    processor->rdma_status |= (uint8_t)(1u << group->rdma_id);
}

static bool is_ready(const struct dla_processor* processor, const struct dla_group* group) {
    const struct dla_processor_methods* methods = dla_methods(processor->op_type);
    return methods->is_ready == NULL || methods->is_ready(processor, group);
}

static int32_t fetch_consumers(struct dla_engine* engine, struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const uint8_t roi = (uint8_t)op->roi_index;
    for (uint8_t type = 0; type < DLA_OP_TYPES; ++type) {
        if (op->consumers[type].index == -1) continue;
        group->consumers[type] = dla_cache_get(engine, type, op->consumers[type].index, roi);
        if (group->consumers[type] == NULL) return engine->status;
    }
    if (op->fused_parent.index == -1) return 0;
    if (op->op_type == DLA_OP_BDMA)
        return DLA_REFUSE(op, "has fused parent %d, but nothing can feed a BDMA",
                          op->fused_parent.index);
    group->fused_parent =
        dla_cache_get(engine, (uint8_t)(op->op_type - 1), op->fused_parent.index, roi);
    return group->fused_parent == NULL ? engine->status : 0;
}

static int32_t program(struct dla_engine* engine, struct dla_processor* processor,
                       struct dla_group* group) {
    const struct dla_processor_methods* methods = dla_methods(processor->op_type);
    int32_t error = methods->check(engine, group);
    if (error == 0) error = fetch_consumers(engine, group);
    if (error == 0) error = dla_check_fused(engine, group);
    if (error == 0) error = dla_read_lut(engine, group);
    if (error != 0) return remember(engine, error);
    group->programming = true;
    if (methods->set_producer != NULL) methods->set_producer(engine, group);
    error = methods->program(engine, group);
    if (error == 0) {
        group->pending = false;
        error = dla_notify(engine, group, DLA_EVENT_OP_PROGRAMMED);
    }
    group->programming = false;
    return remember(engine, error);
}

int32_t dla_program_pending(struct dla_engine* engine, struct dla_processor* processor,
                            struct dla_group* group) {
    if (!holds_operation(processor, group) || !group->pending) return 0;
    if (engine->status != 0 || !is_ready(processor, group)) return engine->status;
    const int32_t error = program(engine, processor, group);
    if (error != 0) return error;
    return group->op->desc.dependency_count == 0 ? enable(engine, group->op) : 0;
}

// Takes over the caller's reference to op, also on error.
static int32_t submit(struct dla_engine* engine, struct dla_cached_op* op) {
    struct dla_processor* processor = &engine->processors[op->desc.op_type];
    if (processor->group_status == 3) {
        dla_cache_put(engine, op);
        return -DLA_ERROR_PROCESSOR_BUSY;
    }
    const uint8_t consumer = dla_methods(processor->op_type)->consumer_pointer(engine);
    struct dla_group* group = &processor->groups[next_slot(processor->group_status, consumer)];
    processor->group_status |= (uint8_t)(1u << group->id);
    group->op = op;
    group->pending = true;
    processor->has_tail = true;
    processor->tail_index = op->desc.index;
    processor->tail_roi = (uint8_t)op->desc.roi_index;
    processor->tail_next = op->desc.consumers[op->desc.op_type].index;
    const int32_t error = dla_read_group_descriptors(engine, group);
    if (error != 0) return remember(engine, error);
    const struct dla_processor_methods* methods = dla_methods(processor->op_type);
    if (methods->lut_index != NULL) group->lut_index = methods->lut_index(group);
    choose_rdma_slot(engine, processor, group);
    return dla_program_pending(engine, processor, group);
}

int32_t dla_submit_next(struct dla_engine* engine, uint8_t op_type, int16_t index, uint8_t roi) {
    struct dla_cached_op* op = dla_cache_get(engine, op_type, index, roi);
    if (op == NULL) return engine->status;
    const int32_t error = submit(engine, op);
    return error == -DLA_ERROR_PROCESSOR_BUSY ? 0 : error;
}

int32_t dla_dequeue(struct dla_engine* engine, struct dla_processor* processor) {
    if (engine->status != 0 || !processor->has_tail) return engine->status;
    const unsigned next_roi = processor->tail_roi + 1u;
    if (next_roi < engine->task.network.num_rois)
        return dla_submit_next(engine, processor->op_type, processor->tail_index,
                               (uint8_t)next_roi);
    if (processor->tail_next == -1) return 0;
    return dla_submit_next(engine, processor->op_type, processor->tail_next, 0);
}

static struct dla_group* programmed_group(struct dla_processor* processor,
                                          const struct dla_cached_op* op) {
    for (unsigned i = 0; i < DLA_GROUPS; ++i) {
        struct dla_group* group = &processor->groups[i];
        if (holds_operation(processor, group) && group->op == op && !group->pending) return group;
    }
    return NULL;
}

// An operation that is not programmed yet is enabled when it is; its count reaches 0 only once.
static int32_t enable(struct dla_engine* engine, struct dla_cached_op* op) {
    if (engine->status != 0) return engine->status;
    struct dla_processor* processor = &engine->processors[op->desc.op_type];
    struct dla_group* group = programmed_group(processor, op);
    if (group == NULL || group->programming) return 0;
    const struct dla_processor_methods* methods = dla_methods(processor->op_type);
    if (methods->set_producer != NULL) methods->set_producer(engine, group);
    group->enabled_at_us = dla_get_time_us();
    const int32_t error = methods->enable(engine, group);
    if (error != 0) return remember(engine, error);
    group->active = true;
    return dla_notify(engine, group, DLA_EVENT_OP_ENABLED);
}

static int32_t deliver(struct dla_engine* engine, const struct dla_group* group,
                       const struct dla_consumer* consumer, struct dla_cached_op* target,
                       uint8_t event) {
    if (engine->status != 0) return engine->status;
    if (consumer->index == -1 || consumer->event != event) return 0;
    const struct dla_common_op_desc* op = &group->op->desc;
    if (target == NULL)
        return remember(engine, DLA_REFUSE(op, "event %u for operation %d, which was not fetched",
                                           event, consumer->index));
    if (target->desc.dependency_count == 0)
        return remember(
            engine, DLA_REFUSE(op, "event %u for %s operation %d, which waits for nothing more",
                               event, dla_op_type_name(target->desc.op_type), target->desc.index));
    return --target->desc.dependency_count == 0 ? enable(engine, target) : 0;
}

int32_t dla_notify(struct dla_engine* engine, const struct dla_group* group, uint8_t event) {
    const struct dla_common_op_desc* op = &group->op->desc;
    for (unsigned type = 0; type < DLA_OP_TYPES; ++type)
        (void)deliver(engine, group, &op->consumers[type], group->consumers[type], event);
    return deliver(engine, group, &op->fused_parent, group->fused_parent, event);
}

int32_t dla_check_progress(const struct dla_engine* engine) {
    if (engine->status != 0 || dla_task_complete(engine)) return engine->status;
    for (unsigned type = 0; type < DLA_OP_TYPES; ++type) {
        const struct dla_processor* processor = &engine->processors[type];
        for (unsigned i = 0; i < DLA_GROUPS; ++i)
            if (processor->groups[i].active) return 0;
    }
    dla_error("%u of %u operations are done and none runs: the dependency graph cannot finish\n",
              engine->operations_done, engine->task.network.num_operations);
    return -DLA_ERROR_INVALID_INPUT;
}
