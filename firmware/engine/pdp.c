// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// PDP and its read DMA. spec: firmware-interface.md section 10.
#include "firmware/engine/checks.h"
#include "firmware/engine/pdp_check.h"
#include "firmware/engine/registers.h"

static void pdp_write(const struct dla_engine* engine, uint32_t offset, uint32_t value) {
    dla_write(engine, DLA_UNIT_PDP, offset, value);
}

static void rdma_write(const struct dla_engine* engine, uint32_t offset, uint32_t value) {
    dla_write(engine, DLA_UNIT_PDP_RDMA, offset, value);
}

static uint8_t consumer_pointer(const struct dla_engine* engine) {
    return dla_consumer_pointer(engine, DLA_UNIT_PDP);
}

static uint8_t rdma_consumer_pointer(const struct dla_engine* engine) {
    return dla_consumer_pointer(engine, DLA_UNIT_PDP_RDMA);
}

static void set_producer(const struct dla_engine* engine, const struct dla_group* group) {
    dla_set_producer(engine, DLA_UNIT_PDP, group->id);
    dla_set_producer(engine, DLA_UNIT_PDP_RDMA, group->rdma_id);
}

static bool is_rdma_needed(const struct dla_group* group) {
    return group->surface.two_cubes.src.type != DLA_MEMORY_HW;
}

// Minus one, except that an unused width stays 0.
static uint32_t width_field(uint16_t width) {
    return width == 0 ? 0 : width - 1u;
}

static uint32_t partial_widths(uint16_t first, uint16_t mid, uint16_t last) {
    return DLA_FIELD(DLA_PDP_D_PARTIAL_WIDTH_IN__PARTIAL_WIDTH_IN_FIRST, width_field(first)) |
           DLA_FIELD(DLA_PDP_D_PARTIAL_WIDTH_IN__PARTIAL_WIDTH_IN_MID, width_field(mid)) |
           DLA_FIELD(DLA_PDP_D_PARTIAL_WIDTH_IN__PARTIAL_WIDTH_IN_LAST, width_field(last));
}

static int32_t program_rdma(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_pdp_op_desc* pdp = &group->operation.pdp;
    const struct dla_data_cube* src = &group->surface.two_cubes.src;
    uint64_t address;
    const int32_t error =
        dla_source_address(engine, &group->op->desc, src, DLA_FEATURE_BYTES_PER_PIXEL, &address);
    if (error != 0) return error;
    rdma_write(engine, DLA_PDP_RDMA_D_DATA_CUBE_IN_WIDTH,
               DLA_FIELD(DLA_PDP_RDMA_D_DATA_CUBE_IN_WIDTH__CUBE_IN_WIDTH, src->width - 1));
    rdma_write(engine, DLA_PDP_RDMA_D_DATA_CUBE_IN_HEIGHT,
               DLA_FIELD(DLA_PDP_RDMA_D_DATA_CUBE_IN_HEIGHT__CUBE_IN_HEIGHT, src->height - 1));
    rdma_write(engine, DLA_PDP_RDMA_D_DATA_CUBE_IN_CHANNEL,
               DLA_FIELD(DLA_PDP_RDMA_D_DATA_CUBE_IN_CHANNEL__CUBE_IN_CHANNEL, src->channel - 1));
    rdma_write(engine, DLA_PDP_RDMA_D_SRC_BASE_ADDR_HIGH, dla_high(address));
    rdma_write(engine, DLA_PDP_RDMA_D_SRC_BASE_ADDR_LOW, dla_low(address));
    rdma_write(engine, DLA_PDP_RDMA_D_SRC_LINE_STRIDE, src->line_stride);
    rdma_write(engine, DLA_PDP_RDMA_D_SRC_SURFACE_STRIDE, src->surf_stride);
    rdma_write(engine, DLA_PDP_RDMA_D_DATA_FORMAT,
               DLA_FIELD(DLA_PDP_RDMA_D_DATA_FORMAT__INPUT_DATA, pdp->precision));
    rdma_write(engine, DLA_PDP_RDMA_D_SRC_RAM_CFG,
               DLA_FIELD(DLA_PDP_RDMA_D_SRC_RAM_CFG__SRC_RAM_TYPE, dla_ram_type(src->type)));
    rdma_write(engine, DLA_PDP_RDMA_D_OPERATION_MODE_CFG,
               DLA_FIELD(DLA_PDP_RDMA_D_OPERATION_MODE_CFG__SPLIT_NUM, pdp->split_num - 1));
    rdma_write(
        engine, DLA_PDP_RDMA_D_POOLING_KERNEL_CFG,
        DLA_FIELD(DLA_PDP_RDMA_D_POOLING_KERNEL_CFG__KERNEL_WIDTH, pdp->pool_width) |
            DLA_FIELD(DLA_PDP_RDMA_D_POOLING_KERNEL_CFG__KERNEL_STRIDE_WIDTH, pdp->stride_x - 1));
    rdma_write(engine, DLA_PDP_RDMA_D_POOLING_PADDING_CFG,
               DLA_FIELD(DLA_PDP_RDMA_D_POOLING_PADDING_CFG__PAD_WIDTH, pdp->pad_left));
    rdma_write(engine, DLA_PDP_RDMA_D_PARTIAL_WIDTH_IN,
               partial_widths(pdp->partial_in_width_first, pdp->partial_in_width_mid,
                              pdp->partial_in_width_last));
    return 0;
}

