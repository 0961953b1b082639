// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Counters of a finished operation into the task's statistics list. spec: firmware-interface.md 5.
#include "firmware/engine/checks.h"

int32_t dla_save_statistics(struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_processor_methods* methods = dla_methods(op->op_type);
    uint32_t words[DLA_STATISTICS_WORDS];
    dla_memset(words, 0, sizeof(words));
    methods->read_statistics(engine, group, words);
    words[methods->runtime_word] = (uint32_t)(dla_get_time_us() - group->enabled_at_us);
    const uint64_t offset = dla_entry_offset(engine, op, DLA_STATISTICS_BYTES);
    const int32_t error = dla_data_write(engine->driver, engine->task.data, words,
                                         engine->task.statistics, sizeof(words), offset);
    if (error == 0) return 0;
    (void)DLA_REFUSE(op, "cannot write its statistics (error %d)", error);
    if (engine->status == 0) engine->status = error;
    return error;
}
