// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// CDP and its read DMA. spec: firmware-interface.md section 10.
#include "firmware/engine/checks.h"
#include "firmware/engine/registers.h"

static void cdp_write(const struct dla_engine* engine, uint32_t offset, uint32_t value) {
    dla_write(engine, DLA_UNIT_CDP, offset, value);
}

static void rdma_write(const struct dla_engine* engine, uint32_t offset, uint32_t value) {
    dla_write(engine, DLA_UNIT_CDP_RDMA, offset, value);
}

static uint8_t consumer_pointer(const struct dla_engine* engine) {
    return dla_consumer_pointer(engine, DLA_UNIT_CDP);
}

static uint8_t rdma_consumer_pointer(const struct dla_engine* engine) {
    return dla_consumer_pointer(engine, DLA_UNIT_CDP_RDMA);
}

static bool is_rdma_needed(const struct dla_group* group) {
    (void)group;
    return true;
}

static int16_t lut_index(const struct dla_group* group) {
    return group->operation.cdp.lut_index;
}

static void set_producer(const struct dla_engine* engine, const struct dla_group* group) {
    dla_set_producer(engine, DLA_UNIT_CDP, group->id);
    dla_set_producer(engine, DLA_UNIT_CDP_RDMA, group->rdma_id);
}

static int32_t check(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_cdp_op_desc* cdp = &group->operation.cdp;
    const struct dla_two_cube_surface_desc* surface = &group->surface.two_cubes;
    const struct dla_range ranges[] = {
        {"local_size", cdp->local_size, 3, 9},
        {"lut_index", cdp->lut_index, -1, (int64_t)engine->task.network.num_luts - 1},
        {"bypass_sqsum", cdp->bypass_sqsum, 0, 1},
        {"bypass_out_mul", cdp->bypass_out_mul, 0, 1},
        {"in_cvt.offset", cdp->in_cvt.offset, INT16_MIN, INT16_MAX},
        {"in_cvt.truncate", cdp->in_cvt.truncate, 0, 31},
        {"out_cvt.truncate", cdp->out_cvt.truncate, 0, 63},
    };
    int32_t error = dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
    if (error == 0) error = dla_check_precision(engine, op, "in_precision", cdp->in_precision);
    if (error == 0)
        error = dla_check_cube(engine, op, "src", &surface->src, cdp->in_precision,
                               DLA_CUBE_FEATURE | DLA_CUBE_WINDOW);
    if (error == 0)
        error = dla_check_source_bytes(engine, op, &surface->src, DLA_FEATURE_BYTES_PER_PIXEL,
                                       dla_feature_bytes(engine, &surface->src, cdp->in_precision));
    if (error == 0)
        error =
            dla_check_cube(engine, op, "dst", &surface->dst, cdp->in_precision, DLA_CUBE_FEATURE);
    if (error != 0) return error;
    if (cdp->local_size % 2 == 0)
        return DLA_REFUSE(op, "local_size is %u, legal 3, 5, 7, 9", cdp->local_size);
    if (cdp->in_precision != cdp->out_precision)
        return DLA_REFUSE(op, "in_precision %u and out_precision %u differ", cdp->in_precision,
                          cdp->out_precision);
    return dla_check_same_shape(op, "src", &surface->src, "dst", &surface->dst);
}

static int32_t program_rdma(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_data_cube* src = &group->surface.two_cubes.src;
    uint64_t address;
    const int32_t error =
        dla_source_address(engine, &group->op->desc, src, DLA_FEATURE_BYTES_PER_PIXEL, &address);
    if (error != 0) return error;
    rdma_write(engine, DLA_CDP_RDMA_D_DATA_CUBE_WIDTH,
               DLA_FIELD(DLA_CDP_RDMA_D_DATA_CUBE_WIDTH__WIDTH, src->width - 1));
    rdma_write(engine, DLA_CDP_RDMA_D_DATA_CUBE_HEIGHT,
               DLA_FIELD(DLA_CDP_RDMA_D_DATA_CUBE_HEIGHT__HEIGHT, src->height - 1));
    rdma_write(engine, DLA_CDP_RDMA_D_DATA_CUBE_CHANNEL,
               DLA_FIELD(DLA_CDP_RDMA_D_DATA_CUBE_CHANNEL__CHANNEL, src->channel - 1));
    rdma_write(engine, DLA_CDP_RDMA_D_SRC_BASE_ADDR_LOW, dla_low(address));
    rdma_write(engine, DLA_CDP_RDMA_D_SRC_BASE_ADDR_HIGH, dla_high(address));
    rdma_write(engine, DLA_CDP_RDMA_D_SRC_LINE_STRIDE, src->line_stride);
    rdma_write(engine, DLA_CDP_RDMA_D_SRC_SURFACE_STRIDE, src->surf_stride);
    rdma_write(engine, DLA_CDP_RDMA_D_SRC_DMA_CFG,
               DLA_FIELD(DLA_CDP_RDMA_D_SRC_DMA_CFG__SRC_RAM_TYPE, dla_ram_type(src->type)));
    rdma_write(
        engine, DLA_CDP_RDMA_D_DATA_FORMAT,
        DLA_FIELD(DLA_CDP_RDMA_D_DATA_FORMAT__INPUT_DATA, group->operation.cdp.in_precision));
    return 0;
}

