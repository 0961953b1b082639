// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// SDP and its read DMA. spec: firmware-interface.md section 10.
#include "firmware/engine/checks.h"
#include "firmware/engine/registers.h"
#include "firmware/engine/sdp_check.h"

// BS, BN and EW fetch alike; their registers have the same fields in other places.
struct dla_operand_registers {
    uint32_t cfg;
    uint32_t base_low;
    uint32_t base_high;
    uint32_t line_stride;
    uint32_t surface_stride;
};

struct dla_stage_registers {
    uint32_t cfg;
    uint32_t alu_cfg;
    uint32_t alu_value;
    uint32_t mul_cfg;
    uint32_t mul_value;
};

static const struct dla_operand_registers operand_registers[] = {
    {DLA_SDP_RDMA_D_BRDMA_CFG, DLA_SDP_RDMA_D_BS_BASE_ADDR_LOW, DLA_SDP_RDMA_D_BS_BASE_ADDR_HIGH,
     DLA_SDP_RDMA_D_BS_LINE_STRIDE, DLA_SDP_RDMA_D_BS_SURFACE_STRIDE},
    {DLA_SDP_RDMA_D_NRDMA_CFG, DLA_SDP_RDMA_D_BN_BASE_ADDR_LOW, DLA_SDP_RDMA_D_BN_BASE_ADDR_HIGH,
     DLA_SDP_RDMA_D_BN_LINE_STRIDE, DLA_SDP_RDMA_D_BN_SURFACE_STRIDE},
    {DLA_SDP_RDMA_D_ERDMA_CFG, DLA_SDP_RDMA_D_EW_BASE_ADDR_LOW, DLA_SDP_RDMA_D_EW_BASE_ADDR_HIGH,
     DLA_SDP_RDMA_D_EW_LINE_STRIDE, DLA_SDP_RDMA_D_EW_SURFACE_STRIDE},
};

static const struct dla_stage_registers bs_registers = {
    DLA_SDP_D_DP_BS_CFG, DLA_SDP_D_DP_BS_ALU_CFG, DLA_SDP_D_DP_BS_ALU_SRC_VALUE,
    DLA_SDP_D_DP_BS_MUL_CFG, DLA_SDP_D_DP_BS_MUL_SRC_VALUE};
static const struct dla_stage_registers bn_registers = {
    DLA_SDP_D_DP_BN_CFG, DLA_SDP_D_DP_BN_ALU_CFG, DLA_SDP_D_DP_BN_ALU_SRC_VALUE,
    DLA_SDP_D_DP_BN_MUL_CFG, DLA_SDP_D_DP_BN_MUL_SRC_VALUE};

static void sdp_write(const struct dla_engine* engine, uint32_t offset, uint32_t value) {
    dla_write(engine, DLA_UNIT_SDP, offset, value);
}

static void rdma_write(const struct dla_engine* engine, uint32_t offset, uint32_t value) {
    dla_write(engine, DLA_UNIT_SDP_RDMA, offset, value);
}

static uint8_t consumer_pointer(const struct dla_engine* engine) {
    return dla_consumer_pointer(engine, DLA_UNIT_SDP);
}

static uint8_t rdma_consumer_pointer(const struct dla_engine* engine) {
    return dla_consumer_pointer(engine, DLA_UNIT_SDP_RDMA);
}

static void set_producer(const struct dla_engine* engine, const struct dla_group* group) {
    dla_set_producer(engine, DLA_UNIT_SDP, group->id);
    dla_set_producer(engine, DLA_UNIT_SDP_RDMA, group->rdma_id);
}

static int16_t lut_index(const struct dla_group* group) {
    return group->operation.sdp.lut_index;
}

static bool is_rdma_needed(const struct dla_group* group) {
    const struct dla_sdp_op_desc* sdp = &group->operation.sdp;
    return group->surface.sdp.src.type != DLA_MEMORY_HW || dla_sdp_reads_operand(&sdp->x1) ||
           dla_sdp_reads_operand(&sdp->x2) || dla_sdp_reads_operand(&sdp->y);
}

