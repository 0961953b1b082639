// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/engine/conv_buffer_check.h"

#include "firmware/engine/checks.h"
#include "firmware/engine/conv_check.h"

enum { WINOGRAD_LINES = 4, GREATEST_KERNEL = 32 };

typedef unsigned long long ull;

static bool is_winograd(const struct dla_conv_op_desc* conv) {
    return conv->conv_mode == DLA_CONV_WINOGRAD;
}

// A port that gives no geometry has only the ranges checked.
static bool knows_buffer(const struct dla_engine* engine) {
    const struct dla_limits* limits = &engine->limits;
    return limits->cbuf_entries_per_bank != 0 && limits->cbuf_entry_bytes != 0 &&
           limits->kernel_group != 0;
}

static uint64_t bank_bytes(const struct dla_engine* engine) {
    return (uint64_t)engine->limits.cbuf_entries_per_bank * engine->limits.cbuf_entry_bytes;
}

// Entries of a line of a feature cube: whole atoms of a pixel side by side, and in the last entry
// neighbouring pixels where their atoms fill one half or one quarter of it.
static uint32_t feature_entries(const struct dla_engine* engine,
                                const struct dla_conv_op_desc* conv) {
    const uint32_t atoms = dla_surfaces(engine, conv->input_channel_csc, conv->out_precision);
    const uint32_t per_entry = engine->limits.cbuf_entry_bytes / engine->atom_size;
    const uint32_t width = conv->input_width_csc;
    const uint32_t rest = atoms % per_entry;
    const uint32_t whole = atoms / per_entry * width;
    if (rest == 0) return whole;
    return whole + (2 * rest > per_entry ? width : dla_divide_up(width, per_entry / rest));
}

static uint64_t line_entries(const struct dla_engine* engine, const struct dla_conv_op_desc* conv,
                             uint8_t pixel_channels) {
    const uint32_t entry = engine->limits.cbuf_entry_bytes;
    const uint32_t element = dla_element_bytes(conv->out_precision);
    if (is_winograd(conv))
        return (uint64_t)conv->input_width_csc * conv->input_channel_csc * element / entry;
    if (!dla_conv_is_pixel(conv)) return feature_entries(engine, conv);
    const uint32_t pixels = (uint32_t)conv->pad_x_left + conv->input_width_csc + conv->pad_x_right;
    return dla_divide_up(pixels * pixel_channels * element, entry);
}

static int32_t check_slices(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const uint64_t line = line_entries(engine, conv, (uint8_t)group->surface.conv.src.channel);
    const bool exact = !dla_conv_is_pixel(conv);
    if (conv->entry_per_slice < line || (exact && conv->entry_per_slice != line))
        return DLA_REFUSE(op, "entry_per_slice is %u, a line takes %llu", conv->entry_per_slice,
                          (ull)line);
    // A line of Winograd counts a quarter of the slice it shares with three others.
    const uint64_t all = (uint64_t)conv->entry_per_slice * conv->input_height_csc * conv->batch;
    const uint64_t room = (uint64_t)conv->data_bank * engine->limits.cbuf_entries_per_bank;
    if (all > room)
        return DLA_REFUSE(op, "data_bank is %u with %llu entries, but %u lines of %u need %llu",
                          conv->data_bank, (ull)room,
                          (uint32_t)conv->input_height_csc * conv->batch, conv->entry_per_slice,
                          (ull)all);
    return 0;
}

static int32_t check_release(const struct dla_common_op_desc* op,
                             const struct dla_conv_op_desc* conv) {
    if (conv->skip_data_rls != 0) return 0;
    if (conv->release > conv->input_height_csc)
        return DLA_REFUSE(op, "release is %u, but the input has %u lines", conv->release,
                          conv->input_height_csc);
    if (is_winograd(conv) && conv->release % WINOGRAD_LINES != 0)
        return DLA_REFUSE(op, "release is %u, legal multiples of %d under Winograd", conv->release,
                          WINOGRAD_LINES);
    return 0;
}

