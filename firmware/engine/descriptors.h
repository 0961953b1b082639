// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Task data as it lies in memory, generation B (32-byte cubes), little endian, without padding.
// spec: firmware-interface.md sections 3 to 5 and 9.
#ifndef DLA_FIRMWARE_DESCRIPTORS_H
#define DLA_FIRMWARE_DESCRIPTORS_H

#include "firmware/engine/types.h"

#ifdef __cplusplus
extern "C" {
#define DLA_DESCRIPTOR_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), "descriptor layout")
#else
#define DLA_DESCRIPTOR_SIZE(type, bytes) \
    _Static_assert(sizeof(type) == (bytes), "descriptor layout")
#endif

enum dla_op_type {
    DLA_OP_BDMA = 0,
    DLA_OP_CONV = 1,
    DLA_OP_SDP = 2,
    DLA_OP_PDP = 3,
    DLA_OP_CDP = 4,
    DLA_OP_RUBIK = 5,
    DLA_OP_TYPES = 6,
};

enum dla_event {
    DLA_EVENT_OP_COMPLETED = 1,
    DLA_EVENT_OP_PROGRAMMED = 2,
    DLA_EVENT_OP_ENABLED = 3,
    DLA_EVENT_CDMA_WT_DONE = 4,
    DLA_EVENT_CDMA_DT_DONE = 5,
};

enum dla_memory_type { DLA_MEMORY_MC = 0, DLA_MEMORY_CV = 1, DLA_MEMORY_HW = 2 };
enum dla_precision { DLA_PRECISION_INT8 = 0, DLA_PRECISION_INT16 = 1, DLA_PRECISION_FP16 = 2 };
enum dla_conv_mode { DLA_CONV_DIRECT = 0, DLA_CONV_WINOGRAD = 1 };
enum dla_weight_format { DLA_WEIGHT_UNCOMPRESSED = 0, DLA_WEIGHT_COMPRESSED = 1 };
enum dla_data_format { DLA_FORMAT_FEATURE = 36 };  // 0..35: CDMA pixel formats
enum dla_sdp_act { DLA_ACT_NONE = 0, DLA_ACT_RELU = 1, DLA_ACT_LUT = 2, DLA_ACT_PRELU = 3 };
enum dla_sdp_type { DLA_SDP_NONE = 0, DLA_SDP_MUL = 1, DLA_SDP_ADD = 2, DLA_SDP_BOTH = 3 };
enum dla_sdp_mode { DLA_SDP_PER_LAYER = 0, DLA_SDP_PER_KERNEL = 1, DLA_SDP_PER_POINT = 2 };
enum dla_sdp_alu { DLA_ALU_MAX = 0, DLA_ALU_MIN = 1, DLA_ALU_SUM = 2, DLA_ALU_EQL = 3 };
enum dla_pool_mode { DLA_POOL_AVG = 0, DLA_POOL_MAX = 1, DLA_POOL_MIN = 2 };
enum dla_rubik_mode { DLA_RUBIK_CONTRACT = 0, DLA_RUBIK_SPLIT = 1, DLA_RUBIK_MERGE = 2 };
enum dla_lut_method { DLA_LUT_EXPONENTIAL = 0, DLA_LUT_LINEAR = 1 };

enum { DLA_MAX_CUBE_SIZE = 8192, DLA_MAX_BDMA_TRANSFERS = 20, DLA_MAX_PDP_SPLITS = 64 };

struct dla_network_desc {
    int16_t operation_desc_index;
    int16_t surface_desc_index;
    int16_t dependency_graph_index;
    int16_t lut_data_index;
    int16_t roi_array_index;
    int16_t surface_index;
    int16_t stat_list_index;
    int16_t reserved1;
    int16_t op_head[DLA_OP_TYPES];
    uint16_t num_rois;
    uint16_t num_operations;
    uint16_t num_luts;
    uint16_t num_addresses;
    int16_t input_layer;
    uint8_t dynamic_roi;
    uint8_t reserved0;
};
DLA_DESCRIPTOR_SIZE(struct dla_network_desc, 40);

struct dla_consumer {
    int16_t index;
    uint8_t event;
    uint8_t reserved;
};

struct dla_common_op_desc {
    int16_t index;
    int8_t roi_index;
    uint8_t op_type;
    uint8_t dependency_count;
    uint8_t reserved[3];
    struct dla_consumer consumers[DLA_OP_TYPES];
    struct dla_consumer fused_parent;
};
DLA_DESCRIPTOR_SIZE(struct dla_common_op_desc, 36);

struct dla_roi_array_desc {
    uint32_t array_length;
    uint32_t reserved;
};

struct dla_roi_desc {
    uint32_t left;
    uint32_t top;
    uint32_t right;
    uint32_t bottom;
};
DLA_DESCRIPTOR_SIZE(struct dla_roi_desc, 16);

struct dla_data_cube {
    uint16_t type;
    int16_t address;
    uint32_t offset;
    uint32_t size;
    uint16_t width;
    uint16_t height;
    uint16_t channel;
    uint16_t reserved;
    uint32_t line_stride;
    uint32_t surf_stride;
    uint32_t plane_stride;
};
DLA_DESCRIPTOR_SIZE(struct dla_data_cube, 32);

struct dla_cvt_param {
    int16_t scale;
    uint8_t truncate;
    uint8_t enable;
    int32_t offset;
};
DLA_DESCRIPTOR_SIZE(struct dla_cvt_param, 8);

struct dla_bdma_op_desc {
    uint16_t num_transfers;
    uint16_t reserved;
};

struct dla_bdma_transfer_desc {
    int16_t source_address;
    int16_t destination_address;
    uint32_t line_size;
    uint32_t line_repeat;
    uint32_t source_line;
    uint32_t destination_line;
    uint32_t surface_repeat;
    uint32_t source_surface;
    uint32_t destination_surface;
};
DLA_DESCRIPTOR_SIZE(struct dla_bdma_transfer_desc, 32);

struct dla_bdma_surface_desc {
    uint8_t source_type;
    uint8_t destination_type;
    uint16_t num_transfers;
    struct dla_bdma_transfer_desc transfers[DLA_MAX_BDMA_TRANSFERS];
};
DLA_DESCRIPTOR_SIZE(struct dla_bdma_surface_desc, 644);

struct dla_conv_op_desc {
    uint8_t conv_mode;
    uint8_t data_reuse;
    uint8_t weight_reuse;
    uint8_t skip_data_rls;
    uint8_t skip_weight_rls;
    uint8_t reserved0;
    uint16_t entry_per_slice;
    uint8_t data_format;
    uint8_t pixel_mapping;
    uint16_t fetch_grain;
    uint8_t reserved1[8];
    uint8_t batch;
    uint8_t weight_format;
    uint8_t data_bank;
    uint8_t weight_bank;
    uint32_t batch_stride;
    uint8_t post_extension;
    uint8_t pixel_override;
    uint16_t release;
    uint16_t input_width_csc;
    uint16_t input_height_csc;
    uint16_t input_channel_csc;
    uint16_t kernel_width_csc;
    uint16_t kernel_height_csc;
    uint16_t kernel_channel_csc;
    uint16_t input_width_cmac;
    uint16_t input_height_cmac;
    uint32_t bytes_per_kernel;
    int16_t mean_ry;
    int16_t mean_gu;
    int16_t mean_bv;
    int16_t mean_ax;
    uint8_t mean_format;
    uint8_t conv_stride_x;
    uint8_t conv_stride_y;
    uint8_t pad_x_left;
    uint8_t pad_x_right;
    uint8_t pad_y_top;
    uint8_t pad_y_bottom;
    uint8_t dilation_x;
    uint8_t dilation_y;
    uint8_t reserved2[2];
    uint8_t pra_truncate;
    uint8_t in_precision;
    uint8_t out_precision;
    int16_t pad_val;
    struct dla_cvt_param in_cvt;
    struct dla_cvt_param out_cvt;
};
DLA_DESCRIPTOR_SIZE(struct dla_conv_op_desc, 92);

struct dla_conv_surface_desc {
    struct dla_data_cube weight;
    struct dla_data_cube wmb;
    struct dla_data_cube wgs;
    struct dla_data_cube src;
    struct dla_data_cube dst;
    uint32_t offset_u_low;  // a signed 64-bit number
    uint32_t offset_u_high;
    uint32_t in_line_uv_stride;
};
DLA_DESCRIPTOR_SIZE(struct dla_conv_surface_desc, 172);

struct dla_sdp_sub_op_desc {
    uint8_t enable;
    uint8_t alu_type;
    uint8_t type;
    uint8_t mode;
    uint8_t act;
    uint8_t shift_value;
    uint8_t truncate;
    uint8_t precision;
    int32_t alu_operand;
    int32_t mul_operand;
    struct dla_cvt_param alu_cvt;
    struct dla_cvt_param mul_cvt;
};
DLA_DESCRIPTOR_SIZE(struct dla_sdp_sub_op_desc, 32);

struct dla_sdp_op_desc {
    uint8_t src_precision;
    uint8_t dst_precision;
    int16_t lut_index;
    struct dla_cvt_param out_cvt;
    uint8_t conv_mode;
    uint8_t batch_num;
    uint16_t reserved;
    uint32_t batch_stride;
    struct dla_sdp_sub_op_desc x1;
    struct dla_sdp_sub_op_desc x2;
    struct dla_sdp_sub_op_desc y;
};
DLA_DESCRIPTOR_SIZE(struct dla_sdp_op_desc, 116);

struct dla_sdp_surface_desc {
    struct dla_data_cube src;
    struct dla_data_cube x1;
    struct dla_data_cube x2;
    struct dla_data_cube y;
    struct dla_data_cube dst;
};
DLA_DESCRIPTOR_SIZE(struct dla_sdp_surface_desc, 160);

struct dla_pdp_op_desc {
    uint16_t partial_in_width_first;
    uint16_t partial_in_width_mid;
    uint16_t partial_in_width_last;
    uint16_t partial_width_first;
    uint16_t partial_width_mid;
    uint16_t partial_width_last;
    uint8_t split_num;
    uint8_t pool_mode;
    uint8_t pool_width;   // size - 1
    uint8_t pool_height;  // size - 1
    uint8_t stride_x;
    uint8_t stride_y;
    uint8_t pad_left;
    uint8_t pad_right;
    uint8_t pad_top;
    uint8_t pad_bottom;
    uint8_t precision;
    uint8_t reserved;
    int32_t padding_value[7];
};
DLA_DESCRIPTOR_SIZE(struct dla_pdp_op_desc, 52);

struct dla_cdp_op_desc {
    uint8_t in_precision;
    uint8_t out_precision;
    int16_t lut_index;
    struct dla_cvt_param in_cvt;
    struct dla_cvt_param out_cvt;
    uint8_t local_size;
    uint8_t bypass_sqsum;
    uint8_t bypass_out_mul;
    uint8_t reserved;
};
DLA_DESCRIPTOR_SIZE(struct dla_cdp_op_desc, 24);

struct dla_rubik_op_desc {
    uint8_t mode;
    uint8_t precision;
    uint8_t stride_x;
    uint8_t stride_y;
};

// PDP, CDP and Rubik.
struct dla_two_cube_surface_desc {
    struct dla_data_cube src;
    struct dla_data_cube dst;
};
DLA_DESCRIPTOR_SIZE(struct dla_two_cube_surface_desc, 64);

enum { DLA_OPERATION_BYTES = 116, DLA_SURFACE_BYTES = 644 };

union dla_operation {
    struct dla_bdma_op_desc bdma;
    struct dla_conv_op_desc conv;
    struct dla_sdp_op_desc sdp;
    struct dla_pdp_op_desc pdp;
    struct dla_cdp_op_desc cdp;
    struct dla_rubik_op_desc rubik;
};
DLA_DESCRIPTOR_SIZE(union dla_operation, DLA_OPERATION_BYTES);

union dla_surface {
    struct dla_bdma_surface_desc bdma;
    struct dla_conv_surface_desc conv;
    struct dla_sdp_surface_desc sdp;
    struct dla_two_cube_surface_desc two_cubes;
    uint8_t bytes[DLA_SURFACE_BYTES];
};
DLA_DESCRIPTOR_SIZE(union dla_surface, DLA_SURFACE_BYTES);

enum { DLA_LUT_LE_ENTRIES = 65, DLA_LUT_LO_ENTRIES = 257 };

// A slope is {i16 scale, i8 shifter, 0} or, for fp16 data, the bits of an fp16 number.
struct dla_lut_slope {
    uint16_t scale_or_fp16;
    int8_t shifter;
    uint8_t reserved;
};

struct dla_lut_desc {
    int16_t linear_exp_table[DLA_LUT_LE_ENTRIES];
    int16_t linear_only_table[DLA_LUT_LO_ENTRIES];
    int8_t le_index;  // exponential: exponent offset; linear: fraction bits
    uint8_t reserved0;
    int8_t lo_frac_bits;
    uint8_t reserved1;
    uint32_t le_start[2];  // low, high
    uint32_t le_end[2];
    uint32_t lo_start[2];
    uint32_t lo_end[2];
    struct dla_lut_slope le_underflow;
    struct dla_lut_slope le_overflow;
    struct dla_lut_slope lo_underflow;
    struct dla_lut_slope lo_overflow;
    uint8_t hybrid_priority;  // 0: LE, 1: LO
    uint8_t underflow_priority;
    uint8_t overflow_priority;
    uint8_t method;
};
DLA_DESCRIPTOR_SIZE(struct dla_lut_desc, 700);

enum { DLA_STATISTICS_BYTES = 44, DLA_STATISTICS_WORDS = 11 };

// Widens one generation-A surface entry (28-byte cubes) of an operation of this type to generation
// B. `old_entry` and `new_entry` are DLA_SURFACE_BYTES each and do not overlap. Runtimes may use it
// on whole lists instead of passing DLA_LAYOUT_A to the engine.
void dla_widen_surface(uint8_t op_type, const uint8_t* old_entry, union dla_surface* new_entry);

#ifdef __cplusplus
}
#endif
#endif