static uint32_t data_use(uint8_t type) {
    if (type == DLA_SDP_BOTH) return DLA_SDP_RDMA_D_BRDMA_CFG__BRDMA_DATA_USE_BOTH;
    return type == DLA_SDP_ADD ? DLA_SDP_RDMA_D_BRDMA_CFG__BRDMA_DATA_USE_ALU
                               : DLA_SDP_RDMA_D_BRDMA_CFG__BRDMA_DATA_USE_MUL;
}

static int32_t program_operand(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                               const struct dla_operand_registers* registers,
                               const struct dla_sdp_sub_op_desc* sub,
                               const struct dla_data_cube* cube) {
    const bool used = dla_sdp_reads_operand(sub);
    rdma_write(
        engine, registers->cfg,
        DLA_FIELD(DLA_SDP_RDMA_D_BRDMA_CFG__BRDMA_DISABLE, !used) |
            DLA_FIELD(DLA_SDP_RDMA_D_BRDMA_CFG__BRDMA_DATA_USE, data_use(sub->type)) |
            DLA_FIELD(DLA_SDP_RDMA_D_BRDMA_CFG__BRDMA_DATA_SIZE,
                      sub->precision != DLA_PRECISION_INT8) |
            DLA_FIELD(DLA_SDP_RDMA_D_BRDMA_CFG__BRDMA_DATA_MODE, sub->mode != DLA_SDP_PER_KERNEL) |
            DLA_FIELD(DLA_SDP_RDMA_D_BRDMA_CFG__BRDMA_RAM_TYPE, dla_ram_type(cube->type)));
    if (!used) return 0;
    uint64_t address;
    const int32_t error = dla_cube_address(engine, op, "operand", cube, &address);
    if (error != 0) return error;
    rdma_write(engine, registers->base_low, dla_low(address));
    rdma_write(engine, registers->base_high, dla_high(address));
    rdma_write(engine, registers->line_stride, cube->line_stride);
    rdma_write(engine, registers->surface_stride, cube->surf_stride);
    return 0;
}

static int32_t program_rdma_source(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_data_cube* src = &group->surface.sdp.src;
    rdma_write(engine, DLA_SDP_RDMA_D_DATA_CUBE_WIDTH,
               DLA_FIELD(DLA_SDP_RDMA_D_DATA_CUBE_WIDTH__WIDTH, src->width - 1));
    rdma_write(engine, DLA_SDP_RDMA_D_DATA_CUBE_HEIGHT,
               DLA_FIELD(DLA_SDP_RDMA_D_DATA_CUBE_HEIGHT__HEIGHT, src->height - 1));
    rdma_write(engine, DLA_SDP_RDMA_D_DATA_CUBE_CHANNEL,
               DLA_FIELD(DLA_SDP_RDMA_D_DATA_CUBE_CHANNEL__CHANNEL, src->channel - 1));
    if (src->type == DLA_MEMORY_HW) return 0;
    uint64_t address;
    const int32_t error =
        dla_source_address(engine, &group->op->desc, src, DLA_FEATURE_BYTES_PER_PIXEL, &address);
    if (error != 0) return error;
    rdma_write(engine, DLA_SDP_RDMA_D_SRC_BASE_ADDR_LOW, dla_low(address));
    rdma_write(engine, DLA_SDP_RDMA_D_SRC_BASE_ADDR_HIGH, dla_high(address));
    rdma_write(engine, DLA_SDP_RDMA_D_SRC_LINE_STRIDE, src->line_stride);
    rdma_write(engine, DLA_SDP_RDMA_D_SRC_SURFACE_STRIDE, src->surf_stride);
    rdma_write(engine, DLA_SDP_RDMA_D_SRC_DMA_CFG,
               DLA_FIELD(DLA_SDP_RDMA_D_SRC_DMA_CFG__SRC_RAM_TYPE, dla_ram_type(src->type)));
    return 0;
}

