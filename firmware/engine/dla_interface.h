// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// What a driver calls. spec: firmware-interface.md sections 1 and 7.
//
//   dla_register_driver(&engine, driver);
//   dla_execute_task(engine, task, &config);           // starts the first layers, does not wait
//   uint32_t done = 0;
//   while (!done) { wait_for_interrupt(); dla_isr_handler(engine); dla_process_events(engine,
//   &done); } dla_clear_task(engine);
//
// dla_isr_handler and dla_process_events of one engine must exclude each other. Engines are
// independent.
#ifndef DLA_FIRMWARE_INTERFACE_H
#define DLA_FIRMWARE_INTERFACE_H

#include "firmware/engine/types.h"

#ifdef __cplusplus
extern "C" {
#endif

// Every call returns 0 or one of these, negated.
enum dla_error_code {
    DLA_ERROR_INVALID_INPUT = 3,
    DLA_ERROR_NO_MEMORY = 8,
    DLA_ERROR_PROCESSOR_BUSY = 12,
};

// Width of a data cube in the task's surface list. spec: firmware-interface.md section 0.
enum dla_descriptor_layout {
    DLA_LAYOUT_B = 0,  // 32 bytes, interface 0.12
    DLA_LAYOUT_A = 1,  // 28 bytes, interface 0.10 and 0.11
};

#define DLA_CONFIG_EXTENDED 0xd1u

// What a configuration has and holds, the same bytes for every port (the bare-metal one takes them
// from its task image). 0 in a member: not checked.
struct dla_limits {
    uint8_t cbuf_banks;        // 0: 16 with any flag of dla_config, else 32
    uint8_t precisions;        // bit n: precision n exists
    uint8_t batch_max;         // convolution inputs with the same weights
    uint8_t no_second_memory;  // cubes in CVSRAM are refused
    uint8_t no_winograd;
    uint8_t no_sdp_y;    // no Y stage in SDP
    uint8_t no_sdp_lut;  // a Y stage without look-up table
    uint8_t reserved;
    uint16_t pdp_line_buffer;  // greatest PDP output width while kernel height <= stride
    uint16_t
        cbuf_entries_per_bank;  // 0 here, in entry_bytes or kernel_group: no use of CBUF checked
    uint16_t cbuf_entry_bytes;  // a multiple of atom_size
    uint16_t channel_block;     // channels of one MAC operation
    uint16_t kernel_group;      // kernels of one MAC operation, int8; half as many with 16 bits
};

// config_data of dla_execute_task. The first three flags and the size are the published layout; a
// caller that knows no more leaves `extension` 0 and may end its struct there.
// firmware/dla_configurations.h, generated from configs/, has one for every configuration.
struct dla_config {
    uint32_t atom_size;  // bytes of a memory atom: 8 or 32
    bool bdma_enable;
    bool rubik_enable;
    bool weight_compress_support;
    uint8_t extension;  // DLA_CONFIG_EXTENDED: the members below are there

    const uint32_t* unit_bases;  // DLA_UNIT_COUNT byte addresses, must outlive the engine
    uint8_t descriptor_layout;   // enum dla_descriptor_layout
    struct dla_limits limits;
};

// Address maps for dla_config.unit_bases. Without extension: nv_full if any flag is set, else
// nv_small (which nv_large shares).
extern const uint32_t dla_unit_bases_nv_full[];
extern const uint32_t dla_unit_bases_nv_small[];

// Takes an engine from a pool of DLA_ENGINE_POOL_SIZE; the same driver_context gets the same engine
// again, so one per device. Calls must not overlap. A port that has storage of its own (for more
// devices) uses dla_engine_init instead.
#define DLA_ENGINE_POOL_SIZE 4
int32_t dla_register_driver(void** engine_context, void* driver_context);
void dla_unregister_driver(void* engine_context);

// storage: dla_engine_size() bytes aligned for a pointer.
size_t dla_engine_size(void);
int32_t dla_engine_init(void* storage, void* driver_context);

// Optional: dla_execute_task does it. A driver whose interrupt can come before the first task calls
// it at probe, because the handler needs the address map.
int32_t dla_configure(void* engine_context, const void* config_data);

int32_t dla_execute_task(void* engine_context, void* task_data, void* config_data);
int32_t dla_isr_handler(void* engine_context);
int32_t dla_process_events(void* engine_context, uint32_t* task_complete);
void dla_clear_task(void* engine_context);

// For records and diagnosis: what a group holds. op_type as in descriptors.h.
struct dla_group_operation {
    int16_t index;
    uint8_t roi;
    bool enabled;
};
// false: the group is empty.
bool dla_operation_in_group(const void* engine_context, uint8_t op_type, uint8_t group,
                            struct dla_group_operation* operation);

#ifdef __cplusplus
}
#endif
#endif
