// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Engines and tasks: setting up, starting, forgetting. spec: firmware-interface.md sections 1,
// 3, 7.
#include "firmware/engine/checks.h"

const uint32_t dla_unit_bases_nv_full[] = DLA_UNIT_BASES_NV_FULL;
const uint32_t dla_unit_bases_nv_small[] = DLA_UNIT_BASES_NV_SMALL;

static const char* const op_type_names[] = {"BDMA", "CONV", "SDP", "PDP", "CDP", "RUBIK"};

static const struct dla_processor_methods* const all_methods[] = {
    &dla_bdma_methods, &dla_conv_methods, &dla_sdp_methods,
    &dla_pdp_methods,  &dla_cdp_methods,  &dla_rubik_methods,
};

const char* dla_op_type_name(uint8_t op_type) {
    return op_type < DLA_OP_TYPES ? op_type_names[op_type] : "unknown";
}

const struct dla_processor_methods* dla_methods(uint8_t op_type) {
    return all_methods[op_type];
}

size_t dla_engine_size(void) {
    return sizeof(struct dla_engine);
}

int32_t dla_engine_init(void* storage, void* driver_context) {
    struct dla_engine* engine = storage;
    if (engine == NULL) return -DLA_ERROR_INVALID_INPUT;
    dla_memset(engine, 0, sizeof(*engine));
    engine->driver = driver_context;
    dla_clear_task(engine);
    return 0;
}

void dla_clear_task(void* engine_context) {
    struct dla_engine* engine = engine_context;
    if (engine == NULL) return;
    dla_memset(&engine->task, 0, sizeof(engine->task));
    dla_memset(engine->cache, 0, sizeof(engine->cache));
    dla_memset(engine->processors, 0, sizeof(engine->processors));
    dla_memset(&engine->conv_leftovers, 0, sizeof(engine->conv_leftovers));
    engine->operations_done = 0;
    engine->status = 0;
    engine->statistics_enable = false;
    for (uint8_t type = 0; type < DLA_OP_TYPES; ++type) {
        struct dla_processor* processor = &engine->processors[type];
        processor->op_type = type;
        processor->last_group = 1;
        for (uint8_t id = 0; id < DLA_GROUPS; ++id) {
            processor->groups[id].id = id;
            processor->groups[id].lut_index = -1;
        }
    }
}

int32_t dla_configure(void* engine_context, const void* config_data) {
    struct dla_engine* engine = engine_context;
    const struct dla_config* config = config_data;
    if (engine == NULL || config == NULL) return -DLA_ERROR_INVALID_INPUT;
    if (config->atom_size != 8 && config->atom_size != 16 && config->atom_size != 32 &&
        config->atom_size != 64) {
        dla_error("atom_size is %u, legal 8, 16, 32, 64\n", config->atom_size);
        return -DLA_ERROR_INVALID_INPUT;
    }
    const bool full =
        config->bdma_enable || config->rubik_enable || config->weight_compress_support;
    engine->atom_size = config->atom_size;
    engine->bdma_enable = config->bdma_enable;
    engine->rubik_enable = config->rubik_enable;
    engine->weight_compress_support = config->weight_compress_support;
    engine->unit_bases = full ? dla_unit_bases_nv_full : dla_unit_bases_nv_small;
    engine->descriptor_layout = DLA_LAYOUT_B;
    engine->limits = (struct dla_limits){0};
    if (config->extension == DLA_CONFIG_EXTENDED) {
        if (config->unit_bases != NULL) engine->unit_bases = config->unit_bases;
        engine->descriptor_layout = config->descriptor_layout;
        engine->limits = config->limits;
    }
    if (engine->limits.cbuf_banks == 0) engine->limits.cbuf_banks = full ? 16 : 32;
    if (engine->limits.cbuf_entry_bytes % config->atom_size != 0) {
        dla_error("cbuf_entry_bytes is %u, legal multiples of atom_size %u\n",
                  engine->limits.cbuf_entry_bytes, config->atom_size);
        return -DLA_ERROR_INVALID_INPUT;
    }
    return 0;
}

uint64_t dla_entry_offset(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                          uint32_t entry_bytes) {
    const uint64_t entry =
        (uint64_t)op->roi_index * engine->task.network.num_operations + (uint64_t)op->index;
    return entry * entry_bytes;
}

int32_t dla_task_token(const struct dla_engine* engine, int16_t index, const char* what,
                       uint64_t* token) {
    *token = 0;
    if (index >= 0 && dla_get_dma_address(engine->driver, engine->task.data, index, token,
                                          DLA_DESTINATION_PROCESSOR) == 0)
        return 0;
    dla_error("the network's %s is address index %d, which the task's address list lacks\n", what,
              index);
    return -DLA_ERROR_INVALID_INPUT;
}

static int32_t read_entry(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                          const char* what, uint64_t token, void* entry, uint32_t entry_bytes) {
    const int32_t error = dla_data_read(engine->driver, engine->task.data, token, entry,
                                        entry_bytes, dla_entry_offset(engine, op, entry_bytes));
    if (error != 0) (void)DLA_REFUSE(op, "cannot read its %s entry (error %d)", what, error);
    return error;
}

int32_t dla_read_operation(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                           union dla_operation* operation) {
    return read_entry(engine, op, "operation", engine->task.operations, operation,
                      sizeof(*operation));
}

int32_t dla_read_surface(struct dla_engine* engine, const struct dla_common_op_desc* op,
                         union dla_surface* surface) {
    const bool old = engine->descriptor_layout == DLA_LAYOUT_A;
    const int32_t error = read_entry(engine, op, "surface", engine->task.surfaces,
                                     old ? &engine->old_surface : surface, sizeof(*surface));
    if (error == 0 && old) dla_widen_surface(op->op_type, engine->old_surface.bytes, surface);
    return error;
}