static int32_t program_rdma(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_sdp_op_desc* sdp = &group->operation.sdp;
    const struct dla_sdp_surface_desc* surface = &group->surface.sdp;
    // All fetchers on and flying off first: an idle group may still hold any other combination.
    rdma_write(engine, DLA_SDP_RDMA_D_FEATURE_MODE_CFG, 0);
    for (unsigned i = 0; i < DLA_ARRAY_SIZE(operand_registers); ++i)
        rdma_write(engine, operand_registers[i].cfg, 0);
    rdma_write(engine, DLA_SDP_RDMA_D_FEATURE_MODE_CFG,
               DLA_FIELD(DLA_SDP_RDMA_D_FEATURE_MODE_CFG__FLYING_MODE,
                         surface->src.type == DLA_MEMORY_HW) |
                   DLA_FIELD(DLA_SDP_RDMA_D_FEATURE_MODE_CFG__WINOGRAD,
                             sdp->conv_mode == DLA_CONV_WINOGRAD) |
                   DLA_FIELD(DLA_SDP_RDMA_D_FEATURE_MODE_CFG__IN_PRECISION, sdp->src_precision) |
                   DLA_FIELD(DLA_SDP_RDMA_D_FEATURE_MODE_CFG__PROC_PRECISION,
                             dla_sdp_processing_precision(sdp)) |
                   DLA_FIELD(DLA_SDP_RDMA_D_FEATURE_MODE_CFG__OUT_PRECISION, sdp->dst_precision) |
                   DLA_FIELD(DLA_SDP_RDMA_D_FEATURE_MODE_CFG__BATCH_NUMBER, sdp->batch_num - 1));
    if (!group->rdma_needed) return 0;
    int32_t error = program_rdma_source(engine, group);
    if (error == 0)
        error = program_operand(engine, op, &operand_registers[0], &sdp->x1, &surface->x1);
    if (error == 0)
        error = program_operand(engine, op, &operand_registers[1], &sdp->x2, &surface->x2);
    if (error == 0)
        error = program_operand(engine, op, &operand_registers[2], &sdp->y, &surface->y);
    return error;
}

static bool has_alu(const struct dla_sdp_sub_op_desc* sub) {
    return sub->type == DLA_SDP_ADD || sub->type == DLA_SDP_BOTH;
}

static bool has_mul(const struct dla_sdp_sub_op_desc* sub) {
    return sub->type == DLA_SDP_MUL || sub->type == DLA_SDP_BOTH;
}

// BS and BN; their fields have equal places.
static void program_stage(const struct dla_engine* engine,
                          const struct dla_stage_registers* registers,
                          const struct dla_sdp_sub_op_desc* sub) {
    const bool per_layer = sub->mode == DLA_SDP_PER_LAYER;
    sdp_write(engine, registers->cfg,
              DLA_FIELD(DLA_SDP_D_DP_BS_CFG__BS_BYPASS, sub->enable == 0) |
                  DLA_FIELD(DLA_SDP_D_DP_BS_CFG__BS_ALU_BYPASS, !has_alu(sub)) |
                  DLA_FIELD(DLA_SDP_D_DP_BS_CFG__BS_ALU_ALGO, sub->alu_type) |
                  DLA_FIELD(DLA_SDP_D_DP_BS_CFG__BS_MUL_BYPASS, !has_mul(sub)) |
                  DLA_FIELD(DLA_SDP_D_DP_BS_CFG__BS_MUL_PRELU, sub->act == DLA_ACT_PRELU) |
                  DLA_FIELD(DLA_SDP_D_DP_BS_CFG__BS_RELU_BYPASS, sub->act != DLA_ACT_RELU));
    if (sub->enable == 0) return;
    if (has_alu(sub))
        sdp_write(engine, registers->alu_cfg,
                  DLA_FIELD(DLA_SDP_D_DP_BS_ALU_CFG__BS_ALU_SRC, !per_layer) |
                      DLA_FIELD(DLA_SDP_D_DP_BS_ALU_CFG__BS_ALU_SHIFT_VALUE, sub->shift_value));
    if (per_layer) {
        sdp_write(engine, registers->alu_value,
                  DLA_FIELD(DLA_SDP_D_DP_BS_ALU_SRC_VALUE__BS_ALU_OPERAND, sub->alu_operand));
        sdp_write(engine, registers->mul_value,
                  DLA_FIELD(DLA_SDP_D_DP_BS_MUL_SRC_VALUE__BS_MUL_OPERAND, sub->mul_operand));
    }
    // The truncate acts even where the multiplier is bypassed.
    sdp_write(engine, registers->mul_cfg,
              DLA_FIELD(DLA_SDP_D_DP_BS_MUL_CFG__BS_MUL_SRC, !per_layer) |
                  DLA_FIELD(DLA_SDP_D_DP_BS_MUL_CFG__BS_MUL_SHIFT_VALUE, sub->truncate));
}

