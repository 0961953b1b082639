// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/engine/checks.h"

int32_t dla_check_ranges(const struct dla_common_op_desc* op, const struct dla_range* ranges,
                         unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        const struct dla_range* range = &ranges[i];
        if (range->value < range->low || range->value > range->high)
            return DLA_REFUSE(op, "%s is %lld, legal %lld..%lld", range->name,
                              (long long)range->value, (long long)range->low,
                              (long long)range->high);
    }
    return 0;
}

int32_t dla_check_precision(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                            const char* name, uint8_t precision) {
    if (precision > DLA_PRECISION_FP16)
        return DLA_REFUSE(op, "%s is %u, legal 0..2", name, precision);
    if (engine->limits.precisions != 0 && (engine->limits.precisions & (1u << precision)) == 0)
        return DLA_REFUSE(op, "%s is %u, which this hardware does not have", name, precision);
    return 0;
}

static int32_t check_strides(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                             const char* name, const struct dla_data_cube* cube,
                             uint8_t precision) {
    const uint32_t atom = engine->atom_size;
    const uint32_t surfaces = dla_surfaces(engine, cube->channel, precision);
    const uint64_t line = (uint64_t)cube->width * atom;
    const uint64_t surface = (uint64_t)cube->height * cube->line_stride;
    if (cube->line_stride % atom != 0 || cube->surf_stride % atom != 0)
        return DLA_REFUSE(op, "%s strides %u and %u are not multiples of the %u-byte atom", name,
                          cube->line_stride, cube->surf_stride, atom);
    if (cube->line_stride < line)
        return DLA_REFUSE(op, "%s line_stride is %u, a line of %u atoms needs %llu", name,
                          cube->line_stride, cube->width, (unsigned long long)line);
    if (surfaces > 1 && cube->surf_stride < surface)
        return DLA_REFUSE(op, "%s surf_stride is %u, a surface of %u lines needs %llu", name,
                          cube->surf_stride, cube->height, (unsigned long long)surface);
    return 0;
}

int32_t dla_check_cube(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                       const char* name, const struct dla_data_cube* cube, uint8_t precision,
                       unsigned rules) {
    const bool may_fly = (rules & DLA_CUBE_MAY_FLY) != 0;
    if (cube->type > (may_fly ? DLA_MEMORY_HW : DLA_MEMORY_CV))
        return DLA_REFUSE(op, "%s memory type is %u, legal 0..%d", name, cube->type,
                          may_fly ? DLA_MEMORY_HW : DLA_MEMORY_CV);
    if (cube->type == DLA_MEMORY_CV && engine->limits.no_second_memory)
        return DLA_REFUSE(op, "%s lies in CVSRAM, which this hardware does not have (type %u)",
                          name, cube->type);
    if ((rules & DLA_CUBE_NO_SHAPE) == 0) {
        if (cube->width < 1 || cube->width > DLA_MAX_CUBE_SIZE || cube->height < 1 ||
            cube->height > DLA_MAX_CUBE_SIZE || cube->channel < 1 ||
            cube->channel > DLA_MAX_CUBE_SIZE)
            return DLA_REFUSE(op, "%s is %ux%ux%u, legal 1..%d in each dimension", name,
                              cube->width, cube->height, cube->channel, DLA_MAX_CUBE_SIZE);
    }
    if (cube->type == DLA_MEMORY_HW) return 0;
    uint64_t address;
    const int32_t error = dla_cube_address(engine, op, name, cube, &address);
    if (error != 0 || (rules & DLA_CUBE_FEATURE) == 0) return error;
    const int32_t strides = check_strides(engine, op, name, cube, precision);
    if (strides != 0 || (rules & DLA_CUBE_WINDOW) != 0) return strides;
    return dla_check_cube_bytes(engine, op, name, cube, dla_feature_bytes(engine, cube, precision));
}

// Only the port knows how large a memory is, and it refuses to read outside.
int32_t dla_check_bytes(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                        const char* name, int16_t address, uint64_t offset, uint64_t bytes) {
    const struct dla_task* task = &engine->task;
    uint64_t token = 0;
    uint8_t last = 0;
    if (offset + bytes > offset &&
        dla_get_dma_address(engine->driver, task->data, address, &token,
                            DLA_DESTINATION_PROCESSOR) == 0 &&
        dla_data_read(engine->driver, task->data, token, &last, sizeof(last), offset + bytes - 1) ==
            0)
        return 0;
    return DLA_REFUSE(op, "%s has %llu bytes from offset %llu on, not all inside address index %d",
                      name, (unsigned long long)bytes, (unsigned long long)offset, address);
}

