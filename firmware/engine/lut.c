// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// The look-up table of SDP and CDP. spec: firmware-interface.md section 11.
#include "firmware/engine/checks.h"
#include "firmware/engine/registers.h"

// SDP's field names stand for CDP's too; offsets of the shared registers are equal.
_Static_assert(DLA_SDP_S_LUT_ACCESS_CFG == DLA_CDP_S_LUT_ACCESS_CFG, "LUT registers differ");
_Static_assert(DLA_SDP_S_LUT_ACCESS_DATA == DLA_CDP_S_LUT_ACCESS_DATA, "LUT registers differ");
_Static_assert(DLA_SDP_S_LUT_CFG == DLA_CDP_S_LUT_CFG, "LUT registers differ");
_Static_assert(DLA_SDP_S_LUT_INFO == DLA_CDP_S_LUT_INFO, "LUT registers differ");

enum { TABLE_LE = 0, TABLE_LO = 1 };

struct dla_slope_registers {
    uint32_t scale;
    uint32_t shift;
};

// The table memory is shared by both groups and locked while one of them runs.
bool dla_lut_is_ready(const struct dla_processor* processor, const struct dla_group* group) {
    const struct dla_group* other = &processor->groups[group->id ^ 1u];
    if (group->lut_index == -1 || group->lut_index == other->lut_index) return true;
    return other->lut_index == -1 && !other->active;
}

static void write_table(const struct dla_engine* engine, enum dla_unit unit, uint32_t table,
                        const int16_t* entries, unsigned count) {
    dla_write(engine, unit, DLA_SDP_S_LUT_ACCESS_CFG,
              DLA_FIELD(DLA_SDP_S_LUT_ACCESS_CFG__LUT_TABLE_ID, table) |
                  DLA_FIELD(DLA_SDP_S_LUT_ACCESS_CFG__LUT_ACCESS_TYPE, 1));
    for (unsigned i = 0; i < count; ++i)
        dla_write(engine, unit, DLA_SDP_S_LUT_ACCESS_DATA,
                  DLA_FIELD(DLA_SDP_S_LUT_ACCESS_DATA__LUT_DATA, (uint16_t)entries[i]));
}

static void write_modes(const struct dla_engine* engine, enum dla_unit unit,
                        const struct dla_lut_desc* lut) {
    dla_write(engine, unit, DLA_SDP_S_LUT_CFG,
              DLA_FIELD(DLA_SDP_S_LUT_CFG__LUT_LE_FUNCTION, lut->method) |
                  DLA_FIELD(DLA_SDP_S_LUT_CFG__LUT_HYBRID_PRIORITY, lut->hybrid_priority) |
                  DLA_FIELD(DLA_SDP_S_LUT_CFG__LUT_UFLOW_PRIORITY, lut->underflow_priority) |
                  DLA_FIELD(DLA_SDP_S_LUT_CFG__LUT_OFLOW_PRIORITY, lut->overflow_priority));
    const uint32_t le_index =
        lut->method == DLA_LUT_EXPONENTIAL
            ? DLA_FIELD(DLA_SDP_S_LUT_INFO__LUT_LE_INDEX_OFFSET, (uint8_t)lut->le_index)
            : DLA_FIELD(DLA_SDP_S_LUT_INFO__LUT_LE_INDEX_SELECT, (uint8_t)lut->le_index);
    dla_write(
        engine, unit, DLA_SDP_S_LUT_INFO,
        le_index | DLA_FIELD(DLA_SDP_S_LUT_INFO__LUT_LO_INDEX_SELECT, (uint8_t)lut->lo_frac_bits));
}

static void write_sdp_ranges(const struct dla_engine* engine, const struct dla_lut_desc* lut) {
    dla_write(engine, DLA_UNIT_SDP, DLA_SDP_S_LUT_LE_START, lut->le_start[0]);
    dla_write(engine, DLA_UNIT_SDP, DLA_SDP_S_LUT_LE_END, lut->le_end[0]);
    dla_write(engine, DLA_UNIT_SDP, DLA_SDP_S_LUT_LO_START, lut->lo_start[0]);
    dla_write(engine, DLA_UNIT_SDP, DLA_SDP_S_LUT_LO_END, lut->lo_end[0]);
}

static void write_cdp_ranges(const struct dla_engine* engine, const struct dla_lut_desc* lut) {
    const uint32_t* const bounds[] = {lut->le_start, lut->le_end, lut->lo_start, lut->lo_end};
    static const uint32_t offsets[][2] = {
        {DLA_CDP_S_LUT_LE_START_LOW, DLA_CDP_S_LUT_LE_START_HIGH},
        {DLA_CDP_S_LUT_LE_END_LOW, DLA_CDP_S_LUT_LE_END_HIGH},
        {DLA_CDP_S_LUT_LO_START_LOW, DLA_CDP_S_LUT_LO_START_HIGH},
        {DLA_CDP_S_LUT_LO_END_LOW, DLA_CDP_S_LUT_LO_END_HIGH},
    };
    for (unsigned i = 0; i < DLA_ARRAY_SIZE(offsets); ++i) {
        dla_write(engine, DLA_UNIT_CDP, offsets[i][0], bounds[i][0]);
        dla_write(engine, DLA_UNIT_CDP, offsets[i][1],
                  DLA_FIELD(DLA_CDP_S_LUT_LE_START_HIGH__LUT_LE_START_HIGH, bounds[i][1]));
    }
}