static void program_ew_alu(const struct dla_engine* engine, const struct dla_sdp_sub_op_desc* y) {
    const bool per_layer = y->mode == DLA_SDP_PER_LAYER;
    sdp_write(engine, DLA_SDP_D_DP_EW_ALU_CFG,
              DLA_FIELD(DLA_SDP_D_DP_EW_ALU_CFG__EW_ALU_SRC, !per_layer) |
                  DLA_FIELD(DLA_SDP_D_DP_EW_ALU_CFG__EW_ALU_CVT_BYPASS, y->alu_cvt.enable == 0));
    if (per_layer) {
        sdp_write(engine, DLA_SDP_D_DP_EW_ALU_SRC_VALUE, (uint32_t)y->alu_operand);
        return;
    }
    sdp_write(engine, DLA_SDP_D_DP_EW_ALU_CVT_OFFSET_VALUE, (uint32_t)y->alu_cvt.offset);
    sdp_write(engine, DLA_SDP_D_DP_EW_ALU_CVT_SCALE_VALUE,
              DLA_FIELD(DLA_SDP_D_DP_EW_ALU_CVT_SCALE_VALUE__EW_ALU_CVT_SCALE,
                        (uint16_t)y->alu_cvt.scale));
    sdp_write(engine, DLA_SDP_D_DP_EW_ALU_CVT_TRUNCATE_VALUE,
              DLA_FIELD(DLA_SDP_D_DP_EW_ALU_CVT_TRUNCATE_VALUE__EW_ALU_CVT_TRUNCATE,
                        y->alu_cvt.truncate));
}

static void program_ew_mul(const struct dla_engine* engine, const struct dla_sdp_sub_op_desc* y) {
    const bool per_layer = y->mode == DLA_SDP_PER_LAYER;
    sdp_write(engine, DLA_SDP_D_DP_EW_MUL_CFG,
              DLA_FIELD(DLA_SDP_D_DP_EW_MUL_CFG__EW_MUL_SRC, !per_layer) |
                  DLA_FIELD(DLA_SDP_D_DP_EW_MUL_CFG__EW_MUL_CVT_BYPASS, y->mul_cvt.enable == 0));
    if (per_layer) {
        sdp_write(engine, DLA_SDP_D_DP_EW_MUL_SRC_VALUE, (uint32_t)y->mul_operand);
        return;
    }
    sdp_write(engine, DLA_SDP_D_DP_EW_MUL_CVT_OFFSET_VALUE, (uint32_t)y->mul_cvt.offset);
    sdp_write(engine, DLA_SDP_D_DP_EW_MUL_CVT_SCALE_VALUE,
              DLA_FIELD(DLA_SDP_D_DP_EW_MUL_CVT_SCALE_VALUE__EW_MUL_CVT_SCALE,
                        (uint16_t)y->mul_cvt.scale));
    sdp_write(engine, DLA_SDP_D_DP_EW_MUL_CVT_TRUNCATE_VALUE,
              DLA_FIELD(DLA_SDP_D_DP_EW_MUL_CVT_TRUNCATE_VALUE__EW_MUL_CVT_TRUNCATE,
                        y->mul_cvt.truncate));
}