static void program_sizes(const struct dla_engine* engine, const struct dla_data_cube* src,
                          const struct dla_data_cube* dst) {
    pdp_write(engine, DLA_PDP_D_DATA_CUBE_IN_WIDTH,
              DLA_FIELD(DLA_PDP_D_DATA_CUBE_IN_WIDTH__CUBE_IN_WIDTH, src->width - 1));
    pdp_write(engine, DLA_PDP_D_DATA_CUBE_IN_HEIGHT,
              DLA_FIELD(DLA_PDP_D_DATA_CUBE_IN_HEIGHT__CUBE_IN_HEIGHT, src->height - 1));
    pdp_write(engine, DLA_PDP_D_DATA_CUBE_IN_CHANNEL,
              DLA_FIELD(DLA_PDP_D_DATA_CUBE_IN_CHANNEL__CUBE_IN_CHANNEL, src->channel - 1));
    pdp_write(engine, DLA_PDP_D_DATA_CUBE_OUT_WIDTH,
              DLA_FIELD(DLA_PDP_D_DATA_CUBE_OUT_WIDTH__CUBE_OUT_WIDTH, dst->width - 1));
    pdp_write(engine, DLA_PDP_D_DATA_CUBE_OUT_HEIGHT,
              DLA_FIELD(DLA_PDP_D_DATA_CUBE_OUT_HEIGHT__CUBE_OUT_HEIGHT, dst->height - 1));
    pdp_write(engine, DLA_PDP_D_DATA_CUBE_OUT_CHANNEL,
              DLA_FIELD(DLA_PDP_D_DATA_CUBE_OUT_CHANNEL__CUBE_OUT_CHANNEL, dst->channel - 1));
}

static void program_pooling(const struct dla_engine* engine, const struct dla_pdp_op_desc* pdp,
                            bool from_memory) {
    // 1/k for kernels of 1..8: 16-bit fraction for integers, the hardware's 17-bit float for fp16.
    static const uint32_t reciprocal_int[] = {0x10000, 0x8000, 0x5555, 0x4000,
                                              0x3333,  0x2aaa, 0x2492, 0x2000};
    static const uint32_t reciprocal_fp16[] = {0x7c00, 0x7800, 0x7555, 0x7400,
                                               0x7266, 0x7155, 0x7092, 0x7000};
    const uint32_t* reciprocal =
        pdp->precision == DLA_PRECISION_FP16 ? reciprocal_fp16 : reciprocal_int;
    pdp_write(engine, DLA_PDP_D_OPERATION_MODE_CFG,
              DLA_FIELD(DLA_PDP_D_OPERATION_MODE_CFG__POOLING_METHOD, pdp->pool_mode) |
                  DLA_FIELD(DLA_PDP_D_OPERATION_MODE_CFG__FLYING_MODE, from_memory) |
                  DLA_FIELD(DLA_PDP_D_OPERATION_MODE_CFG__SPLIT_NUM, pdp->split_num - 1));
    pdp_write(engine, DLA_PDP_D_PARTIAL_WIDTH_IN,
              partial_widths(pdp->partial_in_width_first, pdp->partial_in_width_mid,
                             pdp->partial_in_width_last));
    pdp_write(
        engine, DLA_PDP_D_PARTIAL_WIDTH_OUT,
        partial_widths(pdp->partial_width_first, pdp->partial_width_mid, pdp->partial_width_last));
    pdp_write(engine, DLA_PDP_D_POOLING_KERNEL_CFG,
              DLA_FIELD(DLA_PDP_D_POOLING_KERNEL_CFG__KERNEL_WIDTH, pdp->pool_width) |
                  DLA_FIELD(DLA_PDP_D_POOLING_KERNEL_CFG__KERNEL_HEIGHT, pdp->pool_height) |
                  DLA_FIELD(DLA_PDP_D_POOLING_KERNEL_CFG__KERNEL_STRIDE_WIDTH, pdp->stride_x - 1) |
                  DLA_FIELD(DLA_PDP_D_POOLING_KERNEL_CFG__KERNEL_STRIDE_HEIGHT, pdp->stride_y - 1));
    pdp_write(engine, DLA_PDP_D_RECIP_KERNEL_WIDTH, reciprocal[pdp->pool_width]);
    pdp_write(engine, DLA_PDP_D_RECIP_KERNEL_HEIGHT, reciprocal[pdp->pool_height]);
    pdp_write(engine, DLA_PDP_D_POOLING_PADDING_CFG,
              DLA_FIELD(DLA_PDP_D_POOLING_PADDING_CFG__PAD_LEFT, pdp->pad_left) |
                  DLA_FIELD(DLA_PDP_D_POOLING_PADDING_CFG__PAD_RIGHT, pdp->pad_right) |
                  DLA_FIELD(DLA_PDP_D_POOLING_PADDING_CFG__PAD_TOP, pdp->pad_top) |
                  DLA_FIELD(DLA_PDP_D_POOLING_PADDING_CFG__PAD_BOTTOM, pdp->pad_bottom));
    for (unsigned i = 0; i < DLA_ARRAY_SIZE(pdp->padding_value); ++i)
        pdp_write(
            engine, DLA_PDP_D_POOLING_PADDING_VALUE_1_CFG + 4 * i,
            DLA_FIELD(DLA_PDP_D_POOLING_PADDING_VALUE_1_CFG__PAD_VALUE_1X, pdp->padding_value[i]));
}