static void write_slope(const struct dla_engine* engine, enum dla_unit unit,
                        const struct dla_slope_registers* registers,
                        const struct dla_lut_slope* underflow, const struct dla_lut_slope* overflow,
                        bool fp16) {
    dla_write(engine, unit, registers->scale,
              DLA_FIELD(DLA_SDP_S_LUT_LE_SLOPE_SCALE__LUT_LE_SLOPE_UFLOW_SCALE,
                        underflow->scale_or_fp16) |
                  DLA_FIELD(DLA_SDP_S_LUT_LE_SLOPE_SCALE__LUT_LE_SLOPE_OFLOW_SCALE,
                            overflow->scale_or_fp16));
    if (fp16) return;
    dla_write(
        engine, unit, registers->shift,
        DLA_FIELD(DLA_SDP_S_LUT_LE_SLOPE_SHIFT__LUT_LE_SLOPE_UFLOW_SHIFT, underflow->shifter) |
            DLA_FIELD(DLA_SDP_S_LUT_LE_SLOPE_SHIFT__LUT_LE_SLOPE_OFLOW_SHIFT, overflow->shifter));
}

static void write_slopes(const struct dla_engine* engine, enum dla_unit unit,
                         const struct dla_lut_desc* lut, bool fp16) {
    static const struct dla_slope_registers sdp[] = {
        {DLA_SDP_S_LUT_LE_SLOPE_SCALE, DLA_SDP_S_LUT_LE_SLOPE_SHIFT},
        {DLA_SDP_S_LUT_LO_SLOPE_SCALE, DLA_SDP_S_LUT_LO_SLOPE_SHIFT},
    };
    static const struct dla_slope_registers cdp[] = {
        {DLA_CDP_S_LUT_LE_SLOPE_SCALE, DLA_CDP_S_LUT_LE_SLOPE_SHIFT},
        {DLA_CDP_S_LUT_LO_SLOPE_SCALE, DLA_CDP_S_LUT_LO_SLOPE_SHIFT},
    };
    const struct dla_slope_registers* registers = unit == DLA_UNIT_SDP ? sdp : cdp;
    write_slope(engine, unit, &registers[TABLE_LE], &lut->le_underflow, &lut->le_overflow, fp16);
    write_slope(engine, unit, &registers[TABLE_LO], &lut->lo_underflow, &lut->lo_overflow, fp16);
}

// A programmed operation in the other group has brought the same table, and it may be running.
static bool is_loaded(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_processor* processor = &engine->processors[group->op->desc.op_type];
    const struct dla_group* other = &processor->groups[group->id ^ 1u];
    return other->lut_index == group->lut_index && !other->pending;
}

int32_t dla_read_lut(struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    struct dla_lut_desc* lut = &engine->lut;
    if (group->lut_index == -1) return 0;
    const uint64_t offset = (uint64_t)group->lut_index * sizeof(*lut);
    const int32_t error = dla_data_read(engine->driver, engine->task.data, engine->task.luts, lut,
                                        sizeof(*lut), offset);
    if (error != 0) return DLA_REFUSE(op, "cannot read LUT %d (error %d)", group->lut_index, error);
    const struct dla_range ranges[] = {
        {"LUT method", lut->method, DLA_LUT_EXPONENTIAL, DLA_LUT_LINEAR},
        {"LUT hybrid_priority", lut->hybrid_priority, 0, 1},
        {"LUT underflow_priority", lut->underflow_priority, 0, 1},
        {"LUT overflow_priority", lut->overflow_priority, 0, 1},
    };
    return dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
}

void dla_download_lut(const struct dla_engine* engine, const struct dla_group* group,
                      enum dla_unit unit, bool fp16) {
    const struct dla_lut_desc* lut = &engine->lut;
    if (group->lut_index == -1 || is_loaded(engine, group)) return;
    write_table(engine, unit, TABLE_LE, lut->linear_exp_table, DLA_LUT_LE_ENTRIES);
    write_table(engine, unit, TABLE_LO, lut->linear_only_table, DLA_LUT_LO_ENTRIES);
    write_modes(engine, unit, lut);
    if (unit == DLA_UNIT_SDP)
        write_sdp_ranges(engine, lut);
    else
        write_cdp_ranges(engine, lut);
    write_slopes(engine, unit, lut, fp16);
}