// Rows of a picture's kernel that one MAC operation takes together.
static int32_t check_extension(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                               const struct dla_conv_op_desc* conv, uint32_t pixel_channels) {
    const uint32_t step = conv->conv_stride_x * pixel_channels;
    if (dla_conv_is_pixel(conv) && conv->kernel_channel_csc > GREATEST_KERNEL * pixel_channels)
        return DLA_REFUSE(op, "kernel_channel_csc is %u, legal up to %u (%d columns of %u)",
                          conv->kernel_channel_csc, GREATEST_KERNEL * pixel_channels,
                          GREATEST_KERNEL, pixel_channels);
    if (conv->post_extension == 0) return 0;
    const uint32_t lanes = (uint32_t)engine->limits.channel_block >> conv->post_extension;
    if (!dla_conv_is_pixel(conv))
        return DLA_REFUSE(op, "post_extension is %u, legal 0 without a picture",
                          conv->post_extension);
    if (lanes == 0 || (conv->kernel_channel_csc <= lanes && step <= lanes)) return 0;
    return DLA_REFUSE(op,
                      "post_extension is %u, legal for kernel rows and steps of %u, not %u and %u",
                      conv->post_extension, lanes, conv->kernel_channel_csc, step);
}

static uint32_t kernels_together(const struct dla_engine* engine,
                                 const struct dla_conv_op_desc* conv, uint32_t kernels) {
    const uint32_t group = engine->limits.kernel_group / dla_element_bytes(conv->out_precision);
    return group < kernels ? group : kernels;
}

// Streams come in whole entries; the registers drop what is left.
static int32_t check_stream(const struct dla_engine* engine, const struct dla_common_op_desc* op,
                            const char* name, uint32_t size) {
    if (size % engine->limits.cbuf_entry_bytes == 0) return 0;
    return DLA_REFUSE(op, "%s size is %u, legal multiples of the %u-byte CBUF entry", name, size,
                      engine->limits.cbuf_entry_bytes);
}

static int32_t check_mask(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    const uint32_t kernels = surface->dst.channel;
    const uint64_t weights =
        (uint64_t)kernels * conv->bytes_per_kernel / dla_element_bytes(conv->out_precision);
    const uint64_t mask = (weights + 7) / 8;
    const uint32_t together = kernels_together(engine, conv, kernels);
    const uint32_t counts = dla_divide_up(kernels, together) * (uint32_t)sizeof(uint32_t);
    if (surface->wmb.size < mask || surface->wmb.size > bank_bytes(engine))
        return DLA_REFUSE(op, "wmb size is %u, legal %llu (a bit for each weight) to %llu (a bank)",
                          surface->wmb.size, (ull)mask, (ull)bank_bytes(engine));
    if (surface->wgs.size < counts)
        return DLA_REFUSE(op, "wgs size is %u, a word for each of %u kernel groups needs %u",
                          surface->wgs.size, dla_divide_up(kernels, together), counts);
    return check_stream(engine, op, "wmb", surface->wmb.size);
}

static int32_t check_weights(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    const uint64_t room = conv->weight_bank * bank_bytes(engine);
    const uint32_t kernels = kernels_together(engine, conv, surface->dst.channel);
    const uint64_t first = (uint64_t)kernels * conv->bytes_per_kernel;
    if (conv->weight_format == DLA_WEIGHT_UNCOMPRESSED && first > room)
        return DLA_REFUSE(op,
                          "weight_bank is %u with %llu bytes, but a group of %u kernels needs %llu",
                          conv->weight_bank, (ull)room, kernels, (ull)first);
    if (conv->skip_weight_rls != 0 && surface->weight.size > room)
        return DLA_REFUSE(op, "weight_bank is %u with %llu bytes, but skip_weight_rls keeps all %u",
                          conv->weight_bank, (ull)room, surface->weight.size);
    const int32_t error = check_stream(engine, op, "weight", surface->weight.size);
    if (error != 0 || conv->weight_format == DLA_WEIGHT_UNCOMPRESSED) return error;
    return check_mask(engine, group);
}

static bool layout_is_kept(const struct dla_conv_leftovers* left,
                           const struct dla_conv_op_desc* conv) {
    return left->exists && left->conv_mode == conv->conv_mode &&
           left->pixels == dla_conv_is_pixel(conv) && left->data_bank == conv->data_bank &&
           left->weight_bank == conv->weight_bank;
}

