// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "dla_tlm/cdma/cdma_decode.hpp"
#include "dla_tlm/cdma/pixel_format.hpp"

namespace dla::cdma {
namespace {

std::string wrong_precision(const CdmaOp& op) {
    const ConverterSettings& converter = op.converter;
    if (op.reserved_precision)
        return "D_MISC_CFG holds precision code 3; legal is 0 (int8), 1 (int16), 2 (fp16)";
    if (converter.in == converter.out) return "";
    if (converter.in == Precision::kFp16)
        return "D_MISC_CFG asks for fp16 input with integer processing; fp16 input is never "
               "converted";
    if (!converter.enabled)
        return "D_CVT_CFG.CVT_EN is 0 while D_MISC_CFG.IN_PRECISION and PROC_PRECISION differ; "
               "legal is CVT_EN 1";
    if (op.mode != CdmaOp::Mode::kImage)
        return "D_MISC_CFG.IN_PRECISION and PROC_PRECISION differ for feature data; legal only "
               "for pixels";
    return "";
}

// Greatest x offset: the pixels of one aligned atom.
unsigned greatest_x_offset(const CdmaOp& op, const PixelFormat& format) {
    return op.atom_bytes / format.plane0_bytes() - 1;
}

std::string wrong_image(const CdmaOp& op, const HardwareConfig& config) {
    const PixelFormat* format = find_pixel_format(op.pixel_format);
    if (format == nullptr || !accepts_pixel_format(op.pixel_format, config))
        return fmt::format("D_DATAIN_FORMAT.PIXEL_FORMAT is {}, which {} does not accept",
                           op.pixel_format, config.name);
    if (op.reserved_mapping) return "D_DATAIN_FORMAT.PIXEL_MAPPING is 1; legal is 0 (pitch linear)";
    if (format->precision() != op.converter.in)
        return fmt::format("D_MISC_CFG.IN_PRECISION does not fit pixel format {}", format->name);
    if (op.channels != format->channels)
        return fmt::format("D_DATAIN_SIZE_1.DATAIN_CHANNEL is {}; pixel format {} has {} channels",
                           op.channels - 1, format->name, format->channels);
    if (op.x_offset > greatest_x_offset(op, *format))
        return fmt::format("D_PIXEL_OFFSET.PIXEL_X_OFFSET is {}; legal for {} is 0..{}",
                           op.x_offset, format->name, greatest_x_offset(op, *format));
    if (op.y_offset != 0)
        return fmt::format("D_PIXEL_OFFSET.PIXEL_Y_OFFSET is {}; legal is 0", op.y_offset);
    if (op.batches != 1)
        return fmt::format("D_BATCH_NUMBER is {} with pixels; legal is 0", op.batches - 1);
    return "";
}

std::string wrong_winograd(const CdmaOp& op, const HardwareConfig& config) {
    if (!config.features.winograd)
        return fmt::format("D_MISC_CFG.CONV_MODE is Winograd, which {} does not have", config.name);
    if (op.width_ext % 4 != 0 || op.height_ext % 4 != 0)
        return fmt::format("D_DATAIN_SIZE_EXT_0 gives {}x{}; Winograd needs multiples of 4",
                           op.width_ext, op.height_ext);
    // Rows and columns of padding that no output needs may be left out of the fields.
    if (op.pad_left + op.width > op.width_ext * op.stride_x ||
        op.pad_top + op.height > op.height_ext * op.stride_y)
        return fmt::format(
            "D_DATAIN_SIZE_EXT_0 gives {}x{}; the input of {}x{} behind padding of {}, {} with "
            "stride {}x{} needs more",
            op.width_ext, op.height_ext, op.width, op.height, op.pad_left, op.pad_top, op.stride_x,
            op.stride_y);
    if (op.batches != 1)
        return fmt::format("D_BATCH_NUMBER is {} with Winograd; legal is 0", op.batches - 1);
    return "";
}

std::string wrong_memory_layout(const CdmaOp& op) {
    const std::uint64_t atom = op.atom_bytes;
    if (op.address % atom != 0)
        return fmt::format("D_DAIN_ADDR_LOW_0 gives address 0x{:x}; legal are multiples of {}",
                           op.address, atom);
    if (op.height > 1 && op.line_stride % atom != 0)
        return fmt::format("D_LINE_STRIDE is 0x{:x}; legal are multiples of {}", op.line_stride,
                           atom);
    if (op.surfaces() > 1 && op.mode != CdmaOp::Mode::kImage && op.surface_stride % atom != 0)
        return fmt::format("D_SURF_STRIDE is 0x{:x}; legal are multiples of {}", op.surface_stride,
                           atom);
    if (op.weight_address % atom != 0)
        return fmt::format("D_WEIGHT_ADDR_LOW gives address 0x{:x}; legal are multiples of {}",
                           op.weight_address, atom);
    return "";
}

std::string wrong_buffer_use(const CdmaOp& op, const HardwareConfig& config) {
    const std::uint64_t needed = entries_needed(op);
    if (op.entries_per_slice < needed)
        return fmt::format("D_ENTRY_PER_SLICE.ENTRIES is {}; the input needs at least {}",
                           op.entries_per_slice - 1, needed - 1);
    if (op.compressed && !config.features.weight_compression)
        return fmt::format("D_WEIGHT_FORMAT is compressed, which {} does not have", config.name);
    const unsigned banks = op.data_banks + op.weight_banks + (op.compressed ? 1 : 0);
    if (banks > config.cbuf.banks)
        return fmt::format("D_BANK.DATA_BANK {} and WEIGHT_BANK {} need {} banks; {} has {}",
                           op.data_banks - 1, op.weight_banks - 1, banks, config.name,
                           config.cbuf.banks);
    const std::uint64_t entries = std::uint64_t{op.slices()} * op.batches * op.slice_entries();
    const std::uint64_t room = std::uint64_t{op.data_banks} * config.cbuf.entries_per_bank;
    if (!op.data_reuse && entries > room)
        return fmt::format("the input takes {} entries; D_BANK.DATA_BANK {} holds {}", entries,
                           op.data_banks - 1, room);
    return "";
}

}  // namespace

std::string why_not(const CdmaOp& op, const HardwareConfig& config) {
    if (std::string reason = wrong_precision(op); !reason.empty()) return reason;
    if (op.mode == CdmaOp::Mode::kImage) {
        if (std::string reason = wrong_image(op, config); !reason.empty()) return reason;
    }
    if (op.mode == CdmaOp::Mode::kWinograd) {
        if (std::string reason = wrong_winograd(op, config); !reason.empty()) return reason;
    }
    if (op.batches > config.features.batch_max)
        return fmt::format("D_BATCH_NUMBER is {}; legal for {} is 0..{}", op.batches - 1,
                           config.name, config.features.batch_max - 1);
    if (std::string reason = wrong_memory_layout(op); !reason.empty()) return reason;
    return wrong_buffer_use(op, config);
}

}  // namespace dla::cdma
