// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Convolution: CACC, CMAC_A, CMAC_B, CSC and CDMA, programmed and enabled from consumer to
// producer. The compiler supplies bank counts, entries and CSC sizes; nothing is derived here.
// spec: firmware-interface.md section 10.
#include "firmware/engine/checks.h"
#include "firmware/engine/conv_buffer_check.h"
#include "firmware/engine/conv_check.h"
#include "firmware/engine/registers.h"

static const enum dla_unit conv_units[] = {DLA_UNIT_CACC, DLA_UNIT_CMAC_A, DLA_UNIT_CMAC_B,
                                           DLA_UNIT_CSC, DLA_UNIT_CDMA};

static void cacc(const struct dla_engine* engine, uint32_t offset, uint32_t value) {
    dla_write(engine, DLA_UNIT_CACC, offset, value);
}

static void csc(const struct dla_engine* engine, uint32_t offset, uint32_t value) {
    dla_write(engine, DLA_UNIT_CSC, offset, value);
}

static void cdma(const struct dla_engine* engine, uint32_t offset, uint32_t value) {
    dla_write(engine, DLA_UNIT_CDMA, offset, value);
}

static uint8_t consumer_pointer(const struct dla_engine* engine) {
    return dla_consumer_pointer(engine, DLA_UNIT_CACC);
}

static void set_producer(const struct dla_engine* engine, const struct dla_group* group) {
    for (unsigned i = 0; i < DLA_ARRAY_SIZE(conv_units); ++i)
        dla_set_producer(engine, conv_units[i], group->id);
}

static int32_t check_idle(const struct dla_engine* engine, const struct dla_group* group) {
    for (unsigned i = 0; i < DLA_ARRAY_SIZE(conv_units); ++i) {
        const uint32_t word = dla_read(engine, conv_units[i], DLA_S_STATUS);
        const uint32_t status = group->id == 0 ? DLA_FIELD_OF(DLA_CACC_S_STATUS__STATUS_0, word)
                                               : DLA_FIELD_OF(DLA_CACC_S_STATUS__STATUS_1, word);
        if (status != DLA_CACC_S_STATUS__STATUS_0_IDLE)
            return DLA_REFUSE(&group->op->desc, "unit at 0x%x is not idle in group %u (status %u)",
                              engine->unit_bases[conv_units[i]], group->id, status);
    }
    return 0;
}

static int32_t program_cacc(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_data_cube* dst = &group->surface.conv.dst;
    const uint32_t packed = dst->width == 1 && dst->height == 1;
    uint64_t address = 0;
    if (dst->address != -1) {
        const int32_t error = dla_cube_address(engine, &group->op->desc, "dst", dst, &address);
        if (error != 0) return error;
    }
    cacc(engine, DLA_CACC_D_MISC_CFG,
         DLA_FIELD(DLA_CACC_D_MISC_CFG__CONV_MODE, conv->conv_mode) |
             DLA_FIELD(DLA_CACC_D_MISC_CFG__PROC_PRECISION, conv->out_precision));
    cacc(engine, DLA_CACC_D_DATAOUT_SIZE_0,
         DLA_FIELD(DLA_CACC_D_DATAOUT_SIZE_0__DATAOUT_WIDTH, dst->width - 1) |
             DLA_FIELD(DLA_CACC_D_DATAOUT_SIZE_0__DATAOUT_HEIGHT, dst->height - 1));
    cacc(engine, DLA_CACC_D_DATAOUT_SIZE_1,
         DLA_FIELD(DLA_CACC_D_DATAOUT_SIZE_1__DATAOUT_CHANNEL, dst->channel - 1));
    cacc(engine, DLA_CACC_D_DATAOUT_ADDR, dla_low(address));
    cacc(engine, DLA_CACC_D_BATCH_NUMBER,
         DLA_FIELD(DLA_CACC_D_BATCH_NUMBER__BATCHES, conv->batch - 1));
    cacc(engine, DLA_CACC_D_LINE_STRIDE, dst->line_stride);
    cacc(engine, DLA_CACC_D_SURF_STRIDE, dst->surf_stride);
    cacc(engine, DLA_CACC_D_DATAOUT_MAP,
         DLA_FIELD(DLA_CACC_D_DATAOUT_MAP__LINE_PACKED, packed) |
             DLA_FIELD(DLA_CACC_D_DATAOUT_MAP__SURF_PACKED, packed));
    cacc(engine, DLA_CACC_D_CLIP_CFG,
         DLA_FIELD(DLA_CACC_D_CLIP_CFG__CLIP_TRUNCATE, conv->out_cvt.truncate));
    return 0;
}