static int32_t program(struct dla_engine* engine, struct dla_group* group) {
    const struct dla_pdp_op_desc* pdp = &group->operation.pdp;
    const struct dla_data_cube* src = &group->surface.two_cubes.src;
    const struct dla_data_cube* dst = &group->surface.two_cubes.dst;
    const bool from_memory = src->type != DLA_MEMORY_HW;
    uint64_t address;
    dla_unmask_interrupts(engine, DLA_GLB_S_INTR_MASK__PDP_DONE_MASK0_MASK |
                                      DLA_GLB_S_INTR_MASK__PDP_DONE_MASK1_MASK);
    int32_t error = from_memory ? program_rdma(engine, group) : 0;
    if (error == 0) error = dla_cube_address(engine, &group->op->desc, "dst", dst, &address);
    if (error != 0) return error;
    program_sizes(engine, src, dst);
    program_pooling(engine, pdp, from_memory);
    if (from_memory) {
        pdp_write(engine, DLA_PDP_D_SRC_LINE_STRIDE, src->line_stride);
        pdp_write(engine, DLA_PDP_D_SRC_SURFACE_STRIDE, src->surf_stride);
    }
    pdp_write(engine, DLA_PDP_D_DST_BASE_ADDR_LOW, dla_low(address));
    pdp_write(engine, DLA_PDP_D_DST_BASE_ADDR_HIGH, dla_high(address));
    pdp_write(engine, DLA_PDP_D_DST_LINE_STRIDE, dst->line_stride);
    pdp_write(engine, DLA_PDP_D_DST_SURFACE_STRIDE, dst->surf_stride);
    pdp_write(engine, DLA_PDP_D_DST_RAM_CFG,
              DLA_FIELD(DLA_PDP_D_DST_RAM_CFG__DST_RAM_TYPE, dla_ram_type(dst->type)));
    pdp_write(engine, DLA_PDP_D_DATA_FORMAT,
              DLA_FIELD(DLA_PDP_D_DATA_FORMAT__INPUT_DATA, pdp->precision));
    return 0;
}

static int32_t enable(struct dla_engine* engine, struct dla_group* group) {
    if (engine->statistics_enable) {
        rdma_write(engine, DLA_PDP_RDMA_D_PERF_ENABLE,
                   DLA_FIELD(DLA_PDP_RDMA_D_PERF_ENABLE__DMA_EN, 1));
        pdp_write(engine, DLA_PDP_D_PERF_ENABLE, DLA_FIELD(DLA_PDP_D_PERF_ENABLE__DMA_EN, 1));
    }
    if (group->rdma_needed) rdma_write(engine, DLA_PDP_RDMA_D_OP_ENABLE, 1);
    pdp_write(engine, DLA_PDP_D_OP_ENABLE, 1);
    return 0;
}

static void read_statistics(const struct dla_engine* engine, const struct dla_group* group,
                            uint32_t* words) {
    static const uint32_t offsets[] = {DLA_PDP_D_INF_INPUT_NUM, DLA_PDP_D_NAN_INPUT_NUM,
                                       DLA_PDP_D_NAN_OUTPUT_NUM, DLA_PDP_D_PERF_WRITE_STALL};
    dla_set_producer(engine, DLA_UNIT_PDP, group->id);
    for (unsigned i = 0; i < DLA_ARRAY_SIZE(offsets); ++i)
        words[i] = dla_read(engine, DLA_UNIT_PDP, offsets[i]);
}

const struct dla_processor_methods dla_pdp_methods = {
    .consumer_pointer = consumer_pointer,
    .rdma_consumer_pointer = rdma_consumer_pointer,
    .is_rdma_needed = is_rdma_needed,
    .set_producer = set_producer,
    .check = dla_pdp_check,
    .program = program,
    .enable = enable,
    .read_statistics = read_statistics,
    .runtime_word = 4,
};