static void program_ew(const struct dla_engine* engine, const struct dla_sdp_sub_op_desc* y) {
    sdp_write(engine, DLA_SDP_D_DP_EW_CFG,
              DLA_FIELD(DLA_SDP_D_DP_EW_CFG__EW_BYPASS, y->enable == 0) |
                  DLA_FIELD(DLA_SDP_D_DP_EW_CFG__EW_ALU_BYPASS, !has_alu(y)) |
                  DLA_FIELD(DLA_SDP_D_DP_EW_CFG__EW_ALU_ALGO, y->alu_type) |
                  DLA_FIELD(DLA_SDP_D_DP_EW_CFG__EW_MUL_BYPASS, !has_mul(y)) |
                  DLA_FIELD(DLA_SDP_D_DP_EW_CFG__EW_MUL_PRELU, y->act == DLA_ACT_PRELU) |
                  DLA_FIELD(DLA_SDP_D_DP_EW_CFG__EW_LUT_BYPASS, y->act != DLA_ACT_LUT));
    if (y->enable == 0) return;
    if (has_alu(y)) program_ew_alu(engine, y);
    if (has_mul(y)) program_ew_mul(engine, y);
    sdp_write(engine, DLA_SDP_D_DP_EW_TRUNCATE_VALUE,
              DLA_FIELD(DLA_SDP_D_DP_EW_TRUNCATE_VALUE__EW_TRUNCATE, y->truncate));
}

static int32_t program_cubes(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_data_cube* src = &group->surface.sdp.src;
    const struct dla_data_cube* dst = &group->surface.sdp.dst;
    sdp_write(engine, DLA_SDP_D_DATA_CUBE_WIDTH,
              DLA_FIELD(DLA_SDP_D_DATA_CUBE_WIDTH__WIDTH, src->width - 1));
    sdp_write(engine, DLA_SDP_D_DATA_CUBE_HEIGHT,
              DLA_FIELD(DLA_SDP_D_DATA_CUBE_HEIGHT__HEIGHT, src->height - 1));
    sdp_write(engine, DLA_SDP_D_DATA_CUBE_CHANNEL,
              DLA_FIELD(DLA_SDP_D_DATA_CUBE_CHANNEL__CHANNEL, src->channel - 1));
    if (dst->type == DLA_MEMORY_HW) return 0;
    uint64_t address;
    const int32_t error = dla_cube_address(engine, &group->op->desc, "dst", dst, &address);
    if (error != 0) return error;
    sdp_write(engine, DLA_SDP_D_DST_BASE_ADDR_HIGH, dla_high(address));
    sdp_write(engine, DLA_SDP_D_DST_BASE_ADDR_LOW, dla_low(address));
    sdp_write(engine, DLA_SDP_D_DST_LINE_STRIDE, dst->line_stride);
    sdp_write(engine, DLA_SDP_D_DST_SURFACE_STRIDE, dst->surf_stride);
    return 0;
}

static void program_output(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_sdp_op_desc* sdp = &group->operation.sdp;
    const struct dla_sdp_surface_desc* surface = &group->surface.sdp;
    sdp_write(
        engine, DLA_SDP_D_FEATURE_MODE_CFG,
        DLA_FIELD(DLA_SDP_D_FEATURE_MODE_CFG__FLYING_MODE, surface->src.type == DLA_MEMORY_HW) |
            DLA_FIELD(DLA_SDP_D_FEATURE_MODE_CFG__OUTPUT_DST, surface->dst.type == DLA_MEMORY_HW) |
            DLA_FIELD(DLA_SDP_D_FEATURE_MODE_CFG__WINOGRAD, sdp->conv_mode == DLA_CONV_WINOGRAD) |
            DLA_FIELD(DLA_SDP_D_FEATURE_MODE_CFG__BATCH_NUMBER, sdp->batch_num - 1));
    sdp_write(engine, DLA_SDP_D_DST_DMA_CFG,
              DLA_FIELD(DLA_SDP_D_DST_DMA_CFG__DST_RAM_TYPE, dla_ram_type(surface->dst.type)));
    if (sdp->batch_num > 1) sdp_write(engine, DLA_SDP_D_DST_BATCH_STRIDE, sdp->batch_stride);
    sdp_write(engine, DLA_SDP_D_DATA_FORMAT,
              DLA_FIELD(DLA_SDP_D_DATA_FORMAT__PROC_PRECISION, dla_sdp_processing_precision(sdp)) |
                  DLA_FIELD(DLA_SDP_D_DATA_FORMAT__OUT_PRECISION, sdp->dst_precision));
    sdp_write(engine, DLA_SDP_D_CVT_OFFSET, (uint32_t)sdp->out_cvt.offset);
    sdp_write(engine, DLA_SDP_D_CVT_SCALE,
              DLA_FIELD(DLA_SDP_D_CVT_SCALE__CVT_SCALE, (uint16_t)sdp->out_cvt.scale));
    sdp_write(engine, DLA_SDP_D_CVT_SHIFT,
              DLA_FIELD(DLA_SDP_D_CVT_SHIFT__CVT_SHIFT, sdp->out_cvt.truncate));
}