static void program_cmac(const struct dla_engine* engine, const struct dla_conv_op_desc* conv) {
    const uint32_t value = DLA_FIELD(DLA_CMAC_D_MISC_CFG__CONV_MODE, conv->conv_mode) |
                           DLA_FIELD(DLA_CMAC_D_MISC_CFG__PROC_PRECISION, conv->out_precision);
    dla_write(engine, DLA_UNIT_CMAC_A, DLA_CMAC_D_MISC_CFG, value);
    dla_write(engine, DLA_UNIT_CMAC_B, DLA_CMAC_D_MISC_CFG, value);
}

static void program_csc_input(const struct dla_engine* engine,
                              const struct dla_conv_op_desc* conv) {
    csc(engine, DLA_CSC_D_MISC_CFG,
        DLA_FIELD(DLA_CSC_D_MISC_CFG__CONV_MODE, conv->conv_mode) |
            DLA_FIELD(DLA_CSC_D_MISC_CFG__IN_PRECISION, conv->out_precision) |
            DLA_FIELD(DLA_CSC_D_MISC_CFG__PROC_PRECISION, conv->out_precision) |
            DLA_FIELD(DLA_CSC_D_MISC_CFG__DATA_REUSE, conv->data_reuse) |
            DLA_FIELD(DLA_CSC_D_MISC_CFG__WEIGHT_REUSE, conv->weight_reuse) |
            DLA_FIELD(DLA_CSC_D_MISC_CFG__SKIP_DATA_RLS, conv->skip_data_rls) |
            DLA_FIELD(DLA_CSC_D_MISC_CFG__SKIP_WEIGHT_RLS, conv->skip_weight_rls));
    csc(engine, DLA_CSC_D_DATAIN_FORMAT,
        DLA_FIELD(DLA_CSC_D_DATAIN_FORMAT__DATAIN_FORMAT, dla_conv_is_pixel(conv)));
    csc(engine, DLA_CSC_D_DATAIN_SIZE_EXT_0,
        DLA_FIELD(DLA_CSC_D_DATAIN_SIZE_EXT_0__DATAIN_WIDTH_EXT, conv->input_width_csc - 1) |
            DLA_FIELD(DLA_CSC_D_DATAIN_SIZE_EXT_0__DATAIN_HEIGHT_EXT, conv->input_height_csc - 1));
    csc(engine, DLA_CSC_D_DATAIN_SIZE_EXT_1,
        DLA_FIELD(DLA_CSC_D_DATAIN_SIZE_EXT_1__DATAIN_CHANNEL_EXT, conv->input_channel_csc - 1));
    csc(engine, DLA_CSC_D_BATCH_NUMBER,
        DLA_FIELD(DLA_CSC_D_BATCH_NUMBER__BATCHES, conv->batch - 1));
    csc(engine, DLA_CSC_D_POST_Y_EXTENSION,
        DLA_FIELD(DLA_CSC_D_POST_Y_EXTENSION__Y_EXTENSION, conv->post_extension));
    csc(engine, DLA_CSC_D_ENTRY_PER_SLICE,
        DLA_FIELD(DLA_CSC_D_ENTRY_PER_SLICE__ENTRIES, conv->entry_per_slice - 1));
}

