// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Refusing what the hardware could not do, before a register is written. Each refusal is one
// sentence through dla_error and DLA_ERROR_INVALID_INPUT:
//
//   CONV operation 3, ROI 0: data_bank is 0, legal 1..31
#ifndef DLA_FIRMWARE_CHECKS_H
#define DLA_FIRMWARE_CHECKS_H

#include "firmware/engine/engine.h"

#define DLA_REFUSE(op, format, ...)                                                      \
    (dla_error("%s operation %d, ROI %d: " format "\n", dla_op_type_name((op)->op_type), \
               (op)->index, (op)->roi_index, __VA_ARGS__),                               \
     -(int32_t)DLA_ERROR_INVALID_INPUT)

struct dla_range {
    const char* name;
    int64_t value;
    int64_t low;
    int64_t high;
};

int32_t dla_check_ranges(const struct dla_common_op_desc* op, const struct dla_range* ranges,
                         unsigned count);

enum dla_cube_rules {
    DLA_CUBE_FEATURE = 1,   // strides must hold whole atoms, lines and surfaces, and the memory all
    DLA_CUBE_MAY_FLY = 2,   // type HW is legal
    DLA_CUBE_NO_SHAPE = 4,  // width, height and channel mean nothing (weights)
    DLA_CUBE_WINDOW = 8,    // may be a region of interest: its memory is checked elsewhere
};

int32_t dla_check_cube(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                       const char* name, const struct dla_data_cube* cube, uint8_t precision,
                       unsigned rules);
int32_t dla_check_precision(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                            const char* name, uint8_t precision);

// Whether `bytes` bytes behind `offset` lie in the memory at an address index.
int32_t dla_check_bytes(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                        const char* name, int16_t address, uint64_t offset, uint64_t bytes);
int32_t dla_check_cube_bytes(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                             const char* name, const struct dla_data_cube* cube, uint64_t bytes);
// The same for a source cube, which under dynamic ROI may be a window of the input image.
int32_t dla_check_source_bytes(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                               const struct dla_data_cube* cube, uint32_t bytes_per_pixel,
                               uint64_t bytes);
// Two cubes of an operation that must have the same width, height and channels.
int32_t dla_check_same_shape(const struct dla_common_op_desc* op, const char* a_name,
                             const struct dla_data_cube* a, const char* b_name,
                             const struct dla_data_cube* b);

static inline uint32_t dla_element_bytes(uint8_t precision) {
    return precision == DLA_PRECISION_INT8 ? 1 : 2;
}

static inline uint32_t dla_divide_up(uint32_t a, uint32_t b) {
    return (a + b - 1) / b;
}

// Atoms that hold the channels of one pixel: the surfaces of a cube.
static inline uint32_t dla_surfaces(const struct dla_engine* engine, uint32_t channels,
                                    uint8_t precision) {
    return dla_divide_up(channels * dla_element_bytes(precision), engine->atom_size);
}

// From the first byte of a feature cube to behind its last atom.
static inline uint64_t dla_feature_bytes(const struct dla_engine* engine,
                                         const struct dla_data_cube* cube, uint8_t precision) {
    return (uint64_t)(dla_surfaces(engine, cube->channel, precision) - 1) * cube->surf_stride +
           (uint64_t)(cube->height - 1u) * cube->line_stride +
           (uint64_t)cube->width * engine->atom_size;
}

// What one pixel to the right counts in a region of interest of a feature cube.
enum { DLA_FEATURE_BYTES_PER_PIXEL = 2 };

int32_t dla_check_alignment(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                            const char* name, uint64_t address);
// DMA address of a cube in memory, a whole atom's.
int32_t dla_cube_address(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                         const char* name, const struct dla_data_cube* cube, uint64_t* address);
// The same for a source cube, which under dynamic ROI may be the window of the input image.
int32_t dla_source_address(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                           const struct dla_data_cube* cube, uint32_t bytes_per_pixel,
                           uint64_t* address);
// Register encoding of a memory type, the same in every unit. On-the-fly data have none and count
// as main memory, which every configuration has.
uint32_t dla_ram_type(uint16_t memory_type);

#endif
