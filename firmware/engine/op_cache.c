// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// The entries of the dependency list in use, counted, so that every holder sees the same
// dependency_count. An entry nobody holds goes back to memory with the count it has by then.
//
// 32 entries per type cannot run out: of one type there are the operations of its two groups, one
// consumer in each of the 12 groups, two fused parents and the one being looked up, 17 in all.
#include "firmware/engine/checks.h"

static struct dla_cached_op* fail(struct dla_engine* engine, int32_t error) {
    if (engine->status == 0) engine->status = error;
    return NULL;
}

static struct dla_cached_op* find(struct dla_engine* engine, uint8_t op_type, int16_t index,
                                  uint8_t roi, struct dla_cached_op** free_entry) {
    *free_entry = NULL;
    for (unsigned i = 0; i < DLA_CACHED_OPS; ++i) {
        struct dla_cached_op* entry = &engine->cache[op_type][i];
        if (entry->references == 0) {
            if (*free_entry == NULL) *free_entry = entry;
        } else if (entry->desc.index == index && entry->desc.roi_index == (int8_t)roi) {
            return entry;
        }
    }
    return NULL;
}

struct dla_cached_op* dla_cache_get(struct dla_engine* engine, uint8_t op_type, int16_t index,
                                    uint8_t roi) {
    if (index < 0 || index >= engine->task.network.num_operations) {
        dla_error("%s operation %d is referred to, the network has %u operations\n",
                  dla_op_type_name(op_type), index, engine->task.network.num_operations);
        return fail(engine, -DLA_ERROR_INVALID_INPUT);
    }
    struct dla_cached_op* free_entry;
    struct dla_cached_op* entry = find(engine, op_type, index, roi, &free_entry);
    if (entry != NULL) {
        ++entry->references;
        return entry;
    }
    if (free_entry == NULL) {
        dla_error("%s operation %d does not fit into the cache of %d\n", dla_op_type_name(op_type),
                  index, DLA_CACHED_OPS);
        return fail(engine, -DLA_ERROR_NO_MEMORY);
    }
    struct dla_common_op_desc* desc = &free_entry->desc;
    desc->index = index;
    desc->roi_index = (int8_t)roi;
    const uint64_t offset = dla_entry_offset(engine, desc, sizeof(*desc));
    const int32_t error = dla_data_read(engine->driver, engine->task.data,
                                        engine->task.dependencies, desc, sizeof(*desc), offset);
    if (error != 0) {
        dla_error("%s operation %d: cannot read its dependency entry (error %d)\n",
                  dla_op_type_name(op_type), index, error);
        return fail(engine, error);
    }
    // Files carry wrong numbers here.
    desc->index = index;
    desc->roi_index = (int8_t)roi;
    if (desc->op_type != op_type) {
        dla_error("operation %d is expected to be %s, its op_type is %u (%s)\n", index,
                  dla_op_type_name(op_type), desc->op_type, dla_op_type_name(desc->op_type));
        return fail(engine, -DLA_ERROR_INVALID_INPUT);
    }
    free_entry->references = 1;
    return free_entry;
}

void dla_cache_put(struct dla_engine* engine, struct dla_cached_op* op) {
    if (op == NULL || --op->references != 0) return;
    const uint64_t offset = dla_entry_offset(engine, &op->desc, sizeof(op->desc));
    const int32_t error = dla_data_write(engine->driver, engine->task.data, &op->desc,
                                         engine->task.dependencies, sizeof(op->desc), offset);
    if (error == 0) return;
    (void)DLA_REFUSE(&op->desc, "cannot write its dependency entry (error %d)", error);
    (void)fail(engine, error);
}