static void program_csc_weights(const struct dla_engine* engine,
                                const struct dla_conv_op_desc* conv,
                                const struct dla_conv_surface_desc* surface) {
    csc(engine, DLA_CSC_D_WEIGHT_FORMAT,
        DLA_FIELD(DLA_CSC_D_WEIGHT_FORMAT__WEIGHT_FORMAT, conv->weight_format));
    csc(engine, DLA_CSC_D_WEIGHT_SIZE_EXT_0,
        DLA_FIELD(DLA_CSC_D_WEIGHT_SIZE_EXT_0__WEIGHT_WIDTH_EXT, conv->kernel_width_csc - 1) |
            DLA_FIELD(DLA_CSC_D_WEIGHT_SIZE_EXT_0__WEIGHT_HEIGHT_EXT, conv->kernel_height_csc - 1));
    csc(engine, DLA_CSC_D_WEIGHT_SIZE_EXT_1,
        DLA_FIELD(DLA_CSC_D_WEIGHT_SIZE_EXT_1__WEIGHT_CHANNEL_EXT, conv->kernel_channel_csc - 1) |
            DLA_FIELD(DLA_CSC_D_WEIGHT_SIZE_EXT_1__WEIGHT_KERNEL, surface->dst.channel - 1));
    csc(engine, DLA_CSC_D_WEIGHT_BYTES, surface->weight.size);
    csc(engine, DLA_CSC_D_WMB_BYTES, surface->wmb.size);
}

static void program_csc_output(const struct dla_engine* engine, const struct dla_conv_op_desc* conv,
                               const struct dla_data_cube* dst) {
    const bool direct = conv->conv_mode == DLA_CONV_DIRECT;
    csc(engine, DLA_CSC_D_DATAOUT_SIZE_0,
        DLA_FIELD(DLA_CSC_D_DATAOUT_SIZE_0__DATAOUT_WIDTH, conv->input_width_cmac - 1) |
            DLA_FIELD(DLA_CSC_D_DATAOUT_SIZE_0__DATAOUT_HEIGHT, conv->input_height_cmac - 1));
    csc(engine, DLA_CSC_D_DATAOUT_SIZE_1,
        DLA_FIELD(DLA_CSC_D_DATAOUT_SIZE_1__DATAOUT_CHANNEL, dst->channel - 1));
    csc(engine, DLA_CSC_D_ATOMICS,
        DLA_FIELD(DLA_CSC_D_ATOMICS__ATOMICS, (uint32_t)dst->width * dst->height - 1));
    csc(engine, DLA_CSC_D_RELEASE, DLA_FIELD(DLA_CSC_D_RELEASE__RLS_SLICES, conv->release - 1));
    csc(engine, DLA_CSC_D_CONV_STRIDE_EXT,
        direct
            ? DLA_FIELD(DLA_CSC_D_CONV_STRIDE_EXT__CONV_X_STRIDE_EXT, conv->conv_stride_x - 1) |
                  DLA_FIELD(DLA_CSC_D_CONV_STRIDE_EXT__CONV_Y_STRIDE_EXT, conv->conv_stride_y - 1)
            : 0);
    csc(engine, DLA_CSC_D_DILATION_EXT,
        DLA_FIELD(DLA_CSC_D_DILATION_EXT__X_DILATION_EXT, conv->dilation_x - 1) |
            DLA_FIELD(DLA_CSC_D_DILATION_EXT__Y_DILATION_EXT, conv->dilation_y - 1));
    csc(engine, DLA_CSC_D_ZERO_PADDING,
        direct ? DLA_FIELD(DLA_CSC_D_ZERO_PADDING__PAD_LEFT, conv->pad_x_left) |
                     DLA_FIELD(DLA_CSC_D_ZERO_PADDING__PAD_TOP, conv->pad_y_top)
               : 0);
    csc(engine, DLA_CSC_D_ZERO_PADDING_VALUE,
        DLA_FIELD(DLA_CSC_D_ZERO_PADDING_VALUE__PAD_VALUE, (uint16_t)conv->pad_val));
    csc(engine, DLA_CSC_D_BANK,
        DLA_FIELD(DLA_CSC_D_BANK__DATA_BANK, conv->data_bank - 1) |
            DLA_FIELD(DLA_CSC_D_BANK__WEIGHT_BANK, conv->weight_bank - 1));
    csc(engine, DLA_CSC_D_PRA_CFG, DLA_FIELD(DLA_CSC_D_PRA_CFG__PRA_TRUNCATE, conv->pra_truncate));
}

