// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// State of one engine and what its parts share. Not for drivers: they see dla_interface.h.
// spec: firmware-interface.md section 6.
#ifndef DLA_FIRMWARE_ENGINE_H
#define DLA_FIRMWARE_ENGINE_H

#include "firmware/dla_registers.h"
#include "firmware/engine/descriptors.h"
#include "firmware/engine/dla_interface.h"
#include "firmware/engine/dla_port.h"
#include "firmware/engine/types.h"

enum { DLA_GROUPS = 2, DLA_CACHED_OPS = 32, DLA_MAX_ROIS = 127 };

// One entry of the dependency list while somebody refers to it. references 0: free.
struct dla_cached_op {
    struct dla_common_op_desc desc;
    uint16_t references;
};

struct dla_group {
    uint8_t id;
    uint8_t rdma_id;
    uint8_t events;  // bit e: event e came and is not handled
    bool pending;    // descriptors read, registers not written
    bool programming;
    bool active;  // enabled in hardware
    bool rdma_needed;
    int16_t lut_index;  // -1: none
    struct dla_cached_op* op;
    struct dla_cached_op* consumers[DLA_OP_TYPES];
    struct dla_cached_op* fused_parent;
    int64_t enabled_at_us;
    union dla_operation operation;
    union dla_surface surface;
};

struct dla_engine;
struct dla_processor;

// What the scheduler needs from an engine of the hardware. Absent hooks: never, always, nothing.
struct dla_processor_methods {
    uint8_t (*consumer_pointer)(const struct dla_engine* engine);
    uint8_t (*rdma_consumer_pointer)(const struct dla_engine* engine);
    bool (*is_rdma_needed)(const struct dla_group* group);
    int16_t (*lut_index)(const struct dla_group* group);
    bool (*is_ready)(const struct dla_processor* processor, const struct dla_group* group);
    void (*set_producer)(const struct dla_engine* engine, const struct dla_group* group);
    int32_t (*check)(const struct dla_engine* engine, const struct dla_group* group);
    int32_t (*program)(struct dla_engine* engine, struct dla_group* group);
    int32_t (*enable)(struct dla_engine* engine, struct dla_group* group);
    void (*read_statistics)(const struct dla_engine* engine, const struct dla_group* group,
                            uint32_t* words);
    unsigned runtime_word;  // position of the run time among the statistics
};

struct dla_processor {
    uint8_t op_type;
    uint8_t group_status;  // bit g: group g holds an operation
    uint8_t rdma_status;
    uint8_t last_group;  // completed last
    // Tail: the operation put into a group last; tail_next follows it in program order.
    bool has_tail;
    int16_t tail_index;
    int16_t tail_next;
    uint8_t tail_roi;
    struct dla_group groups[DLA_GROUPS];
};

struct dla_task {
    void* data;  // the port's; NULL: no task
    struct dla_network_desc network;
    uint64_t operations;  // tokens
    uint64_t surfaces;
    uint64_t dependencies;
    uint64_t luts;
    uint64_t rois;
    uint64_t statistics;
    uint64_t input_address;  // DMA, dynamic ROI only
};

// What the convolution programmed last will leave in CBUF for the next one.
struct dla_conv_leftovers {
    int16_t operation;
    uint8_t conv_mode;
    uint8_t data_bank;
    uint8_t weight_bank;
    uint8_t batch;
    bool exists;
    bool pixels;
    bool all_data;   // skip_data_rls: the next one fetches nothing
    uint32_t lines;  // kept, 0: none
    uint16_t entry_per_slice;
    bool weights;  // kept
    uint32_t weight_bytes;
};

struct dla_engine {
    void* driver;
    const uint32_t* unit_bases;  // NULL: no configuration yet
    uint32_t atom_size;
    bool bdma_enable;
    bool rubik_enable;
    bool weight_compress_support;
    uint8_t descriptor_layout;
    struct dla_limits limits;
    bool statistics_enable;
    int32_t status;  // first error of the task
    uint16_t operations_done;
    struct dla_task task;
    struct dla_conv_leftovers conv_leftovers;
    struct dla_processor processors[DLA_OP_TYPES];
    struct dla_cached_op cache[DLA_OP_TYPES][DLA_CACHED_OPS];
    struct dla_lut_desc lut;  // the one being downloaded
    union dla_surface old_surface;
    // Of the operation that feeds the one being checked.
    union dla_operation parent_operation;
    union dla_surface parent_surface;
};

extern const struct dla_processor_methods dla_bdma_methods;
extern const struct dla_processor_methods dla_conv_methods;
extern const struct dla_processor_methods dla_sdp_methods;
extern const struct dla_processor_methods dla_pdp_methods;
extern const struct dla_processor_methods dla_cdp_methods;
extern const struct dla_processor_methods dla_rubik_methods;

const struct dla_processor_methods* dla_methods(uint8_t op_type);
const char* dla_op_type_name(uint8_t op_type);

// task.c
int32_t dla_task_token(const struct dla_engine* engine, int16_t index, const char* what,
                       uint64_t* token);
// Entry of an operation in one of the lists that hold num_operations entries per ROI.
uint64_t dla_entry_offset(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                          uint32_t entry_bytes);
int32_t dla_read_group_descriptors(struct dla_engine* engine, struct dla_group* group);
int32_t dla_read_operation(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                           union dla_operation* operation);
int32_t dla_read_surface(struct dla_engine* engine, const struct dla_common_op_desc* op,
                         union dla_surface* surface);

// op_cache.c: NULL on error, which has been reported and stored in engine->status.
struct dla_cached_op* dla_cache_get(struct dla_engine* engine, uint8_t op_type, int16_t index,
                                    uint8_t roi);
void dla_cache_put(struct dla_engine* engine, struct dla_cached_op* op);

// scheduler.c
int32_t dla_submit_next(struct dla_engine* engine, uint8_t op_type, int16_t index, uint8_t roi);
int32_t dla_dequeue(struct dla_engine* engine, struct dla_processor* processor);
int32_t dla_notify(struct dla_engine* engine, const struct dla_group* group, uint8_t event);
int32_t dla_program_pending(struct dla_engine* engine, struct dla_processor* processor,
                            struct dla_group* group);
bool dla_task_complete(const struct dla_engine* engine);
// Nothing runs although operations remain: no interrupt would ever come. Reports and returns an
// error.
int32_t dla_check_progress(const struct dla_engine* engine);

// statistics.c
int32_t dla_save_statistics(struct dla_engine* engine, const struct dla_group* group);

// fused_check.c: whether an operation fed on the fly and its feeder agree.
int32_t dla_check_fused(struct dla_engine* engine, const struct dla_group* group);

// lut.c: reads the LUT of the group, if it has one, into engine->lut and checks it.
int32_t dla_read_lut(struct dla_engine* engine, const struct dla_group* group);
// Downloads engine->lut into SDP or CDP. fp16 decides how slopes are written.
void dla_download_lut(const struct dla_engine* engine, const struct dla_group* group,
                      enum dla_unit unit, bool fp16);
bool dla_lut_is_ready(const struct dla_processor* processor, const struct dla_group* group);

#endif
