// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "dla_tlm/csc/conv_decode.hpp"
#include "dla_tlm/csc/layout.hpp"

namespace dla::csc {
namespace {

constexpr unsigned kWinogradKernel = 4;
constexpr unsigned kWinogradChannelBytes = 32;
constexpr unsigned kGreatestKernel = 32;
constexpr unsigned kGreatestPadBehind = 63;
constexpr unsigned kGreatestPraTruncate = 2;
constexpr unsigned kMaskElementsPerByte = 8;

std::string wrong_mode(const ConvOp& op, const HardwareConfig& config) {
    const bool known = op.precision_code <= 2;
    // Configurations with one precision ignore the field.
    if (config.features.int16 && !known)
        return fmt::format("D_MISC_CFG.PROC_PRECISION is {}; legal: 0 (int8), 1 (int16), 2 (fp16)",
                           op.precision_code);
    if (op.mode == ConvMode::kWinograd && !config.features.winograd)
        return fmt::format("D_MISC_CFG.CONV_MODE is 1 (Winograd), which {} does not have; legal: 0",
                           config.name);
    if (op.mode == ConvMode::kWinograd && op.pixel_data)
        return "D_DATAIN_FORMAT.DATAIN_FORMAT is 1 (pixel) in Winograd mode; legal: 0 (feature)";
    if (op.compressed && !config.features.weight_compression)
        return fmt::format(
            "D_WEIGHT_FORMAT.WEIGHT_FORMAT is 1 (compressed), which {} does not have; legal: 0",
            config.name);
    const unsigned batches = op.mode == ConvMode::kFeature ? config.features.batch_max : 1;
    if (op.batches > batches)
        return fmt::format("D_BATCH_NUMBER.BATCHES is {} ({} items); legal: {} items at most{}",
                           op.batches - 1, op.batches, batches,
                           op.mode == ConvMode::kFeature ? "" : " outside direct feature mode");
    return "";
}

std::string wrong_channels(const ConvOp& op) {
    if (op.out_channels != op.kernels)
        return fmt::format(
            "D_DATAOUT_SIZE_1.DATAOUT_CHANNEL is {} but D_WEIGHT_SIZE_EXT_1.WEIGHT_KERNEL is {}; "
            "both must be equal",
            op.out_channels - 1, op.kernels - 1);
    if (op.mode != ConvMode::kImage) {
        if (op.weight_channels == op.channels) return "";
        return fmt::format(
            "D_WEIGHT_SIZE_EXT_1.WEIGHT_CHANNEL_EXT is {} but "
            "D_DATAIN_SIZE_EXT_1.DATAIN_CHANNEL_EXT is {}; both must be equal",
            op.weight_channels - 1, op.channels - 1);
    }
    if (op.channels != 1 && op.channels != 3 && op.channels != 4)
        return fmt::format(
            "D_DATAIN_SIZE_EXT_1.DATAIN_CHANNEL_EXT is {} in image mode; legal: 0, 2 or 3 (1, 3 or "
            "4 channels)",
            op.channels - 1);
    if (op.weight_channels % op.channels != 0 || op.weight_channels / op.channels > kGreatestKernel)
        return fmt::format(
            "D_WEIGHT_SIZE_EXT_1.WEIGHT_CHANNEL_EXT is {} ({} elements per kernel row) in image "
            "mode with {} channels; legal: {} times the kernel width of 1 to {}",
            op.weight_channels - 1, op.weight_channels, op.channels, op.channels, kGreatestKernel);
    return "";
}

std::string wrong_extension(const ConvOp& op) {
    const unsigned code = op.row_extension_code;
    if (code == 0) return "";
    if (op.mode != ConvMode::kImage)
        return fmt::format("D_POST_Y_EXTENSION.Y_EXTENSION is {} outside image mode; legal: 0",
                           code);
    if (code > 2) return fmt::format("D_POST_Y_EXTENSION.Y_EXTENSION is {}; legal: 0 to 2", code);
    const unsigned room = op.channel_block / op.row_extension;
    if (op.weight_channels > room || op.stride_x * op.channels > room)
        return fmt::format(
            "D_POST_Y_EXTENSION.Y_EXTENSION is {} with {} elements per kernel row and {} per "
            "horizontal stride; legal for this extension: {} each at most",
            code, op.weight_channels, op.stride_x * op.channels, room);
    return "";
}

// What image and Winograd mode leave no choice about.
std::string wrong_fixed_fields(const ConvOp& op) {
    const bool winograd = op.mode == ConvMode::kWinograd;
    const char* mode = winograd ? "Winograd" : "image";
    if (op.dilation_x != 1 || op.dilation_y != 1)
        return fmt::format("D_DILATION_EXT is {} by {} in {} mode; legal: 0 by 0",
                           op.dilation_x - 1, op.dilation_y - 1, mode);
    if (!winograd && op.kernel_width != 1)
        return fmt::format("D_WEIGHT_SIZE_EXT_0.WEIGHT_WIDTH_EXT is {} in image mode; legal: 0",
                           op.kernel_width - 1);
    if (!winograd) return "";
    if (op.kernel_width != kWinogradKernel || op.kernel_height != kWinogradKernel)
        return fmt::format("D_WEIGHT_SIZE_EXT_0 is {} by {} in Winograd mode; legal: 3 by 3",
                           op.kernel_width - 1, op.kernel_height - 1);
    if (op.stride_x != 1 || op.stride_y != 1)
        return fmt::format("D_CONV_STRIDE_EXT is {} by {} in Winograd mode; legal: 0 by 0",
                           op.stride_x - 1, op.stride_y - 1);
    if (op.pad_left != 0 || op.pad_top != 0)
        return fmt::format("D_ZERO_PADDING is {} left, {} top in Winograd mode; legal: 0, 0",
                           op.pad_left, op.pad_top);
    if (op.pra_truncate > kGreatestPraTruncate)
        return fmt::format("D_PRA_CFG.PRA_TRUNCATE is {}; legal: 0 to {}", op.pra_truncate,
                           kGreatestPraTruncate);
    return "";
}

// One of the two directions; the rules are the same.
struct Direction {
    const char* in_name;
    const char* out_name;
    const char* pad_name;
    unsigned in;
    unsigned out;
    unsigned kernel;
    unsigned stride;
    unsigned dilation;
    unsigned pad;
};

// CSC takes whatever lies outside the cube as padding; how much there can be behind it is a matter
// of CDMA's PAD_RIGHT and PAD_BOTTOM.
std::string wrong_direction(const Direction& d) {
    const unsigned reach = (d.kernel - 1) * d.dilation + 1;
    const unsigned covered = (d.out - 1) * d.stride + reach;
    const unsigned most = d.pad + d.in + kGreatestPadBehind;
    if (covered <= most) return "";
    return fmt::format(
        "D_DATAOUT_SIZE_0.{} is {}: {} outputs with stride {} and a kernel reach of {} cover {}, "
        "but {} {}, {} {} and the greatest padding behind are {} + {} + {} = {}",
        d.out_name, d.out - 1, d.out, d.stride, reach, covered, d.pad_name, d.pad, d.in_name,
        d.in - 1, d.pad, d.in, kGreatestPadBehind, most);
}

std::string wrong_winograd_sizes(const ConvOp& op) {
    if (op.out_width % 4 != 0 || op.out_height % 4 != 0)
        return fmt::format(
            "D_DATAOUT_SIZE_0 is {} by {} (minus one) in Winograd mode; legal: sizes that are "
            "multiples of 4",
            op.out_width - 1, op.out_height - 1);
    if (op.width != op.out_width + 4 || op.height != op.out_height + 4)
        return fmt::format(
            "D_DATAIN_SIZE_EXT_0 is {} by {} with outputs of {} by {} (all minus one) in Winograd "
            "mode; legal: 4 more than the output",
            op.width - 1, op.height - 1, op.out_width - 1, op.out_height - 1);
    const unsigned multiple = kWinogradChannelBytes / op.element_bytes();
    if (op.channels % multiple != 0)
        return fmt::format(
            "D_DATAIN_SIZE_EXT_1.DATAIN_CHANNEL_EXT is {} in Winograd mode; legal: a multiple of "
            "{}, minus one",
            op.channels - 1, multiple);
    return "";
}

std::string wrong_sizes(const ConvOp& op) {
    if (op.atomics != op.out_width * op.out_height)
        return fmt::format(
            "D_ATOMICS.ATOMICS is {} but the output of {} by {} has {} pixels; legal: {}",
            op.atomics - 1, op.out_width, op.out_height, op.out_width * op.out_height,
            op.out_width * op.out_height - 1);
    if (op.mode == ConvMode::kWinograd) return wrong_winograd_sizes(op);
    const Direction vertical{"DATAIN_HEIGHT_EXT", "DATAOUT_HEIGHT", "PAD_TOP",
                             op.height,           op.out_height,    op.kernel_height,
                             op.stride_y,         op.dilation_y,    op.pad_top};
    std::string reason = wrong_direction(vertical);
    // Image lines hold their left and right padding; the entries per slice tell their length.
    if (!reason.empty() || op.mode == ConvMode::kImage) return reason;
    return wrong_direction({"DATAIN_WIDTH_EXT", "DATAOUT_WIDTH", "PAD_LEFT", op.width, op.out_width,
                            op.kernel_width, op.stride_x, op.dilation_x, op.pad_left});
}

std::string wrong_slice(const ConvOp& op) {
    const char* field = "D_ENTRY_PER_SLICE.ENTRIES";
    if (op.mode == ConvMode::kImage) {
        const std::uint64_t line =
            std::uint64_t{op.out_width - 1} * op.stride_x * op.channels + op.weight_channels;
        const std::uint64_t least =
            std::max(entries_per_slice(op, line),
                     entries_per_slice(op, std::uint64_t{op.width} * op.channels));
        if (op.entries_per_slice >= least) return "";
        return fmt::format("{} is {}, too little for a line of the image; legal: {} at least",
                           field, op.entries_per_slice - 1, least - 1);
    }
    const std::uint64_t entries = entries_per_slice(op);
    if (op.entries_per_slice == entries) return "";
    return fmt::format("{} is {} with W {}, C {} and {}-byte elements; legal: {}", field,
                       op.entries_per_slice - 1, op.width, op.channels, op.element_bytes(),
                       entries - 1);
}

std::string wrong_banks(const ConvOp& op, const HardwareConfig& config) {
    const unsigned banks = config.cbuf.banks - (op.compressed ? 1 : 0);
    if (op.data_banks + op.weight_banks > banks)
        return fmt::format(
            "D_BANK.DATA_BANK is {} and D_BANK.WEIGHT_BANK is {}: {} banks, but the buffer has "
            "{}{}",
            op.data_banks - 1, op.weight_banks - 1, op.data_banks + op.weight_banks, banks,
            op.compressed ? " beside the weight mask" : "");
    const std::uint64_t room = std::uint64_t{op.data_banks} * config.cbuf.entries_per_bank;
    const std::uint64_t entries =
        std::uint64_t{op.entries_per_slice} * op.lines_per_slice() * op.slices() * op.batches;
    if (entries > room)
        return fmt::format(
            "D_BANK.DATA_BANK is {} ({} entries) but the input takes {} slices of {} entries = {}; "
            "legal: {} at least",
            op.data_banks - 1, room, op.slices() * op.batches,
            op.entries_per_slice * op.lines_per_slice(), entries,
            (entries + config.cbuf.entries_per_bank - 1) / config.cbuf.entries_per_bank - 1);
    return "";
}

std::string wrong_weights(const ConvOp& op, const HardwareConfig& config) {
    const std::uint64_t bank = std::uint64_t{config.cbuf.entries_per_bank} * op.entry_bytes;
    const std::uint64_t room = op.weight_banks * bank;
    const std::uint64_t all = op.kernels * op.kernel_elements() * op.element_bytes();
    if (op.compressed) {
        const std::uint64_t elements = op.kernels * op.kernel_elements();
        const std::uint64_t mask = (elements + kMaskElementsPerByte - 1) / kMaskElementsPerByte;
        if (op.mask_bytes < mask)
            return fmt::format("D_WMB_BYTES is {} but {} weights need {} at least", op.mask_bytes,
                               elements, mask);
        if (op.mask_bytes > bank)
            return fmt::format("D_WMB_BYTES is {}; legal: {} at most (one bank)", op.mask_bytes,
                               bank);
    } else if (op.weight_bytes < all) {
        return fmt::format("D_WEIGHT_BYTES is {} but the kernels have {} bytes", op.weight_bytes,
                           all);
    } else {
        const std::uint64_t group = op.group_kernels(0) * op.kernel_elements() * op.element_bytes();
        if (group > room)
            return fmt::format(
                "D_BANK.WEIGHT_BANK is {} ({} bytes) but one kernel group has {} bytes; legal: {} "
                "at least",
                op.weight_banks - 1, room, group, (group + bank - 1) / bank - 1);
    }
    // Kept weights must be there all at once.
    if (op.skip_weight_release && op.weight_bytes > room)
        return fmt::format(
            "D_BANK.WEIGHT_BANK is {} ({} bytes) but D_MISC_CFG.SKIP_WEIGHT_RLS keeps all {} bytes "
            "of weights; legal: {} at least",
            op.weight_banks - 1, room, op.weight_bytes, (op.weight_bytes + bank - 1) / bank - 1);
    return "";
}

}  // namespace

std::string why_not(const ConvOp& op, const HardwareConfig& config) {
    std::string reason = wrong_mode(op, config);
    if (reason.empty()) reason = wrong_channels(op);
    if (reason.empty()) reason = wrong_extension(op);
    if (reason.empty() && op.mode != ConvMode::kFeature) reason = wrong_fixed_fields(op);
    if (reason.empty()) reason = wrong_sizes(op);
    if (reason.empty()) reason = wrong_slice(op);
    if (reason.empty()) reason = wrong_banks(op, config);
    if (reason.empty()) reason = wrong_weights(op, config);
    return reason;
}

}  // namespace dla::csc