static void program_cdma_format(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_data_cube* src = &group->surface.conv.src;
    cdma(engine, DLA_CDMA_D_MISC_CFG,
         DLA_FIELD(DLA_CDMA_D_MISC_CFG__CONV_MODE, conv->conv_mode) |
             DLA_FIELD(DLA_CDMA_D_MISC_CFG__IN_PRECISION, conv->in_precision) |
             DLA_FIELD(DLA_CDMA_D_MISC_CFG__PROC_PRECISION, conv->out_precision) |
             DLA_FIELD(DLA_CDMA_D_MISC_CFG__DATA_REUSE, conv->data_reuse) |
             DLA_FIELD(DLA_CDMA_D_MISC_CFG__WEIGHT_REUSE, conv->weight_reuse) |
             DLA_FIELD(DLA_CDMA_D_MISC_CFG__SKIP_DATA_RLS, conv->skip_data_rls) |
             DLA_FIELD(DLA_CDMA_D_MISC_CFG__SKIP_WEIGHT_RLS, conv->skip_weight_rls));
    const uint32_t pixel_format = dla_conv_is_pixel(conv) ? conv->data_format : 0;
    cdma(engine, DLA_CDMA_D_DATAIN_FORMAT,
         DLA_FIELD(DLA_CDMA_D_DATAIN_FORMAT__DATAIN_FORMAT, dla_conv_is_pixel(conv)) |
             DLA_FIELD(DLA_CDMA_D_DATAIN_FORMAT__PIXEL_FORMAT, pixel_format) |
             DLA_FIELD(DLA_CDMA_D_DATAIN_FORMAT__PIXEL_MAPPING, conv->pixel_mapping) |
             DLA_FIELD(DLA_CDMA_D_DATAIN_FORMAT__PIXEL_SIGN_OVERRIDE, conv->pixel_override));
    cdma(engine, DLA_CDMA_D_DATAIN_SIZE_0,
         DLA_FIELD(DLA_CDMA_D_DATAIN_SIZE_0__DATAIN_WIDTH, src->width - 1) |
             DLA_FIELD(DLA_CDMA_D_DATAIN_SIZE_0__DATAIN_HEIGHT, src->height - 1));
    cdma(engine, DLA_CDMA_D_DATAIN_SIZE_1,
         DLA_FIELD(DLA_CDMA_D_DATAIN_SIZE_1__DATAIN_CHANNEL, src->channel - 1));
    cdma(
        engine, DLA_CDMA_D_DATAIN_SIZE_EXT_0,
        DLA_FIELD(DLA_CDMA_D_DATAIN_SIZE_EXT_0__DATAIN_WIDTH_EXT, conv->input_width_csc - 1) |
            DLA_FIELD(DLA_CDMA_D_DATAIN_SIZE_EXT_0__DATAIN_HEIGHT_EXT, conv->input_height_csc - 1));
}