static void program_normalisation(const struct dla_engine* engine,
                                  const struct dla_cdp_op_desc* cdp) {
    cdp_write(engine, DLA_CDP_D_DATA_FORMAT,
              DLA_FIELD(DLA_CDP_D_DATA_FORMAT__INPUT_DATA_TYPE, cdp->in_precision));
    cdp_write(engine, DLA_CDP_D_LRN_CFG,
              DLA_FIELD(DLA_CDP_D_LRN_CFG__NORMALZ_LEN, (cdp->local_size - 1) / 2 - 1));
    cdp_write(engine, DLA_CDP_D_DATIN_OFFSET,
              DLA_FIELD(DLA_CDP_D_DATIN_OFFSET__DATIN_OFFSET, cdp->in_cvt.offset));
    cdp_write(engine, DLA_CDP_D_DATIN_SCALE,
              DLA_FIELD(DLA_CDP_D_DATIN_SCALE__DATIN_SCALE, (uint16_t)cdp->in_cvt.scale));
    cdp_write(engine, DLA_CDP_D_DATIN_SHIFTER,
              DLA_FIELD(DLA_CDP_D_DATIN_SHIFTER__DATIN_SHIFTER, cdp->in_cvt.truncate));
    cdp_write(engine, DLA_CDP_D_DATOUT_OFFSET, (uint32_t)cdp->out_cvt.offset);
    cdp_write(engine, DLA_CDP_D_DATOUT_SCALE,
              DLA_FIELD(DLA_CDP_D_DATOUT_SCALE__DATOUT_SCALE, (uint16_t)cdp->out_cvt.scale));
    cdp_write(engine, DLA_CDP_D_DATOUT_SHIFTER,
              DLA_FIELD(DLA_CDP_D_DATOUT_SHIFTER__DATOUT_SHIFTER, cdp->out_cvt.truncate));
    cdp_write(engine, DLA_CDP_D_FUNC_BYPASS,
              DLA_FIELD(DLA_CDP_D_FUNC_BYPASS__SQSUM_BYPASS, cdp->bypass_sqsum) |
                  DLA_FIELD(DLA_CDP_D_FUNC_BYPASS__MUL_BYPASS, cdp->bypass_out_mul));
}

static int32_t program(struct dla_engine* engine, struct dla_group* group) {
    const struct dla_cdp_op_desc* cdp = &group->operation.cdp;
    const struct dla_data_cube* dst = &group->surface.two_cubes.dst;
    uint64_t address;
    dla_unmask_interrupts(engine, DLA_GLB_S_INTR_MASK__CDP_DONE_MASK0_MASK |
                                      DLA_GLB_S_INTR_MASK__CDP_DONE_MASK1_MASK);
    int32_t error = program_rdma(engine, group);
    if (error != 0) return error;
    dla_download_lut(engine, group, DLA_UNIT_CDP, cdp->in_precision == DLA_PRECISION_FP16);
    error = dla_cube_address(engine, &group->op->desc, "dst", dst, &address);
    if (error != 0) return error;
    cdp_write(engine, DLA_CDP_D_DST_BASE_ADDR_LOW, dla_low(address));
    cdp_write(engine, DLA_CDP_D_DST_BASE_ADDR_HIGH, dla_high(address));
    cdp_write(engine, DLA_CDP_D_DST_LINE_STRIDE, dst->line_stride);
    cdp_write(engine, DLA_CDP_D_DST_SURFACE_STRIDE, dst->surf_stride);
    cdp_write(engine, DLA_CDP_D_DST_DMA_CFG,
              DLA_FIELD(DLA_CDP_D_DST_DMA_CFG__DST_RAM_TYPE, dla_ram_type(dst->type)));
    program_normalisation(engine, cdp);
    return 0;
}

static int32_t enable(struct dla_engine* engine, struct dla_group* group) {
    (void)group;
    if (engine->statistics_enable) {
        rdma_write(engine, DLA_CDP_RDMA_D_PERF_ENABLE,
                   DLA_FIELD(DLA_CDP_RDMA_D_PERF_ENABLE__DMA_EN, 1));
        cdp_write(engine, DLA_CDP_D_PERF_ENABLE,
                  DLA_FIELD(DLA_CDP_D_PERF_ENABLE__DMA_EN, 1) |
                      DLA_FIELD(DLA_CDP_D_PERF_ENABLE__LUT_EN, 1));
    }
    rdma_write(engine, DLA_CDP_RDMA_D_OP_ENABLE, 1);
    cdp_write(engine, DLA_CDP_D_OP_ENABLE, 1);
    return 0;
}

static void read_statistics(const struct dla_engine* engine, const struct dla_group* group,
                            uint32_t* words) {
    static const uint32_t offsets[] = {
        DLA_CDP_D_NAN_INPUT_NUM,    DLA_CDP_D_INF_INPUT_NUM,   DLA_CDP_D_NAN_OUTPUT_NUM,
        DLA_CDP_D_PERF_WRITE_STALL, DLA_CDP_D_PERF_LUT_UFLOW,  DLA_CDP_D_PERF_LUT_OFLOW,
        DLA_CDP_D_PERF_LUT_HYBRID,  DLA_CDP_D_PERF_LUT_LE_HIT, DLA_CDP_D_PERF_LUT_LO_HIT,
        DLA_CDP_D_OUT_SATURATION,
    };
    dla_set_producer(engine, DLA_UNIT_CDP, group->id);
    for (unsigned i = 0; i < DLA_ARRAY_SIZE(offsets); ++i)
        words[i] = dla_read(engine, DLA_UNIT_CDP, offsets[i]);
}

const struct dla_processor_methods dla_cdp_methods = {
    .consumer_pointer = consumer_pointer,
    .rdma_consumer_pointer = rdma_consumer_pointer,
    .is_rdma_needed = is_rdma_needed,
    .lut_index = lut_index,
    .is_ready = dla_lut_is_ready,
    .set_producer = set_producer,
    .check = check,
    .program = program,
    .enable = enable,
    .read_statistics = read_statistics,
    .runtime_word = 10,
};