static int32_t program(struct dla_engine* engine, struct dla_group* group) {
    const struct dla_sdp_op_desc* sdp = &group->operation.sdp;
    dla_unmask_interrupts(engine, DLA_GLB_S_INTR_MASK__SDP_DONE_MASK0_MASK |
                                      DLA_GLB_S_INTR_MASK__SDP_DONE_MASK1_MASK);
    int32_t error = program_rdma(engine, group);
    if (error != 0) return error;
    dla_download_lut(engine, group, DLA_UNIT_SDP, sdp->src_precision == DLA_PRECISION_FP16);
    error = program_cubes(engine, group);
    if (error != 0) return error;
    program_stage(engine, &bs_registers, &sdp->x1);
    program_stage(engine, &bn_registers, &sdp->x2);
    program_ew(engine, &sdp->y);
    program_output(engine, group);
    return 0;
}

static int32_t enable(struct dla_engine* engine, struct dla_group* group) {
    if (engine->statistics_enable) {
        rdma_write(engine, DLA_SDP_RDMA_D_PERF_ENABLE,
                   DLA_FIELD(DLA_SDP_RDMA_D_PERF_ENABLE__PERF_DMA_EN, 1) |
                       DLA_FIELD(DLA_SDP_RDMA_D_PERF_ENABLE__PERF_NAN_INF_COUNT_EN, 1));
        sdp_write(engine, DLA_SDP_D_PERF_ENABLE,
                  DLA_FIELD(DLA_SDP_D_PERF_ENABLE__PERF_DMA_EN, 1) |
                      DLA_FIELD(DLA_SDP_D_PERF_ENABLE__PERF_LUT_EN, 1) |
                      DLA_FIELD(DLA_SDP_D_PERF_ENABLE__PERF_SAT_EN, 1) |
                      DLA_FIELD(DLA_SDP_D_PERF_ENABLE__PERF_NAN_INF_COUNT_EN, 1));
    }
    if (group->rdma_needed) rdma_write(engine, DLA_SDP_RDMA_D_OP_ENABLE, 1);
    sdp_write(engine, DLA_SDP_D_OP_ENABLE, 1);
    return 0;
}

static void read_statistics(const struct dla_engine* engine, const struct dla_group* group,
                            uint32_t* words) {
    static const uint32_t offsets[] = {
        DLA_SDP_D_STATUS_NAN_INPUT_NUM,  DLA_SDP_D_STATUS_INF_INPUT_NUM,
        DLA_SDP_D_STATUS_NAN_OUTPUT_NUM, DLA_SDP_D_PERF_WDMA_WRITE_STALL,
        DLA_SDP_D_PERF_LUT_UFLOW,        DLA_SDP_D_PERF_LUT_OFLOW,
        DLA_SDP_D_PERF_LUT_HYBRID,       DLA_SDP_D_PERF_LUT_LE_HIT,
        DLA_SDP_D_PERF_LUT_LO_HIT,       DLA_SDP_D_PERF_OUT_SATURATION,
    };
    dla_set_producer(engine, DLA_UNIT_SDP, group->id);
    for (unsigned i = 0; i < DLA_ARRAY_SIZE(offsets); ++i)
        words[i] = dla_read(engine, DLA_UNIT_SDP, offsets[i]);
}

const struct dla_processor_methods dla_sdp_methods = {
    .consumer_pointer = consumer_pointer,
    .rdma_consumer_pointer = rdma_consumer_pointer,
    .is_rdma_needed = is_rdma_needed,
    .lut_index = lut_index,
    .is_ready = dla_lut_is_ready,
    .set_producer = set_producer,
    .check = dla_sdp_check,
    .program = program,
    .enable = enable,
    .read_statistics = read_statistics,
    .runtime_word = 10,
};