static int32_t program_cdma_data(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    const struct dla_data_cube* src = &surface->src;
    uint64_t address;
    const int32_t error = dla_source_address(engine, &group->op->desc, src,
                                             dla_conv_bytes_per_pixel(conv->data_format), &address);
    if (error != 0) return error;
    // A signed offset; modulo 2^64 addition is the same.
    const uint64_t second_plane =
        address + (surface->offset_u_low | ((uint64_t)surface->offset_u_high << 32));
    const uint64_t packed_line = (uint64_t)src->width * engine->atom_size;
    const uint64_t packed_surface = packed_line * src->height;
    cdma(engine, DLA_CDMA_D_DAIN_RAM_TYPE,
         DLA_FIELD(DLA_CDMA_D_DAIN_RAM_TYPE__DATAIN_RAM_TYPE, dla_ram_type(src->type)));
    cdma(engine, DLA_CDMA_D_DAIN_ADDR_HIGH_0, dla_high(address));
    cdma(engine, DLA_CDMA_D_DAIN_ADDR_LOW_0, dla_low(address));
    cdma(engine, DLA_CDMA_D_DAIN_ADDR_HIGH_1, dla_high(second_plane));
    cdma(engine, DLA_CDMA_D_DAIN_ADDR_LOW_1, dla_low(second_plane));
    cdma(engine, DLA_CDMA_D_LINE_STRIDE, src->line_stride);
    cdma(engine, DLA_CDMA_D_SURF_STRIDE, src->surf_stride);
    cdma(engine, DLA_CDMA_D_LINE_UV_STRIDE, surface->in_line_uv_stride);
    cdma(engine, DLA_CDMA_D_DAIN_MAP,
         DLA_FIELD(DLA_CDMA_D_DAIN_MAP__LINE_PACKED, src->line_stride == packed_line) |
             DLA_FIELD(DLA_CDMA_D_DAIN_MAP__SURF_PACKED, src->surf_stride == packed_surface));
    cdma(engine, DLA_CDMA_D_BATCH_NUMBER,
         DLA_FIELD(DLA_CDMA_D_BATCH_NUMBER__BATCHES, conv->batch - 1));
    cdma(engine, DLA_CDMA_D_BATCH_STRIDE, conv->batch_stride);
    cdma(engine, DLA_CDMA_D_ENTRY_PER_SLICE,
         DLA_FIELD(DLA_CDMA_D_ENTRY_PER_SLICE__ENTRIES, conv->entry_per_slice - 1));
    cdma(engine, DLA_CDMA_D_FETCH_GRAIN,
         DLA_FIELD(DLA_CDMA_D_FETCH_GRAIN__GRAINS, conv->fetch_grain - 1));
    return 0;
}

static int32_t program_cdma_weight_mask(const struct dla_engine* engine,
                                        const struct dla_group* group) {
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    const struct dla_common_op_desc* op = &group->op->desc;
    uint64_t wgs = 0;
    uint64_t wmb = 0;
    int32_t error = dla_cube_address(engine, op, "wgs", &surface->wgs, &wgs);
    if (error == 0) error = dla_cube_address(engine, op, "wmb", &surface->wmb, &wmb);
    if (error != 0) return error;
    cdma(engine, DLA_CDMA_D_WGS_ADDR_HIGH, dla_high(wgs));
    cdma(engine, DLA_CDMA_D_WGS_ADDR_LOW, dla_low(wgs));
    cdma(engine, DLA_CDMA_D_WMB_ADDR_HIGH, dla_high(wmb));
    cdma(engine, DLA_CDMA_D_WMB_ADDR_LOW, dla_low(wmb));
    cdma(engine, DLA_CDMA_D_WMB_BYTES, surface->wmb.size);
    return 0;
}

static int32_t program_cdma_weights(const struct dla_engine* engine,
                                    const struct dla_group* group) {
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    uint64_t address;
    const int32_t error =
        dla_cube_address(engine, &group->op->desc, "weight", &surface->weight, &address);
    if (error != 0) return error;
    cdma(engine, DLA_CDMA_D_WEIGHT_FORMAT,
         DLA_FIELD(DLA_CDMA_D_WEIGHT_FORMAT__WEIGHT_FORMAT, conv->weight_format));
    cdma(engine, DLA_CDMA_D_WEIGHT_SIZE_0,
         DLA_FIELD(DLA_CDMA_D_WEIGHT_SIZE_0__BYTE_PER_KERNEL, conv->bytes_per_kernel - 1));
    cdma(engine, DLA_CDMA_D_WEIGHT_SIZE_1,
         DLA_FIELD(DLA_CDMA_D_WEIGHT_SIZE_1__WEIGHT_KERNEL, surface->dst.channel - 1));
    cdma(
        engine, DLA_CDMA_D_WEIGHT_RAM_TYPE,
        DLA_FIELD(DLA_CDMA_D_WEIGHT_RAM_TYPE__WEIGHT_RAM_TYPE, dla_ram_type(surface->weight.type)));
    cdma(engine, DLA_CDMA_D_WEIGHT_ADDR_HIGH, dla_high(address));
    cdma(engine, DLA_CDMA_D_WEIGHT_ADDR_LOW, dla_low(address));
    cdma(engine, DLA_CDMA_D_WEIGHT_BYTES, surface->weight.size);
    if (conv->weight_format == DLA_WEIGHT_UNCOMPRESSED) return 0;
    return program_cdma_weight_mask(engine, group);
}

