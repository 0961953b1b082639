// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Storage behind dla_register_driver. A port with storage of its own leaves this file out.
#include "firmware/engine/engine.h"

struct dla_pool_entry {
    bool used;
    struct dla_engine engine;
};

static struct dla_pool_entry pool[DLA_ENGINE_POOL_SIZE];

int32_t dla_register_driver(void** engine_context, void* driver_context) {
    struct dla_pool_entry* chosen = NULL;
    if (engine_context == NULL) return -DLA_ERROR_INVALID_INPUT;
    for (unsigned i = 0; i < DLA_ENGINE_POOL_SIZE; ++i) {
        struct dla_pool_entry* entry = &pool[i];
        if (entry->used && entry->engine.driver == driver_context) {
            chosen = entry;
            break;
        }
        if (!entry->used && chosen == NULL) chosen = entry;
    }
    if (chosen == NULL) {
        dla_error("all %d engines are taken\n", DLA_ENGINE_POOL_SIZE);
        return -DLA_ERROR_NO_MEMORY;
    }
    chosen->used = true;
    *engine_context = &chosen->engine;
    return dla_engine_init(&chosen->engine, driver_context);
}

void dla_unregister_driver(void* engine_context) {
    for (unsigned i = 0; i < DLA_ENGINE_POOL_SIZE; ++i)
        if (&pool[i].engine == engine_context) pool[i].used = false;
}
