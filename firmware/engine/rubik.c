// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Rubik: contract, split, merge. spec: firmware-interface.md section 10.
#include "firmware/engine/checks.h"
#include "firmware/engine/registers.h"

enum { RUBIK_ATOM = 32 };  // builds with a Rubik unit have 32-byte atoms

static void rubik_write(const struct dla_engine* engine, uint32_t offset, uint32_t value) {
    dla_write(engine, DLA_UNIT_RBK, offset, value);
}

static uint8_t consumer_pointer(const struct dla_engine* engine) {
    return dla_consumer_pointer(engine, DLA_UNIT_RBK);
}

static void set_producer(const struct dla_engine* engine, const struct dla_group* group) {
    dla_set_producer(engine, DLA_UNIT_RBK, group->id);
}

// One plane after another, each a picture of single elements.
static int32_t check_planes(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                            const char* name, const struct dla_data_cube* cube,
                            uint32_t element_bytes) {
    const uint32_t line = cube->width * element_bytes;
    const uint64_t plane = (uint64_t)cube->height * cube->line_stride;
    if (cube->plane_stride == 0 || cube->plane_stride % RUBIK_ATOM != 0)
        return DLA_REFUSE(op, "%s plane_stride is %u, legal multiples of %d", name,
                          cube->plane_stride, RUBIK_ATOM);
    if (cube->line_stride < line || cube->line_stride % RUBIK_ATOM != 0)
        return DLA_REFUSE(op, "%s line_stride is %u, legal multiples of %d from %u on", name,
                          cube->line_stride, RUBIK_ATOM, line);
    if (cube->channel > 1 && cube->plane_stride < plane)
        return DLA_REFUSE(op, "%s plane_stride is %u, a plane of %u lines needs %llu", name,
                          cube->plane_stride, cube->height, (unsigned long long)plane);
    const uint64_t bytes = (uint64_t)(cube->channel - 1u) * cube->plane_stride +
                           (uint64_t)(cube->height - 1u) * cube->line_stride + line;
    return dla_check_cube_bytes(engine, op, name, cube, bytes);
}

// Blocks of source surfaces become the pixels of a larger cube.
static int32_t check_contract(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                              const struct dla_rubik_op_desc* rubik,
                              const struct dla_data_cube* src, const struct dla_data_cube* dst) {
    const uint32_t width = (uint32_t)src->width * rubik->stride_x;
    const uint32_t height = (uint32_t)src->height * rubik->stride_y;
    const uint32_t blocks = (uint32_t)rubik->stride_x * rubik->stride_y;
    const uint32_t surfaces = blocks * dla_surfaces(engine, dst->channel, rubik->precision);
    if (dst->width != width || dst->height != height)
        return DLA_REFUSE(op, "dst is %ux%u, contracting %ux%u by %ux%u gives %ux%u", dst->width,
                          dst->height, src->width, src->height, rubik->stride_x, rubik->stride_y,
                          width, height);
    if (dla_surfaces(engine, src->channel, rubik->precision) != surfaces)
        return DLA_REFUSE(op,
                          "src has %u channels, but %u blocks for the %u channels of dst are %u "
                          "surfaces",
                          src->channel, blocks, dst->channel, surfaces);
    return 0;
}

static int32_t check_cubes(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_rubik_op_desc* rubik = &group->operation.rubik;
    const struct dla_data_cube* src = &group->surface.two_cubes.src;
    const struct dla_data_cube* dst = &group->surface.two_cubes.dst;
    const uint32_t element_bytes = dla_element_bytes(rubik->precision);
    int32_t error = dla_check_cube(engine, op, "src", src, rubik->precision,
                                   rubik->mode == DLA_RUBIK_MERGE ? 0 : DLA_CUBE_FEATURE);
    if (error == 0)
        error = dla_check_cube(engine, op, "dst", dst, rubik->precision,
                               rubik->mode == DLA_RUBIK_SPLIT ? 0 : DLA_CUBE_FEATURE);
    if (error != 0) return error;
    if (rubik->mode == DLA_RUBIK_CONTRACT) return check_contract(engine, op, rubik, src, dst);
    error = dla_check_same_shape(op, "src", src, "dst", dst);
    if (error != 0) return error;
    return rubik->mode == DLA_RUBIK_MERGE ? check_planes(engine, op, "src", src, element_bytes)
                                          : check_planes(engine, op, "dst", dst, element_bytes);
}

static int32_t check(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_rubik_op_desc* rubik = &group->operation.rubik;
    if (!engine->rubik_enable) return DLA_REFUSE(op, "%s", "this hardware has no Rubik unit");
    const bool contract = rubik->mode == DLA_RUBIK_CONTRACT;
    const struct dla_range ranges[] = {
        {"mode", rubik->mode, DLA_RUBIK_CONTRACT, DLA_RUBIK_MERGE},
        {"stride_x", contract ? rubik->stride_x : 1, 1, 32},
        {"stride_y", contract ? rubik->stride_y : 1, 1, 32},
    };
    int32_t error = dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
    if (error == 0) error = dla_check_precision(engine, op, "precision", rubik->precision);
    return error != 0 ? error : check_cubes(engine, group);
}