static void program_cdma_conversion(const struct dla_engine* engine,
                                    const struct dla_conv_op_desc* conv) {
    cdma(engine, DLA_CDMA_D_MEAN_FORMAT,
         DLA_FIELD(DLA_CDMA_D_MEAN_FORMAT__MEAN_FORMAT, conv->mean_format));
    if (conv->mean_format != 0) {
        cdma(engine, DLA_CDMA_D_MEAN_GLOBAL_0,
             DLA_FIELD(DLA_CDMA_D_MEAN_GLOBAL_0__MEAN_RY, (uint16_t)conv->mean_ry) |
                 DLA_FIELD(DLA_CDMA_D_MEAN_GLOBAL_0__MEAN_GU, (uint16_t)conv->mean_gu));
        cdma(engine, DLA_CDMA_D_MEAN_GLOBAL_1,
             DLA_FIELD(DLA_CDMA_D_MEAN_GLOBAL_1__MEAN_BV, (uint16_t)conv->mean_bv) |
                 DLA_FIELD(DLA_CDMA_D_MEAN_GLOBAL_1__MEAN_AX, (uint16_t)conv->mean_ax));
    }
    cdma(engine, DLA_CDMA_D_CVT_CFG,
         DLA_FIELD(DLA_CDMA_D_CVT_CFG__CVT_EN, conv->in_cvt.enable != 0) |
             DLA_FIELD(DLA_CDMA_D_CVT_CFG__CVT_TRUNCATE, conv->in_cvt.truncate));
    if (conv->in_cvt.enable != 0) {
        cdma(engine, DLA_CDMA_D_CVT_OFFSET,
             DLA_FIELD(DLA_CDMA_D_CVT_OFFSET__CVT_OFFSET, conv->in_cvt.offset));
        cdma(engine, DLA_CDMA_D_CVT_SCALE,
             DLA_FIELD(DLA_CDMA_D_CVT_SCALE__CVT_SCALE, (uint16_t)conv->in_cvt.scale));
    }
    cdma(engine, DLA_CDMA_D_CONV_STRIDE,
         DLA_FIELD(DLA_CDMA_D_CONV_STRIDE__CONV_X_STRIDE, conv->conv_stride_x - 1) |
             DLA_FIELD(DLA_CDMA_D_CONV_STRIDE__CONV_Y_STRIDE, conv->conv_stride_y - 1));
    cdma(engine, DLA_CDMA_D_ZERO_PADDING,
         DLA_FIELD(DLA_CDMA_D_ZERO_PADDING__PAD_LEFT, conv->pad_x_left) |
             DLA_FIELD(DLA_CDMA_D_ZERO_PADDING__PAD_RIGHT, conv->pad_x_right) |
             DLA_FIELD(DLA_CDMA_D_ZERO_PADDING__PAD_TOP, conv->pad_y_top) |
             DLA_FIELD(DLA_CDMA_D_ZERO_PADDING__PAD_BOTTOM, conv->pad_y_bottom));
    cdma(engine, DLA_CDMA_D_ZERO_PADDING_VALUE,
         DLA_FIELD(DLA_CDMA_D_ZERO_PADDING_VALUE__PAD_VALUE, (uint16_t)conv->pad_val));
    cdma(engine, DLA_CDMA_D_BANK,
         DLA_FIELD(DLA_CDMA_D_BANK__DATA_BANK, conv->data_bank - 1) |
             DLA_FIELD(DLA_CDMA_D_BANK__WEIGHT_BANK, conv->weight_bank - 1));
}