int32_t dla_read_group_descriptors(struct dla_engine* engine, struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const int32_t error = dla_read_operation(engine, op, &group->operation);
    return error != 0 ? error : dla_read_surface(engine, op, &group->surface);
}

static int32_t prepare_dynamic_roi(struct dla_engine* engine) {
    struct dla_task* task = &engine->task;
    struct dla_network_desc* network = &task->network;
    struct dla_roi_array_desc array;
    int32_t error = dla_task_token(engine, network->roi_array_index, "region list", &task->rois);
    if (error != 0) return error;
    error = dla_data_read(engine->driver, task->data, task->rois, &array, sizeof(array), 0);
    if (error != 0) {
        dla_error("cannot read the list of regions of interest (error %d)\n", error);
        return error;
    }
    if (array.array_length == 0 || array.array_length > network->num_rois) {
        dla_error("the list has %u regions of interest, legal 1..%u\n", array.array_length,
                  network->num_rois);
        return -DLA_ERROR_INVALID_INPUT;
    }
    network->num_rois = (uint16_t)array.array_length;
    if (network->surface_index >= 0 &&
        dla_get_dma_address(engine->driver, task->data, network->surface_index,
                            &task->input_address, DLA_DESTINATION_DMA) == 0)
        return 0;
    dla_error("the input surface is address index %d, which the task's address list lacks\n",
              network->surface_index);
    return -DLA_ERROR_INVALID_INPUT;
}

static int32_t check_network(const struct dla_network_desc* network) {
    if (network->num_operations > INT16_MAX) {
        dla_error("the network has %u operations, legal 0..%d\n", network->num_operations,
                  INT16_MAX);
        return -DLA_ERROR_INVALID_INPUT;
    }
    if (network->num_rois < 1 || network->num_rois > DLA_MAX_ROIS) {
        dla_error("the network has %u regions of interest, legal 1..%d\n", network->num_rois,
                  DLA_MAX_ROIS);
        return -DLA_ERROR_INVALID_INPUT;
    }
    for (uint8_t type = 0; type < DLA_OP_TYPES; ++type) {
        const int16_t head = network->op_head[type];
        if (head >= -1 && head < network->num_operations) continue;
        dla_error("the first %s operation is %d, legal -1..%d\n", dla_op_type_name(type), head,
                  network->num_operations - 1);
        return -DLA_ERROR_INVALID_INPUT;
    }
    return 0;
}

static int32_t read_network(struct dla_engine* engine) {
    struct dla_task* task = &engine->task;
    struct dla_network_desc* network = &task->network;
    uint64_t token;
    int32_t error = dla_task_token(engine, 0, "descriptor", &token);
    if (error != 0) return error;
    error = dla_data_read(engine->driver, task->data, token, network, sizeof(*network), 0);
    if (error != 0) {
        dla_error("cannot read the network descriptor (error %d)\n", error);
        return error;
    }
    if (network->num_operations == 0) return 0;
    error = check_network(network);
    if (error == 0)
        error = dla_task_token(engine, network->operation_desc_index, "operation list",
                               &task->operations);
    if (error == 0)
        error =
            dla_task_token(engine, network->surface_desc_index, "surface list", &task->surfaces);
    if (error == 0)
        error = dla_task_token(engine, network->dependency_graph_index, "dependency list",
                               &task->dependencies);
    if (error == 0 && network->num_luts != 0)
        error = dla_task_token(engine, network->lut_data_index, "LUT list", &task->luts);
    if (error == 0 && network->dynamic_roi) error = prepare_dynamic_roi(engine);
    if (error == 0 && network->stat_list_index != -1) {
        error =
            dla_task_token(engine, network->stat_list_index, "statistics list", &task->statistics);
        engine->statistics_enable = error == 0;
    }
    return error;
}

// Both groups of every processor get an operation.
static int32_t start_processors(struct dla_engine* engine) {
    for (uint8_t type = 0; type < DLA_OP_TYPES; ++type) {
        const int16_t head = engine->task.network.op_head[type];
        if (head == -1) continue;
        int32_t error = dla_submit_next(engine, type, head, 0);
        if (error == 0) error = dla_dequeue(engine, &engine->processors[type]);
        if (error != 0) return error;
    }
    return dla_check_progress(engine);
}

int32_t dla_execute_task(void* engine_context, void* task_data, void* config_data) {
    struct dla_engine* engine = engine_context;
    if (engine == NULL || task_data == NULL) {
        dla_error("a task needs an engine and task data\n");
        return -DLA_ERROR_INVALID_INPUT;
    }
    if (engine->task.data != NULL) {
        dla_error("a task is running; it must be cleared before the next one\n");
        return -DLA_ERROR_PROCESSOR_BUSY;
    }
    int32_t error = dla_configure(engine, config_data);
    if (error != 0) return error;
    engine->task.data = task_data;
    error = read_network(engine);
    if (error == 0 && engine->task.network.num_operations != 0) error = start_processors(engine);
    if (engine->status == 0) engine->status = error;
    return engine->status;
}

bool dla_operation_in_group(const void* engine_context, uint8_t op_type, uint8_t group,
                            struct dla_group_operation* operation) {
    const struct dla_engine* engine = engine_context;
    if (engine == NULL || op_type >= DLA_OP_TYPES || group >= DLA_GROUPS) return false;
    const struct dla_group* held = &engine->processors[op_type].groups[group];
    if (held->op == NULL) return false;
    operation->index = held->op->desc.index;
    operation->roi = (uint8_t)held->op->desc.roi_index;
    operation->enabled = held->active;
    return true;
}