static void program_input(const struct dla_engine* engine, const struct dla_rubik_op_desc* rubik,
                          const struct dla_data_cube* src, uint64_t address) {
    rubik_write(engine, DLA_RUBIK_D_MISC_CFG,
                DLA_FIELD(DLA_RUBIK_D_MISC_CFG__RUBIK_MODE, rubik->mode) |
                    DLA_FIELD(DLA_RUBIK_D_MISC_CFG__IN_PRECISION, rubik->precision));
    rubik_write(engine, DLA_RUBIK_D_DAIN_RAM_TYPE,
                DLA_FIELD(DLA_RUBIK_D_DAIN_RAM_TYPE__DATAIN_RAM_TYPE, dla_ram_type(src->type)));
    rubik_write(engine, DLA_RUBIK_D_DATAIN_SIZE_0,
                DLA_FIELD(DLA_RUBIK_D_DATAIN_SIZE_0__DATAIN_WIDTH, src->width - 1) |
                    DLA_FIELD(DLA_RUBIK_D_DATAIN_SIZE_0__DATAIN_HEIGHT, src->height - 1));
    rubik_write(engine, DLA_RUBIK_D_DATAIN_SIZE_1,
                DLA_FIELD(DLA_RUBIK_D_DATAIN_SIZE_1__DATAIN_CHANNEL, src->channel - 1));
    rubik_write(engine, DLA_RUBIK_D_DAIN_ADDR_HIGH, dla_high(address));
    rubik_write(engine, DLA_RUBIK_D_DAIN_ADDR_LOW, dla_low(address));
    if (rubik->mode == DLA_RUBIK_MERGE)
        rubik_write(engine, DLA_RUBIK_D_DAIN_PLANAR_STRIDE, src->plane_stride);
    else
        rubik_write(engine, DLA_RUBIK_D_DAIN_SURF_STRIDE, src->surf_stride);
    rubik_write(engine, DLA_RUBIK_D_DAIN_LINE_STRIDE, src->line_stride);
}

static void program_contract(const struct dla_engine* engine, const struct dla_rubik_op_desc* rubik,
                             const struct dla_two_cube_surface_desc* surface) {
    const uint32_t bytes = surface->dst.channel * dla_element_bytes(rubik->precision);
    const uint32_t surfaces = (bytes + RUBIK_ATOM - 1) / RUBIK_ATOM;
    rubik_write(engine, DLA_RUBIK_D_CONTRACT_STRIDE_0, surfaces * surface->src.surf_stride);
    rubik_write(engine, DLA_RUBIK_D_CONTRACT_STRIDE_1, rubik->stride_y * surface->dst.line_stride);
    rubik_write(engine, DLA_RUBIK_D_DECONV_STRIDE,
                DLA_FIELD(DLA_RUBIK_D_DECONV_STRIDE__DECONV_X_STRIDE, rubik->stride_x - 1) |
                    DLA_FIELD(DLA_RUBIK_D_DECONV_STRIDE__DECONV_Y_STRIDE, rubik->stride_y - 1));
}

static int32_t program(struct dla_engine* engine, struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_rubik_op_desc* rubik = &group->operation.rubik;
    const struct dla_two_cube_surface_desc* surface = &group->surface.two_cubes;
    const struct dla_data_cube* dst = &surface->dst;
    uint64_t src_address;
    uint64_t dst_address;
    int32_t error =
        dla_source_address(engine, op, &surface->src, DLA_FEATURE_BYTES_PER_PIXEL, &src_address);
    if (error == 0) error = dla_cube_address(engine, op, "dst", dst, &dst_address);
    if (error != 0) return error;
    dla_unmask_interrupts(engine, DLA_GLB_S_INTR_MASK__RUBIK_DONE_MASK0_MASK |
                                      DLA_GLB_S_INTR_MASK__RUBIK_DONE_MASK1_MASK);
    program_input(engine, rubik, &surface->src, src_address);
    rubik_write(engine, DLA_RUBIK_D_DAOUT_RAM_TYPE,
                DLA_FIELD(DLA_RUBIK_D_DAOUT_RAM_TYPE__DATAOUT_RAM_TYPE, dla_ram_type(dst->type)));
    rubik_write(engine, DLA_RUBIK_D_DATAOUT_SIZE_1,
                DLA_FIELD(DLA_RUBIK_D_DATAOUT_SIZE_1__DATAOUT_CHANNEL, dst->channel - 1));
    rubik_write(engine, DLA_RUBIK_D_DAOUT_ADDR_HIGH, dla_high(dst_address));
    rubik_write(engine, DLA_RUBIK_D_DAOUT_ADDR_LOW, dla_low(dst_address));
    rubik_write(engine, DLA_RUBIK_D_DAOUT_LINE_STRIDE, dst->line_stride);
    if (rubik->mode == DLA_RUBIK_SPLIT)
        rubik_write(engine, DLA_RUBIK_D_DAOUT_PLANAR_STRIDE, dst->plane_stride);
    else
        rubik_write(engine, DLA_RUBIK_D_DAOUT_SURF_STRIDE, dst->surf_stride);
    if (rubik->mode == DLA_RUBIK_CONTRACT) program_contract(engine, rubik, surface);
    return 0;
}

static int32_t enable(struct dla_engine* engine, struct dla_group* group) {
    (void)group;
    if (engine->statistics_enable)
        rubik_write(engine, DLA_RUBIK_D_PERF_ENABLE,
                    DLA_FIELD(DLA_RUBIK_D_PERF_ENABLE__PERF_EN, 1));
    rubik_write(engine, DLA_RUBIK_D_OP_ENABLE, 1);
    return 0;
}

static void read_statistics(const struct dla_engine* engine, const struct dla_group* group,
                            uint32_t* words) {
    dla_set_producer(engine, DLA_UNIT_RBK, group->id);
    words[0] = dla_read(engine, DLA_UNIT_RBK, DLA_RUBIK_D_PERF_READ_STALL);
    words[1] = dla_read(engine, DLA_UNIT_RBK, DLA_RUBIK_D_PERF_WRITE_STALL);
}

const struct dla_processor_methods dla_rubik_methods = {
    .consumer_pointer = consumer_pointer,
    .set_producer = set_producer,
    .check = check,
    .program = program,
    .enable = enable,
    .read_statistics = read_statistics,
    .runtime_word = 2,
};