static int32_t program(struct dla_engine* engine, struct dla_group* group) {
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    int32_t error = check_idle(engine, group);
    if (error == 0) error = program_cacc(engine, group);
    if (error != 0) return error;
    program_cmac(engine, conv);
    program_csc_input(engine, conv);
    program_csc_weights(engine, conv, surface);
    program_csc_output(engine, conv, &surface->dst);
    program_cdma_format(engine, group);
    error = program_cdma_data(engine, group);
    if (error == 0) error = program_cdma_weights(engine, group);
    if (error != 0) return error;
    program_cdma_conversion(engine, conv);
    dla_conv_note_leftovers(engine, group);
    return 0;
}

// After reset CDMA zeroes the convolution buffer; a layer before that would be lost.
static int32_t wait_for_flush(const struct dla_engine* engine, const struct dla_group* group) {
    for (unsigned i = 0; i < DLA_POLL_LIMIT; ++i)
        if (DLA_FIELD_OF(DLA_CDMA_S_CBUF_FLUSH_STATUS__FLUSH_DONE,
                         dla_read(engine, DLA_UNIT_CDMA, DLA_CDMA_S_CBUF_FLUSH_STATUS)))
            return 0;
    return DLA_REFUSE(&group->op->desc, "CDMA did not finish flushing CBUF in %d polls",
                      DLA_POLL_LIMIT);
}

static int32_t enable(struct dla_engine* engine, struct dla_group* group) {
    const int32_t error = wait_for_flush(engine, group);
    if (error != 0) return error;
    if (engine->statistics_enable)
        cdma(engine, DLA_CDMA_D_PERF_ENABLE, DLA_FIELD(DLA_CDMA_D_PERF_ENABLE__DMA_EN, 1));
    cacc(engine, DLA_CACC_D_OP_ENABLE, 1);
    dla_write(engine, DLA_UNIT_CMAC_A, DLA_CMAC_D_OP_ENABLE, 1);
    dla_write(engine, DLA_UNIT_CMAC_B, DLA_CMAC_D_OP_ENABLE, 1);
    csc(engine, DLA_CSC_D_OP_ENABLE, 1);
    cdma(engine, DLA_CDMA_D_OP_ENABLE, 1);
    return 0;
}

static void read_statistics(const struct dla_engine* engine, const struct dla_group* group,
                            uint32_t* words) {
    static const uint32_t offsets[] = {
        DLA_CDMA_D_PERF_DAT_READ_STALL,   DLA_CDMA_D_PERF_WT_READ_STALL,
        DLA_CDMA_D_PERF_DAT_READ_LATENCY, DLA_CDMA_D_PERF_WT_READ_LATENCY,
        DLA_CACC_D_OUT_SATURATION,        DLA_CDMA_D_NAN_INPUT_DATA_NUM,
        DLA_CDMA_D_NAN_INPUT_WEIGHT_NUM,  DLA_CDMA_D_INF_INPUT_DATA_NUM,
        DLA_CDMA_D_INF_INPUT_WEIGHT_NUM,
    };
    enum { SATURATION = 4 };
    dla_set_producer(engine, DLA_UNIT_CACC, group->id);
    dla_set_producer(engine, DLA_UNIT_CDMA, group->id);
    for (unsigned i = 0; i < DLA_ARRAY_SIZE(offsets); ++i)
        words[i] = dla_read(engine, i == SATURATION ? DLA_UNIT_CACC : DLA_UNIT_CDMA, offsets[i]);
}

const struct dla_processor_methods dla_conv_methods = {
    .consumer_pointer = consumer_pointer,
    .set_producer = set_producer,
    .check = dla_conv_check,
    .program = program,
    .enable = enable,
    .read_statistics = read_statistics,
    .runtime_word = 9,
};