int32_t dla_check_cube_bytes(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                             const char* name, const struct dla_data_cube* cube, uint64_t bytes) {
    return dla_check_bytes(engine, op, name, cube->address, cube->offset, bytes);
}

int32_t dla_check_same_shape(const struct dla_common_op_desc* op, const char* a_name,
                             const struct dla_data_cube* a, const char* b_name,
                             const struct dla_data_cube* b) {
    if (a->width == b->width && a->height == b->height && a->channel == b->channel) return 0;
    return DLA_REFUSE(op, "%s is %ux%ux%u and %s %ux%ux%u, but they must be equal", a_name,
                      a->width, a->height, a->channel, b_name, b->width, b->height, b->channel);
}

int32_t dla_cube_address(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                         const char* name, const struct dla_data_cube* cube, uint64_t* address) {
    *address = 0;
    if (cube->address < 0 || dla_get_dma_address(engine->driver, engine->task.data, cube->address,
                                                 address, DLA_DESTINATION_DMA) != 0)
        return DLA_REFUSE(op, "%s has address index %d, which the task's address list lacks", name,
                          cube->address);
    *address += cube->offset;
    return dla_check_alignment(engine, op, name, *address);
}

// The hardware moves whole atoms; it would drop the low bits or stop.
int32_t dla_check_alignment(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                            const char* name, uint64_t address) {
    if (address % engine->atom_size == 0) return 0;
    return DLA_REFUSE(op, "%s begins at bus address 0x%llx, legal multiples of the %u-byte atom",
                      name, (unsigned long long)address, engine->atom_size);
}

static bool is_window(const struct dla_engine* engine, const struct dla_common_op_desc* op) {
    const struct dla_network_desc* network = &engine->task.network;
    return network->dynamic_roi && op->index == network->input_layer;
}

// Bytes between the input image and the operation's region of interest.
static int32_t window_offset(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                             const struct dla_data_cube* cube, uint32_t bytes_per_pixel,
                             uint64_t* bytes) {
    const struct dla_task* task = &engine->task;
    struct dla_roi_desc roi;
    *bytes = 0;
    const uint64_t offset =
        sizeof(struct dla_roi_array_desc) + (uint64_t)op->roi_index * sizeof(roi);
    const int32_t error =
        dla_data_read(engine->driver, task->data, task->rois, &roi, sizeof(roi), offset);
    if (error != 0) return DLA_REFUSE(op, "cannot read its region of interest (error %d)", error);
    if (roi.left > roi.right || roi.top > roi.bottom)
        return DLA_REFUSE(op, "region of interest %u..%u by %u..%u is empty", roi.left, roi.right,
                          roi.top, roi.bottom);
    *bytes = (uint64_t)roi.top * cube->line_stride + (uint64_t)roi.left * bytes_per_pixel;
    return 0;
}

int32_t dla_source_address(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                           const struct dla_data_cube* cube, uint32_t bytes_per_pixel,
                           uint64_t* address) {
    if (!is_window(engine, op)) return dla_cube_address(engine, op, "src", cube, address);
    uint64_t offset;
    const int32_t error = window_offset(engine, op, cube, bytes_per_pixel, &offset);
    *address = engine->task.input_address + offset;
    if (error != 0) return error;
    return dla_check_alignment(engine, op, "region of interest", *address);
}

int32_t dla_check_source_bytes(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                               const struct dla_data_cube* cube, uint32_t bytes_per_pixel,
                               uint64_t bytes) {
    if (!is_window(engine, op)) return dla_check_cube_bytes(engine, op, "src", cube, bytes);
    uint64_t offset;
    const int32_t error = window_offset(engine, op, cube, bytes_per_pixel, &offset);
    if (error != 0) return error;
    return dla_check_bytes(engine, op, "region of interest", engine->task.network.surface_index,
                           offset, bytes);
}

uint32_t dla_ram_type(uint16_t memory_type) {
    return memory_type == DLA_MEMORY_CV ? 0 : 1;
}