static int32_t check_reused_data(const struct dla_conv_leftovers* left,
                                 const struct dla_common_op_desc* op,
                                 const struct dla_conv_op_desc* conv, uint32_t fetched) {
    if (left->entry_per_slice != conv->entry_per_slice || left->batch != conv->batch)
        return DLA_REFUSE(op, "data_reuse finds lines of %u entries and batch %u, not %u and %u",
                          left->entry_per_slice, left->batch, conv->entry_per_slice, conv->batch);
    // After skip_data_rls nothing is fetched, and the operation may look at a part.
    const uint32_t there = left->lines + (left->all_data ? 0 : fetched);
    if (conv->input_height_csc == there || (left->all_data && conv->input_height_csc < there))
        return 0;
    return DLA_REFUSE(op,
                      "input_height_csc is %u, but operation %d left %u lines and %u are fetched",
                      conv->input_height_csc, left->operation, left->lines, there - left->lines);
}

static int32_t check_reuse(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_surface_desc* surface = &group->surface.conv;
    const struct dla_conv_leftovers* left = &engine->conv_leftovers;
    if (conv->data_reuse == 0 && conv->weight_reuse == 0) return 0;
    if (!layout_is_kept(left, conv))
        return DLA_REFUSE(op, "%s is 1, but %s",
                          conv->data_reuse != 0 ? "data_reuse" : "weight_reuse",
                          left->exists ? "the convolution before has another mode, format or bank "
                                         "split: CBUF is emptied between them"
                                       : "no convolution of the task comes before it");
    if (conv->data_reuse != 0) {
        const int32_t error = check_reused_data(left, op, conv, surface->src.height);
        if (error != 0) return error;
    }
    if (conv->weight_reuse == 0) return 0;
    if (left->weights && left->weight_bytes == surface->weight.size) return 0;
    return DLA_REFUSE(op, "weight_reuse wants %u bytes of weights, operation %d left %u",
                      surface->weight.size, left->operation,
                      left->weights ? left->weight_bytes : 0);
}

int32_t dla_conv_check_banks(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    // Compressed weights keep their mask in the last bank.
    const unsigned mask_banks = conv->weight_format == DLA_WEIGHT_COMPRESSED ? 1 : 0;
    const unsigned banks = engine->limits.cbuf_banks;
    const struct dla_range ranges[] = {
        {"data_bank", conv->data_bank, 1, banks - 1},
        {"weight_bank", conv->weight_bank, 1, banks - 1},
    };
    const int32_t error = dla_check_ranges(op, ranges, DLA_ARRAY_SIZE(ranges));
    if (error != 0) return error;
    if (conv->data_bank + conv->weight_bank + mask_banks > banks)
        return DLA_REFUSE(op, "data_bank %u, weight_bank %u and %u for the mask exceed %u banks",
                          conv->data_bank, conv->weight_bank, mask_banks, banks);
    return 0;
}

int32_t dla_conv_check_buffer(const struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_common_op_desc* op = &group->op->desc;
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    int32_t error = check_extension(engine, op, conv, group->surface.conv.src.channel);
    if (error == 0 && knows_buffer(engine)) error = check_slices(engine, group);
    if (error == 0 && knows_buffer(engine)) error = check_weights(engine, group);
    if (error == 0) error = check_release(op, conv);
    return error != 0 ? error : check_reuse(engine, group);
}

void dla_conv_note_leftovers(struct dla_engine* engine, const struct dla_group* group) {
    const struct dla_conv_op_desc* conv = &group->operation.conv;
    const struct dla_conv_leftovers* before = &engine->conv_leftovers;
    const uint32_t fetched = group->surface.conv.src.height;
    // With reuse there may be more lines than the operation looks at.
    uint32_t lines = conv->input_height_csc;
    if (conv->data_reuse != 0) lines = before->lines + (before->all_data ? 0 : fetched);
    if (conv->skip_data_rls == 0) lines -= conv->release < lines ? conv->release : lines;
    engine->conv_leftovers = (struct dla_conv_leftovers){
        .operation = group->op->desc.index,
        .conv_mode = conv->conv_mode,
        .data_bank = conv->data_bank,
        .weight_bank = conv->weight_bank,
        .batch = conv->batch,
        .exists = true,
        .pixels = dla_conv_is_pixel(conv),
        .all_data = conv->skip_data_rls != 0,
        .lines = lines,
        .entry_per_slice = conv->entry_per_slice,
        .weights = conv->skip_weight_rls != 0,
        .weight_bytes = group->surface.conv.weight.size,
    };
}
